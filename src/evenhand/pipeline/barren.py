"""Where it was looked in vain and at length: not again at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

# A look that takes longer than this has walked past many assignments that are not for this
# annotator: those of a project in which they are paused, or in whose course they are.
LONG_SECONDS = 0.005
REST_RATIO = 50.0  # of the time it took: so a fiftieth of it is spent in vain
REST_SECONDS_MAX = 60.0
REMEMBERED_MAX = 10_000


@dataclass(slots=True)
class Barren:
    """Queues in which a long look found nothing for an annotator, until when each rests."""

    clock: Callable[[], float] = time.monotonic
    _until: dict[tuple[UUID, UUID], float] = field(default_factory=dict[tuple[UUID, UUID], float])

    def rests(self, annotator_id: UUID, tenant_id: UUID) -> bool:
        """Tell whether a queue should not be looked at for this annotator yet."""
        return self._until.get((annotator_id, tenant_id), 0.0) > self.clock()

    def looked(self, annotator_id: UUID, tenant_id: UUID, *, since: float) -> None:
        """Let a queue rest in which a look that began at `since` found nothing, if it was long."""
        moment = self.clock()
        spent = moment - since
        key = (annotator_id, tenant_id)
        # What was handed in while it was looked may have opened what the look did not see.
        if spent < LONG_SECONDS or self._until.get(key, since) > since:
            return
        self._note(key, moment + min(spent * REST_RATIO, REST_SECONDS_MAX))

    def forget(self, annotator_id: UUID, tenant_id: UUID) -> None:
        """Look again at once: the annotator handed something in, and the next lesson may be due."""
        self._note((annotator_id, tenant_id), self.clock())

    def _note(self, key: tuple[UUID, UUID], until: float) -> None:
        if len(self._until) >= REMEMBERED_MAX:
            self._until.clear()
        self._until[key] = until
