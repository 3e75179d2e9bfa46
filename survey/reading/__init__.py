"""Reading what citizens type: a reply to a question, a control word, the severity of a comment. Pure; tables are passed in."""

from survey.reading.comments import read_comment
from survey.reading.lexicon import Lexicon, LexiconError, build_lexicon
from survey.reading.meaning import Reading, Severity
from survey.reading.replies import read_reply
from survey.reading.steering import read_control

__all__ = [
    "Lexicon",
    "LexiconError",
    "Reading",
    "Severity",
    "build_lexicon",
    "read_comment",
    "read_control",
    "read_reply",
]
