"""Stakes: who owns how much of whom, declared and published, and read by nothing that decides."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Invalid
from evenhand.foundation.rows import many, run

QUERIES = sql.beside(__file__)

NAME_CHARACTERS_MAX = 200


class BadStake(Invalid):
    """A stake is 0 to 100 percent that one party of 1 to 200 characters owns of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """How much of one party another owns, since when it is declared."""

    owner: str
    owned: str
    percent: Decimal
    declared_at: datetime


async def declare_stake(connection: Connection, stake: Stake) -> None:
    """Publish a stake; 0 percent says that it is no more."""
    fits = all(1 <= len(name) <= NAME_CHARACTERS_MAX for name in (stake.owner, stake.owned))
    if not fits or stake.owner == stake.owned or not 0 <= stake.percent <= 100:
        raise BadStake
    await run(
        connection,
        QUERIES["insert_stake"],
        owner=stake.owner,
        owned=stake.owned,
        percent=stake.percent,
        now=stake.declared_at,
    )


async def published_stakes(connection: Connection) -> list[Stake]:
    """The stakes that hold, the largest first."""
    return await many(connection, QUERIES["stakes"], Stake)
