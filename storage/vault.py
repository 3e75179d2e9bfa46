"""Sealing and finding personal data: AES-GCM for what is kept, keyed hashes for what is looked up, tokens and codes.

A copy of the database alone holds no name, number, chat or token: the key comes from outside.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN_LENGTH = 28  # characters of base 58: 164 bits; Telegram's start parameter takes 64, the contract 56
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[:31]  # no 0, 1, I, O; a prime number of them for the check
_LONGEST_SPELLING = 40  # characters, with "mã số", spaces and dashes
CODE_LENGTH = 8  # the last is a check character
_NONCE = 12


class SealError(Exception):
    """Something sealed cannot be opened: it was altered, or sealed with another key."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The key, and what is done with it. `draw(n)` gives n random bytes."""

    key: bytes
    draw: Callable[[int], bytes]

    def seal(self, text: str, purpose: str) -> bytes:
        """Return `text` encrypted for `purpose` (a table's name: a value cannot be moved to another)."""
        nonce = self.draw(_NONCE)
        return nonce + AESGCM(self._subkey("seal")).encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """Return what was sealed. SealError when it was altered or belongs to another key or purpose."""
        try:
            plain = AESGCM(self._subkey("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError(f"cannot open what was sealed for {purpose}") from error
        return plain.decode()

    def digest(self, purpose: str, text: str) -> bytes:
        """Return the keyed hash of `text` by which it can be found again."""
        return hmac.digest(self._subkey("find:" + purpose), text.encode(), "sha256")

    def fingerprint(self) -> str:
        """Return what tells this key from another without telling the key."""
        return self.digest("fingerprint", "hailong").hex()[:16]

    def token(self, nonce: bytes) -> str:
        """Return the token of the invitation with that nonce."""
        number = int.from_bytes(hmac.digest(self._subkey("token"), nonce, "sha256"), "big")
        return _spell(number, _BASE58, TOKEN_LENGTH)

    def code(self, nonce: bytes) -> str:
        """Return the short code of the invitation with that nonce: 7 characters and a check character."""
        number = int.from_bytes(hmac.digest(self._subkey("code"), nonce, "sha256"), "big")
        body = _spell(number, CODE_ALPHABET, CODE_LENGTH - 1)
        return body + check_character(body)

    def share(self, nonce: bytes) -> float:
        """Return a number in [0, 100) that is fixed for that nonce: below sampling_pct means sampled."""
        return int.from_bytes(hmac.digest(self._subkey("sample"), nonce, "sha256")[:4], "big") * 100 / 2**32

    def _subkey(self, use: str) -> bytes:
        return _derive(self.key, use)


def check_character(body: str) -> str:
    """Return the check character of a code: finds every single wrong character and every swap of neighbours.

    The weighted sum modulo 31 is zero; 31 is prime and the weights differ, hence the two properties.
    """
    total = sum((index + 2) * CODE_ALPHABET.index(c) for index, c in enumerate(body))
    return CODE_ALPHABET[-total % len(CODE_ALPHABET)]


def read_code(words: str) -> str | None:
    """Return the short code in `words` however it was typed (spaces, dashes, "mã", "#", lower case), None when none is."""
    if len(words) > _LONGEST_SPELLING:
        return None
    letters = [c for c in words.upper() if c.isalnum()]
    for start in range(max(len(letters) - CODE_LENGTH, 0), -1, -1):
        candidate = "".join(letters[start : start + CODE_LENGTH])
        rest = "".join(letters[:start] + letters[start + CODE_LENGTH :])
        if rest in {"", "MÃ", "MA", "MÃSỐ", "MASO", "CODE"} and is_code(candidate):
            return candidate
    return None


def is_code(candidate: str) -> bool:
    """Whether `candidate` has the shape and check character of a short code."""
    if len(candidate) != CODE_LENGTH or any(c not in CODE_ALPHABET for c in candidate):
        return False
    return check_character(candidate[:-1]) == candidate[-1]


def looks_like_code(words: str) -> bool:
    """Whether `words` were probably meant as a short code: eight letters and digits, at least one of each."""
    letters = [c for c in words.upper() if c.isalnum()]
    text = "".join(letters).removeprefix("MÃ").removeprefix("MA")
    return (
        len(text) == CODE_LENGTH
        and text.isascii()
        and any(c.isdigit() for c in text)
        and any(c.isalpha() for c in text)
    )


def _spell(number: int, alphabet: str, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        letters.append(alphabet[rest])
    return "".join(letters)


def _derive(key: bytes, use: str) -> bytes:
    return hashlib.blake2b(use.encode(), key=key, digest_size=32).digest()
