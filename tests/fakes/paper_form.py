"""The paper form's ten questions as a citizen recognises them: by the option labels, and by words that name the question.

Nothing here knows the wording of the product. Labels and their order are those of the form of 2023, items 3.1 to 3.10.
"""

import re
import unicodedata
from collections.abc import Sequence

_GOOD_TO_POOR = ("Rất tốt", "Tốt", "Trung bình", "Kém", "Rất kém")
_YES_NO = ("Có", "Không")

OPTIONS: dict[str, tuple[str, ...]] = {
    "3.1": (
        "Qua phương tiện thông tin đại chúng",
        "Đọc bảng niêm yết tại nơi tiếp nhận hồ sơ",
        "Nhờ người quen hướng dẫn",
        "Qua công chức tiếp nhận hướng dẫn",
        "Hình thức khác",
    ),
    "3.2": _GOOD_TO_POOR,
    "3.3": _GOOD_TO_POOR,
    "3.4": ("Rất gọn", "Gọn", "Trung bình", "Rườm rà", "Rất rườm rà"),
    "3.5": ("Rất nhanh", "Nhanh", "Trung bình", "Chậm", "Rất chậm"),
    "3.6": _GOOD_TO_POOR,
    "3.7": _YES_NO,
    "3.8": _YES_NO,
    "3.9": ("Trước hẹn", "Đúng hẹn", "Trễ hẹn"),
    "3.10": ("Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Rất không hài lòng"),
}
QUESTIONS = tuple(OPTIONS)

# Where labels are shared, the form's own words tell the questions apart.
_NAMED_BY = {"3.2": "niêm yết", "3.3": "thái độ", "3.6": "thiết bị", "3.7": "giấy tờ", "3.8": "khoản phí"}

_RECEIPT = re.compile(r"(?<![\w-])[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}(?![\w-])")


def find_label(texts: Sequence[str], label: str) -> int | None:
    """Find the button whose text has the label as whole words and the least besides, so that "Tốt" is not "Rất tốt"."""
    words = re.compile(rf"(?<!\w){re.escape(_folded(label))}(?!\w)")
    hits = [place for place, text in enumerate(texts) if words.search(_folded(text))]
    return min(hits, key=lambda place: len(texts[place]), default=None)


def find_options(texts: Sequence[str], question: str) -> list[int] | None:
    """Find the buttons of all options in the order of the form; None when one is missing."""
    places = [find_label(texts, label) for label in OPTIONS[question]]
    found = [place for place in places if place is not None]
    return found if len(set(found)) == len(places) else None


def question_asked(text: str, buttons: Sequence[str]) -> str | None:
    """Tell which of the ten questions a message asks; None when it is none of them, or could be several."""
    fitting = [question for question in QUESTIONS if find_options(buttons, question)]
    if len(fitting) == 1 and fitting[0] not in _NAMED_BY:
        return fitting[0]
    named = [question for question in fitting if _NAMED_BY.get(question, "\0") in _folded(text)]
    if len(named) > 1:  # the text also repeats the answer before: the number "Câu n/10" decides
        named = [question for question in named if f"câu {question.partition('.')[2]}/" in _folded(text)]
    return named[0] if len(named) == 1 else None


def receipt_in(text: str) -> str | None:
    """Find a receipt code, XXXX-XXXX-XXXX."""
    found = _RECEIPT.search(text)
    return found[0] if found else None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
