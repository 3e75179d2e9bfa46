"""What cannot be sent harms nothing else, and whoever runs the service is told of it, once, where she can be reached."""

from dataclasses import replace

from sqlalchemy import select

from handlers import operators
from handlers.outbound import claim_due
from handlers.saying import say_notice
from storage import addresses
from storage.outbox import State, find_due
from storage.tables import notices, outbox
from tests.building import AT


def put(runtime, *names, channel="telegram"):
    """Put a notice for each of some people into the outbox."""

    def work(tx):
        for name in names:
            address = addresses.get_address(
                tx, runtime.setup.vault, channel=channel, name=name, is_citizen=True, at=AT
            )
            say_notice(tx, runtime.setup, address, "chào", AT)

    runtime.database.write(work)


def damage(runtime, *numbers):
    change = outbox.update().where(outbox.c.id.in_(numbers)).values(sealed_body=b"damaged" * 5)
    runtime.database.write(lambda tx: tx.execute(change))


def claim(runtime):
    setup = runtime.setup
    return runtime.database.write(lambda tx: claim_due(tx, setup, find_due(tx, "telegram", AT, limit=50), AT))


def rows(runtime, *columns, channel="telegram"):
    with runtime.database.reading() as tx:
        found = tx.execute(select(*columns).where(outbox.c.channel == channel).order_by(outbox.c.id))
        return [tuple(row) for row in found]


def test_a_message_that_cannot_be_opened_holds_up_no_other(runtime):
    put(runtime, "1001", "1002", "1003", "1004")
    [_, (second,), (third,), _] = rows(runtime, outbox.c.id)
    damage(runtime, second, third)

    claimed = claim(runtime)

    assert [one.name for one in claimed] == ["1001", "1004"]
    assert rows(runtime, outbox.c.state, outbox.c.fault) == [
        (State.SENDING, None),
        (State.FAILED, "sealed"),
        (State.FAILED, "sealed"),
        (State.SENDING, None),
    ]
    assert len(rows(runtime, outbox.c.id, channel="web")) == 1  # the operator's room


def test_who_cannot_be_told_now_is_told_when_a_chat_of_hers_is_on(runtime):
    told = []
    for channels in ({}, runtime.setup.channels, runtime.setup.channels):
        setup = replace(runtime.setup, channels=channels)
        told.append(runtime.database.write(lambda tx, setup=setup: tell(tx, setup)))

    with runtime.database.reading() as tx:
        noted = list(tx.execute(select(notices.c.name)).scalars())
    assert told == [False, True, False]
    assert len(noted) == len(rows(runtime, outbox.c.id, channel="web")) == 1


def tell(tx, setup):
    return operators.tell(tx, setup, name="parked", key="operator_parked", at=AT)
