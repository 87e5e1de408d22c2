"""Texts without differences of case, spacing and ways to encode a letter."""

import re
import unicodedata
from functools import cache

# So many marks on one letter are more than any language has (UAX 15 calls it stream-safe). To put
# them in order takes the square of their number, so that more of them are taken in lots.
MARKS_MAX = 30
WIDEST = 18  # letters that one sign may stand for
_SPLIT = "\u034f"  # the character that joins nothing, which UAX 15 puts between such lots
_PLANES = range(0x20000)  # beyond it no sign is a mark or stands for several


def normalised(text: str) -> str:
    """Return the text without differences of case, spacing and ways to encode a letter."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _too_many_marks().sub(_in_lots, text))
    return " ".join(text.casefold().split())


def cost(text: str) -> int:
    """Say how many characters there are to write when a text is normalised, at most and roughly."""
    if text.isascii():
        return 0
    return len(text) + WIDEST * sum(map(len, _wide().findall(text)))


def _in_lots(found: re.Match[str]) -> str:
    marks = found.group()
    lots = (marks[at : at + MARKS_MAX] for at in range(0, len(marks), MARKS_MAX))
    return _SPLIT.join(lots)


@cache
def _too_many_marks() -> re.Pattern[str]:
    marks = "".join(chr(code) for code in _PLANES if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}]{{{MARKS_MAX + 1},}}")


@cache
def _wide() -> re.Pattern[str]:
    signs = (chr(code) for code in _PLANES)
    wide = "".join(sign for sign in signs if len(unicodedata.normalize("NFKC", sign)) > 3)
    return re.compile(f"[{re.escape(wide)}]+")
