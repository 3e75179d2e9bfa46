"""The weights of words in comments: what they add to the rules, how they are explained, what they cost, how far they carry."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from survey.reading import LexiconError, Severity, build_lexicon, explain_comment, read_comment
from survey.reading.comments import find_by_rules
from survey.reading.phrases import PhraseBook
from survey.reading.syllables import parse_word
from survey.reading.tokens import tidy_text, tokenise
from survey.reading.weights import Weights, traits_of, weigh
from tests.corpus import score as scoring
from tests.corpus import weigh as weighing

LEXICON = scoring.load_lexicon()
ATTENTION = {Severity.CRITICAL, Severity.COMPLAINT}
STORY = "Chị để hé ngăn kéo, tôi bỏ vô tờ năm trăm thì giấy có liền trong buổi sáng"
FAVOUR = "Bị mưa ướt hết giấy tờ mà các em in lại cho, không la một tiếng, thương lắm"


def tokens(words):
    return tokenise(tidy_text(words), LEXICON)


def traits(words):
    return traits_of(tokens(words))


def rules(words):
    return find_by_rules(tokens(words), LEXICON).worst


@pytest.mark.parametrize(
    ("words", "by_rules", "want"),
    [
        ("Bà trưởng phòng nói ai không góp thì sang năm hồ sơ mới tới lượt", None, "critical"),
        ("Cầm hai tờ xanh của tôi rồi mới cười", None, "critical"),
        ("Anh ngồi trong nói khó, anh ngồi ngoài nói dễ, khó dễ là do cái ví", "complaint", "critical"),
        ("Trời nắng quá, ruộng khô hết rồi", None, "suggestion"),
    ],
)
def test_weights_see_what_no_rule_foresaw(words, by_rules, want):
    assert rules(words) == by_rules
    assert read_comment(words, LEXICON) == want


def test_a_story_without_a_keyword_is_critical_and_a_favour_is_praise():
    assert read_comment(STORY, LEXICON) is Severity.CRITICAL
    assert read_comment(FAVOUR, LEXICON) is Severity.PRAISE


def test_a_reading_names_what_the_rules_found_and_the_words_that_weighed():
    found = explain_comment("phải lót tay mới xong", LEXICON)

    assert found.severity is Severity.CRITICAL
    assert found.rule.startswith("rules: critical/attention +")
    assert len(found.rule.split("/")) > 3


def test_what_says_nothing_is_told_by_rules_alone():
    assert explain_comment("không có ý kiến", LEXICON).rule == "empty"
    assert read_comment("mấy giờ đóng cửa vậy em", LEXICON) is not Severity.EMPTY  # words that are kept


def test_mockery_in_quotation_marks_is_never_praise():
    assert read_comment('phục vụ "tận tình" lắm', LEXICON) in ATTENTION
    assert read_comment("phục vụ tận tình lắm", LEXICON) is Severity.PRAISE


@pytest.mark.parametrize(
    ("base", "words", "want"),
    [
        ((-9.0, -1.0), "lừa đảo", "critical"),
        ((-9.0, -9.0), "lừa đảo", "complaint"),  # lowered, never lost
        ((-9.0, -9.0), "tưởng bị lừa đảo, ai dè làm nhanh, rất tốt", "praise"),
    ],
)
def test_what_the_rules_find_plainly_critical_the_weights_cannot_lose(base, words, want):
    against = replace(LEXICON, weights=Weights(base, {}))

    assert read_comment(words, against) == want


def test_traits_keep_apart_what_stands_apart():
    found = traits("Không nhận phong bì. Cảm ơn")

    assert {"khong nhan", "nhan * bi", "not phong", "=phong" not in traits("phong"), "cam on"} - found == {
        True
    }
    assert "bi cam" not in found
    assert "not cam" not in found
    assert "on at the end" in found
    assert "=camr" in found
    assert "=camr" not in traits("cam on")


def test_one_sentence_among_much_praise_is_not_drowned():
    praise = "Cán bộ nhiệt tình, vui vẻ, hướng dẫn tận tình chu đáo, tôi rất hài lòng. " * 12
    assert read_comment(praise, LEXICON) is Severity.PRAISE

    assert read_comment(f"{praise}{STORY}. {praise}", LEXICON) is Severity.CRITICAL


def test_a_long_comment_costs_its_length_and_no_more():
    rows = scoring.load_lines([scoring.HERE / "own_comments.jsonl"])
    text = ". ".join(row["text"] for row in rows)[:4000]
    read_comment(text, LEXICON)

    def cost(size):
        began_at = time.process_time()
        for _ in range(3):
            read_comment(text[:size], LEXICON)
        return (time.process_time() - began_at) / 3

    assert cost(4000) < 0.3  # 0.06 on an idle machine
    assert cost(4000) < 4 * 4 * cost(1000)  # four times as long, with room for a busy machine


def test_a_phrase_book_forgets_what_it_scanned_when_it_learns_a_phrase():
    book = PhraseBook({"good": ["rất tốt"]}, frozenset())
    words = tuple(tokens("rất tốt thật"))
    assert [m.tag for m in book.scan(words)] == ["good"]

    book.add((parse_word("thật"),), "true")

    assert [m.tag for m in book.scan(words)] == ["good", "true"]
    book.scan(words).clear()
    assert len(book.scan(words)) == 2


def tables():
    return {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in (scoring.SURVEY / "reading" / "tables").glob("*.yaml")
    }


def test_a_fault_in_the_weights_is_named_with_its_line():
    broken = tables()
    broken["words"]["words"] = "+12 -3  phong bi\n+1.5 2 tien\nkhong\n"
    broken["words"]["base"]["critical"] = "much"

    with pytest.raises(LexiconError) as caught:
        build_lexicon(broken)

    problems = "; ".join(caught.value.problems)
    assert "words.words, line 2" in problems
    assert "words.words, line 3" in problems
    assert "words.words, line 1" not in problems
    assert "words.base.critical" in problems


def test_the_table_can_be_looked_through_and_loses_nothing_when_written():
    kept = LEXICON.weights

    assert 500 < len(kept.traits) <= weighing.KEPT
    again = yaml.safe_load(weighing.write(kept))
    assert len(again["words"].splitlines()) == len(kept.traits)
    assert weigh(tokens(STORY), set(), kept).words


def test_the_weights_are_of_all_corpora():
    """Whoever adds labelled comments runs `python -m tests.corpus.weigh`: else these words would be missing."""
    counted = sum(
        len(Path(path).read_text("utf-8").splitlines()) for path in scoring.HERE.glob("*_comments.jsonl")
    )
    head = (scoring.SURVEY / "reading" / "tables" / "words.yaml").read_text("utf-8")

    assert f"{counted:,} labelled comments" in head


@pytest.mark.long
def test_strangers_comments_are_read_well_by_what_others_taught():
    """Weights learnt without a corpus, measured on it: what a new writer may expect."""
    files = sorted(scoring.HERE.glob("*_comments.jsonl"))
    report = weighing.check(weighing.load_comments(files), only=("c_comments", "f_comments"))

    for found in report.values():
        shown = scoring.report("left out", found, errors=True)
        assert found.critical_lost == 0, shown
        assert found.critical_seen >= 0.95, shown
        assert found.attention_recall >= 0.97, shown
        assert found.false_alarms <= 0.08, shown
