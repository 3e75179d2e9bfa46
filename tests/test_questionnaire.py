"""The questionnaire that is shipped is the paper form; a faulty one is refused in full; old conversations keep theirs."""

import copy
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.happenings import Inbound, Press, Start
from handlers.inbound import receive
from handlers.intake import take_entry
from handlers.intake_fields import Entry
from storage import conversations, invitations, records
from storage.invitations import Dossier
from storage.tables import responses
from survey.questionnaire import MAX_BUTTON, QuestionnaireError, parse_questionnaire
from tests.building import AT, QUESTIONNAIRE, build_setup, load_questionnaire, sqlite_database

# Copied by hand from the form, items 3.1 to 3.10. Only slips of the pen are mended: "(báo , đài", "Rất Rườm rà",
# "Rất Chậm".
GOOD_TO_POOR = ("Rất tốt", "Tốt", "Trung bình", "Kém", "Rất kém")
YES_NO = ("Có", "Không")
FORM = {
    "3.1": (
        "Qua phương tiện thông tin đại chúng (báo, đài, mạng điện tử...)",
        "Đọc bảng niêm yết tại nơi tiếp nhận hồ sơ",
        "Nhờ người quen hướng dẫn",
        "Qua công chức tiếp nhận hướng dẫn",
        "Hình thức khác",
    ),
    "3.2": GOOD_TO_POOR,
    "3.3": GOOD_TO_POOR,
    "3.4": ("Rất gọn", "Gọn", "Trung bình", "Rườm rà", "Rất rườm rà"),
    "3.5": ("Rất nhanh", "Nhanh", "Trung bình", "Chậm", "Rất chậm"),
    "3.6": GOOD_TO_POOR,
    "3.7": YES_NO,
    "3.8": YES_NO,
    "3.9": ("Trước hẹn", "Đúng hẹn", "Trễ hẹn"),
    "3.10": ("Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Rất không hài lòng"),
}
NAMED_BY = {  # the form's own words that every question's text has
    "3.1": "tìm hiểu thông tin",
    "3.2": "niêm yết",
    "3.3": "Thái độ phục vụ",
    "3.4": "biểu mẫu",
    "3.5": "Thời gian giải quyết",
    "3.6": "thiết bị",
    "3.7": "giấy tờ",
    "3.8": "khoản phí",
    "3.9": "hẹn",
    "3.10": "hài lòng",
}


# -- the shipped form


def test_the_questions_and_options_are_those_of_the_form_in_its_order():
    shipped = {q.key: tuple(o.label["vi"] for o in q.options) for q in load_questionnaire().questions}

    assert list(shipped) == list(FORM)
    assert shipped == FORM


def test_every_question_names_its_subject_in_the_words_of_the_form():
    texts = {question.key: question.text["vi"] for question in load_questionnaire().questions}

    assert all(words in texts[key] for key, words in NAMED_BY.items()), texts


def test_bad_options_are_the_poor_half_and_only_a_paid_extra_fee_is_a_matter_of_integrity():
    options = [(q.key, o) for q in load_questionnaire().questions for o in q.options]

    assert [(key, o.number) for key, o in options if o.is_bad] == [
        *[(key, number) for key in ("3.2", "3.3", "3.4", "3.5", "3.6") for number in (4, 5)],
        ("3.7", 1),
        ("3.8", 1),
        ("3.9", 3),
        ("3.10", 4),
        ("3.10", 5),
    ]
    assert [(key, o.number) for key, o in options if o.is_integrity] == [("3.8", 1)]
    assert [q.key for q in load_questionnaire().questions if q.is_fact] == ["3.7", "3.8"]


def test_there_is_no_question_that_some_citizens_are_not_asked():
    questionnaire = load_questionnaire()

    assert questionnaire.asked({}) == questionnaire.questions


# -- what the loader refuses

SHIPPED = yaml.safe_load(QUESTIONNAIRE.read_text(encoding="utf-8"))


def form(**changes):
    """Return the shipped form as values, with some keys changed."""
    return {**copy.deepcopy(SHIPPED), **changes}


def with_question(place, **changes):
    values = form()
    values["questions"][place].update(changes)
    return values


def without(values, *path):
    values = copy.deepcopy(values)
    *way, last = path
    holder = values
    for step in way:
        holder = holder[step]
    del holder[last]
    return values


