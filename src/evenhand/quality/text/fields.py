"""Consensus of filled-in fields: a text by name."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

CHARACTERS_MAX = 2_000  # characters compared one by one, about 20 ms; longer texts by words
WORDS_MAX = 2_000  # words compared in order; beyond it only which words occur

# Scores this close are a tie; the order of a sum must not decide.
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class FieldConsensus:
    """A text for each field, how sure the least sure one is, and whether one is a tie."""

    fields: dict[str, str]
    confidence: float
    tied: bool


def fields_consensus(
    answers: Sequence[Mapping[str, str]], weights: Sequence[float]
) -> FieldConsensus:
    """Decide field by field: the text most of the weight wrote, or else the middlemost.

    Case and spacing do not count when texts are compared. The middlemost text is the
    one most like all others. A field that most left out is left out.
    """
    fields: dict[str, str] = {}
    confidence, tied = 1.0, False
    for name in sorted({name for answer in answers for name in answer}):
        text, share, unsure = _one_field([answer.get(name) for answer in answers], weights)
        confidence = min(confidence, share)
        tied |= unsure
        if text is not None:
            fields[name] = text
    return FieldConsensus(fields, confidence, tied)


def _one_field(
    texts: Sequence[str | None], weights: Sequence[float]
) -> tuple[str | None, float, bool]:
    """Return the text, its support, and whether another has as much."""
    total = sum(weights)
    if not total:
        return None, 0.0, True
    forms = [None if text is None else normalised(text) for text in texts]
    share: dict[str | None, float] = {}
    for form, weight in zip(forms, weights, strict=True):
        share[form] = share.get(form, 0.0) + weight / total
    likeness = {
        form: sum(part * text_similarity(form, other) for other, part in share.items())
        for form in share
    }
    majority = [form for form in share if share[form] > 0.5 + _TIE]
    score = share if majority else likeness
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


def normalised(text: str) -> str:
    """Return the text without differences of case, spacing and ways to encode a letter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


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
    if one == other:
        return 1.0
    if one is None or other is None or not one or not other:
        return 0.0
    if max(len(one), len(other)) <= CHARACTERS_MAX:
        return _sequence_similarity(list(one), list(other))
    ours, theirs = one.split(), other.split()
    if max(len(ours), len(theirs)) <= WORDS_MAX:
        return _sequence_similarity(ours, theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return shared / max(len(ours), len(theirs))


def _sequence_similarity(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Fill Levenshtein's table row by row; insertions run along a row as a running minimum."""
    number: dict[str, int] = {}
    left = np.array([number.setdefault(token, len(number)) for token in ours])
    right = np.array([number.setdefault(token, len(number)) for token in theirs])
    steps = np.arange(right.size + 1)
    row = steps.copy()
    for position, token in enumerate(left.tolist(), start=1):
        changed = np.minimum(row[:-1] + (right != token), row[1:] + 1)
        row = np.concatenate([[position], changed])
        row = np.minimum.accumulate(row - steps) + steps
    return 1 - int(row[-1]) / max(left.size, right.size)
