"""Messages as Zalo's plain text: whole, harmless, in NFC, and never longer than the limit."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_text import cut, make_label, one_line, render_plain
from survey.message import Button, Message
from tests.building import load_wording
from tests.zalo_sending import QUESTION

LABEL = make_label(load_wording())


def plain(message, limit=2000):
    return render_plain(message, limit=limit, label=LABEL)


def test_it_begins_with_the_whole_text_and_ends_with_the_words_to_send():
    text = plain(QUESTION)

    assert text == f"{QUESTION.plain()}\n\nHoặc nhắn: Quay lại · Bỏ qua · Dừng"


def test_without_controls_there_is_no_last_line():
    assert plain(Message(text="Đã ghi.")) == "Đã ghi."


def test_the_last_line_is_in_the_language_of_the_message():
    message = Message(text="?", controls=(Button(text=load_wording().say("en", "button_skip"), press="a=b"),))

    assert plain(message).endswith("\n\nOr send: Skip")


def test_a_control_says_what_to_type_when_that_is_not_its_text():
    card = Message(
        text="PA-2026-0012",
        controls=(Button(text="Nhận xử lý", press="card=claim", words="nhan PA-2026-0012"),),
    )

    assert plain(card).endswith("Hoặc nhắn: nhan PA-2026-0012")


def test_words_that_are_the_same_stand_there_once():
    message = Message(text="?", controls=(Button(text="Dừng", press="a=1"), Button(text="Dừng", press="a=2")))

    assert plain(message).endswith("Hoặc nhắn: Dừng")


def test_the_one_who_is_asked_is_named_first():
    message = Message(text="Trả lời thế nào ạ?", asked=("123", "Cán bộ Một"))

    assert plain(message) == "Cán bộ Một\n\nTrả lời thế nào ạ?"


def test_letters_are_composed_and_counted_so():
    text = plain(Message(text=unicodedata.normalize("NFD", "Hài lòng ạ")))

    assert text == unicodedata.normalize("NFC", "Hài lòng ạ")


def test_control_and_direction_marks_and_half_letters_are_left_out():
    assert plain(Message(text="một\r\nhai\x00\u202e ba\ud800")) == "một\nhai ba"


def test_a_quoted_address_is_readable_and_no_link():
    text = plain(Message(text="", quote="Xem https://xau.example/a?b hoặc www.xau.example, a@xau.example"))

    assert text == "│ Xem https: //xau. example/a?b hoặc www. xau. example, a@xau. example"


def test_our_own_links_stay_links():
    assert plain(Message(text="https://khaosat.example/s/x")) == "https://khaosat.example/s/x"


def test_sentences_in_a_quote_stay_readable():
    assert (
        plain(Message(text="", quote="Tốt. Phí 1.000.000 đồng.Cảm ơn")) == "│ Tốt. Phí 1.000.000 đồng. Cảm ơn"
    )


def test_nobody_is_called_whatever_is_in_the_words():
    for words in ("[@123]", "[\u200b@123]", "[\u202e@123]", "[[@123]"):
        message = Message(
            text=words,
            note=words,
            title=words,
            quote=words,
            tail=words,
            asked=("1", words),
            options=(Button(text=words, press="a=1"),),
            controls=(Button(text=words, press="a=2", words=words),),
        )

        assert "[@" not in plain(message)
    assert one_line("[@1]\n[\u200b@2]") == "[ @1] [ @2]"


def test_the_quote_gives_way_before_the_text_and_the_options_never():
    message = Message(
        text="Thủ tục: cấp giấy phép.",
        quote="lời " * 1000,
        options=QUESTION.options,
        controls=QUESTION.controls,
    )

    text = plain(message, 500)

    assert len(text) <= 500
    assert len(text) > 440
    assert "Thủ tục: cấp giấy phép." in text
    assert "lời…" in text
    assert "1. Rất tốt\n2. Tốt\n3. Kém" in text
    assert text.endswith("Hoặc nhắn: Quay lại · Bỏ qua · Dừng")


def test_a_long_text_keeps_its_beginning_its_options_and_its_words():
    text = plain(Message(text="x" * 3900, options=QUESTION.options, controls=QUESTION.controls))

    assert len(text) == 2000
    assert text.startswith("xxx")
    assert "x…\n\n1. Rất tốt" in text
    assert text.endswith("Dừng")


def test_a_cut_is_at_a_word_and_never_inside_a_sign():
    assert cut("một hai ba bốn", 11) == "một hai…"
    assert cut("một", 3) == "một"
    family = "👩\u200d🌾"
    assert cut(f"xin chào {family}{family}", 11) == "xin chào…"
    assert cut("👍🏽👍🏽", 3) == "👍🏽…"


WORDS = st.text(max_size=400) | st.text(alphabet="ạ[@ .\n:/h\u200b", max_size=3000)
BUTTONS = st.lists(st.builds(Button, text=st.text(max_size=60), press=st.just("a=1")), max_size=7).map(tuple)
MESSAGES = st.builds(
    Message, text=WORDS, note=WORDS, title=st.text(max_size=80), tail=WORDS, quote=WORDS, controls=BUTTONS
)


@given(MESSAGES)
def test_whatever_is_said_fits_is_composed_and_calls_nobody(message):
    text = plain(message)

    assert len(text) <= 2000
    assert text == unicodedata.normalize("NFC", text)
    assert "[@" not in text
    text.encode()
