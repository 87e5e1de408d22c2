"""A trial: annotators work and look at everything, and it is asked what told gold from live.

They work one at a time on a server that does nothing else: nobody hears a difference better than
who listens in silence. What each task was is read from the database, when all is noted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import numpy as np
import psycopg
from rich.table import Table

from bench.secrecy import telling
from bench.secrecy.attacker import Attacker, Noted
from bench.secrecy.stage import Stage
from evenhand.foundation import sql
from evenhand.foundation.embedded import embedded_server

if TYPE_CHECKING:
    from pathlib import Path

    from bench.evenhand_server import EvenhandServer
    from bench.secrecy.telling import Told

QUERIES = sql.beside(__file__)
Say: TypeAlias = Callable[..., None]
Lent: TypeAlias = "tuple[Attacker, Noted, dict[str, Any]]"

AUC_MAX = 0.55
PLANTED_LEAST = 0.95
ROWS_LEAST = 500  # of fewer, the end of the interval is held against a bar
ATTACKERS = 8
SETTLERS = 2
SEED = 7
SKIPS_SHARE = 0.1  # of the answers
LAPSES_SHARE = 0.1
HELD_AT_ONCE = 4
RUN_OUT_SECONDS_MAX = 60
GOLD_MORE = 1.6  # than each annotator meets on the average: with none left, late work is all live


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What was noted of one kind of thing done, and how well it tells."""

    name: str
    rows: int
    gold: int
    single: Sequence[Told]
    together: Sequence[Told]
    planted: Sequence[Told]

    def is_kept(self) -> bool:
        """Say whether all together tell no more than the bar, and a planted leak is found."""
        return all(map(self.is_little, self.together)) and all(map(self.is_found, self.planted))

    def is_little(self, told: Told) -> bool:
        """Say whether something tells no more than it may: of few rows, surely more."""
        return (told.auc if self.rows >= ROWS_LEAST else told.lower) <= AUC_MAX

    def is_found(self, told: Told) -> bool:
        """Say whether a planted leak is found: of few rows, as far as these can show it."""
        return (told.auc if self.rows >= ROWS_LEAST else told.upper) >= PLANTED_LEAST


def run(
    server: EvenhandServer, data: Path, *, answers: int, watched_share: float, say: Say
) -> list[Kind]:
    """Fill a server, have all of it watched, and say how well each kind of note tells gold."""
    server.start()
    try:
        target = server.target("watched", ATTACKERS + SETTLERS)
        tokens = target.annotators
        lent = answers * (1 + SKIPS_SHARE + LAPSES_SHARE)
        stage = Stage(target, SEED)
        stage.fill(
            live=round(lent),
            gold=round(GOLD_MORE * 0.33 * lent / ATTACKERS) + 8,
            settlers=tokens[ATTACKERS:],
        )
        attackers = [
            Attacker(number, target.port, token, SEED + number)
            for number, token in enumerate(tokens[:ATTACKERS])
        ]
        with embedded_server(data) as admin, psycopg.connect(admin, autocommit=True) as connection:
            noted = _trial(connection, attackers, answers, watched_share, say)
    finally:
        server.stop()
    return [_kind(name, rows) for name, rows in noted.items()]


def _trial(
    connection: psycopg.Connection,
    attackers: Sequence[Attacker],
    answers: int,
    watched_share: float,
    say: Say,
) -> dict[str, list[tuple[Noted, bool]]]:
    worked = _worked(connection, attackers, answers, watched_share, say)
    skipped = [
        _skipped(connection, attackers[number % len(attackers)])
        for number in range(round(answers * SKIPS_SHARE))
    ]
    say(f"{len(skipped)} skips")
    lapsed: list[tuple[Noted, bool]] = []
    while len(lapsed) < answers * LAPSES_SHARE:
        lapsed += _lapsed(connection, attackers)
    say(f"{len(lapsed)} leases that ran out")
    return {"answers": worked, "skips": skipped, "leases that ran out": lapsed}


