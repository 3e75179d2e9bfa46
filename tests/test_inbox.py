"""What is kept of what came in: repetitions are known again, and no number of a chat stands anywhere in clear."""

import dataclasses

from sqlalchemy import select

from bot.channels.telegram_updates import parse_update
from bot.intaking import take_in
from storage.tables import inbox_keys, parked
from tests.talking import Talker, message_update, press_update

PERSON = 987654321


def column(runtime, wanted):
    with runtime.database.reading() as tx:
        return list(tx.execute(select(wanted)).scalars())


def test_the_keys_of_what_came_in_tell_no_chat(runtime):
    citizen = Talker(runtime, person=PERSON)

    citizen.type("xin chào")
    citizen.deliver(press_update(PERSON, "1|3.2=1"))

    kept = column(runtime, inbox_keys.c.key)
    assert len(kept) == 4
    assert not [key for key in kept if str(PERSON) in key or ":" in key or len(key) != 64]


def test_a_repetition_is_known_by_its_hash(runtime):
    citizen = Talker(runtime, person=PERSON)

    first = citizen.type("xin chào")
    again = citizen.deliver(citizen.last)

    assert (first.is_repeated, again.is_repeated) == (False, True)


async def test_what_could_not_be_handled_is_kept_without_its_chat_in_clear(runtime):
    update = message_update(PERSON, "xin chào")
    inbounds = parse_update(update)
    broken = [dataclasses.replace(inbounds[0], happening=None)]

    await take_in(runtime, broken, raw="{}")

    [key] = column(runtime, parked.c.key)
    assert len(key) == 64
    assert column(runtime, inbox_keys.c.key) == []
