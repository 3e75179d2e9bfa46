"""Vietnamese syllables: letters, hats and tones taken apart, raw Telex and VNI keystrokes decoded, real syllables known."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TONES = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
_HATS = {"\u0302", "\u0306", "\u031b"}
_PLAIN = str.maketrans("âăêôơưđ", "aaeooud")
_VOWELS = frozenset("aăâeêioôơuưy")
_VNI_TONES = dict(zip("12345", "sfrxj", strict=True))
_VNI_HATS = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"u": "ư", "o": "ơ"}, "8": {"a": "ă"}, "9": {"d": "đ"}}
_TELEX_HATS = {"a": "â", "e": "ê", "o": "ô", "d": "đ"}
_TELEX_W = {"u": "ư", "o": "ơ", "a": "ă"}
_REPEATED = re.compile(r"(.)\1+")

_INITIALS = "ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|b|c|d|g|h|k|l|m|n|p|r|s|t|v|x|"
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay e ec em en eng eo ep et eu ech enh ia iec iem ien ieng iep iet ieu"
    " i ich im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong op ot"
    " u ua uac uach uai uan uang uanh uat uau uay uc ue uech uen uenh ui um un ung uo uoc uoi uom uon uong uop uot uou"
    " up ut uu uy uya uych uyen uyet uynh uyp uyt uyu y yem yen yeng yet yeu ynh"
)
_MISSPELT = re.compile("^(?:k[aou]|c[eiy]|gh[aou]|ngh[aou]|ng[ey]|g[ey]|q[^u])")
_SYLLABLE = re.compile(f"^(?:{_INITIALS})(?:{'|'.join(sorted(_RIMES.split(), key=len, reverse=True))})$")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its plain letters, the letters with their hats, and the tone as its Telex key ("tốt" → tot, tôt, s)."""

    fold: str
    hatted: str
    tone: str

    @property
    def is_bare(self) -> bool:
        """Whether no accent at all was typed."""
        return not self.tone and self.hatted == self.fold


@lru_cache(maxsize=16_384)  # the tables hold a few thousand words many times over
def parse_word(text: str) -> Word:
    """Take `text` apart; several tones keep the last."""
    letters: list[str] = []
    tone = ""
    for char in unicodedata.normalize("NFD", text.casefold()):
        if char in _TONES:
            tone = _TONES[char]
        elif char in _HATS and letters:
            letters[-1] = unicodedata.normalize("NFC", letters[-1] + char)
        elif not unicodedata.combining(char):
            letters.append(char)
    return _word(letters, tone)


def is_syllable(fold: str) -> bool:
    """Whether `fold` could be a Vietnamese syllable without its accents."""
    return _SYLLABLE.match(fold) is not None and _MISSPELT.match(fold) is None


def decode_telex(word: Word) -> Word | None:
    """Read `word` as keystrokes of the Telex method ("thuwowfng" → thường), None when there is nothing to decode."""
    letters: list[str] = []
    tone = word.tone
    for char in word.hatted:
        if char in "sfrxj" and _VOWELS.intersection(letters):
            tone = char
        elif char == "w":
            _put_horn(letters)
        elif char in _TELEX_HATS and _put_hat(letters, char):
            continue
        else:
            letters.append(char)
    decoded = _word(_as_uo(letters), tone)
    return None if decoded == word else decoded


def decode_vni(word: Word) -> Word | None:
    """Read `word` as keystrokes of the VNI method ("to61t" → tốt), None when it holds no such digits."""
    if word.hatted.isalpha():
        return None
    letters: list[str] = []
    tone = word.tone
    for char in word.hatted:
        if char in _VNI_TONES:
            tone = _VNI_TONES[char]
        elif char in _VNI_HATS:
            _put_vni_hat(letters, _VNI_HATS[char])
        elif char.isdigit():
            return None
        else:
            letters.append(char)
    return _word(_as_uo(letters), tone)


def undouble(word: Word) -> Word:
    """Return `word` with every repeated letter once ("kémm" → kém)."""
    return _word(list(_REPEATED.sub(r"\1", word.hatted)), word.tone)


def _word(letters: list[str], tone: str) -> Word:
    hatted = "".join(letters)
    return Word(hatted.translate(_PLAIN), hatted, tone)


def _put_horn(letters: list[str]) -> None:
    for place in range(len(letters) - 1, -1, -1):
        if letters[place] in _TELEX_W:
            letters[place] = _TELEX_W[letters[place]]
            return
    letters.append("ư")


def _put_hat(letters: list[str], char: str) -> bool:
    """Put the hat of a doubled letter on its first; False when `char` is not the double of an earlier one."""
    for place in range(len(letters) - 1, -1, -1):
        if letters[place] == char:
            letters[place] = _TELEX_HATS[char]
            return True
        if char != "d" and letters[place] in _VOWELS:
            return False
    return False


def _put_vni_hat(letters: list[str], hats: dict[str, str]) -> None:
    for place in range(len(letters) - 1, -1, -1):
        if letters[place] in hats:
            letters[place] = hats[letters[place]]
            return


def _as_uo(letters: list[str]) -> list[str]:
    """Typing puts one horn on "uơ"; the spelling is "ươ"."""
    return list("".join(letters).replace("uơ", "ươ")) if "ơ" in letters else letters
