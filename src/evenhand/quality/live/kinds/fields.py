"""Fields: a form filled in, as a text by the name of its field."""

from collections.abc import Mapping, Sequence

from evenhand.quality.live.kinds.outcome import Consensus
from evenhand.quality.text.fields import fields_consensus


def consensus_of_fields(
    answers: Sequence[Mapping[str, str]], weights: Sequence[float]
) -> Consensus:
    """Decide field by field: the text most of the weight wrote, or else the middlemost."""
    filled = fields_consensus(answers, weights)
    return Consensus(
        answer=filled.fields,
        confidence=filled.confidence,
        agreement=filled.agreement,
        tied=filled.tied,
    )
