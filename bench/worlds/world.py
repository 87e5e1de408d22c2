"""One installation with a tenant that is watched, its annotator, and others who may be rivals."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from bench.worlds import moves
from bench.worlds.calls import Reply, call, drawing
from evenhand import pipeline, tenants, walls, workforce
from evenhand.app import worker
from evenhand.app.recorder import Recorder
from evenhand.app.server import web_app
from evenhand.foundation.clock import Clock
from evenhand.foundation.database import as_tenant
from evenhand.tenants import WEIGHTS

if TYPE_CHECKING:
    from datetime import datetime

    from litestar.types import ASGIApp

    from evenhand.app.context import Context

WATCHED = "Tenant B"
MOVE_SECONDS = 0.01
_REFERENCE = re.compile(r"<(\w+):(\d+)>")
_UNKNOWN = {"task_id": "0" * 24, "assignment_id": "nothing", "url": "nothing"}
_KINDS = ("task_id", "assignment_id", "conflict_id", "contest_id", "next_token", "annotator")
_ROUNDS = (
    worker.assess_all,
    worker.score_all,
    worker.judge_all,
    worker.count_all,
    worker.learn_all,
)


@dataclass(kw_only=True)
class Party:
    """A tenant with its keys and an annotator, and the ids that its answers told of."""

    name: str
    keys: tenants.NewTenant
    annotator: workforce.NewAnnotator
    known: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    foreign: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def filled(self, text: str) -> str:
        """Put ids where a move refers to them; past those that it knows come others'."""
        return _REFERENCE.sub(lambda found: self._id(found[1], int(found[2])), text)

    def _id(self, kind: str, number: int) -> str:
        if kind == "uuid":
            return str(UUID(int=len(self.known.get("task_id", ())) * 2 + number + 1))
        if kind == "token":
            return self.annotator.token
        told = [*reversed(self.known.get(kind, ())), *self.foreign.get(kind, ())]
        return told[number] if number < len(told) else _UNKNOWN.get(kind, str(UUID(int=9)))

    def learn(self, value: object) -> None:
        """Remember the ids in an answer, each once."""
        if isinstance(value, list):
            for one in cast("list[object]", value):
                self.learn(one)
        if isinstance(value, dict):
            for name, one in cast("dict[str, object]", value).items():
                kind = "url" if name == "attachment_url" else name
                if isinstance(one, str) and (kind in _KINDS or kind == "url"):
                    known = self.known.setdefault(kind, [])
                    if one not in known:
                        known.append(one)
                else:
                    self.learn(one)


@dataclass(kw_only=True)
class World:
    """An installation whose clock stands still but for what the watched tenant does."""

    context: Context
    app: ASGIApp
    recorder: Recorder
    watched: Party
    others: list[Party] = field(default_factory=list[Party])
    seconds: float = 0.0

    async def ask(self, party: Party, move: moves.Move, seed: str) -> Reply:
        """Send a move in somebody's name, with all that is drawn for it drawn from a seed."""
        headers = dict(move.headers)
        bearer = {
            moves.LIVE: party.keys.live_key,
            moves.TEST: party.keys.test_key,
            moves.ANNOTATOR: party.annotator.token,
        }.get(move.who)
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        target, body = party.filled(move.target), party.filled(move.body)
        with drawing(seed):
            reply = await call(self.app, move.method, target, headers, body.encode())
        if reply.body[:1] in (b"{", b"["):
            party.learn(json.loads(reply.body) if b"\n{" not in reply.body else None)
        return reply

    async def rounds(self) -> None:
        """Do what falls due behind the requests."""
        for step in _ROUNDS:
            with drawing(f"{step.__name__} {self.seconds}"):
                await step(self.context)

    async def epoch(self) -> None:
        """Let a second end, and give receipts for what was entered in it."""
        self.seconds += 1.0
        self.recorder.entered.set()
        await self.recorder.tick()


