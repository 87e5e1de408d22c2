"""What becomes of a task that one annotator after the other cannot do, and else for ever."""

from datetime import datetime

from evenhand.foundation.database import Tx
from evenhand.pipeline.task.outcomes import end_in_error, review
from evenhand.work import assignments, tasks, verdicts


async def look_at_skips(tx: Tx, task_id: str, *, now: datetime) -> None:
    """Have a reviewer look at a task that was skipped too often, or end one that is broken."""
    remedy = await assignments.remedy_of_skips(tx, task_id)
    if remedy is None:
        return
    withdrawn = await tasks.withdraw_open(tx, [task_id])
    if remedy.broken_to is None:
        await review(tx, {task_id: verdicts.Doubt()}, withdrawn=withdrawn, now=now)
        return
    count = remedy.broken_to
    who = "One annotator has" if count == 1 else f"{count} annotators have"
    told = (
        f"{who} skipped this task as broken, and nobody could do it: look at what it shows, mend "
        "that and retry the task, or send it anew."
    )
    left = withdrawn.get(task_id, tasks.NOTHING)
    await end_in_error(tx, task_id, told, stages=tasks.OFFERED, withdrawn=left, now=now)
