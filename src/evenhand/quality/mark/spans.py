"""Consensus of marked spans of a text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Ints, ids
from evenhand.quality.live.answers import Span
from evenhand.quality.mark.agreed import agreed, first_of, medians
from evenhand.quality.mark.matching import (
    NO_PAIRS,
    SIMILARITY_LEAST,
    Pairs,
    clusters,
    f1,
    joined,
    matched,
)
from evenhand.quality.mark.meeting import PAIRS_MAX, meeting


@dataclass(frozen=True, slots=True)
class SpanConsensus:
    """The spans that most of the weight marked, and whether some were marked by half."""

    spans: list[Span]
    tied: bool


def spans_consensus(answers: Sequence[Sequence[Span]], weights: Sequence[float]) -> SpanConsensus:
    """Keep each span that more than half of the weight marked, with median boundaries."""
    marks = sorted((span, owner) for owner, answer in enumerate(answers) for span in set(answer))
    spans = [span for span, _ in marks]
    owners = np.array([owner for _, owner in marks], dtype=np.int64)
    labels, starts, ends = columns(spans)
    group = clusters(owners, pairs_alike(labels, owners, starts, ends))
    voices = np.array(weights, dtype=np.float64)[owners]
    found = agreed(group, np.zeros_like(owners), voices, np.array([math.fsum(weights)]))
    start, end = (medians(group, side, voices)[found.kept] for side in (starts, ends))
    first = first_of(np.arange(group.size, dtype=np.int64), group)[found.kept]
    rows = zip(ids(start), ids(end), ids(first), strict=True)
    kept: set[Span] = {(begin, stop, spans[mark][2]) for begin, stop, mark in rows}
    return SpanConsensus(sorted(kept), bool(found.tied.any()))


def spans_similarity(one: Sequence[Span], other: Sequence[Span]) -> float:
    """Return the F1 of two answers, where spans match by label and by half their extent."""
    ours, theirs = sorted(set(one)), sorted(set(other))
    both = sorted([(span, 0) for span in ours] + [(span, 1) for span in theirs])
    whose = np.array([owner for _, owner in both], dtype=np.int64)
    labels, starts, ends = columns([span for span, _ in both])
    alike, lefts, rights = pairs_alike(labels, whose, starts, ends)
    is_ours = whose[lefts] == 0
    pairs = (alike, np.where(is_ours, lefts, rights), np.where(is_ours, rights, lefts))
    return f1(matched(len(ours), pairs), len(ours), len(theirs))


def columns(spans: Sequence[Span]) -> tuple[Ints, Ints, Ints]:
    """Return labels, by any numbers, beginnings and ends."""
    names = {label: code for code, label in enumerate({span[2] for span in spans})}
    labels = np.array([names[span[2]] for span in spans], dtype=np.int64)
    starts, ends = (np.array([span[side] for span in spans], dtype=np.int64) for side in (0, 1))
    return labels, starts, ends


def pairs_alike(
    kinds: Ints, owners: Ints, starts: Ints, ends: Ints, *, pairs_max: int = PAIRS_MAX
) -> Pairs:
    """Find pairs of one kind and different annotators that share half of their extent or more.

    Spans come in an order that follows from their content. Raises `TooManyPairs` where more than
    `pairs_max` have to be compared.
    """
    # Each kind has a stretch of its own, so that one sweep goes over all of them.
    stretch = kinds * (int(ends.max(initial=0)) + 1)
    rank = np.argsort(starts + stretch, kind="stable")
    # Who begins after the middle of a span shares less than half of the extent with it.
    lows, middles = (starts + stretch)[rank], ((starts + ends) // 2 + stretch)[rank]
    found: list[Pairs] = [NO_PAIRS]
    for firsts, seconds in meeting(lows, middles, pairs_max=pairs_max):
        ones, others = rank[firsts], rank[seconds]
        apart = owners[ones] != owners[others]
        ones, others = ones[apart], others[apart]
        shared = np.minimum(ends[ones], ends[others]) - starts[others]
        alike = shared / (np.maximum(ends[ones], ends[others]) - starts[ones])
        enough = alike >= SIMILARITY_LEAST
        found.append((alike[enough], ones[enough], others[enough]))
    return joined(found)
