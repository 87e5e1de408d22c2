"""Tasks that are done, made through the parts that make them."""

from uuid import uuid4

from given import NOW

from evenhand.foundation.database import Tx
from evenhand.work import projects, verdicts
from evenhand.work.projects import placement
from evenhand.work.tasks import tasks

PARAMS = {"attachment": "kitten", "attachment_type": "text", "categories": ["cat", "dog"]}


async def a_project(tx: Tx, name: str = "animals") -> projects.Project:
    new = projects.NewProject(
        name=name, type="categorization", is_test=False, staged=False, policy={}, params={}
    )
    return await projects.create_project(tx, new, project_id=uuid4(), now=NOW)


async def a_batch(tx: Tx, name: str, *, project: str = "animals") -> projects.Batch:
    new = projects.NewBatch(
        name=name, project=project, is_test=False, callback=None, metadata={}, options={}
    )
    return await projects.create_batch(tx, new, batch_id=uuid4(), now=NOW)


async def a_pending_task(
    tx: Tx, *, callback_url: str | None = None, batch: str | None = None, **said: object
) -> str:
    place = await placement.place(tx, placement.Wanted(is_test=False, batch=batch), now=NOW)
    new = tasks.NewTask(
        type="categorization",
        is_test=False,
        params=PARAMS,
        metadata={"row": 7, "name": "Zoë \U0001f408"},
        callback_url=callback_url,
        **said,  # pyright: ignore[reportArgumentType]
    )
    opening = tasks.Opening(task_id=uuid4().hex[:24], new=new, stage="open", files={}, kinds={})
    await tasks.open_tasks(tx, [opening], place, now=NOW)
    return opening.task_id


async def a_finished_task(
    tx: Tx, *, callback_url: str | None = None, batch: str | None = None, **said: object
) -> str:
    task_id = await a_pending_task(tx, callback_url=callback_url, batch=batch, **said)
    await verdicts.settle(
        tx,
        task_id,
        now=NOW,
        response={"category": "cat"},
        confidence=0.9,
        agreement=1.0,
        method="majority",
        annotations=3,
    )
    return task_id
