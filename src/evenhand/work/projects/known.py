"""Whether the names that somebody asks by are names of anything."""

from evenhand.foundation.database import Tx
from evenhand.work.projects.batches import batch_of
from evenhand.work.projects.projects import project_of


async def require_names(
    tx: Tx, *, project: str | None, batch: str | None = None, is_test: bool
) -> None:
    """Refuse the name of a project or batch that is not there: nothing would look like none."""
    if project is not None:
        await project_of(tx, project, is_test=is_test)
    if batch is not None:
        await batch_of(tx, batch, is_test=is_test)
