"""Events of walls: by which names a tenant is known, and whom it has named as a rival."""

from typing import Literal
from uuid import UUID

from evenhand.ledger.event import Event


class PartyAdded(Event, frozen=True, kw_only=True, tag="party.added"):
    """The tenant is known by a name from now on; of it the blinded key stands here."""

    party_key: str


class PartyRemoved(Event, frozen=True, kw_only=True, tag="party.removed"):
    """The tenant is no longer known by a name."""

    party_key: str


class ConflictDeclared(Event, frozen=True, kw_only=True, tag="conflict.declared"):
    """A rival of the tenant was named, by its blinded key, and a wall stands from now on.

    Whoever was shown something of one is shown nothing of the other for so many days. That it is
    here does not say that the rival is a customer.
    """

    declaration_id: UUID
    other_key: str
    cooling_off_days: int
    by: Literal["tenant", "operator"]


class ConflictWithdrawn(Event, frozen=True, kw_only=True, tag="conflict.withdrawn"):
    """A declared conflict ended, and with it its wall."""

    declaration_id: UUID


class SupportRequested(Event, frozen=True, kw_only=True, tag="support.requested"):
    """A member of the operator's staff asked to see tasks of the tenant, for this reason."""

    grant_id: UUID
    staff_id: UUID
    reason: str
    hours: int


class SupportApproved(Event, frozen=True, kw_only=True, tag="support.approved"):
    """A second member of the staff approved it: for so many hours the first one may see tasks."""

    grant_id: UUID
    staff_id: UUID
    hours: int


class SupportEnded(Event, frozen=True, kw_only=True, tag="support.ended"):
    """Such access was ended before its time."""

    grant_id: UUID


class SupportShown(Event, frozen=True, kw_only=True, tag="support.shown"):
    """A task was shown to the member of the staff who had asked for access."""

    grant_id: UUID
    staff_id: UUID
    task_id: str
