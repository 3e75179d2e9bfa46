"""One message that answers several questions ("câu 2 tốt, câu 5 chậm"). To be built."""

from collections.abc import Sequence

from survey.reading.lexicon import Lexicon
from survey.reading.meaning import Reading
from survey.reading.plans import Plan
from survey.reading.tokens import Token


def read_several(tokens: Sequence[Token], plan: Plan, plans: Sequence[Plan], lexicon: Lexicon) -> Reading | None:
    return None
