"""Whatever people do to a label – accents, case, spaces, politeness – it stays that label; a denial never does."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.folding import fold
from survey.reading import Severity, read_comment, read_control, read_reply
from tests.corpus.score import load_lexicon, load_questions

LEXICON = load_lexicon()
QUESTIONS = load_questions()
EVERYTHING = tuple(QUESTIONS.values())
LABELS = [(q, o.number, label) for q in EVERYTHING for o in q.options for label in o.label.values()]
VIETNAMESE = [(q, o.number, o.label["vi"]) for q in EVERYTHING for o in q.options]
BEFORE = ("", "dạ ", "Dạ, ", "em ơi ", "thưa, ", "dạ vâng ")
AFTER = ("", " ạ", " nhé", " nha em", ".", "!", " ạ.", " nghen", " 🙂", " luôn ạ")
REFUSALS = (
    "không biết",
    "không nhớ",
    "hổng rõ",
    "ko bik",
    "k bít",
    "chịu",
    "nỏ nhớ mô",
    "không để ý",
    "quên rồi",
    "hông biết nữa",
)
quick = settings(max_examples=150, deadline=None)


def read(words, question):
    return read_reply(words, question, LEXICON, EVERYTHING)


@quick
@given(
    st.sampled_from(LABELS),
    st.sampled_from(BEFORE),
    st.sampled_from(AFTER),
    st.sampled_from(["nfc", "nfd", "bare"]),
    st.data(),
)
def test_a_label_in_any_spelling_is_that_option(label, before, after, form, data):
    question, number, words = label
    cased = data.draw(st.sampled_from([words, words.upper(), words.lower(), words.title()]))
    spaced = cased.replace(" ", data.draw(st.sampled_from([" ", "  ", "\u00a0"])))
    text = f"  {before}{spaced}{after} "
    text = fold(text) if form == "bare" else unicodedata.normalize(form.upper(), text)

    assert read(text, question).option == number


@quick
@given(
    st.sampled_from(VIETNAMESE),
    st.sampled_from(["không ", "ko ", "hổng ", "nỏ ", "chẳng ", "khong ", "KHÔNG "]),
)
def test_a_denied_label_is_never_that_option(label, denial):
    question, number, words = label

    assert read(denial + words, question).option != number


@quick
@given(st.text(max_size=80), st.sampled_from(EVERYTHING))
def test_no_text_breaks_the_reader(words, question):
    read(words, question)

    assert read_comment(words, LEXICON) in Severity
    assert read_control(words, LEXICON) is None or words.strip()


@quick
@given(
    st.lists(
        st.sampled_from(
            [
                "không",
                "có",
                "tốt",
                "kém",
                "chậm",
                "nhanh",
                "mà",
                "nhưng",
                "à",
                "nhầm",
                "2",
                "5",
                "sao",
                "lần",
                ",",
                ".",
                "?",
                "dạ",
                "ạ",
                "hẹn",
                "trễ",
                "đâu",
                "mô",
                "câu",
                "3.2",
                "tất",
                "cả",
            ]
        ),
        max_size=9,
    ),
    st.sampled_from(EVERYTHING),
)
def test_no_mixture_of_known_words_breaks_the_reader(words, question):
    reading = read(" ".join(words), question)

    assert reading.option is None or 1 <= reading.option <= len(question.options)
    assert not (reading.option and (reading.control or reading.several))


@quick
@given(
    st.sampled_from(REFUSALS),
    st.sampled_from(BEFORE),
    st.sampled_from(AFTER),
    st.sampled_from(EVERYTHING),
    st.booleans(),
)
def test_a_refusal_is_never_an_option(words, before, after, question, is_bare):
    text = before + words + after

    assert read(fold(text) if is_bare else text, question).option is None


@pytest.mark.parametrize(
    "words", ["dạ", "vâng", "ok", "ừ", "dạ vâng ạ", "ok em", "da", "vang a", "ừa", "oki"]
)
@pytest.mark.parametrize("key", ["3.7", "3.8"])
def test_politeness_is_no_answer_to_a_question_of_fact(words, key):
    assert read(words, QUESTIONS[key]).option is None
