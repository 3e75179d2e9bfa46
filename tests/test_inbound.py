"""What comes in from citizens has one effect, however often, from wherever and in whatever state it comes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from handlers.happenings import Inbound, Press, Start
from handlers.opening import MAX_MISSES, MISS_WINDOW
from storage import invitations
from storage.database import Database
from survey.conversation import Place
from tests.talking import (
    Talker,
    find_talk,
    invite,
    picture,
    press_update,
    receive_all,
    said,
    send_all,
    state_of,
)

WAY = (  # every kind of press there is, from the greeting to the receipt
    "greeting=begin",
    "3.1=4",
    "3.2=skip",
    "3.3=back",
    "3.2=2",
    *(f"3.{number}=2" for number in range(3, 10)),
    "3.10=5",
    "comment=skip",
    "reply=with_code",
    "contact=skip",
    "summary=submit",
)
MANGLED = (
    "",
    "rác",
    "\x00",
    "0|3.2=1",
    "-1|3.2=1",
    "999999|3.2=1",
    "999999999999999999|3.2=1",
    "9" * 40 + "|3.2=1",
    "{own}|",
    "{own}|3.2",
    "{own}|3.2=",
    "{own}|3.2=0",
    "{own}|3.2=6",
    "{own}|3.2=-1",
    "{own}|3.2=1.0",
    "{own}|3.2=٣",
    "{own}|3.2=²",
    "{own}|3.2=1\n",
    "{own}|3.2=1\x00",
    "{own}|3.2=1 ",
    " {own}|3.2=1",
    "{own}|3.2=1|3.2=2",
    "{own}|3.2=" + "1" * 32,
    "{own}|3.2=" + "1" * 80,
    "{own}|3.11=1",
    "{own}|3.3=1",
    "{own}|3.9=back",
    "{own}|3.10=skip",
    "{own}|comment=skip",
    "{own}|reply=no",
    "{own}|contact=skip",
    "{own}|summary=submit",
    "{own}|summary=edit:3.9",
    "{own}|summary=edit:nowhere",
    "{own}|greeting=begin",
    "{own}|language=xx",
    "{own}|erase=perhaps",
    "{own}|submitted=submit",
    None,
    17,
    ["{own}|3.2=1"],
    {"3.2": 1},
)


@pytest.fixture
def offer(runtime):
    return invite(runtime)


@pytest.fixture
def citizen(runtime, offer):
    return Talker(runtime).open(offer)


def to_summary(citizen):
    for press in WAY[:-1]:
        citizen.press(press)
    return citizen


def again(runtime, citizen, repeat):
    """Go the whole way, and after each press let `repeat` happen; return the presses after which it changed anything."""
    doubled = []
    for press in WAY:
        citizen.press(press)
        before = picture(runtime)
        repeat(press)
        if picture(runtime) != before:
            doubled.append(press)
    return doubled


def test_a_redelivered_press_changes_nothing(runtime, citizen, offer):
    outcomes = []

    doubled = again(
        runtime, citizen, lambda _: outcomes.extend(citizen.deliver(citizen.last) for _ in range(4))
    )

    assert doubled == []
    assert all(outcome.is_repeated for outcome in outcomes)
    assert state_of(runtime, offer).place == Place.SUBMITTED


def test_the_same_press_under_a_new_update_id_changes_nothing(runtime, citizen):
    def repeat(_press):
        citizen.deliver({**citizen.last, "update_id": citizen.last["update_id"] + 1_000_000})

    assert again(runtime, citizen, repeat) == []


def test_a_second_tap_on_the_same_button_changes_nothing_and_is_answered(runtime, citizen):
    toasts = []

    doubled = again(runtime, citizen, lambda press: toasts.append(citizen.press(press).toast))

    assert doubled == []
    assert all(toasts)


@pytest.mark.parametrize("times", [2, 3, 5])
def test_one_delivery_at_the_same_moment_through_two_processes_counts_once(
    runtime, citizen, offer, database_url, times
):
    citizen.go_to("3.2")
    update = press_update(citizen.person, citizen.data("3.2=4"))
    second = Database(database_url)
    second.start()
    ways = [Talker(runtime, database=database) for database in (runtime.database, second)]

    with ThreadPoolExecutor(times) as pool:
        outcomes = list(pool.map(lambda n: ways[n % 2].deliver(update), range(times)))

    second.stop()
    assert sorted(outcome.is_repeated for outcome in outcomes) == [False, *[True] * (times - 1)]
    assert state_of(runtime, offer).answers == {"3.1": 1, "3.2": 4}
    assert len([message for message in said(runtime) if message.place == "3.3"]) == 1


def test_words_delivered_again_are_not_read_for_the_next_question(runtime, citizen, offer):
    citizen.go_to("3.2")
    citizen.type("2")
    again = citizen.last

    for _ in range(3):
        citizen.deliver(again)
        citizen.deliver({**again, "update_id": again["update_id"] + 1_000_000})

    assert state_of(runtime, offer).answers == {"3.1": 1, "3.2": 2}


def test_a_stranger_presses_in_vain(runtime, citizen):
    citizen.go_to("3.2")
    stranger = Talker(runtime, person=6666, conversation_id=citizen.conversation_id).open(invite(runtime))
    before = picture(runtime)

    for press in ("3.2=1", "3.1=3", "summary=submit", "erase=erase_yes", "paused=continue", "language=en"):
        stranger.deliver(press_update(stranger.person, citizen.data(press)))

    assert picture(runtime) == before


def test_a_forwarded_message_and_a_group_take_no_presses(runtime, citizen):
    citizen.go_to("3.2")
    before = picture(runtime)
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "ai đó"}
    private = {"id": citizen.person, "type": "private"}
    forwarded = {"message_id": 7, "chat": private, "date": 1, "text": "?", "forward_origin": origin}
    group = {"id": -5, "type": "group", "title": "Nhóm"}

    citizen.deliver(press_update(citizen.person, citizen.data("3.2=1"), message=forwarded))
    citizen.deliver(press_update(citizen.person, citizen.data("3.2=1"), chat=group))
    citizen.deliver(press_update(6666, citizen.data("3.2=1"), chat=private))
    citizen.deliver(press_update(citizen.person, citizen.data("3.2=1"), message=None))

    assert picture(runtime) == before


def test_mangled_button_data_has_no_effect(runtime, citizen):
    citizen.go_to("3.2")
    own, before, effective = str(citizen.conversation_id), picture(runtime), []

    for data in MANGLED:
        filled = data.replace("{own}", own) if isinstance(data, str) else data
        citizen.deliver(press_update(citizen.person, filled))
        if picture(runtime) != before:
            effective.append(data)

    assert effective == []


def test_a_stale_press_corrects_its_own_question_and_says_so(runtime, citizen, offer):
    for press in ("greeting=begin", "3.1=1", "3.2=1", "3.3=1"):
        citizen.press(press)
        send_all(runtime)

    outcome = citizen.press("3.2=5")

    state = state_of(runtime, offer)
    assert (state.place, state.answers) == ("3.4", {"3.1": 1, "3.2": 5, "3.3": 1})
    assert "Đã đổi câu 2" in outcome.toast
    drawn = said(runtime)[-1]
    assert (drawn.place, [b.press for b in drawn.options if b.is_chosen]) == ("3.2", ["3.2=5"])


def test_a_stale_press_that_corrects_nothing_is_refused_visibly(runtime, citizen):
    citizen.go_to("3.4")
    before = picture(runtime)

    toasts = {citizen.press(press).toast for press in ("3.2=back", "greeting=begin", "greeting=decline")}

    assert picture(runtime) == before
    assert toasts == {runtime.setup.wording.say("vi", "toast_old")}


def test_after_the_form_is_handed_in_no_press_changes_it(runtime, citizen):
    to_summary(citizen).press("summary=submit")
    before = picture(runtime)

    for press in (
        "3.2=5",
        "3.8=skip",
        "comment=remove_comment",
        "summary=edit:3.1",
        "summary=submit",
        "reply=with_code",
    ):
        assert citizen.press(press).toast == runtime.setup.wording.say("vi", "toast_sent")

    assert picture(runtime) == before
    assert len(before.responses) == 1


def test_one_form_from_two_channels_two_processes_and_many_taps(runtime, citizen, offer, database_url):
    to_summary(citizen)
    second = Database(database_url)
    second.start()
    receive_all(runtime, (web_inbound("open", Start(offer.token)),))
    submit = Press(citizen.conversation_id, "summary", "submit")

    def tap(number):
        database = (runtime.database, second)[number % 2]
        if number % 3:
            return Talker(runtime, conversation_id=citizen.conversation_id, database=database).press(
                "summary=submit"
            )
        return receive_all(runtime, (web_inbound(f"tap{number}", submit),), database)

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(tap, range(24)))

    second.stop()
    (response,) = picture(runtime).responses
    state = state_of(runtime, offer)
    assert (state.place, state.receipt) == (Place.SUBMITTED, response[1])
    assert [outcome.toast for outcome in outcomes].count("") == 1


def test_one_invitation_opened_everywhere_at_once_has_one_conversation(runtime, database_url):
    offers = [invite(runtime) for _ in range(8)]
    second = Database(database_url)
    second.start()

    def open_one(number):
        offer, database = offers[number % 8], (runtime.database, second)[number // 8 % 2]
        if number % 3:
            return Talker(runtime, person=2000 + number % 8, database=database).type(f"/start {offer.token}")
        return receive_all(
            runtime, (web_inbound(f"open{number}", Start(offer.token), name=offer.token),), database
        )

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(open_one, range(64)))

    second.stop()
    assert len({find_talk(runtime, offer).id for offer in offers}) == 8
    assert len(picture(runtime).states) == 8


def test_the_first_account_holds_an_invitation(runtime, citizen, offer):
    before = picture(runtime).without_messages()

    Talker(runtime, person=6666).type(f"/start {offer.token}")

    assert picture(runtime).without_messages() == before
    assert "tài khoản khác" in said(runtime)[-1].text


def test_wrong_codes_slow_their_sender_only(runtime):
    offer, other = invite(runtime), invite(runtime)
    guesser, citizen = Talker(runtime, person=6666), Talker(runtime, person=1001)

    for wrong in wrong_codes(runtime, MAX_MISSES):
        guesser.type(wrong)
    guesser.type(offer.code)
    guesser.type(f"/start {offer.token}")
    citizen.open(other)

    assert picture(runtime).states == (picture(runtime).states[0],)  # the other citizen's conversation alone
    assert find_talk(runtime, other).state.place == Place.GREETING
    assert [m.text[:22] for m in said(runtime)].count("Ông/bà đã nhập sai mã ") == 2


def test_a_slowed_sender_may_try_again_after_the_window(runtime):
    offer, guesser = invite(runtime), Talker(runtime, person=6666)
    for wrong in wrong_codes(runtime, MAX_MISSES + 3):
        guesser.type(wrong)

    runtime.clock.at += MISS_WINDOW + timedelta(seconds=1)
    guesser.type(offer.code)

    assert find_talk(runtime, offer).state.place == Place.GREETING


def test_guessing_tokens_is_slowed_too(runtime):
    offer, guesser = invite(runtime), Talker(runtime, person=6666)
    for wrong in "0OIl_"[:MAX_MISSES]:  # letters no token has
        guesser.type(f"/start {offer.token[:-1]}{wrong}")

    guesser.type(f"/start {offer.token}")

    assert picture(runtime).states == ()


def test_codes_in_the_midst_of_a_conversation_are_slowed_without_breaking_it(runtime, citizen, offer):
    hidden = invite(runtime)
    citizen.go_to("3.2")
    for wrong in wrong_codes(runtime, MAX_MISSES):
        citizen.type(wrong)

    citizen.type(hidden.code)
    citizen.press("3.2=4")

    assert len(picture(runtime).states) == 1
    assert state_of(runtime, offer).answers == {"3.1": 1, "3.2": 4}


def wrong_codes(runtime, count):
    """Return codes of the right shape that no invitation has."""
    codes = (runtime.setup.vault.code(bytes([number]) * 16) for number in range(count))
    with runtime.database.reading() as tx:
        return [code for code in codes if invitations.find_by_code(tx, runtime.setup.vault, code) is None]


def web_inbound(key, happening, *, name="tab"):
    return Inbound(channel="web", keys=(key,), name=name, happening=happening)
