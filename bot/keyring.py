"""The key that seals personal data: from the settings, or a file made at the first migration and kept beside the data."""

import os
import secrets
from pathlib import Path

from bot.config import Config
from storage import records
from storage.database import Transaction
from storage.vault import Vault

_KEY_BYTES = 32


class KeyProblem(Exception):
    """There is no key, or it is not the one this database was begun with; the message says what to do."""


def load_vault(config: Config, *, may_create: bool) -> Vault:
    """Return the vault with the configured key. Raises KeyProblem."""
    configured = config.security.key_bytes()
    if configured is not None:
        return Vault(configured, secrets.token_bytes)
    return Vault(_read_key_file(config.security.key_file, may_create=may_create), secrets.token_bytes)


def check_key(tx: Transaction, vault: Vault) -> None:
    """Compare the key with the one the database was begun with. Raises KeyProblem."""
    if records.keep_fact(tx, "key", vault.fingerprint()) != vault.fingerprint():
        raise KeyProblem(
            "security.key: this database was begun with another key; restore that key (HAILONG_KEY or the key file)"
        )


def _read_key_file(path: Path, *, may_create: bool) -> bytes:
    try:
        if not path.exists():
            if not may_create:
                raise KeyProblem(
                    f"security.key_file: {path.name} is missing; run: hailong migrate, or give HAILONG_KEY"
                )
            _write_key_file(path)
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise KeyProblem(
            f"security.key_file: {path.name} cannot be read or written ({error.strerror})"
        ) from error
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyProblem(
            f"security.key_file: {path.name} does not hold {_KEY_BYTES} bytes in hex; restore it from a copy"
        )
    return key


def _write_key_file(path: Path) -> None:
    """Write a new key; when another process is faster, its key stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass  # the other one's key stands
    finally:
        beside.unlink()
