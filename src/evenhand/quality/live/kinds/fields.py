"""Fields: a form filled in, as a text by the name of its field."""

import json
from collections.abc import Mapping, Sequence

from evenhand.quality.live.kinds.kind import Consensus, Kind
from evenhand.quality.text.fields import fields_consensus, fields_similarity


def consensus_of_fields(
    answers: Sequence[Mapping[str, str]], weights: Sequence[float]
) -> Consensus[Mapping[str, str]]:
    """Decide field by field: the text most of the weight wrote, or else the middlemost."""
    filled = fields_consensus(answers, weights)
    return Consensus(
        answer=filled.fields,
        confidence=filled.confidence,
        agreement=filled.agreement,
        tied=filled.tied,
    )


def row_of_fields(fields: Mapping[str, str]) -> str:
    """Write the whole form as one label: whether two are the same can still be told."""
    return json.dumps(dict(fields), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


FIELDS: Kind[Mapping[str, str]] = Kind(
    name="fields", consensus=consensus_of_fields, likeness=fields_similarity, row=row_of_fields
)
