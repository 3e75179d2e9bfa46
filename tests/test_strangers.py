"""Somebody without any conversation gets an answer to a command, not only how to begin."""

import pytest
from sqlalchemy import select

from handlers.strangers import answer_stranger
from storage import addresses
from storage.tables import addresses as table
from storage.tables import holders, invitations
from survey.events import Kind, Sent, Typed
from tests.building import AT
from tests.talking import Talker, invite, said, send_all


def tell(runtime, words):
    """Let a person without conversation send words; return whether they were answered."""
    setup = runtime.setup

    def work(tx):
        address = addresses.get_address(
            tx, setup.vault, channel="telegram", name="1001", is_citizen=True, at=AT
        )
        event = Typed(words) if isinstance(words, str) else words
        return answer_stranger(tx, setup, address, event, AT)

    return runtime.database.write(work)


def column(runtime, wanted):
    with runtime.database.reading() as tx:
        return list(tx.execute(select(wanted)).scalars())


def say(runtime, key, language="vi", **values):
    return runtime.setup.wording.say(language, key, **values)


def test_help_says_how_to_answer_and_how_to_begin(runtime):
    assert tell(runtime, "/help")

    assert said(runtime)[-1].text == f"{say(runtime, 'help')}\n\n{say(runtime, 'welcome')}"


@pytest.mark.parametrize("words", ["/privacy", "quyền riêng tư"])
def test_privacy_says_how_data_is_kept(runtime, words):
    assert tell(runtime, words)

    assert said(runtime)[-1].text == say(runtime, "privacy", days=365)


def test_who_wants_a_person_gets_the_number(runtime):
    assert tell(runtime, "gặp cán bộ")

    assert "1022" in said(runtime)[-1].text


def test_language_changes_the_language_of_the_address_there_and_back(runtime):
    chosen = [(tell(runtime, "/language"), *column(runtime, table.c.language)) for _ in range(2)]

    assert chosen == [(True, "en"), (True, "vi")]
    assert [message.text for message in said(runtime)] == [
        say(runtime, "language_set", "en"),
        say(runtime, "language_set", "vi"),
    ]


@pytest.mark.parametrize(("words", "language"), [("english", "en"), ("tiếng việt", "vi")])
def test_a_language_that_is_named_is_taken(runtime, words, language):
    assert tell(runtime, words)

    assert column(runtime, table.c.language) == [language]


def test_without_data_there_is_nothing_to_erase_and_the_account_goes_too(runtime):
    assert tell(runtime, "/delete")

    assert said(runtime)[-1].text == say(runtime, "erase_nothing")
    send_all(runtime)
    assert column(runtime, table.c.sealed) == [None]


def test_who_only_holds_a_dossier_that_is_not_ready_is_erased(runtime):
    offer = invite(runtime, has_result=False)
    Talker(runtime, person=1001).type(f"/start {offer.token}")

    assert tell(runtime, "/delete")

    assert said(runtime)[-1].text == say(runtime, "erase_done")
    assert column(runtime, holders.c.address_id) == []
    assert column(runtime, invitations.c.dossier_code) == [None]


@pytest.mark.parametrize("words", ["xin chào", "2", "/stop", Sent(Kind.PHOTO)])
def test_anything_else_is_left_to_the_welcome(runtime, words):
    assert not tell(runtime, words)

    assert said(runtime) == []


def test_a_command_typed_in_a_chat_without_conversation_is_answered(runtime):
    Talker(runtime).type("/privacy")

    assert [message.text for message in said(runtime)] == [say(runtime, "privacy", days=365)]
