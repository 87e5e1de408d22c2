"""Events of the fair rule: where queues stood, and whose turn it was."""

from uuid import UUID

from evenhand.ledger.event import Event, Purpose


class AssignmentLeased(Event, frozen=True, kw_only=True, tag="assignment.leased"):
    """An annotator was lent a task; a live one leaves the queue by it, gold was never there.

    It was `shown` to them at once, or is held ahead of its turn until `assignment.shown`. The rest
    is the decision by which it was this tenant's turn: where its queue stood when it was looked at
    (`tag_seen`, `tie`), from where its tag was moved and where to, and in which epoch.
    """

    task_id: str
    assignment_id: UUID
    annotator_id: UUID
    purpose: Purpose
    review: bool
    decision_id: UUID
    rule: str
    weight: int
    virtual_time: int
    tag_seen: int
    tag: int
    tag_after: int
    tie: str
    has_competition: bool
    reviewer: bool
    epoch: int
    shown: bool


class AssignmentShown(Event, frozen=True, kw_only=True, tag="assignment.shown"):
    """What an annotator holds ahead of its turn was shown to them, or again on a later day."""

    assignment_id: UUID
    task_id: str
    annotator_id: UUID


class QueuePassed(Event, frozen=True, kw_only=True, tag="queue.passed"):
    """An annotator was lent another tenant's task while this queue stood before it, and why."""

    decision_id: UUID
    annotator_id: UUID
    tag: int
    tie: str
    reason: str


class QueueNoted(Event, frozen=True, kw_only=True, tag="queue.noted"):
    """The queue got work, and stands in the order of the fair rule from now on, where it says.

    One that had none of either kind begins at the virtual time, unless its tag is larger. Ties of
    the queue called `handle` fall by it and by the beacon of the epoch.
    """

    tag: int
    tie: str
    virtual_time: int
    has_open: bool
    has_reviews: bool
    handle: UUID
    epoch: int


class QueueEmptied(Event, frozen=True, kw_only=True, tag="queue.emptied"):
    """A decision found that of one or both kinds of work nothing is open; what is left is said."""

    decision_id: UUID
    has_open: bool
    has_reviews: bool