def options(*keys, label=None):
    return [{"key": key, "label": label or {"vi": key.upper(), "en": key}} for key in keys]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (with_question(1, key="3.1"), "question 3.1: the key stands twice"),
        (
            without(form(), "questions", 0, "key"),
            'questions[0].key: is missing; give it in quotes, for example "3.2"',
        ),
        (with_question(0, key=3.1), 'questions[0].key: is missing; give it in quotes, for example "3.2"'),
        (
            with_question(
                0,
                options=options("a", "b", label={"vi": "x" * (MAX_BUTTON + 1), "en": "x"})[:1] + options("c"),
            ),
            f"question 3.1 option 1.label.vi: {MAX_BUTTON + 1} characters; a button takes at most {MAX_BUTTON}",
        ),
        (without(form(), "questions", 2, "text", "en"), "question 3.3.text.en: the translation is missing"),
        (
            with_question(2, subject={"vi": "  ", "en": "x"}),
            "question 3.3.subject.vi: the translation is missing",
        ),
        (with_question(2, text="Thế nào?"), "question 3.3.text: needs a text for each language (vi, en)"),
        (
            with_question(1, ask_if={"3.9": ["late"]}),
            "question 3.2: can never be reached, ask_if names '3.9', which does not come before it",
        ),
        (
            with_question(9, ask_if={"3.9": ["lost"]}),
            "question 3.10: can never be reached, question 3.9 has no such option among ['lost']",
        ),
        (
            with_question(9, ask_if=[]),
            'question 3.10.ask_if: needs a question and option keys, for example {"3.9": [late]}',
        ),
        (
            with_question(8, options=[*options("a"), {"key": "a", "label": {"vi": "B", "en": "b"}}]),
            "question 3.9.options: two options have the same key",
        ),
        (
            with_question(8, options=options("a", "b", label={"vi": "Như nhau", "en": "x"})),
            "question 3.9.options: two options have the same label in vi",
        ),
        (
            with_question(8, options=[{"label": "x"}, *options("b", "c")]),
            "question 3.9 option 1: needs a key and a label",
        ),
        (with_question(3, colour="red"), "question 3.4.colour: is not known here"),
        (form(colour="red"), "colour: is not known here"),
        (with_question(3, options=options(*"abcdef")), "question 3.4.options: needs 2 to 5 options"),
        (with_question(3, options=options("a")), "question 3.4.options: needs 2 to 5 options"),
        (with_question(3, kind="scale"), "question 3.4.kind: 'scale' is not a kind of question (choice)"),
        (
            form(questions=[*form()["questions"], {**form()["questions"][0], "key": "3.11"}]),
            "questions: 11 of them; at most 10 can be stored",
        ),
        (form(questions=[*form()["questions"][:9], "x"]), "questions[9]: is not a mapping"),
        (without(form(), "version"), 'version: is missing; give it in quotes, for example "2026-1"'),
        (form(version=2026.1), 'version: is missing; give it in quotes, for example "2026-1"'),
        (form(languages=[]), "languages: is missing; for example [vi, en]"),
        (without(form(), "questions"), "questions: is missing or empty"),
        ([], "the questionnaire is not a mapping with version, languages and questions"),
    ],
)
def test_each_fault_gives_one_clear_line(values, line):
    with pytest.raises(QuestionnaireError) as raised:
        parse_questionnaire(values)

    lines = [problem for problem in raised.value.problems if "same label in en" not in problem]
    assert lines == [line]


def test_all_problems_are_told_at_once():
    values = with_question(1, key="3.1", colour="red")
    del values["questions"][4]["text"]["en"]
    values["questions"][5]["options"] = options("a", "a")

    with pytest.raises(QuestionnaireError) as raised:
        parse_questionnaire(values)

    assert raised.value.problems == (
        "question 3.1: the key stands twice",
        "question 3.5.text.en: the translation is missing",
        "question 3.6.options: two options have the same key",
        "question 3.6.options: two options have the same label in vi",
        "question 3.6.options: two options have the same label in en",
    )
    assert str(raised.value).splitlines() == list(raised.value.problems)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    JSON,
    st.integers(0, 9),
    st.sampled_from(["key", "kind", "subject", "text", "options", "is_fact", "ask_if"]),
)
def test_whatever_stands_in_the_file_is_taken_or_refused_with_lines(value, place, name):
    for values in (
        value,
        form(questions=value),
        form(languages=value),
        with_question(place, **{name: value}),
    ):
        problems = problems_of(values)

        assert problems is None or problems
        assert all(line.strip() and "\n" not in line for line in problems or ())


