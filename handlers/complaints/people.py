"""Who acts in a chat of staff, by the name colleagues see. Some platforms tell no name: then what she gave with her code."""

from datetime import datetime

from handlers.happenings import Actor
from handlers.setup import Setup
from storage import staff
from storage.database import Transaction
from storage.staff import Person
from survey.complaints.words import clean_name

_TAIL = 4  # last signs of the platform's id, by which colleagues without names are told apart


def get_person(
    tx: Transaction, setup: Setup, *, channel: str, actor: Actor, at: datetime, given: str = ""
) -> Person:
    """Return the person behind `actor`, made when new. `given` is the name that came with a code."""
    told = actor.name.strip() or given.strip()
    name = clean_name(told) if told else ""
    person = staff.get_person(tx, setup.vault, channel=channel, key=actor.key, name=name, at=at)
    if person.name:
        return person
    nameless = setup.wording.say(setup.language, "person_nameless", tail=actor.key[-_TAIL:])
    return staff.get_person(tx, setup.vault, channel=channel, key=actor.key, name=clean_name(nameless), at=at)
