"""Consensus of marked spans of a text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.quality.live.answers import Span
from evenhand.quality.mark.matching import (
    NO_PAIRS,
    SIMILARITY_LEAST,
    Pairs,
    clusters,
    f1,
    joined,
    lower_median,
    matched,
)
from evenhand.quality.mark.meeting import meeting

# Shares this close to one half are a tie; skills are never known so exactly.
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class SpanConsensus:
    """The spans that most of the weight marked, and whether some were marked by half."""

    spans: list[Span]
    tied: bool


def spans_consensus(answers: Sequence[Sequence[Span]], weights: Sequence[float]) -> SpanConsensus:
    """Keep each span that more than half of the weight marked, with median boundaries."""
    marks = sorted((span, owner) for owner, answer in enumerate(answers) for span in set(answer))
    spans = [span for span, _ in marks]
    owners = [owner for _, owner in marks]
    total = sum(weights)
    kept: set[Span] = set()
    tied = False
    for cluster in clusters(owners, _pairs_within(spans, owners)):
        voices = [weights[owners[mark]] for mark in cluster]
        share = sum(voices) / total if total else 0.0
        tied |= abs(share - 0.5) <= _TIE
        if share > 0.5 + _TIE:
            start = lower_median([spans[mark][0] for mark in cluster], voices)
            end = lower_median([spans[mark][1] for mark in cluster], voices)
            kept.add((start, end, spans[cluster[0]][2]))
    return SpanConsensus(sorted(kept), tied)


def spans_similarity(one: Sequence[Span], other: Sequence[Span]) -> float:
    """Return the F1 of two answers, where spans match by label and by half their extent."""
    ours, theirs = sorted(set(one)), sorted(set(other))
    both = sorted([(span, 0) for span in ours] + [(span, 1) for span in theirs])
    owners = [owner for _, owner in both]
    alike, lefts, rights = _pairs_within([span for span, _ in both], owners)
    whose = np.array(owners, dtype=np.int64)
    is_ours = whose[lefts] == 0
    pairs = (alike, np.where(is_ours, lefts, rights), np.where(is_ours, rights, lefts))
    return f1(matched(len(ours), pairs), len(ours), len(theirs))


def _pairs_within(spans: Sequence[Span], owners: Sequence[int]) -> Pairs:
    """Find pairs of different annotators with one label that overlap enough; spans sorted."""
    starts, ends = (np.array([span[side] for span in spans], dtype=np.int64) for side in (0, 1))
    names = {label: code for code, label in enumerate({span[2] for span in spans})}
    labels = np.array([names[span[2]] for span in spans], dtype=np.int64)
    whose = np.array(owners, dtype=np.int64)
    # Each label has a stretch of its own, so that one sweep goes over all of them.
    stretch = labels * (int(ends.max(initial=0)) + 1)
    rank = np.argsort(starts + stretch, kind="stable")
    # Who begins after the middle of a span shares less than half of the extent with it.
    sweep = meeting((starts + stretch)[rank], ((starts + ends) // 2 + stretch)[rank])
    found: list[Pairs] = [NO_PAIRS]
    for firsts, seconds in sweep:
        ones, others = rank[firsts], rank[seconds]
        apart = whose[ones] != whose[others]
        ones, others = ones[apart], others[apart]
        shared = np.minimum(ends[ones], ends[others]) - starts[others]
        alike = shared / (np.maximum(ends[ones], ends[others]) - starts[ones])
        enough = alike >= SIMILARITY_LEAST
        found.append((alike[enough], ones[enough], others[enough]))
    return joined(found)
