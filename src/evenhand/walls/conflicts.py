"""Conflicts of interest: who named whom as a rival. No answer says whether that is a customer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID, uuid4

from evenhand import ledger, tenants
from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict, Invalid, NotFound
from evenhand.foundation.rows import many, one, row_count
from evenhand.foundation.secret import Secret
from evenhand.ledger import wall_events

QUERIES = sql.beside(__file__)

By: TypeAlias = Literal["tenant", "operator"]

COOLING_OFF_DAYS = 180  # after half a year what one saw of a product is mostly public, or gone
COOLING_OFF_DAYS_MAX = 3650
CONFLICTS_MAX = 1_000  # each is looked at when the tenant's queue may be next


class OwnRival(Invalid):
    """That is the tenant itself, and nobody is a rival of themselves."""


class BadCoolingOff(Invalid):
    """A cooling-off has 0 to 3650 days."""


class TooManyConflicts(Conflict):
    """A tenant declares 1,000 conflicts at most; withdraw one first."""


class NoSuchConflict(NotFound):
    """No such conflict is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A rival as it was named, and for how long whoever saw the one is kept from the other."""

    declaration_id: UUID
    other: str
    cooling_off_days: int
    declared_by: By
    declared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A rival who is to be declared."""

    other: str
    cooling_off_days: int
    by: By


async def declare(tx: Tx, secret: Secret, rival: Rival, *, now: datetime) -> Declaration:
    """Raise a wall between the tenant and another party, whether that is a customer or not.

    Declared again it is the same, unless the days differ: then the new days hold from now on.
    """
    key = tenants.party_key(secret, rival.other)
    if not 0 <= rival.cooling_off_days <= COOLING_OFF_DAYS_MAX:
        raise BadCoolingOff
    if await tenants.is_party(tx, key):
        raise OwnRival
    standing = await _standing(tx, key)
    if standing is not None and standing.cooling_off_days == rival.cooling_off_days:
        return standing
    if standing is not None:
        await withdraw(tx, standing.declaration_id, now=now)
    elif await one(tx, QUERIES["count_declarations"], int) >= CONFLICTS_MAX:
        raise TooManyConflicts
    declared = Declaration(
        declaration_id=uuid4(),
        other=rival.other,
        cooling_off_days=rival.cooling_off_days,
        declared_by=rival.by,
        declared_at=now,
    )
    made = await row_count(
        tx,
        QUERIES["insert_declaration"],
        declaration_id=declared.declaration_id,
        other_name=rival.other,
        other_key=key,
        cooling_off_days=rival.cooling_off_days,
        declared_by=rival.by,
        now=now,
    )
    if not made:
        # Declared twice at once: the other one stands.
        standing = await _standing(tx, key)
        assert standing is not None, "the unique key found it"
        return standing
    event = wall_events.ConflictDeclared(
        declaration_id=declared.declaration_id,
        other_key=key.hex(),
        cooling_off_days=rival.cooling_off_days,
        by=rival.by,
    )
    await ledger.append(tx, event, at=now)
    return declared


async def withdraw(tx: Tx, declaration_id: UUID, *, now: datetime) -> None:
    """Take a wall down again, from now on."""
    found = await row_count(
        tx, QUERIES["withdraw_declaration"], declaration_id=declaration_id, now=now
    )
    if not found:
        raise NoSuchConflict
    await ledger.append(tx, wall_events.ConflictWithdrawn(declaration_id=declaration_id), at=now)


async def withdraw_named(tx: Tx, secret: Secret, other: str, *, now: datetime) -> None:
    """Take down the wall against a party of this name."""
    standing = await _standing(tx, tenants.party_key(secret, other))
    if standing is None:
        raise NoSuchConflict
    await withdraw(tx, standing.declaration_id, now=now)


async def declarations(tx: Tx) -> list[Declaration]:
    """The conflicts that the tenant has declared and that stand, the oldest first."""
    return await many(tx, QUERIES["declarations"], Declaration)


async def _standing(tx: Tx, key: bytes) -> Declaration | None:
    found = await many(tx, QUERIES["declaration_of_key"], Declaration, other_key=key)
    return found[0] if found else None
