"""All task types by name; everything else learns of a type from here."""

from collections.abc import Mapping
from types import MappingProxyType

from evenhand.task_types.categorization import CATEGORIZATION
from evenhand.task_types.comparison import COMPARISON
from evenhand.task_types.contract import TaskType, UnknownTaskType
from evenhand.task_types.imageannotation import IMAGEANNOTATION
from evenhand.task_types.namedentityrecognition import NAMEDENTITYRECOGNITION
from evenhand.task_types.textcollection import TEXTCOLLECTION
from evenhand.task_types.transcription import TRANSCRIPTION

REGISTRY: Mapping[str, TaskType] = MappingProxyType(
    {
        one.name: one
        for one in (
            CATEGORIZATION,
            COMPARISON,
            IMAGEANNOTATION,
            NAMEDENTITYRECOGNITION,
            TEXTCOLLECTION,
            TRANSCRIPTION,
        )
    }
)


def task_type(name: str) -> TaskType:
    """Return the task type of this name, or say which names there are."""
    found = REGISTRY.get(name)
    if found is None:
        raise UnknownTaskType(
            f"There is no task type {name[:100]!r}. Use one of {', '.join(sorted(REGISTRY))}."
        )
    return found
