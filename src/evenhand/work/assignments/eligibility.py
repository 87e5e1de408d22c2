"""Why nothing of a tenant's work was lent to an annotator.

What they may be offered is said in the database, for a lease is one statement: conditions on a
single assignment by `work.offered`, those on a project, as gates, by `work.gates`. A wall between
annotator and tenant belongs before both.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import one

QUERIES = sql.beside(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Which conditions keep a queue's first open assignments from an annotator."""

    paused: bool
    in_course: bool
    had: bool
    reserved: bool

    def reasons(self) -> list[str]:
        """Name what applies; nothing of it, where somebody else was faster."""
        named = {
            "paused": self.paused,
            "in course": self.in_course,
            "had": self.had,
            "reserved": self.reserved,
        }
        return [name for name, applies in named.items() if applies] or ["taken"]


async def barred(tx: Tx, annotator_id: UUID, *, reviewer: bool, now: datetime) -> Barred:
    """Say why nothing of a tenant's queue was lent to an annotator."""
    return await one(
        tx, QUERIES["barred"], Barred, annotator_id=annotator_id, reviewer=reviewer, now=now
    )
