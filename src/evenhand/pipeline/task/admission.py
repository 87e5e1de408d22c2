"""Admission of orders: opened to annotators, settled at once if tests, or refused."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from evenhand import delivery, ledger, tenants
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.task_types import task_type
from evenhand.work import intake, tasks, verdicts

CANNED = "canned"  # the method of a verdict that a test task gets


async def entered(
    tx: Tx, orders: Sequence[intake.Order], now: datetime, *, told_apart: bool = False
) -> tuple[list[intake.Entry], dict[str, tasks.Task]]:
    """Open what can be opened; say what became of each order, and how test tasks are settled.

    `told_apart` gives each task an entry of the ledger of its own, where else all share one.
    """
    admissions = await intake.admit(tx, orders, now=now)
    entries = await intake.enter(tx, admissions, now=now)
    opened = [entry for entry in entries if isinstance(entry, intake.Opened)]
    calls = [[entry] for entry in opened] if told_apart else [opened] if opened else []
    await ledger.append_many(tx, [_submitted(call) for call in calls], at=now)
    reopened = {
        one.placement.batch_id
        for one in admissions
        if isinstance(one, intake.Admitted) and one.placement.reopened
    }
    await ledger.append_many(
        tx, [events.BatchReopened(batch_id=one) for one in reopened if one], at=now
    )
    tests = [entry for entry in opened if entry.opening.new.is_test]
    return entries, await _answer_tests(tx, tests, now=now)


def _submitted(opened: Sequence[intake.Opened]) -> events.Event:
    task_ids = [entry.opening.task_id for entry in opened]
    offered = sum(entry.offered for entry in opened)
    if len(task_ids) == 1:
        return events.TaskSubmitted(task_id=task_ids[0], opened=offered)
    # One for all: whoever has the ids can show that they are the ones meant.
    return events.TasksSubmitted(
        count=len(task_ids), sha256=events.digest_of(task_ids), opened=offered
    )


async def _answer_tests(
    tx: Tx, opened: Sequence[intake.Opened], *, now: datetime
) -> dict[str, tasks.Task]:
    """Settle test tasks with their types' canned responses, so that an integration can be tried."""
    if not opened:
        return {}
    news = {entry.opening.task_id: entry.opening.new for entry in opened}
    responses = {
        task_id: task_type(new.type).canned_response(new.params) for task_id, new in news.items()
    }
    await verdicts.settle_all(
        tx,
        [
            verdicts.Outcome(
                task_id=task_id,
                response=response,
                confidence=None,
                agreement=None,
                method=CANNED,
                annotations=0,
            )
            for task_id, response in responses.items()
        ],
        now=now,
    )
    await ledger.append(tx, _answered(list(responses)), at=now)
    default_url = (await tenants.tenant_of(tx)).callback_url
    for task_id, new in news.items():
        url = new.callback_url or default_url
        if url is not None:
            await delivery.open_callback(tx, task_id=task_id, url=url, now=now)
    return {
        entry.opening.task_id: replace(
            entry.task(),
            status="completed",
            stage="closed",
            response=responses[entry.opening.task_id],
            callback_succeeded=True,
            completed_at=now,
        )
        for entry in opened
    }


def _answered(task_ids: Sequence[str]) -> events.Event:
    if len(task_ids) == 1:
        return events.TaskSettled(task_id=task_ids[0], annotations=0, method=CANNED)
    return events.TasksSettled(
        count=len(task_ids), sha256=events.digest_of(task_ids), method=CANNED
    )
