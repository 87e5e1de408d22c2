"""What annotators hand in: drafts while they work, an annotation when they are done."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Json, Jsonb

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict
from evenhand.foundation.rows import one_or_none
from evenhand.task_types import Frame, Frames
from evenhand.work.assignments.leases import LeaseLost
from evenhand.work.tasks.tasks import Purpose, Withdrawn

QUERIES = sql.beside(__file__)

ACTIVE_MS_MAX = 24 * 60 * 60 * 1000  # a day: more is a clock that went wrong


class StaleDraft(Conflict):
    """A newer draft of this assignment has been saved; load it before you save over it."""


class AlreadyAnnotated(Conflict):
    """Another annotation was already accepted for this assignment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnnotation:
    """What an annotator hands in, under an id that their client made."""

    annotator_id: UUID
    annotation_id: UUID
    response: Mapping[str, object]
    active_ms: int

    @property
    def active_ms_kept(self) -> int:
        """The time that the client claims, within what can be."""
        return min(max(self.active_ms, 0), ACTIVE_MS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An assignment as its annotator finds it when they submit; ahead, if never shown to them."""

    assignment_id: UUID
    task_id: str
    type: str
    params: dict[str, Any]
    purpose: Purpose
    state: Literal["open", "leased", "done", "skipped", "lapsed"]
    annotator_id: UUID | None
    annotation_id: UUID | None
    among_gold: bool = True
    ahead: bool = False
    sizes: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    @property
    def frames(self) -> Frames:
        """The frames of its pictures, by URL, as far as they are known."""
        return {url: Frame(*size) for url, size in self.sizes.items()}


async def submission(tx: Tx, assignment_id: UUID) -> Submission:
    """Read an assignment that is about to be submitted, and what its task asks for."""
    found = await one_or_none(tx, QUERIES["submission"], Submission, assignment_id=assignment_id)
    if found is None:
        raise LeaseLost
    return found


def is_repeat(found: Submission, new: NewAnnotation) -> bool:
    """Tell whether this very annotation was accepted before; refuse what comes too late."""
    mine = found.annotator_id == new.annotator_id
    if found.state == "done" and mine:
        if found.annotation_id == new.annotation_id:
            return True
        raise AlreadyAnnotated
    # A lease that ran out but was not taken by anyone else is still good: no work is lost.
    if found.state == "open" or (found.state in ("leased", "lapsed") and mine):
        return False
    raise LeaseLost


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    was_open: bool
    review: bool


async def accept_annotation(
    tx: Tx, found: Submission, new: NewAnnotation, *, now: datetime
) -> Withdrawn:
    """Keep an annotation and note that its task is to be assessed, or the annotation scored.

    Says what it took from the queue, where its lease had run out and it was open again.
    """
    with never_twice():
        accepted = await one_or_none(
            tx,
            QUERIES["accept_annotation"],
            _Accepted,
            assignment_id=found.assignment_id,
            annotator_id=new.annotator_id,
            annotation_id=new.annotation_id,
            response=Json(new.response),
            active_ms=new.active_ms_kept,
            purpose=found.purpose,
            now=now,
        )
    if accepted is None:
        # Between the look and the deed it was done or taken: two requests raced.
        raise LeaseLost
    return Withdrawn(
        ordinary=int(accepted.was_open and not accepted.review),
        reviews=int(accepted.was_open and accepted.review),
    )


@contextmanager
def never_twice() -> Generator[None]:
    """Refuse an annotation that another one stands in the way of."""
    try:
        yield
    except UniqueViolation as error:
        # The lease had run out, and meanwhile they were lent another assignment of this task,
        # or the id is that of another annotation.
        raise AlreadyAnnotated from error


async def save_draft(
    tx: Tx,
    assignment_id: UUID,
    annotator_id: UUID,
    *,
    response: Mapping[str, object],
    version: int,
    now: datetime,
) -> int:
    """Keep a draft that was made on top of `version` and return its own version."""
    saved = await one_or_none(
        tx,
        QUERIES["save_draft"],
        int,
        assignment_id=assignment_id,
        annotator_id=annotator_id,
        response=Jsonb(response),
        version=version,
        now=now,
    )
    if saved is None:
        raise StaleDraft
    return saved