def problems_of(values):
    """Return the lines with which a questionnaire is refused, None when it is taken."""
    try:
        parse_questionnaire(values)
    except QuestionnaireError as error:
        return error.problems
    return None


# -- versions


def test_an_answer_to_a_question_that_is_not_asked_opens_no_other():
    values = form(questions=form()["questions"][6:9])
    values["questions"][1]["ask_if"] = {"3.7": ["yes"]}
    values["questions"][2]["ask_if"] = {"3.8": ["yes"]}
    questionnaire = parse_questionnaire(values)

    asked = [[q.key for q in questionnaire.asked({"3.7": answer, "3.8": 1})] for answer in (1, 2, None)]

    assert asked == [["3.7", "3.8", "3.9"], ["3.7"], ["3.7"]]


def next_version():
    """Return the form's next version: seven questions, the first of them asked otherwise."""
    values = form(version="2027-1")
    values["questions"] = values["questions"][:7]
    values["questions"][0]["text"]["vi"] = "Ông/bà biết cách làm hồ sơ nhờ đâu ạ?"
    return parse_questionnaire(values)


class House:
    """The made-up department over a real database: what is current can change while it runs."""

    def __init__(self, database, setup):
        self.database, self.setup, self.count = database, setup, 0

    def introduce(self, questionnaire):
        body = yaml.safe_dump(form(version=questionnaire.version))  # what stands in it does not matter here
        self.database.write(lambda tx: records.keep_questionnaire(tx, questionnaire.version, body, AT))
        known = {**self.setup.questionnaires, questionnaire.version: questionnaire}
        self.setup = replace(self.setup, questionnaires=known, questionnaire_version=questionnaire.version)

    def open_for(self, person):
        """Report a dossier and follow its link; return the token."""
        code = f"H32.99-261120-{person}"
        returned_at = AT - timedelta(hours=1)
        dossier = Dossier(
            code=code, code_given=code, procedure_code="2.000633", unit_code="QLTM", returned_at=returned_at
        )
        taken = self.database.write(lambda tx: take_entry(tx, self.setup, Entry(dossier=dossier), AT))
        self.receive(person, Start(taken.offer.token))
        return taken.offer.token

    def receive(self, person, happening):
        self.count += 1
        inbound = Inbound(channel="telegram", keys=(f"u{self.count}",), name=str(person), happening=happening)
        return self.database.write(lambda tx: receive(tx, self.setup, [inbound], AT))

    def talk(self, token):
        with self.database.reading() as tx:
            found = invitations.find_by_token(tx, self.setup.vault, token)
            return conversations.find_talk(tx, self.setup.vault, invitation_id=found.id)

    def answer_all(self, person, token):
        """Press through everything with the second option, until the form is handed in."""
        talk = self.talk(token)
        questions = self.setup.questionnaire(talk.questionnaire_version).questions
        presses = ["greeting=begin", *(f"{q.key}=2" for q in questions), "comment=skip", "summary=submit"]
        for press in presses:
            place, _, choice = press.partition("=")
            self.receive(person, Press(talk.id, place, choice))


@pytest.fixture
def house(tmp_path):
    with sqlite_database(tmp_path) as database:
        yield House(database, build_setup())


def test_a_conversation_goes_on_with_the_version_it_was_begun_with(house):
    old = house.open_for(1001)
    house.receive(1001, Press(house.talk(old).id, "greeting", "begin"))

    house.introduce(next_version())
    new = house.open_for(1002)
    house.answer_all(1001, old)
    house.answer_all(1002, new)

    begun, fresh = house.talk(old), house.talk(new)
    assert (begun.questionnaire_version, fresh.questionnaire_version) == ("2026-1", "2027-1")
    assert (begun.status, fresh.status) == ("submitted", "submitted")
    assert (len(begun.state.answers), len(fresh.state.answers)) == (10, 7)
    with house.database.reading() as tx:
        stored = {row.questionnaire_version: row for row in tx.execute(responses.select())}
    assert set(stored) == {"2026-1", "2027-1"}
    assert stored["2027-1"].q3_7 == 2
    assert stored["2027-1"].q3_8 is None
