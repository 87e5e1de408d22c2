"""Steps that are one statement: one message to the database, and one transaction."""

from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from evenhand import ledger, workforce
from evenhand.foundation import sql
from evenhand.foundation.database import Connection, Tx, at_once
from evenhand.foundation.rows import one_or_none, run
from evenhand.ledger import events
from evenhand.work import assignments

QUERIES = sql.beside(__file__)

# What only the database knows when it enters a lease, and a queue that got work.
LEASED_LATER = ("task_id", "assignment_id", "review", "tag", "tag_after")
NOTED_LATER = ("tag", "tie", "has_open", "has_reviews")


async def lend(
    connection: Connection,
    tenant_id: UUID,
    annotator: workforce.Annotator,
    turn: assignments.Turn,
    entry: events.AssignmentLeased,
    *,
    now: datetime,
) -> assignments.Assignment | None:
    """Lend an annotator the next task of a tenant that is not guarded, and enter it."""
    with assignments.in_our_words():
        return await one_or_none(
            at_once(connection, tenant_id),
            QUERIES["lend"],
            assignments.Assignment,
            annotator_id=annotator.annotator_id,
            reviewer=annotator.reviewer,
            held_max=assignments.HELD_MAX,
            now=now,
            expires_at=now + assignments.LEASE,
            start=turn.start,
            step=turn.step,
            beacon=assignments.BEACON,
            **ledger.entry(entry, now, later=LEASED_LATER),
        )


async def accept(
    tx: Tx,
    lent: assignments.Submission,
    new: assignments.NewAnnotation,
    entry: events.AnnotationAccepted,
    *,
    now: datetime,
) -> bool:
    """Keep the annotation of what its annotator still holds, and enter it; or say that it is not.

    `tx` is one of `as_tenant_at_once`.
    """
    with assignments.never_twice():
        accepted = await one_or_none(
            tx,
            QUERIES["accept"],
            bool,
            assignment_id=lent.assignment_id,
            annotator_id=new.annotator_id,
            annotation_id=new.annotation_id,
            response=Jsonb(new.response),
            active_ms=new.active_ms_kept,
            purpose=lent.purpose,
            now=now,
            **ledger.entry(entry, now),
        )
    return accepted is not None


async def note_opened(
    connection: Connection, tenant_id: UUID, *, virtual_time: int, now: datetime
) -> None:
    """Put a queue that got work into the order of the fair rule, and enter it."""
    entry = events.QueueNoted(
        tag=0, tie="", virtual_time=virtual_time, has_open=False, has_reviews=False
    )
    await run(
        at_once(connection, tenant_id),
        QUERIES["note_opened"],
        virtual_time=virtual_time,
        beacon=assignments.BEACON,
        **ledger.entry(entry, now, later=NOTED_LATER),
    )


async def enter(
    connection: Connection, tenant_id: UUID, event: events.Event, *, now: datetime
) -> None:
    """Enter an event that stands alone."""
    tx = at_once(connection, tenant_id)
    await run(tx, QUERIES["enter"], **ledger.entry(event, now))
