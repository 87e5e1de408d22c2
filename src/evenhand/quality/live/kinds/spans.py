"""Spans: marked stretches of a text, each with a label."""

from collections.abc import Sequence

from evenhand.quality.live.answers import Span
from evenhand.quality.live.kinds.kind import Consensus, Kind, agreement, support
from evenhand.quality.mark.spans import spans_consensus, spans_similarity


def consensus_of_spans(
    answers: Sequence[Sequence[Span]], weights: Sequence[float]
) -> Consensus[Sequence[Span]]:
    """Keep each span that more than half of the weight marked."""
    marked = spans_consensus(answers, weights)
    alike = [spans_similarity(marked.spans, given) for given in answers]
    return Consensus(
        answer=marked.spans,
        confidence=support(alike, weights),
        agreement=agreement(answers, spans_similarity),
        tied=marked.tied,
    )


def row_of_spans(spans: Sequence[Span]) -> list[dict[str, object]]:
    """Tell each span by its start, end and label."""
    return [{"start": start, "end": end, "label": label} for start, end, label in spans]


SPANS: Kind[Sequence[Span]] = Kind(
    name="spans", consensus=consensus_of_spans, likeness=spans_similarity, row=row_of_spans
)
