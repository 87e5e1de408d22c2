"""Annotators: who they are, and the end of their work here."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID, uuid4

from evenhand.foundation import sql
from evenhand.foundation.database import Connection
from evenhand.foundation.errors import Conflict, Invalid, NotFound
from evenhand.foundation.rows import many, one, one_or_none, row_count, run
from evenhand.workforce.tokens import Annotator, issue_token

QUERIES = sql.beside(__file__)

Kind: TypeAlias = Literal["person", "model"]

EMAIL_CHARACTERS_MAX = 320
NAME_CHARACTERS_MAX = 200
# What a terminal can still show.
LISTED_MAX = 10_000
# One @ between two parts without spaces: whether anyone reads it, only a letter could tell.
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")


class BadEmail(Invalid):
    """This is not an email address."""


class BadName(Invalid):
    """An annotator's name has 1 to 200 characters."""


class AnnotatorExists(Conflict):
    """There is an annotator with this email address already."""


class UnknownAnnotator(NotFound):
    """There is no annotator of this address or id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who an annotator is, whether they still work here or not."""

    annotator_id: UUID
    email: str
    name: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnnotator:
    """An annotator just made, with the only copy of the token."""

    annotator_id: UUID
    token: str


async def create(
    connection: Connection,
    email: str,
    *,
    name: str,
    kind: Kind,
    reviewer: bool = False,
    now: datetime,
) -> NewAnnotator:
    """Enter an annotator with a token, which is told this once and never again."""
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or "\0" in name:
        raise BadName(name=name)
    annotator_id = uuid4()
    async with connection.transaction():
        created = await row_count(
            connection,
            QUERIES["insert_annotator"],
            annotator_id=annotator_id,
            email=normal(email),
            name=name,
            kind=kind,
            reviewer=reviewer,
            now=now,
        )
        if not created:
            raise AnnotatorExists(email=email)
        token = await issue_token(connection, annotator_id, now=now)
    return NewAnnotator(annotator_id=annotator_id, token=token)


async def disable(connection: Connection, email: str, *, now: datetime) -> None:
    """End an annotator's work: every token and session is refused from now on, for good."""
    async with connection.transaction():
        disabled = await one_or_none(
            connection, QUERIES["disable_annotator"], UUID, email=normal(email), now=now
        )
        if disabled is None:
            raise UnknownAnnotator(email=email)
        await run(connection, QUERIES["revoke_tokens"], annotator_id=disabled, now=now)


async def named(connection: Connection, name: str) -> Named:
    """Find an annotator by id or by address, also one whose work has ended."""
    try:
        annotator_id = UUID(name)
    except ValueError:
        found = await one_or_none(
            connection, QUERIES["annotator_of_email"], Named, email=normal(name)
        )
    else:
        found = await one_or_none(
            connection, QUERIES["annotator_of_id"], Named, annotator_id=annotator_id
        )
    if found is None:
        raise UnknownAnnotator(annotator=name)
    return found


async def everyone(connection: Connection) -> list[Annotator]:
    """The annotators who work here, in the order of their addresses, at most 10,000."""
    return await many(connection, QUERIES["everyone"], Annotator, limit=LISTED_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How many annotators work here, and how many of them review."""

    annotators: int
    reviewers: int


async def capacity(connection: Connection) -> Capacity:
    """Count whoever works here."""
    return await one(connection, QUERIES["capacity"], Capacity)


def normal(email: str) -> str:
    """The one form of an address, so that nobody is two annotators by a capital or an accent."""
    plain = unicodedata.normalize("NFKC", email).strip().lower()
    if len(plain) > EMAIL_CHARACTERS_MAX or not _EMAIL.fullmatch(plain):
        raise BadEmail(email=email)
    return plain
