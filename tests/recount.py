"""A second count of a report, in plain Python from the contract and from what the export gives: no code of reports/ in it."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 40

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
Z = Decimal("1.959964")
CENT = Decimal("0.01")


def two(numerator, denominator):
    """A percentage with two decimals, half up."""
    if not denominator:
        return None
    exact = Decimal(100) * Decimal(numerator) / Decimal(denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def bounds(low, high):
    """Both ends in percent, cut to 0 and 100."""
    return [
        (min(max(end, Decimal(0)), Decimal(1)) * 100).quantize(CENT, ROUND_HALF_UP) for end in (low, high)
    ]


def wilson(good, n):
    """Wilson's interval of a share, by the formula of 1927."""
    if not n:
        return None
    p = Decimal(good) / n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * (p * (1 - p) / n + Z * Z / (4 * n * n)).sqrt()
    return bounds(middle - half, middle + half)


def interval_of_mean(mean, counted):
    """The normal interval of the mean of shares: its variance is the sum of p(1-p)/n over the square of their number."""
    shares = [(Decimal(good) / n, n) for good, n in counted if n]
    if not shares:
        return None
    variance = sum(p * (1 - p) / n for p, n in shares) / len(shares) ** 2
    return bounds(mean / 100 - Z * variance.sqrt(), mean / 100 + Z * variance.sqrt())


def sampling_error(n, everybody):
    if not n or not everybody:
        return None
    if n >= everybody:
        return Decimal("0.00")
    left = Decimal(everybody - n) / (everybody - 1)
    return (100 * Z * (Decimal("0.25") / n * left).sqrt()).quantize(CENT, ROUND_HALF_UP)


def is_satisfied(question, option):
    return option == 2 if question in ("3.7", "3.8") else option <= 2


def answers_to(records, question):
    column = "q" + question.replace(".", "_")
    return [record[column] for record in records if record[column] is not None]


def composite(records, ratings):
    """Return the criteria as (share, n, satisfied), and the overall with the number measured."""
    criteria = {}
    for name, questions in CRITERIA.items():
        pooled = [is_satisfied(q, option) for q in questions for option in answers_to(records, q)]
        if name == "feedback":
            pooled = [rating <= 2 for rating in ratings]
        criteria[name] = (two(sum(pooled), len(pooled)), len(pooled), sum(pooled))
    measured = [share for share, _, _ in criteria.values() if share is not None]
    mean = sum(measured) / len(measured) if measured else None
    overall = None if mean is None else mean.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return criteria, overall, len(measured)


def expected(records, dossiers, ratings, cases, open_before=0):
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
                "ci95_pct": None if share is None else wilson(good, total),
            }
        )
    exact = sum(share for share, _, _ in criteria.values() if share is not None)
    return {
        "transactions": len(dossiers),
        "responses": n,
        "coverage_pct": two(n, len(dossiers)),
        "quota_met": None if not dossiers else n * 10 >= len(dossiers),
        "overall": {
            "satisfaction_pct": None if is_hidden else overall,
            "criteria_measured": measured,
            "met": None if is_hidden or overall is None else overall >= TARGET,
            "target_pct": TARGET,
            "ci95_pct": None
            if is_hidden or overall is None
            else interval_of_mean(exact / measured, [(good, count) for _, count, good in criteria.values()]),
        },
        "sampling_error_points": sampling_error(n, len(dossiers)),
        "funnel": {"returned": len(dossiers), "invited": len(dossiers), "reached": 0, "started": 0},
        "late_returned": 0,
        "complaints": expected_complaints(cases, open_before),
        "criteria": [
            {
                "id": name,
                "n": count,
                "satisfaction_pct": None if is_hidden else share,
                "met": None if is_hidden or share is None else share >= TARGET,
                "target_pct": TARGET,
                "ci95_pct": None if is_hidden else wilson(good, count),
            }
            for name, (share, count, good) in criteria.items()
        ],
        "questions": questions,
        "overall_question": {key: questions[9][key] for key in ("id", "n", "satisfied_pct")},
    }


def expected_complaints(cases, open_before):
    """Return the complaints of cases that were all received and resolved, or left open, within the period."""
    resolved = [case for case in cases if case["status"] == "resolved"]
    in_time = sum(case["was_in_time"] for case in resolved)
    return {
        "received": len(cases),
        "resolved": len(resolved),
        "resolved_in_time_pct": two(in_time, len(resolved)),
        "open": open_before + len(cases) - len(resolved),
        "by_kind": {"comment": len(cases)},
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
        "quota_met": None if not returned else len(mine) * 10 >= len(returned),
        "sampling_error_points": sampling_error(len(mine), len(returned)),
        "satisfaction_pct": overall,
    }
