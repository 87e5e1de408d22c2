"""Heavy tasks: read without a lock, judged elsewhere, and locked again to keep the verdict."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row, tuple_row
from psycopg.types.json import set_json_loads

from evenhand.foundation import sql
from evenhand.foundation.changed import Changed
from evenhand.foundation.database import Tx, rows
from evenhand.work.skills.experience import Experience
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
        return {one.annotation_id for one in self.taken.annotations}


async def heavy_task(tx: Tx, task_id: str) -> Heavy:
    """Read a heavy task, its annotations, and what its project knows of who made them."""
    arguments = {"tenant_id": tx.tenant_id, "task_ids": [task_id]}
    async with (
        tx.connection.cursor(row_factory=tuple_row) as tasks,
        tx.connection.cursor(row_factory=tuple_row) as annotations,
        tx.connection.cursor(row_factory=class_row(Experience)) as experiences,
    ):
        for raw in (tasks, annotations):
            set_json_loads(_raw, raw)
        await tasks.execute(QUERIES["annotated_tasks"], arguments)
        ((_, kind, params, *rest, policy, outstanding),) = await tasks.fetchall()
        await annotations.execute(QUERIES["annotations_of"], arguments)
        given = await annotations.fetchall()
        await experiences.execute(QUERIES["experiences_of_tasks"], arguments)
        known = await experiences.fetchall()
    task = AnnotatedTask(
        task_id=task_id,
        type=kind,
        params={},
        stage=rest[0],
        project_id=rest[1],
        batch_id=rest[2],
        callback_url=rest[3],
        annotations_wanted=rest[4],
        policy=json.loads(policy),
        outstanding=outstanding,
    )
    votes = [
        Annotation(task_id=task_id, annotation_id=one, annotator_id=who, response={}, review=review)
        for _, one, who, _, review in given
    ]
    return Heavy(
        taken=Taken(tasks=[task], annotations=votes, experiences=known),
        params=params,
        responses=tuple(row[3] for row in given),
    )


def _raw(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


async def lock_judged(tx: Tx, task_id: str, annotation_ids: Collection[UUID] | None) -> bool:
    """Lock a task that was judged and take it off the list; say whether it waits for a verdict.

    Raises `Changed` where its annotations are no longer those that were judged; None judged none.
    """
    arguments = {"tenant_id": tx.tenant_id, "task_ids": [task_id]}
    await tx.connection.execute(QUERIES["lock_tasks"], arguments)
    due = await rows(tx.connection, QUERIES["take_due_of"], arguments)
    ((stage, outstanding),) = await rows(tx.connection, QUERIES["task_stage"], arguments)
    now = {row[0] for row in await rows(tx.connection, QUERIES["annotation_ids_of"], arguments)}
    if annotation_ids is not None and now != set(annotation_ids):
        raise Changed
    return bool(due) and stage in ("open", "review") and outstanding == 0
