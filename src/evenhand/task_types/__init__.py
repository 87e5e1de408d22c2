"""Task types: what a task of each type may ask, and what may be answered.

Pure functions over plain JSON values: no database, no network, no clock, no chance.
A type is one file here and one editor in the workbench; everything else learns of
it from the registry.
"""

from evenhand.task_types.contract import (
    Answer,
    AnswerKind,
    Invalid,
    InvalidParams,
    InvalidResponse,
    Params,
    Response,
    Shape,
    Span,
    TaskType,
    UnknownTaskType,
    canonical,
)
from evenhand.task_types.registry import REGISTRY, task_type

__all__ = [
    "REGISTRY",
    "Answer",
    "AnswerKind",
    "Invalid",
    "InvalidParams",
    "InvalidResponse",
    "Params",
    "Response",
    "Shape",
    "Span",
    "TaskType",
    "UnknownTaskType",
    "canonical",
    "task_type",
]
