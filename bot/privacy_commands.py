"""The command `privacy erase`: what is personal about a dossier or a person goes, the anonymous answers stay."""

from bot.console import OK, Console
from bot.runtime import Runtime
from bot.settings.values import CHANNELS, PHONES
from handlers import phones, privacy
from handlers.privacy import Erased

ACTOR = "command line"


def erase_dossier(runtime: Runtime, console: Console, code: str) -> int:
    """Erase what is personal about a dossier."""
    setup, at = runtime.setup, runtime.clock()
    erased = runtime.database.write(lambda tx: privacy.erase_dossier(tx, setup, code, at, actor=ACTOR))
    if erased is None:
        return console.fail("--dossier: nothing personal is kept of a dossier with this code")
    return _tell(console, erased)


def erase_person(runtime: Runtime, console: Console, person: str) -> int:
    """Erase a citizen's account, written channel:id, and every dossier it holds."""
    setup, at = runtime.setup, runtime.clock()
    channel, _, name = person.partition(":")
    if channel not in (*CHANNELS, PHONES) or not name:
        known = ", ".join((*CHANNELS, PHONES))
        return console.refuse(f"--person: write it as channel:id, where the channel is one of {known}")
    if channel == PHONES:
        name = phones.read_mobile(name) or name
    erased = runtime.database.write(
        lambda tx: privacy.erase_account(tx, setup, channel=channel, name=name, at=at, actor=ACTOR)
    )
    if erased is None:
        return console.fail(
            "--person: no citizen with this account is known (staff leave by: hailong staff remove)"
        )
    return _tell(console, erased)


def _tell(console: Console, erased: Erased) -> int:
    parts = {"dossiers": erased.dossiers, "paper forms": erased.forms, "accounts": erased.accounts}
    counts = ", ".join(f"{name}: {count}" for name, count in parts.items())
    console.say(f"erased: contact, chat address, comment, messages and link to the dossier ({counts})")
    console.say("kept: marks, unit, procedure and time, which tell nobody who answered")
    return OK
