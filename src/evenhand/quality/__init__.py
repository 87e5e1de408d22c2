"""Label quality: pure statistics that can be used alone.

From several annotators' answers to one answer, with how sure it is; from a project's
votes to each annotator's skill; and from both to a verdict on a task.
"""

from evenhand.quality.aggregate import UnknownKind, aggregate
from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.agreement import krippendorff_alpha, percent_agreement
from evenhand.quality.ceilings import TooMuchToCompare
from evenhand.quality.choice.dawid_skene import dawid_skene
from evenhand.quality.choice.growing import Incremental
from evenhand.quality.choice.majority import majority_vote
from evenhand.quality.frame import BadTable
from evenhand.quality.live.answers import Answer, Kind, Shape, Span
from evenhand.quality.live.consensus import Consensus, consensus
from evenhand.quality.live.judge import (
    NeedsReview,
    Policy,
    Settled,
    Verdict,
    Vote,
    WantMore,
    judge,
)
from evenhand.quality.live.overlap import CALIBRATION_SHARE
from evenhand.quality.live.records import Experience, Record, skill
from evenhand.quality.live.skills import (
    PastTask,
    Skill,
    experience_from,
    experience_from_gold,
    experience_of,
    skills_from_votes,
)
from evenhand.quality.mark.shapes import shapes_consensus, shapes_similarity
from evenhand.quality.mark.spans import spans_consensus, spans_similarity
from evenhand.quality.request import UnknownMethod, UnusedHistory
from evenhand.quality.text.fields import fields_consensus, fields_similarity, text_similarity

__all__ = [
    "TooMuchToCompare",
    "CALIBRATION_SHARE",
    "Experience",
    "PastTask",
    "Record",
    "experience_from",
    "experience_from_gold",
    "experience_of",
    "skill",
    "Aggregation",
    "Answer",
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
