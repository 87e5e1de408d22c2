"""Consensus of filled-in fields: a text by name."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from evenhand.quality.ceilings import TooMuchToCompare
from evenhand.quality.text.edits import edits, trimmed
from evenhand.quality.text.forms import cost, normalised

CHARACTERS_MAX = 2_000  # characters compared one by one, about 3 ms; longer texts by words
WORDS_MAX = 2_000  # words compared in order; beyond it only which words occur
# Cells of all tables of edits of a task, some half a second: two answers of 180 texts of 2,000
# characters that have nothing in common, or twenty texts of 500 by ten annotators.
CELLS_MAX = 1_500_000_000
CELLS_A_STEP = 2_000  # a step over few bits costs no less than one over so many
SIGNS_MAX = 6_000_000  # characters beyond ASCII of all texts of a task, with what each stands for

# Scores this close are a tie; the order of a sum must not decide.
_TIE = 1e-9


class TooMuchText(TooMuchToCompare):
    """The texts of a task differ in more than is compared."""


@dataclass(frozen=True, slots=True)
class FieldConsensus:
    """A text for each field, how sure the least sure one is, and whether one is a tie.

    `agreement` is the share of fields that two annotators filled in alike, on average over all
    pairs; None where there is no pair.
    """

    fields: dict[str, str]
    confidence: float
    tied: bool
    agreement: float | None


class _Texts:
    """What may still be spent on the texts of one task."""

    def __init__(self) -> None:
        self._cells = CELLS_MAX
        self._signs = SIGNS_MAX

    def form(self, text: str) -> str:
        """Normalise a text."""
        self._signs -= cost(text)
        if self._signs < 0:
            raise TooMuchText
        return normalised(text)

    def spend(self, cells: int) -> None:
        """Take what a comparison costs, before it is made."""
        self._cells -= cells
        if self._cells < 0:
            raise TooMuchText


def fields_consensus(
    answers: Sequence[Mapping[str, str]], weights: Sequence[float]
) -> FieldConsensus:
    """Decide field by field: the text most of the weight wrote, or else the middlemost.

    Case and spacing do not count when texts are compared. The middlemost text is the
    one most like all others. A field that most left out is left out.
    Raises `TooMuchText` where texts differ in more than is compared.
    """
    texts = _Texts()
    fields: dict[str, str] = {}
    confidence, tied = 1.0, False
    pairs = list(combinations(range(len(answers)), 2))
    same, filled = [0] * len(pairs), [0] * len(pairs)
    for name in sorted({name for answer in answers for name in answer}):
        given = [answer.get(name) for answer in answers]
        forms = [None if text is None else texts.form(text) for text in given]
        text, share, unsure = _one_field(given, forms, weights, texts)
        confidence = min(confidence, share)
        tied |= unsure
        if text is not None:
            fields[name] = text
        for pair, (one, other) in enumerate(pairs):
            ours, theirs = forms[one], forms[other]
            filled[pair] += ours is not None or theirs is not None
            same[pair] += ours is not None and ours == theirs
    alike = [one / of if of else 1.0 for one, of in zip(same, filled, strict=True)]
    # Summed exactly, so that the order of the answers cannot show in the last digit.
    agreement = math.fsum(alike) / len(alike) if alike else None
    return FieldConsensus(fields, confidence, tied, agreement)


def _one_field(
    texts: Sequence[str | None],
    forms: Sequence[str | None],
    weights: Sequence[float],
    spent: _Texts,
) -> tuple[str | None, float, bool]:
    """Return the text, its support, and whether another has as much."""
    total = sum(weights)
    if not total:
        return None, 0.0, True
    share: dict[str | None, float] = {}
    for form, weight in zip(forms, weights, strict=True):
        share[form] = share.get(form, 0.0) + weight / total
    score = share
    if not any(part > 0.5 + _TIE for part in share.values()):
        alike = {(form, form): 1.0 for form in share}
        for one, other in combinations(share, 2):
            alike[one, other] = alike[other, one] = _text_similarity(one, other, spent)
        score = {
            form: sum(part * alike[form, other] for other, part in share.items()) for form in share
        }
    best = max(score.values())
    winners = [form for form in share if score[form] >= best - _TIE]
    # Several winners are a tie and reported as one; which is shown follows from content.
    winner = min(winners, key=lambda form: (form is None, form or ""))
    return _wording(winner, texts, forms, weights), best, len(winners) > 1


def _wording(
    form: str | None,
    texts: Sequence[str | None],
    forms: Sequence[str | None],
    weights: Sequence[float],
) -> str | None:
    """Choose among texts that differ in case and spacing only: the most usual one."""
    usual: dict[str, float] = {}
    for text, own, weight in zip(texts, forms, weights, strict=True):
        if own == form and text is not None:
            usual[text] = usual.get(text, 0.0) + weight
    return min(usual, key=lambda text: (-round(usual[text], 9), text)) if usual else None


def fields_similarity(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """Return the share of fields that say the same, up to case and spacing."""
    names = one.keys() | other.keys()
    if not names:
        return 1.0
    same = sum(
        name in one and name in other and normalised(one[name]) == normalised(other[name])
        for name in names
    )
    return same / len(names)


def text_similarity(one: str | None, other: str | None) -> float:
    """Return 1 less the edit distance over the longer length; a missing text is like none."""
    return _text_similarity(one, other, None)


def _text_similarity(one: str | None, other: str | None, spent: _Texts | None) -> float:
    if one == other:
        return 1.0
    if one is None or other is None or not one or not other:
        return 0.0
    if max(len(one), len(other)) <= CHARACTERS_MAX:
        return _sequence_similarity(one, other, spent)
    ours, theirs = one.split(), other.split()
    if max(len(ours), len(theirs)) <= WORDS_MAX:
        return _sequence_similarity(ours, theirs, spent)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return shared / max(len(ours), len(theirs))


def _sequence_similarity(ours: Sequence[str], theirs: Sequence[str], spent: _Texts | None) -> float:
    left, right = trimmed(ours, theirs)
    if spent is not None:
        spent.spend(max(len(left), len(right)) * (min(len(left), len(right)) + CELLS_A_STEP))
    return 1 - edits(left, right) / max(len(ours), len(theirs))
