"""The door to the data: a transaction sees the rows of one tenant and no others."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, OperationalError
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from evenhand.foundation.places import Places
from evenhand.foundation.proofs import Proofs

# A tenth and a fifth of the time that the standard library takes, in which nobody else has their
# turn.
set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)

# A statement of a request that waits longer than this is better told to try again.
STATEMENT_SECONDS_MAX = 60
LOCK_SECONDS_MAX = 10
IDLE_IN_TRANSACTION_SECONDS_MAX = 120
POOL_WAIT_SECONDS_MAX = 20
# Of a process's connections one tenant has so many at once, and of what it asks for beyond them
# so much waits: what is more is told to come again instead of piling up.
SHARE_A_TENANT = 0.4
WAITING_A_TENANT_MAX = 256
# The pool doubles its waits while it retries: given up this early, none is longer than 2 s, and
# whoever asks next begins anew.
RECONNECT_SECONDS_MAX = 4
# Background work has places of its own: however many requests of a tenant wait for theirs, the
# rounds, which serve all tenants, do not wait behind them.
_lane: ContextVar[Literal["requests", "background"]] = ContextVar("lane", default="requests")
# Whom a request shows something to: set once it is known who asks, so that no step forgets it.
_person: ContextVar["Person | None"] = ContextVar("person", default=None)
# By the plain name servers are known that cannot prove in whose name they ask (see `door.sql`).
APPLICATION = "evenhand/2"
# Shut down, crashed, not yet up; 08 is the class of connections that broke, 53 that of a disk, of
# memory or of connections that are used up.
AWAY_STATES = ("57P01", "57P02", "57P03", "08", "53")


def in_background() -> None:
    """Let all that this task and those it starts ask of the database be background work."""
    _lane.set("background")


class Connection(AsyncConnection[TupleRow]):
    """A connection that can prove in whose name it asks, if it belongs to a server."""

    proofs: Proofs | None = None

    def proof(self, tenant_id: UUID) -> bytes:
        """What `tenants.become` wants; of who has no secret, nothing."""
        return b"" if self.proofs is None else self.proofs.of(tenant_id)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is shown content, under the walls of this day (UTC)."""

    person_id: UUID
    today: date


def act_as(person_id: UUID, *, now: datetime) -> None:
    """Let this task see of tenants, from here on, what no wall keeps from a person."""
    _person.set(Person(person_id, day_of(now)))


@contextmanager
def acting_as(person: Person | None) -> Generator[None]:
    """See of tenants, for a while, what a person may be shown; or what no person is shown."""
    before = _person.set(person)
    try:
        yield
    finally:
        _person.reset(before)


def day_of(moment: datetime) -> date:
    """The day of a moment, as walls count them: in UTC."""
    return moment.astimezone(UTC).date()


