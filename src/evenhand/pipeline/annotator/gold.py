"""Gold tasks: made, and retired.

Neither they nor answers to them are ever weighed for a response, called back for or exported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.task_types import Frames, InvalidParams, InvalidResponse, task_type
from evenhand.work import gold_tasks, intake, projects, tasks


async def add_gold(
    tx: Tx,
    order: intake.Order,
    expected: Mapping[str, object],
    *,
    initial: Mapping[str, object] | None = None,
    now: datetime,
) -> gold_tasks.Gold:
    """Open a task whose response is known, once what it shows is at hand."""
    assert order.purpose != "live", "a live task is submitted"
    (admission,) = await intake.admit(tx, [await _in_project(tx, order)], now=now)
    if isinstance(admission, intake.Refused):
        raise admission.error
    project_id = admission.placement.project_id
    assert project_id is not None, "it was put into a project above"
    opening = admission.opening
    params = opening.new.params
    (entry,) = await intake.enter(tx, [admission], now=now)
    match entry:
        case intake.Existing():
            raise tasks.taken(entry.unique_id, entry.task_id)
        case intake.Refused():
            raise entry.error
        case intake.Opened():
            pass
    # What was uploaded has a size by now; what has yet to be fetched is not known.
    frames = await intake.frames_of(tx, opening.task_id)
    proof = Proof(order.type, params, frames)
    new = gold_tasks.NewGold(
        purpose=order.purpose,
        project_id=project_id,
        expected_response=proof.of(expected, "expected_response"),
        initial_response=None if initial is None else proof.of(initial, "initial_response"),
    )
    return await _keep(tx, opening.task_id, new, is_test=order.is_test, now=now)


async def _in_project(tx: Tx, order: intake.Order) -> intake.Order:
    # A batch tells which project is meant; a task that nobody waits for is no part of it.
    project = order.wanted.project
    if order.wanted.batch is not None:
        batch = await projects.batch_of(tx, order.wanted.batch, is_test=order.is_test)
        project = project or batch.project
    if project is None:
        raise InvalidParams(
            "is missing", at="project", hint="Send the name of the project that it is for."
        )
    wanted = msgspec.structs.replace(order.wanted, project=project, batch=None)
    return msgspec.structs.replace(order, wanted=wanted)


@dataclass(frozen=True, slots=True)
class Proof:
    """Proves responses that a customer sends to be such as the task can have."""

    type_name: str
    params: Mapping[str, Any]
    frames: Frames

    def of(self, response: Mapping[str, object], at: str) -> dict[str, object]:
        """Prove one, or say where in the request it is wrong."""
        try:
            return task_type(self.type_name).check(self.params, response, self.frames)
        except InvalidResponse as error:
            where = f"{at}.{error.at}" if error.at else at
            raise InvalidParams(error.problem, at=where, hint=error.hint) from error


async def _keep(
    tx: Tx, task_id: str, new: gold_tasks.NewGold, *, is_test: bool, now: datetime
) -> gold_tasks.Gold:
    await gold_tasks.keep_gold(tx, task_id, new, now=now)
    added = events.GoldAdded(task_id=task_id, project_id=new.project_id, purpose=new.purpose)
    await ledger.append(tx, added, at=now)
    return await gold_tasks.gold_of(tx, task_id, is_test=is_test)


async def gold_from_task(
    tx: Tx,
    task_id: str,
    purpose: gold_tasks.GoldPurpose,
    *,
    is_test: bool,
    expected: Mapping[str, object] | None = None,
    now: datetime,
) -> gold_tasks.Gold:
    """Copy a settled task of a project into a gold task; its response is the expected one.

    Nobody who has had the task is given the copy.
    """
    source = await gold_tasks.settled_source(tx, task_id, is_test=is_test)
    wanted = source.response if expected is None else expected
    proof = Proof(source.type, source.params, await intake.frames_of(tx, task_id))
    new = gold_tasks.NewGold(
        purpose=purpose,
        project_id=source.project_id,
        expected_response=proof.of(wanted, "expected_response"),
        source_task_id=task_id,
    )
    copy_id = await gold_tasks.copy_task(tx, task_id, purpose, now=now)
    return await _keep(tx, copy_id, new, is_test=is_test, now=now)


async def retire_gold(tx: Tx, task_id: str, *, is_test: bool, now: datetime) -> gold_tasks.Gold:
    """Give a gold task to nobody any more; whoever holds it may finish it, and it counts."""
    await gold_tasks.gold_of(tx, task_id, is_test=is_test)
    if await gold_tasks.retire_gold(tx, task_id, now=now):
        await ledger.append(tx, events.GoldRetired(task_id=task_id), at=now)
    return await gold_tasks.gold_of(tx, task_id, is_test=is_test)