async def world_of(
    context: Context, begin: datetime, chance: random.Random, *, crowd: int
) -> World:
    """Open a world in which there are so many others, who all keep their rivals' people away.

    The watched tenant's annotator was shown something of it before anybody else had work, and all
    others are its rivals: so in either world that annotator works for it alone, and the capacity
    that it is served by is the same.
    """
    held: list[World] = []
    clock = Clock(begin, asked=0.0, heard=0.0, steady=lambda: held[0].seconds if held else 0.0)
    # How long a search took is a matter of the machine: nothing is remembered of it here.
    memory = pipeline.SearchMemory(clock=itertools.count(0.0, 1e6).__next__)
    own = replace(context, clock=clock, search_memory=memory)
    before = [await _party(own, f"{moves.RIVALS[n % 3]}", f"before {n}") for n in range(crowd // 2)]
    for one in before:
        await _declare(own, one)
    watched = await _party(own, WATCHED, "watched")
    recorder = Recorder(own, asyncio.Event())
    held.append(World(context=own, app=web_app(own), recorder=recorder, watched=watched))
    world = held[0]
    await _work_once(world, watched, "first")
    for party in before:
        await _settle(world, party, chance)
    for number in range(crowd - len(before)):
        await newcomer(world, chance, f"after {number}")
    return world


async def newcomer(world: World, chance: random.Random, seed: str) -> None:
    """Let another tenant come, a rival of the watched one, and work.

    Its annotator has worked for rivals before: one who is new would work for the watched one too.
    """
    party = await _party(world.context, f"Tenant {len(world.others)}", seed)
    if world.others:
        party.annotator = world.others[0].annotator
    await _declare(world.context, party)
    await _settle(world, party, chance)


async def disturb(world: World, chance: random.Random, seed: str) -> None:
    """Let others do something: what their keys reach, and what the operator does to them."""
    for number in range(chance.randrange(4)):
        party = chance.choice(world.others)
        asked = moves.move(chance)
        # A conflict that is taken back would let their people work for the watched one.
        if not asked.endpoint.startswith("/api/conflicts"):
            await world.ask(party, asked, f"{seed} {number}")
    drawn = chance.random()
    if drawn < 0.05:
        await newcomer(world, chance, seed)
    elif drawn < 0.15:
        async with as_tenant(world.context.pool, chance.choice(world.others).keys.tenant_id) as tx:
            now = world.context.clock.now()
            await tenants.weigh(tx, chance.choice(sorted(WEIGHTS)), now=now)


async def _party(context: Context, name: str, seed: str) -> Party:
    now = context.clock.now()
    with drawing(seed):
        keys = await tenants.create(context.pool, context.secret, name, now=now)
        async with context.pool.connection() as connection:
            annotator = await workforce.create(
                connection, f"{seed.replace(' ', '.')}@example.org", name="Anna", kind="person",
                now=now,
            )  # fmt: skip
    return Party(name=name, keys=keys, annotator=annotator)


async def _declare(context: Context, party: Party) -> None:
    rival = walls.Rival(other=WATCHED, cooling_off_days=180, by="tenant")
    async with as_tenant(context.pool, party.keys.tenant_id) as tx:
        await walls.declare(tx, context.secret, rival, now=context.clock.now())


async def _work_once(world: World, party: Party, seed: str) -> None:
    """Send a task and have it answered, so that the annotator was shown something of the tenant."""
    steps: list[tuple[str, str, Any]] = [
        (moves.LIVE, "/v1/task/categorization", moves.QUESTION),
        (moves.ANNOTATOR, "/api/assignments/next", None),
        (moves.ANNOTATOR, "/api/assignments/<assignment_id:0>/submit",
         {"annotation_id": "<uuid:0>", "response": {"category": "cat"}}),
    ]  # fmt: skip
    for number, (who, target, body) in enumerate(steps):
        text = "" if body is None else json.dumps(body)
        asked = moves.Move(who, "POST", target, target, text, {"Content-Type": "application/json"})
        await world.ask(party, asked, f"{seed} {number}")
    assert party.known.get("assignment_id") or party is not world.watched, "it was shown something"


async def _settle(world: World, party: Party, chance: random.Random) -> None:
    """Let one of the others do much of what the watched one will, under the same names."""
    await _work_once(world, party, f"{party.name} works")
    world.others.append(party)
    asked = [*moves.under_the_same_names(), *(moves.move(chance) for _ in range(12))]
    for number, move in enumerate(asked):
        await world.ask(party, move, f"{party.keys.tenant_id} {number}")


def foreign_ids(world: World) -> dict[str, list[str]]:
    """Ids that belong to others, for the watched tenant to try."""
    found: dict[str, list[str]] = {}
    for party in world.others:
        for kind, ids in party.known.items():
            found.setdefault(kind, []).extend(ids[:2])
    return found
