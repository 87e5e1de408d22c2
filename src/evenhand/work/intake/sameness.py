"""Whether what is sent under a unique_id in use is what its task was created from.

A request is the same when its digest is, whatever has become of its task or of its project since.
Without a digest, or with another, it is the same when it comes to what the task says: so a row of a
table is the row that was sent as JSON.
"""

from collections.abc import Sequence

import msgspec

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import many
from evenhand.work.projects.placement import Placement
from evenhand.work.tasks.tasks import NewTask, UniqueIdTaken, priority_of

QUERIES = sql.beside(__file__)

NAMES_TOLD_MAX = 5


class Suspect(msgspec.Struct, frozen=True, gc=False):
    """What was asked under a unique_id that a task has already."""

    number: int
    new: NewTask
    task_id: str


class _Compared(msgspec.Struct, frozen=True, gc=False):
    number: int
    names: list[str]


async def differences(
    tx: Tx, suspects: Sequence[Suspect], placement: Placement
) -> dict[int, list[str]]:
    """Say by its number in what each differs from its task; a task that is gone is left out."""
    if not suspects:
        return {}
    new = [one.new for one in suspects]
    columns: dict[str, Sequence[object]] = {
        "task_id": [one.task_id for one in suspects],
        "number": [one.number for one in suspects],
        "params": [one.params for one in new],
        "metadata": [one.metadata for one in new],
        "tags": [one.tags for one in new],
        "instruction": [one.instruction for one in new],
        "priority": [priority_of(one, placement) for one in new],
        "callback_url": [one.callback_url for one in new],
        "clear_unique_id_on_error": [one.clear_unique_id_on_error for one in new],
    }
    found = await many(
        tx,
        QUERIES["what_differs"],
        _Compared,
        asked=msgspec.json.encode(columns).decode(),
        type=new[0].type,
        purpose=new[0].purpose,
        project_id=placement.project_id,
        batch_id=placement.batch_id,
        names_max=NAMES_TOLD_MAX,
    )
    return {one.number: one.names for one in found}


def taken_by_another(unique_id: str, task_id: str, names: Sequence[str]) -> UniqueIdTaken:
    """The refusal of a unique_id whose task says something else, and where."""
    differing = ", ".join(f"`{name}`" for name in names[:NAMES_TOLD_MAX])
    return UniqueIdTaken(
        f'The unique_id ("{unique_id}") is already used for a different task ({task_id}): '
        f"{differing} differ. Send this one under another unique_id."
    )
