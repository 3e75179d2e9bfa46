"""A second count of a report, in plain Python from the contract and from what the export gives: no code of reports/ in it."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

MIN_GROUP = 5
CRITERIA = {
    "access": ["3.2"],
    "reception": ["3.6"],
    "procedures": ["3.4", "3.7", "3.8"],
    "staff": ["3.3"],
    "results": ["3.5", "3.9"],
    "feedback": [],
}
OPTIONS = {"3.7": 2, "3.8": 2, "3.9": 3}
TARGET = Decimal(85)


def two(numerator, denominator):
    """A percentage with two decimals, half up."""
    if not denominator:
        return None
    exact = Decimal(100) * Decimal(numerator) / Decimal(denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def is_satisfied(question, option):
    return option == 2 if question in ("3.7", "3.8") else option <= 2


def answers_to(records, question):
    column = "q" + question.replace(".", "_")
    return [record[column] for record in records if record[column] is not None]


def composite(records, ratings):
    """Return the criteria as (share, n), and the overall with the number measured."""
    criteria = {}
    for name, questions in CRITERIA.items():
        pooled = [is_satisfied(q, option) for q in questions for option in answers_to(records, q)]
        if name == "feedback":
            pooled = [rating <= 2 for rating in ratings]
        criteria[name] = (two(sum(pooled), len(pooled)), len(pooled))
    measured = [share for share, _ in criteria.values() if share is not None]
    mean = sum(measured) / len(measured) if measured else None
    overall = None if mean is None else mean.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return criteria, overall, len(measured)


def expected(records, dossiers, ratings):
    """Return what the contract's keys must be. `ratings` are (unit, step) of cases and of paper forms."""
    n = len(records)
    is_hidden = n < MIN_GROUP
    criteria, overall, measured = composite(records, [step for _, step in ratings])
    questions = []
    for number in range(1, 11):
        question = f"3.{number}"
        counted = Counter(answers_to(records, question))
        total = sum(counted.values())
        good = sum(count for option, count in counted.items() if is_satisfied(question, option))
        counts = [counted[option] for option in range(1, OPTIONS.get(question, 5) + 1)]
        share = None if is_hidden or question == "3.1" else two(good, total)
        questions.append(
            {
                "id": question,
                "n": total,
                "counts": None if is_hidden and n else counts,
                "satisfied_pct": share,
            }
        )
    return {
        "transactions": len(dossiers),
        "responses": n,
        "coverage_pct": two(n, len(dossiers)),
        "quota_met": None if not dossiers else n * 10 >= len(dossiers),
        "overall": {
            "satisfaction_pct": None if is_hidden else overall,
            "criteria_measured": measured,
            "met": None if is_hidden or overall is None else overall >= TARGET,
        },
        "criteria": [
            {
                "id": name,
                "n": count,
                "satisfaction_pct": None if is_hidden else share,
                "met": None if is_hidden or share is None else share >= TARGET,
            }
            for name, (share, count) in criteria.items()
        ],
        "questions": questions,
        "overall_question": {key: questions[9][key] for key in ("id", "n", "satisfied_pct")},
    }


def expected_group(records, dossiers, ratings, key, code):
    """Return what a group's numbers must be, if it is not hidden."""
    mine = [record for record in records if record[key] == code]
    returned = [dossier for dossier in dossiers if dossier.get(key) == code]
    _, overall, _ = composite(mine, [step for group, step in ratings if group == code])
    return {
        "responses": len(mine),
        "transactions": len(returned),
        "coverage_pct": two(len(mine), len(returned)),
        "satisfaction_pct": overall,
    }
