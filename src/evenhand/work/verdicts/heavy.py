"""Heavy tasks: read, judged elsewhere without a lock, and locked again to keep the verdict."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import JsonUnread, many, one, row_count, run
from evenhand.work.skills.experience import StoredExperience
from evenhand.work.verdicts.verdicts import AnnotatedTask, Annotation, Taken

QUERIES = sql.beside(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heavy:
    """A task whose params and responses are JSON text, for to read them takes long."""

    taken: Taken
    params: bytes
    responses: tuple[bytes, ...]

    @property
    def task(self) -> AnnotatedTask:
        """The task, without its params."""
        return self.taken.tasks[0]

    @property
    def annotation_ids(self) -> set[UUID]:
        """Which annotations are judged."""
        return {vote.annotation_id for vote in self.taken.annotations}


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnreadTask:
    task_id: str
    type: str
    params: bytes
    stage: str
    project_id: UUID | None
    batch_id: UUID | None
    callback_url: str | None
    annotations_wanted: int
    policy: bytes
    outstanding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnreadAnnotation:
    task_id: str
    annotation_id: UUID
    annotator_id: UUID
    response: bytes
    review: bool


async def heavy_task(tx: Tx, task_id: str) -> Heavy:
    """Read a heavy task, its annotations, and what its project knows of who made them."""
    only = [task_id]
    # A correction that began before is waited for; one that begins later finds nothing to come.
    await run(tx, QUERIES["lock_tasks"], task_ids=only)
    unread = await one(tx, JsonUnread(QUERIES["annotated_tasks"]), _UnreadTask, task_ids=only)
    given = await many(tx, JsonUnread(QUERIES["annotations_of"]), _UnreadAnnotation, task_ids=only)
    known = await many(tx, QUERIES["experiences_of_tasks"], StoredExperience, task_ids=only)
    task = AnnotatedTask(
        task_id=task_id,
        type=unread.type,
        params={},
        stage=unread.stage,
        project_id=unread.project_id,
        batch_id=unread.batch_id,
        callback_url=unread.callback_url,
        annotations_wanted=unread.annotations_wanted,
        policy=json.loads(unread.policy),
        outstanding=unread.outstanding,
    )
    votes = [
        Annotation(
            task_id=task_id,
            annotation_id=vote.annotation_id,
            annotator_id=vote.annotator_id,
            response={},
            review=vote.review,
        )
        for vote in given
    ]
    return Heavy(
        taken=Taken(tasks=[task], annotations=votes, experiences=known),
        params=unread.params,
        responses=tuple(vote.response for vote in given),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    stage: str
    outstanding: int


async def lock_judged(tx: Tx, task_id: str, annotation_ids: Collection[UUID] | None) -> bool:
    """Lock a task that was judged and take it off the list; say whether it waits for a verdict.

    Raises `Changed` where its annotations are no longer those that were judged; None judged none.
    """
    only = [task_id]
    await run(tx, QUERIES["lock_tasks"], task_ids=only)
    due = await row_count(tx, QUERIES["take_due_of"], task_ids=only)
    place = await one(tx, QUERIES["task_stage"], _Place, task_ids=only)
    now = set(await many(tx, QUERIES["annotation_ids_of"], UUID, task_ids=only))
    if annotation_ids is not None and now != set(annotation_ids):
        raise Changed
    return bool(due) and place.stage in ("open", "review") and place.outstanding == 0
