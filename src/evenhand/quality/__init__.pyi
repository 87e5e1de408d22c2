from .aggregate import UnknownKind, aggregate
from .aggregation import Aggregation, Chosen
from .agreement import krippendorff_alpha, percent_agreement
from .ceilings import TooMuchToCompare
from .choice.dawid_skene import dawid_skene
from .choice.growing import Incremental
from .choice.majority import majority_vote
from .frame import BadTable
from .live.answers import Shape, Span
from .live.consensus import consensus
from .live.kinds.choice import CHOICE
from .live.kinds.choices import CHOICES
from .live.kinds.fields import FIELDS
from .live.kinds.kind import Consensus, Kind
from .live.kinds.shapes import SHAPES
from .live.kinds.spans import SPANS
from .live.overlap import CALIBRATION_SHARE
from .live.records import Experience, Record, skill
from .live.skills import (
    PastTask,
    Skill,
    experience_from,
    experience_from_gold,
    experience_of,
    labelled,
    skills_from_votes,
)
from .live.verdict import (
    NeedsReview,
    Policy,
    Settled,
    Verdict,
    Vote,
    WantMore,
    judge,
)
from .mark.shapes import shapes_consensus, shapes_similarity
from .mark.spans import spans_consensus, spans_similarity
from .request import UnknownMethod, UnusedHistory
from .text.fields import fields_consensus, fields_similarity, text_similarity

__all__ = [
    "TooMuchToCompare",
    "CALIBRATION_SHARE",
    "CHOICE",
    "CHOICES",
    "FIELDS",
    "SHAPES",
    "SPANS",
    "Experience",
    "PastTask",
    "Record",
    "experience_from",
    "experience_from_gold",
    "experience_of",
    "skill",
    "Aggregation",
    "BadTable",
    "Chosen",
    "Consensus",
    "Incremental",
    "Kind",
    "NeedsReview",
    "Policy",
    "Settled",
    "Shape",
    "Skill",
    "Span",
    "UnknownKind",
    "UnknownMethod",
    "UnusedHistory",
    "Verdict",
    "Vote",
    "WantMore",
    "aggregate",
    "consensus",
    "dawid_skene",
    "fields_consensus",
    "fields_similarity",
    "judge",
    "labelled",
    "krippendorff_alpha",
    "majority_vote",
    "percent_agreement",
    "shapes_consensus",
    "shapes_similarity",
    "skills_from_votes",
    "spans_consensus",
    "spans_similarity",
    "text_similarity",
]
