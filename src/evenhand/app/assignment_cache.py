"""Assignments just lent, remembered to spare a look-up when they are handed in."""

from dataclasses import dataclass, field, replace
from uuid import UUID

import msgspec
from cachetools import LRUCache

from evenhand.work import assignments

REMEMBERED_MAX = 2_000
# Larger ones are looked up again: two thousand of these take 16 MB.
PARAMS_BYTES_MAX = 8_000


@dataclass(slots=True)
class AssignmentCache:
    """Assignments as they were lent, by tenant and id; the oldest are forgotten first."""

    _lent: LRUCache[tuple[UUID, UUID], assignments.Submission] = field(
        default_factory=lambda: LRUCache(REMEMBERED_MAX)
    )

    def remember(
        self,
        tenant_id: UUID,
        annotator_id: UUID,
        lent: assignments.Assignment,
        *,
        ahead: bool = False,
    ) -> None:
        """Keep what a submission will need, if it is small."""
        if len(msgspec.json.encode(lent.params)) > PARAMS_BYTES_MAX:
            return
        self._lent[tenant_id, lent.assignment_id] = assignments.Submission(
            assignment_id=lent.assignment_id,
            task_id=lent.task_id,
            type=lent.type,
            params=lent.params,
            purpose=lent.purpose,
            state="leased",
            annotator_id=annotator_id,
            annotation_id=None,
            among_gold=lent.among_gold,
            ahead=ahead,
            sizes={url: [frame.width, frame.height] for url, frame in lent.frames.items()},
        )

    def shown(self, tenant_id: UUID, assignment_id: UUID) -> None:
        """Note that what was lent ahead has been shown."""
        lent = self._lent.get((tenant_id, assignment_id))
        if lent is not None:
            self._lent[tenant_id, assignment_id] = replace(lent, ahead=False)

    def taken(
        self, tenant_id: UUID, annotator_id: UUID, assignment_id: UUID
    ) -> assignments.Submission | None:
        """Give what was lent to this annotator and forget it; a second time it is looked up."""
        lent = self._lent.pop((tenant_id, assignment_id), None)
        return lent if lent is not None and lent.annotator_id == annotator_id else None
