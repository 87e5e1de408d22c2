"""What a task came to: annotations weighed, tasks settled, sent to review, or asked again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Json, Jsonb

from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx, set_savepoint
from evenhand.foundation.due import EVER, Due
from evenhand.foundation.rows import many, many_later, run
from evenhand.work.skills.experience import StoredExperience
from evenhand.work.tasks.tasks import Withdrawn, withdraw_open

QUERIES = sql.beside(__file__)

REVIEW = "review"  # the method of a verdict that a reviewer gave
ASSESSMENTS_A_STEP_MAX = 200  # tasks weighed in one transaction: its locks stay short
# A task is light, and weighed at once, up to so many bytes of responses times the others that
# each is compared with: about a millisecond. Alone, a response is only read.
LIGHT_WEIGHT_MAX = 8_000
LIGHT_ALONE = 0.25
LIGHT_PARAMS_BYTES_MAX = 65_536  # to read so much takes half a millisecond


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedTask:
    """A task, locked, with what is needed to judge it."""

    task_id: str
    type: str
    params: dict[str, Any]
    stage: str
    project_id: UUID | None
    batch_id: UUID | None
    callback_url: str | None
    annotations_wanted: int
    policy: dict[str, Any]
    outstanding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What one annotator submitted for a task."""

    task_id: str
    annotation_id: UUID
    annotator_id: UUID
    response: dict[str, Any]
    review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Tasks to be judged, all their annotations, and what their projects know of those."""

    tasks: Sequence[AnnotatedTask]
    annotations: Sequence[Annotation]
    experiences: Sequence[StoredExperience]
    # Those that take longer than others should wait, and how many bytes are to be read for each.
    heavy: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The response that a task came to, and how sure it is."""

    task_id: str
    response: Mapping[str, object]
    confidence: float | None
    agreement: float | None
    method: str
    annotations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How sure the votes were of a task that a reviewer decides, and the response they came to."""

    confidence: float | None = None
    proposal: Mapping[str, object] | None = None


async def tenants_to_assess(connection: Connection, since: datetime = EVER) -> list[Due]:
    """Which tenants have annotations, handed in from a moment on, that nobody has weighed yet."""
    return await many(connection, QUERIES["tenants_to_assess"], Due, since=since)


async def take_annotated(tx: Tx, *, but: Collection[str] = (), since: datetime = EVER) -> Taken:
    """Lock the tasks of a few annotations that are to be weighed, and take these off the list.

    Heavy tasks are named and stay on it; those in `but` are left alone. A savepoint is set after
    that, for whoever fails to weigh them.
    """
    due, heavy = await _due(tx, but, since)
    if not due:
        return Taken(tasks=(), annotations=(), experiences=(), heavy=heavy)
    # In one message, since a round trip costs more than any of them; still statements of
    # their own, so that those after the lock see what was committed while it was waited for.
    async with tx.connection.pipeline():
        await run(tx, QUERIES["lock_tasks"], task_ids=due)
        tasks = await many_later(tx, QUERIES["annotated_tasks"], AnnotatedTask, task_ids=due)
        annotations = await many_later(tx, QUERIES["annotations_of"], Annotation, task_ids=due)
        experiences = await many_later(
            tx, QUERIES["experiences_of_tasks"], StoredExperience, task_ids=due
        )
        await set_savepoint(tx)
    return Taken(
        tasks=await tasks(),
        annotations=await annotations(),
        experiences=await experiences(),
        heavy=heavy,
    )


class _Due(msgspec.Struct, frozen=True, gc=False):
    task_id: str
    annotation_id: UUID
    params_bytes: int
    responses_bytes: int
    annotations: int


async def _due(tx: Tx, but: Collection[str], since: datetime) -> tuple[list[str], dict[str, int]]:
    """Take what is due off the list, and put back what is heavy; name both by task."""
    found = await many(
        tx,
        QUERIES["take_due"],
        _Due,
        but=list(but),
        since=since,
        limit=ASSESSMENTS_A_STEP_MAX,
    )
    heavy = {
        one.task_id: one.params_bytes + one.responses_bytes
        for one in found
        if one.params_bytes > LIGHT_PARAMS_BYTES_MAX
        or one.responses_bytes * max(one.annotations - 1, LIGHT_ALONE) > LIGHT_WEIGHT_MAX
    }
    if heavy:
        later = [one for one in found if one.task_id in heavy]
        await run(
            tx,
            QUERIES["put_back_due"],
            annotation_ids=[one.annotation_id for one in later],
            task_ids=[one.task_id for one in later],
        )
    return sorted({one.task_id for one in found if one.task_id not in heavy}), heavy


async def annotations_of(tx: Tx, task_ids: Sequence[str]) -> list[Annotation]:
    """All annotations of these tasks, in the order in which they came."""
    return await many(tx, QUERIES["annotations_of"], Annotation, task_ids=list(task_ids))


async def settle_all(
    tx: Tx, outcomes: Sequence[Outcome], *, now: datetime
) -> Mapping[str, Withdrawn]:
    """Close tasks with the responses they came to; say what was still open and is withdrawn."""
    if not outcomes:
        return {}
    arguments = {
        "task_ids": [outcome.task_id for outcome in outcomes],
        "responses": [Json(outcome.response) for outcome in outcomes],
        "confidences": [outcome.confidence for outcome in outcomes],
        "agreements": [outcome.agreement for outcome in outcomes],
        "methods": [outcome.method for outcome in outcomes],
        "annotations": [outcome.annotations for outcome in outcomes],
        # Alone, everyone agrees with oneself.
        "instructive": [
            outcome.task_id
            for outcome in outcomes
            if outcome.annotations > 1 or outcome.method == REVIEW
        ],
        "now": now,
    }
    await run(tx, QUERIES["settle"], **arguments)
    await run(tx, QUERIES["complete_tasks"], **arguments)
    return await withdraw_open(tx, [outcome.task_id for outcome in outcomes])


async def settle(tx: Tx, task_id: str, *, now: datetime, **outcome: Any) -> None:
    """Close one task with the response it came to."""
    await settle_all(tx, [Outcome(task_id=task_id, **outcome)], now=now)


async def send_to_review(tx: Tx, doubts: Mapping[str, Doubt], *, now: datetime) -> None:
    """Note that a reviewer must decide these tasks, and what the votes had come to."""
    await run(
        tx,
        QUERIES["send_to_review"],
        task_ids=list(doubts),
        confidences=[doubt.confidence for doubt in doubts.values()],
        proposals=[
            None if doubt.proposal is None else Jsonb(doubt.proposal) for doubt in doubts.values()
        ],
        now=now,
    )
