"""Steps that are one statement: one message to the database, and one transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Json

from evenhand import ledger, workforce
from evenhand.foundation import sql
from evenhand.foundation.database import Connection, at_once
from evenhand.foundation.rows import one_or_none, run
from evenhand.ledger import events
from evenhand.work import assignments, projects

QUERIES = sql.beside(__file__)

UNKNOWN = UUID(int=0)  # stands where the database will name something
USUAL_GOLD_SHARE = projects.Policy().gold_share  # where the project says nothing
# What only the database knows when it enters a lease, and a queue that got work.
LEASED_LATER = ("task_id", "assignment_id", "purpose", "review", "tag", "tag_after", "epoch")
NOTED_LATER = ("tag", "tie", "has_open", "has_reviews", "handle", "epoch")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """An annotation of an assignment that is remembered as it was lent."""

    lent: assignments.Submission
    new: assignments.NewAnnotation

    @property
    def is_simple(self) -> bool:
        """It is no repeat, and to accept it is all that is to be done now."""
        return (
            self.lent.purpose != "training"
            and not self.lent.ahead
            and not assignments.is_repeat(self.lent, self.new)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """What a decision lends of the queue that it chose: to whom, at which cost, and its entry.

    Nothing that the annotator holds was lent before `held_since`, and nothing is open before the
    begin, as far as that is remembered.
    """

    annotator: workforce.Annotator
    guarded: bool
    turn: assignments.Turn
    entry: events.AssignmentLeased
    held_since: datetime | None
    begin: assignments.Place | None

    def arguments(self, now: datetime) -> dict[str, object]:
        """What a statement that lends is given beside the entry."""
        return {
            "annotator_id": self.annotator.annotator_id,
            "reviewer": self.annotator.reviewer,
            "guarded": self.guarded,
            "usual_share": USUAL_GOLD_SHARE,
            "held_max": assignments.HELD_MAX,
            "held_since": self.held_since,
            "from_rank": self.begin.rank if self.begin else None,
            "from_position": self.begin.position if self.begin else None,
            "now": now,
            "expires_at": now + assignments.LEASE,
            "start": self.turn.start,
            "step": self.turn.step,
            "ahead": not self.entry.shown,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """What an annotator hands in of what they were lent, and its entry."""

    lent: assignments.Submission
    new: assignments.NewAnnotation
    entry: events.AnnotationAccepted

    def arguments(self, now: datetime) -> dict[str, object]:
        """What a statement that accepts is given."""
        return {
            "assignment_id": self.lent.assignment_id,
            "annotator_id": self.new.annotator_id,
            "annotation_id": self.new.annotation_id,
            "response": Json(self.new.response),
            "active_ms": self.new.active_ms_kept,
            "purpose": self.lent.purpose,
            "now": now,
            **ledger.entry(self.entry, now),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent(assignments.Assignment):
    """An assignment that was lent, and what the next one to be lent may begin from."""

    rank: int
    position: int
    walked_seconds: float
    held_since: datetime

    @property
    def place(self) -> assignments.Place:
        """Where it lay."""
        return assignments.Place(rank=self.rank, position=self.position)


async def lend(
    connection: Connection, tenant_id: UUID, lending: Lending, *, now: datetime
) -> Lent | None:
    """Lend an annotator the next task of a tenant, and enter it."""
    with assignments.in_our_words():
        return await one_or_none(
            at_once(connection, tenant_id),
            QUERIES["lend"],
            Lent,
            **lending.arguments(now),
            **ledger.entry(lending.entry, now, later=LEASED_LATER),
        )


async def accept(
    connection: Connection, tenant_id: UUID, accepting: Accepting, *, now: datetime
) -> bool:
    """Keep the annotation of what its annotator still holds, and enter it; or say they do not."""
    with assignments.never_twice():
        accepted = await one_or_none(
            at_once(connection, tenant_id), QUERIES["accept"], bool, **accepting.arguments(now)
        )
    return accepted is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Following(Lent):
    """What is lent next; where nothing is, no other column means anything."""

    is_lent: bool


async def accept_and_lend(
    connection: Connection,
    tenant_id: UUID,
    accepting: Accepting,
    lending: Lending,
    *,
    now: datetime,
) -> tuple[bool, Lent | None]:
    """Both of them of one tenant, or neither; say whether it was accepted, and what is lent."""
    leased = ledger.entry(lending.entry, now, later=LEASED_LATER)
    with assignments.in_our_words():
        found = await one_or_none(
            at_once(connection, tenant_id),
            QUERIES["accept_and_lend"],
            _Following,
            **lending.arguments(now) | accepting.arguments(now),
            leased=leased["event"],
            leased_salt=leased["salt"],
        )
    return found is not None, found if found is not None and found.is_lent else None


async def note_opened(
    connection: Connection, tenant_id: UUID, *, virtual_time: int, now: datetime
) -> None:
    """Put a queue that got work into the order of the fair rule, and enter it."""
    entry = events.QueueNoted(
        tag=0,
        tie="",
        virtual_time=virtual_time,
        has_open=False,
        has_reviews=False,
        handle=UNKNOWN,
        epoch=0,
    )
    await run(
        at_once(connection, tenant_id),
        QUERIES["note_opened"],
        virtual_time=virtual_time,
        **ledger.entry(entry, now, later=NOTED_LATER),
    )


async def enter(
    connection: Connection, tenant_id: UUID, event: events.Event, *, now: datetime
) -> None:
    """Enter an event that stands alone."""
    tx = at_once(connection, tenant_id)
    await run(tx, QUERIES["enter"], **ledger.entry(event, now))
