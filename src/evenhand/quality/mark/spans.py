"""Consensus of marked spans of a text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evenhand.quality.live.answers import Span
from evenhand.quality.mark.matching import SIMILARITY_LEAST, clusters, f1, lower_median, matched

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
    pairs = _pairs_within([span for span, _ in both], owners)
    ordered = (
        (alike, left, right) if owners[left] == 0 else (alike, right, left)
        for alike, left, right in pairs
    )
    return f1(matched(len(ours), ordered), len(ours), len(theirs))


def _pairs_within(spans: Sequence[Span], owners: Sequence[int]) -> Iterator[tuple[float, int, int]]:
    """Yield pairs of different annotators with one label that overlap enough; spans sorted."""
    for left, (start, end, label) in enumerate(spans):
        for right in range(left + 1, len(spans)):
            other_start, other_end, other_label = spans[right]
            if other_start >= end:
                break
            if other_label != label or owners[left] == owners[right]:
                continue
            shared = min(end, other_end) - other_start
            alike = shared / (max(end, other_end) - start)
            if alike >= SIMILARITY_LEAST:
                yield alike, left, right
