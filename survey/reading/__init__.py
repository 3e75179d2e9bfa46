"""Reading what citizens type: a reply to a question, a control word, the severity of a comment. Pure; tables are passed in."""

from survey.reading.comments import explain_comment, read_comment
from survey.reading.lexicon import Lexicon, LexiconError, build_lexicon
from survey.reading.meaning import CommentReading, Reading, Severity
from survey.reading.replies import read_reply
from survey.reading.steering import read_control

__all__ = [
    "CommentReading",
    "Lexicon",
    "LexiconError",
    "Reading",
    "Severity",
    "build_lexicon",
    "explain_comment",
    "read_comment",
    "read_control",
    "read_reply",
]
