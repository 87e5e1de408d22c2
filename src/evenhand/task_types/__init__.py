"""Task types: what a task of each type may ask, and what may be answered.

Pure functions over plain JSON values: no database, no network, no clock, no chance.
A type is one file here and one editor in the workbench; everything else learns of
it from the registry. What its answers have in common with those of other types, the
statistics know as their kind.
"""

from evenhand.task_types.contract import (
    Invalid,
    InvalidParams,
    InvalidResponse,
    Params,
    Reading,
    Response,
    TaskType,
    UnknownTaskType,
    canonical,
)
from evenhand.task_types.frames import Frame, Frames
from evenhand.task_types.prelabels import prefilled, prove_hypothesis, told, use_of
from evenhand.task_types.registry import REGISTRY, task_type
from evenhand.task_types.unhonoured import refuse_unhonoured

__all__ = [
    "REGISTRY",
    "Frame",
    "Frames",
    "Invalid",
    "InvalidParams",
    "InvalidResponse",
    "Params",
    "Reading",
    "Response",
    "TaskType",
    "UnknownTaskType",
    "canonical",
    "prefilled",
    "prove_hypothesis",
    "refuse_unhonoured",
    "task_type",
    "told",
    "use_of",
]
