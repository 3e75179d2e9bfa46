"""What a conversation is led by: the questionnaire, the wording, and the facts of this one dossier."""

from dataclasses import dataclass

from survey.questionnaire import Questionnaire
from survey.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentences are filled with."""

    department: str
    procedure: str
    hotline: str
    days: int  # how long personal data is kept
    until: str  # last day to answer, dd/mm/yyyy
    receipt: str  # the receipt code this conversation will get when it is submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Questionnaire, wording and facts."""

    questionnaire: Questionnaire
    wording: Wording
    facts: Facts
