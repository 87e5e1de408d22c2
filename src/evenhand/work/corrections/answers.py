"""Answers that were handed in, and can be corrected until they are weighed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Json

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict
from evenhand.foundation.rows import one, one_or_none
from evenhand.work.assignments import LeaseLost
from evenhand.work.assignments.annotations import ACTIVE_MS_MAX
from evenhand.work.tasks.tasks import Purpose

QUERIES = sql.beside(__file__)


class AlreadyWeighed(Conflict):
    """All answers to this task are in and have been weighed, so it cannot be changed any more."""


class StaleRevision(Conflict):
    """This answer was corrected elsewhere meanwhile; open it again before you correct it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An annotation as its annotator gave it, or corrected it last, with its task."""

    task_id: str
    type: str
    instruction: str
    params: dict[str, Any]
    purpose: Purpose
    review: bool
    files: dict[str, str]
    annotation_id: UUID
    response: dict[str, Any]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an annotator says instead, made from a revision of their answer."""

    annotator_id: UUID
    revision: int
    response: Mapping[str, object]
    active_ms: int


async def hold_from_weighing(tx: Tx, assignment_id: UUID, annotator_id: UUID) -> None:
    """Keep the task of an annotator's assignment from being weighed until the transaction ends."""
    found = await one_or_none(
        tx,
        QUERIES["hold_from_weighing"],
        str,
        assignment_id=assignment_id,
        annotator_id=annotator_id,
    )
    if found is None:
        raise LeaseLost


async def answer_of(tx: Tx, assignment_id: UUID, annotator_id: UUID) -> Answer:
    """Read what an annotator answered, with its task."""
    found = await one_or_none(
        tx, QUERIES["answer"], Answer, assignment_id=assignment_id, annotator_id=annotator_id
    )
    if found is None:
        raise LeaseLost
    return found


async def require_unweighed(tx: Tx, assignment_id: UUID) -> None:
    """Refuse to go on where nothing is to come any more before the task is weighed.

    Of a gold task that is said at the moment at which it would be of a live one.
    """
    wanted = await one(tx, QUERIES["still_wanted"], int, assignment_id=assignment_id)
    if wanted <= 0:
        raise AlreadyWeighed


def is_said_already(answer: Answer, correction: Correction) -> bool:
    """Tell whether this very correction was taken before; refuse one of an older revision."""
    if answer.revision == correction.revision:
        return False
    if answer.revision == correction.revision + 1 and answer.response == correction.response:
        return True
    raise StaleRevision


async def revise(tx: Tx, answer: Answer, correction: Correction) -> int:
    """Put a correction in the place of an answer and return its revision."""
    revision = await one_or_none(
        tx,
        QUERIES["revise"],
        int,
        task_id=answer.task_id,
        annotation_id=answer.annotation_id,
        response=Json(correction.response),
        revision=correction.revision,
        is_scored=answer.purpose == "evaluation",
        active_ms=min(max(correction.active_ms, 0), ACTIVE_MS_MAX),
        active_ms_max=ACTIVE_MS_MAX,
    )
    if revision is None:
        raise StaleRevision
    return revision
