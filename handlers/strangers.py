"""Answering somebody who has no conversation: help, how data is kept, forgetting the account, the language."""

from datetime import datetime

from handlers import privacy, saying
from handlers.setup import Setup
from storage import addresses, conversations, invitations, outbox
from storage.addresses import Address
from storage.database import Transaction
from survey.events import Event, Typed
from survey.prompts import notice
from survey.reading import read_control


def answer_stranger(tx: Transaction, setup: Setup, address: Address, event: Event, at: datetime) -> bool:
    """Answer a control word of an address without conversation. False when `event` is anything else."""
    if not isinstance(event, Typed):
        return False
    match read_control(event.words, setup.wording.lexicon):
        case "help":
            text = f"{_say(setup, address, 'help')}\n\n{_say(setup, address, 'welcome')}"
        case "privacy":
            text = _say(setup, address, "privacy", days=setup.retention_days)
        case "human":
            key = "human" if setup.hotline else "human_no_hotline"
            text = _say(setup, address, key, hotline=setup.hotline)
        case "language":
            text = _change_language(tx, setup, address, event.words)
        case "erase":
            _erase(tx, setup, address, at)
            return True
        case _:
            return False
    saying.say_notice(tx, setup, address, text, at)
    return True


def _say(setup: Setup, address: Address, key: str, **values: object) -> str:
    return setup.wording.say(address.language, key, **values)


def _change_language(tx: Transaction, setup: Setup, address: Address, words: str) -> str:
    """Take the language that is named, or the next one; with two there is nothing to choose from."""
    spoken = setup.questionnaire(setup.questionnaire_version).languages
    known = [language for language in setup.wording.languages if language in spoken]
    named = [one for one in known if setup.wording.say(one, "language_name").lower() in words.lower()]
    place = known.index(address.language) if address.language in known else -1
    language = named[0] if named else known[(place + 1) % len(known)]
    addresses.set_language(tx, address.id, language)
    return setup.wording.say(language, "language_set")


def _erase(tx: Transaction, setup: Setup, address: Address, at: datetime) -> None:
    """Erase the dossiers the address holds, or say that there is nothing; the account goes with the answer."""
    held = invitations.list_held_by(tx, address.id)
    for invitation_id in held:
        talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation_id, lock=True)
        privacy.erase_invitation(tx, setup, invitation_id, talk, keep_address=address.id, at=at)
    text = _say(setup, address, "erase_done" if held else "erase_nothing")
    outbox.put(
        tx,
        setup.vault,
        address_id=address.id,
        channel=address.channel,
        body=saying.dump_body(notice(text)),
        at=at,
        erases_address=True,
    )