def _worked(
    connection: psycopg.Connection,
    attackers: Sequence[Attacker],
    answers: int,
    watched_share: float,
    say: Say,
) -> list[tuple[Noted, bool]]:
    worked: list[Noted] = []
    every = round(1 / watched_share) if watched_share else answers + 1
    began = time.monotonic()
    for number in range(answers):
        # By rounds, so that everybody is watched alike.
        watched = (number // len(attackers)) % every == every - 1
        worked.append(attackers[number % len(attackers)].work(watched=watched))
        skilled = connection.execute(QUERIES["skilled"]).fetchall()
        worked[-1].skilled = frozenset(row[0] for row in skilled)
        if number % 200 == 199:
            say(f"{number + 1} answers in {time.monotonic() - began:.0f} s")
    found = connection.execute(QUERIES["purposes"]).fetchall()
    whose = {row[0]: row[2] for row in found}
    purposes = {row[0]: row[1] == "evaluation" for row in found}
    _note_turns(worked, len(attackers), whose)
    return [(noted, purposes[noted.annotation_id]) for noted in worked]


def _note_turns(worked: Sequence[Noted], turns: int, whose: dict[UUID, UUID]) -> None:
    """Note whether their own skill crossed the bar of what is kept for the skilled.

    Nobody is told: whether it shows in what is lent, and no more of it can.
    """
    for noted, later in zip(worked, worked[turns:], strict=False):
        me = whose[noted.annotation_id]
        noted.features["skilled"] = str(me in noted.skilled)
        noted.features["skilled crosses"] = str((me in noted.skilled) != (me in later.skilled))


def _skipped(connection: psycopg.Connection, attacker: Attacker) -> tuple[Noted, bool]:
    noted, lent = attacker.take()
    is_gold, _ = _purpose(connection, lent)
    attacker.skip(noted, lent)
    return noted, is_gold


def _purpose(connection: psycopg.Connection, lent: dict[str, Any]) -> tuple[bool, str]:
    at = datetime.fromisoformat(lent["leased_at"])
    found = connection.execute(QUERIES["purpose_lent"], {"leased_at": at}).fetchall()
    ((purpose, task_id),) = found
    return purpose == "evaluation", task_id


def _lapsed(
    connection: psycopg.Connection, attackers: Sequence[Attacker]
) -> list[tuple[Noted, bool]]:
    """Let leases run out; half of those who held them come back first, half when others were."""
    held: list[tuple[Lent, bool]] = []
    for _ in range(HELD_AT_ONCE):
        for attacker in attackers:
            noted, lent = attacker.take()
            held.append(((attacker, noted, lent), _purpose(connection, lent)[0]))
    connection.execute(QUERIES["run_out"])
    until = time.monotonic() + RUN_OUT_SECONDS_MAX
    while connection.execute(QUERIES["still_lent"]).fetchall()[0][0]:
        assert time.monotonic() < until, "nothing takes back what ran out"
        time.sleep(0.2)
    half = len(attackers) // 2
    for begin in (0, half):
        _come_back(held, attackers[begin : begin + half])
    return [(noted, is_gold) for (_, noted, _), is_gold in held]


def _come_back(held: Sequence[tuple[Lent, bool]], attackers: Sequence[Attacker]) -> None:
    """Have annotators ask for work again, note what they get back, and then hand in late."""
    for attacker in attackers:
        mine = [one for one, _ in held if one[0] is attacker]
        again = [attacker.take() for _ in range(HELD_AT_ONCE)]
        for _, noted, lent in mine:
            places = [
                place
                for place, (_, other) in enumerate(again)
                if other["instruction"] == lent["instruction"]
            ]
            noted.features["comes again"] = str(bool(places))
            noted.features["comes again at"] = float(places[0]) if places else -1.0
            noted.features["same handle"] = str(
                bool(places) and again[places[0]][0].handle == noted.handle
            )
            attacker.lapsed(noted, lent)
        for other, _ in again:
            attacker.give_back(other)


def _kind(name: str, rows: Sequence[tuple[Noted, bool]]) -> Kind:
    is_gold = np.array([gold for _, gold in rows])
    groups = np.array([noted.annotator for noted, _ in rows])
    columns = telling.columns_of([noted.features for noted, _ in rows])
    leak = {**columns, "planted": is_gold + 0.0}
    return Kind(
        name=name,
        rows=len(rows),
        gold=int(is_gold.sum()),
        single=telling.alone(columns, is_gold),
        together=telling.together(columns, is_gold, groups),
        planted=telling.together(leak, is_gold, groups),
    )


def table(kinds: Sequence[Kind], *, shown: int = 12) -> Table:
    """Put side by side what tells best alone, and what all tell together."""
    found = Table(title="How well gold is told from live (0.5 is guessing)")
    for column in ("noted of", "rows", "gold", "by", "AUC", "95 %", ""):
        found.add_column(column)
    for kind in kinds:
        for told in kind.single[:shown]:
            found.add_row(kind.name, str(kind.rows), str(kind.gold), *_cells(told), "")
        for told in kind.together:
            bar = "kept" if kind.is_little(told) else "MISSED"
            found.add_row(kind.name, "", "", *_cells(told), bar, style="bold")
        for told in kind.planted:
            bar = "found" if kind.is_found(told) else "MISSED"
            found.add_row(kind.name, "", "", *_cells(told, "with a planted leak: "), bar)
        found.add_section()
    return found


def _cells(told: Told, before: str = "") -> tuple[str, str, str]:
    return before + told.name, f"{told.auc:.3f}", f"{told.lower:.3f} to {told.upper:.3f}"
