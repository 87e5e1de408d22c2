"""Statements that look for other tenants' rows, written by chance under the application's login.

Every table of tenants holds a row of the tenant in whose name they run, and one of a rival whose
every value is marked, but for what the dispatcher may tell (ids, times, tags). Whatever comes back,
rows, errors, notices or copies, must not carry the mark. Some first try to be the rival.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from bench import attempts
from bench.attempts import Catalogue, Column
from evenhand import tenants
from evenhand.foundation import migrate
from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.proofs import Proofs
from evenhand.foundation.secret import Secret
from evenhand.foundation.sql import beside

if TYPE_CHECKING:
    from pathlib import Path

QUERIES = beside(__file__, "statements.sql")
MINE, RIVAL = UUID(int=1), UUID(int=2)
SECRET = Secret(b"a secret that no statement knows, of 32 bytes")
LEAKS_MAX = 20  # once so many are found, no more are looked for
SEED = 12
# The rival's values by type; those of the tenant itself are made the same way, unmarked.
MARKS = ("rivalmark", "4242424242", "42424242-4242-4242-4242-424242424242", "72697661")


@dataclass(kw_only=True)
class Tried:
    """How many statements were run, what became of them, and which told of the rival."""

    leaks_max: int = LEAKS_MAX
    statements: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    refused: int = 0
    rows: int = 0
    leaks: list[str] = field(default_factory=list[str])

    def lines(self) -> list[str]:
        """Say it in words."""
        by_kind = ", ".join(f"{kind}: {n:,}" for kind, n in sorted(self.kinds.items()))
        return [
            (
                f"{self.statements:,} statements: {self.refused:,} refused, "
                f"{self.rows:,} rows seen, "
                f"{len(self.leaks)} told of a rival"
            ),
            by_kind,
            *self.leaks,
        ]


def filled(admin: str) -> Catalogue:
    """Put a row of the tenant and one of its rival into every table, and read what there is."""
    with psycopg.connect(admin) as superuser:
        superuser.execute(QUERIES["drop_checks"])
        superuser.execute("SET LOCAL session_replication_role = replica")
        columns = [Column(*row) for row in superuser.execute(QUERIES["columns"]).fetchall()]
        tables: dict[str, list[Column]] = {}
        for column in columns:
            tables.setdefault(column.table, []).append(column)
        kept: dict[str, list[Column]] = {}
        for name, mine in tables.items():
            if not any(column.name == "tenant_id" for column in mine):
                continue
            kept[name] = mine
            superuser.execute(f"DELETE FROM {name}".encode())
            for owner in (MINE, RIVAL):
                superuser.execute(*_row(name, mine, owner))
        functions = superuser.execute(QUERIES["functions"]).fetchall()
        views = [str(row[0]) for row in superuser.execute(QUERIES["catalogues"]).fetchall()]
        superuser.commit()
        superuser.autocommit = True
        superuser.execute("ANALYZE")
    return Catalogue(tables=kept, functions=[(str(n), list(t)) for n, t in functions], views=views)


def _row(table: str, columns: list[Column], owner: UUID) -> tuple[bytes, list[Any]]:
    given = [(column, _value(column, owner)) for column in columns if not column.is_generated]
    names = ", ".join(f'"{column.name}"' for column, _ in given)
    values = ", ".join(f"%s::{column.type}" for column, _ in given)
    return f"INSERT INTO {table} ({names}) VALUES ({values})".encode(), [one for _, one in given]


def _value(column: Column, owner: UUID) -> object:
    if column.name == "tenant_id":
        return owner
    marked = owner == RIVAL and not column.is_told
    plain: dict[str, tuple[object, object]] = {
        "text": ("mine", "rivalmark"),
        "uuid": (UUID(int=7), UUID("42424242-4242-4242-4242-424242424242")),
        "jsonb": ('{"a": "mine"}', '{"a": "rivalmark"}'),
        "json": ('{"a": "mine"}', '{"a": "rivalmark"}'),
        "bytea": (b"mine", b"rivalmark"),
        "bigint": (7, 4242424242),
        "text[]": (["mine"], ["rivalmark"]),
        "jsonb[]": (['"mine"'], ['"rivalmark"']),
    }
    pair = plain.get(column.type)
    if pair is not None:
        return pair[marked]
    if column.type.endswith("[]"):
        return []
    kinds: dict[str, object] = {"boolean": True, "date": "2026-03-04", "smallint": 7}
    if column.type.startswith("timestamp"):
        return "2026-03-04T12:00Z"
    return kinds.get(column.type, 7)


def run(folder: Path, statements: int) -> Tried:
    """Attack a database of its own."""
    tried = Tried()
    with embedded_server(folder) as admin:
        migrate.migrate(admin)
        migrate.let_app_in(admin)
        tenants.canary.prove(admin, SECRET, lambda: SECRET)
        there = filled(admin)
        app = migrate.app_conninfo(admin)
        proof = Proofs(SECRET).of(MINE)
        attack(app, there, tried, proof=proof, statements=statements, seed=SEED)
    return tried


def attack(
    app: str, there: Catalogue, tried: Tried, *, proof: bytes, statements: int, seed: int
) -> None:
    """Run so many statements, each in a transaction of the tenant that is undone."""
    chance = random.Random(seed)  # noqa: S311
    with psycopg.connect(app, autocommit=True) as connection:
        notices: list[str] = []
        connection.add_notice_handler(lambda told: notices.append(str(told.message_primary)))
        connection.execute("SET statement_timeout = '5s'")
        connection.execute("SET lock_timeout = '1s'")
        for _ in range(statements):
            kind, statement = attempts.one(there, chance)
            notices.clear()
            told = _told(connection, statement, tried, proof) + notices
            tried.statements += 1
            tried.kinds[kind] += 1
            if any(mark in one.lower() for one in told for mark in MARKS):
                tried.leaks.append(f"{kind}: {statement}\n  {' '.join(told)[:500]}")
                if len(tried.leaks) >= tried.leaks_max:
                    return


def _told(connection: psycopg.Connection, statement: str, tried: Tried, proof: bytes) -> list[str]:
    told: list[str] = []
    opening = f"BEGIN; SELECT tenants.become('{MINE}', '\\x{proof.hex()}', false)"
    try:
        connection.execute(opening.encode())
        cursor = connection.cursor()
        if statement.startswith("COPY") and statement.endswith("TO STDOUT"):
            with cursor.copy(statement.encode()) as copied:
                told += [bytes(piece).decode("utf-8", "replace") for piece in copied]
        else:
            cursor.execute(statement.encode())
            while True:
                if cursor.description is not None:
                    rows = cursor.fetchall()
                    tried.rows += len(rows)
                    told.append(str([[_plain(one) for one in row] for row in rows]))
                if not cursor.nextset():
                    break
    except psycopg.Error as error:
        tried.refused += 1
        diagnosed = error.diag
        told += [str(error), str(diagnosed.message_detail), str(diagnosed.context)]
        if connection.broken:
            raise
    connection.rollback()
    return [one for one in told if one]


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