class Pool(AsyncConnectionPool[Connection]):
    """Connections, of which a tenant has only so many at once."""

    def __init__(
        self, conninfo: str, *, size: int, options: str, proofs: Proofs | None = None
    ) -> None:
        # One stays free for what is no tenant's: who is calling, and whose turn it is.
        self.places = Places(
            max(1, size - 1),
            per_key=max(1, round(size * SHARE_A_TENANT)),
            waiting_per_key=WAITING_A_TENANT_MAX,
        )
        self.proofs = proofs
        super().__init__(
            conninfo,
            connection_class=Connection,
            configure=self._configure,
            min_size=min(2, size),
            max_size=size,
            open=False,
            timeout=POOL_WAIT_SECONDS_MAX,
            reconnect_timeout=RECONNECT_SECONDS_MAX,
            kwargs={"options": options, "autocommit": True, "application_name": APPLICATION},
        )

    async def _configure(self, connection: Connection) -> None:
        connection.proofs = self.proofs


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction that sees the rows of one tenant and no others."""

    tenant_id: UUID
    connection: Connection
    # Of one statement, which itself says and proves whose it is.
    is_step: bool = False


def pool_of(conninfo: str, *, size: int, proofs: Proofs | None = None) -> Pool:
    """Make a pool, not yet open, whose connections give up rather than wait for ever."""
    options = (
        f"-c statement_timeout={STATEMENT_SECONDS_MAX}s -c lock_timeout={LOCK_SECONDS_MAX}s "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS_MAX}s "
        # Every table has an index that begins with the tenant. A plan made while a table was
        # still empty would read all of it for ever after, checks of foreign keys included.
        "-c enable_seqscan=off"
    )
    return Pool(conninfo, size=size, options=options, proofs=proofs)


def is_away(error: BaseException) -> bool:
    """Tell whether an error, or what caused it, says that the database cannot do its work now."""
    if isinstance(error, OperationalError):
        return error.sqlstate is None or error.sqlstate.startswith(AWAY_STATES)
    return error.__cause__ is not None and is_away(error.__cause__)


@asynccontextmanager
async def as_tenant(
    pool: Pool, tenant_id: UUID, *, by_key: bool = False, one_moment: bool = False
) -> AsyncGenerator[Tx]:
    """Open a transaction in which row security admits this tenant alone.

    `by_key` is for steps whose statements all find their rows by key: one plan is then made
    for all values, since to plan such a statement costs more than to run it. With `one_moment`
    all that is asked is of the moment at which it was opened.
    """
    async with (
        connection_for(pool, tenant_id) as connection,
        as_tenant_on(connection, tenant_id, by_key=by_key, one_moment=one_moment) as tx,
    ):
        yield tx


@asynccontextmanager
async def connection_for(pool: Pool, tenant_id: UUID) -> AsyncGenerator[Connection]:
    """Hold a connection in one of the places that a tenant may hold at once."""
    async with pool.places.taken((_lane.get(), tenant_id)), pool.connection() as connection:
        yield connection


@asynccontextmanager
async def as_tenant_on(
    connection: Connection, tenant_id: UUID, *, by_key: bool = False, one_moment: bool = False
) -> AsyncGenerator[Tx]:
    """Open a tenant's transaction on a connection that is in none yet."""
    assert isinstance(tenant_id, UUID), "what stands between the quotes below is hexadecimal"
    # The name ends with the transaction, so a pooled connection can never carry one
    # tenant's identity to the next. In one message with BEGIN: a round trip costs more than
    # the policy that it switches on.
    opening = (
        f"BEGIN{' ISOLATION LEVEL REPEATABLE READ' if one_moment else ''}; "
        f"SELECT tenants.become('{tenant_id}', '\\x{connection.proof(tenant_id).hex()}', "
        f"{'true' if by_key else 'false'})"
    )
    person = _person.get()
    if person is not None:
        opening += (
            f"; SET LOCAL evenhand.person_id = '{person.person_id}'"
            f"; SET LOCAL evenhand.today = '{person.today}'"
        )
    await connection.execute(opening.encode())
    try:
        yield Tx(tenant_id, connection)
    except BaseException:
        with suppress(OperationalError):
            # A lost connection cannot roll back, and need not: PostgreSQL has done it.
            await connection.rollback()
        raise
    await connection.commit()


def at_once(connection: Connection, tenant_id: UUID) -> Tx:
    """Ask one statement in a tenant's name on a connection that is in no transaction.

    It begins with `tenants.become`, or sees nothing; it is one message instead of three.
    """
    assert connection.pgconn.transaction_status == TransactionStatus.IDLE, "it is its own"
    return Tx(tenant_id, connection, is_step=True)


@asynccontextmanager
async def as_nobody(pool: Pool) -> AsyncGenerator[Connection]:
    """Open a transaction that sees no tenant's rows: for what belongs to no tenant."""
    async with pool.connection() as connection, connection.transaction():
        yield connection


async def require_answer(conninfo: str) -> None:
    """Raise unless the database answers on a connection of its own; the caller bounds the time."""
    connection = await AsyncConnection.connect(conninfo, autocommit=True)
    try:
        await connection.execute(b"SELECT 1")
    finally:
        await connection.close()


async def moment(connection: Connection) -> datetime:
    """Read the database's clock, which is one for all servers and workers."""
    row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
    assert row is not None, "a clock always shows something"
    return row[0]


async def set_savepoint(tx: Tx) -> None:
    """Mark where a transaction can return to; unlike a nested one it fits into a pipeline."""
    await tx.connection.execute(b"SAVEPOINT evenhand")


async def return_to_savepoint(tx: Tx) -> None:
    """Undo what a transaction did since its savepoint; what it locked before stays locked."""
    await tx.connection.execute(b"ROLLBACK TO SAVEPOINT evenhand")
