"""The sentences: the same ones in every language, polite, proper Vietnamese, and the consent says what it must."""

import re
import string
import unicodedata

import pytest
import yaml

from survey.complaints.words import read_command
from survey.conversation import Wish
from survey.events import Kind
from survey.folding import fold
from survey.reading import read_control
from survey.wording import WordingError, build_wording
from tests.building import SURVEY, load_wording

WORDING = load_wording()
VI, EN = WORDING.tables["vi"], WORDING.tables["en"]
CONTROLS = {  # what must steer the conversation → as the buttons and the contract write it
    "begin": "Bắt đầu",
    "later": "Để sau",
    "decline": "Không tham gia",
    "back": "Quay lại",
    "skip": "Bỏ qua",
    "submit": "Gửi phiếu",
    "edit": "Sửa",
    "stop": "Dừng",
    "continue": "Làm tiếp",
}
COMMANDS = {
    "/help": "help",
    "/stop": "stop",
    "/privacy": "privacy",
    "/delete": "erase",
    "/language": "language",
}
# Vietnamese that happens to have no mark on any letter, and what is not Vietnamese.
PLAIN = {"language_name", "command_language"}
MARKED = re.compile("[\u0300-\u031b\u0323đ]")


def texts(name):
    return yaml.safe_load((SURVEY / "texts" / f"{name}.yaml").read_text(encoding="utf-8"))


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# -- every language


def test_every_language_has_the_same_sentences_with_the_same_placeholders():
    assert VI.keys() == EN.keys()
    assert {key: placeholders(text) for key, text in VI.items()} == {
        key: placeholders(text) for key, text in EN.items()
    }


@pytest.mark.parametrize("language", ["vi", "en"])
def test_there_is_a_sentence_for_everything_that_can_come(language):
    keys = {*(f"got_{kind}" for kind in Kind), *(f"summary_reply_{wish}" for wish in Wish)}
    keys |= {f"button_{control}" for control in CONTROLS}

    assert keys <= WORDING.tables[language].keys()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"help": None}, "texts/en.yaml: 'help' is missing"),
        ({"more": "x"}, "texts/en.yaml: 'more' is not in vi.yaml"),
        ({"help": 3}, "texts/en.yaml: 'help' is not a text"),
        ({"human": "Call!"}, "texts/en.yaml: 'human' has other placeholders than in vi.yaml"),
        ({"human": "{hotline"}, "texts/en.yaml: 'human' has other placeholders than in vi.yaml"),
    ],
)
def test_each_fault_of_the_texts_gives_one_line(change, line):
    english = {key: text for key, text in {**EN, **change}.items() if text is not None}

    with pytest.raises(WordingError) as raised:
        build_wording({"vi": VI, "en": english}, WORDING.lexicon)

    assert raised.value.problems == (line,)


# -- words that steer


@pytest.mark.parametrize(("control", "words"), CONTROLS.items())
def test_every_button_can_be_typed_with_or_without_accents_in_any_case(control, words):
    assert VI[f"button_{control}"] == words
    spellings = [words, words.upper(), fold(words), unicodedata.normalize("NFD", words), f"  {words}. "]

    assert {read_control(spelling, WORDING.lexicon) for spelling in spellings} == {control}


@pytest.mark.parametrize("control", CONTROLS)
def test_every_button_can_be_typed_in_english(control):
    assert read_control(EN[f"button_{control}"], WORDING.lexicon) == control


@pytest.mark.parametrize(("words", "control"), COMMANDS.items())
def test_every_command_is_known_and_named_in_the_menu(words, control):
    assert read_control(words, WORDING.lexicon) == control
    assert all(f"command_{words[1:]}" in table for table in WORDING.tables.values())


# -- Vietnamese


@pytest.mark.parametrize("key", sorted(VI.keys() - PLAIN))
def test_no_sentence_is_vietnamese_without_its_marks(key):
    words = re.sub(r"\{\w+\}|“[^”]*”|[\d/:.(),;?…]", " ", VI[key]).split()
    marked = [word for word in words if MARKED.search(unicodedata.normalize("NFD", word).lower())]

    assert not words or len(marked) >= len(words) / 3, VI[key]


@pytest.mark.parametrize("key", sorted(VI))
def test_nobody_is_called_ban_and_nothing_is_abbreviated_or_english(key):
    words = {word.lower() for word in re.findall(r"\w+", re.sub(r"\{\w+\}", "", VI[key]))}

    assert not words & {"bạn", "mày", "ko", "tthc", "cbcc", "bot", "ok", "please", "click", "menu"}, VI[key]
    assert "  " not in VI[key]
    assert VI[key] == unicodedata.normalize("NFC", VI[key]).strip()


@pytest.mark.parametrize(
    "key",
    [
        "greeting",
        "comment",
        "contact",
        "reply",
        "summary_title",
        "edit_menu",
        "help",
        "human",
        "unclear_plain",
    ],
)
def test_citizens_are_addressed_as_ong_ba(key):
    assert "ông/bà" in VI[key].lower()


def test_every_sentence_leaves_room_for_what_it_is_filled_with():
    lengths = {key: len(text) for language in (VI, EN) for key, text in language.items()}

    assert {key: length for key, length in lengths.items() if length > 330} == {}


# -- the consent


CONSENT = {
    "who asks": ("{department} xin hỏi", "{department} would like to ask"),
    "about what": ("“{procedure}”", "“{procedure}”"),
    "why": ("để phục vụ tốt hơn", "to serve you better"),
    "who sees it": (
        "Câu chê và góp ý được chuyển đến nơi giải quyết",
        "Bad marks and comments go to the unit",
    ),
    "without a name": ("không kèm tên", "without your name"),
    "how long it is kept": ("giữ {days} ngày rồi xóa", "kept {days} days, then erased"),
    "one may stop": ("Muốn thôi lúc nào thì nhắn “dừng”", "To end at any time, send “stop”"),
    "silence is no consent": ("chưa bấm là chưa đồng ý", "until you press it you have not agreed"),
}


@pytest.mark.parametrize("what", CONSENT)
def test_the_consent_says(what):
    vietnamese, english = CONSENT[what]

    assert vietnamese in VI["greeting"]
    assert english in EN["greeting"]


def test_privacy_says_what_is_kept_how_long_and_how_to_erase_it():
    for words in (
        "không thấy tên, số điện thoại",
        "mã hồ sơ nếu ông/bà cho xem",
        "sau {days} ngày thì xóa",
        "“xóa dữ liệu”",
    ):
        assert words in VI["privacy"]
    assert read_control("xóa dữ liệu", WORDING.lexicon) == "erase"


def test_words_named_in_a_sentence_are_words_that_work():
    named = {word for text in VI.values() for word in re.findall(r"“([^”{}]+)”", text)}

    buttons = {text.strip("…") for key, text in VI.items() if key.startswith("button_")}
    commands = {word for word in named if read_command(word, is_answer=True) is not None}
    programs = {word for word in named if word.startswith("hailong ")}
    controls = {word for word in named if read_control(word, WORDING.lexicon) is not None}

    assert named - buttons - commands - programs - controls == set()
