"""What every way in needs: made once at start and handed on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection

from evenhand import pipeline, tenants, workforce
from evenhand.app.lent import Lent
from evenhand.app.recent import Recent
from evenhand.datasets import Storage
from evenhand.foundation.database import Pool
from evenhand.foundation.places import Places
from evenhand.foundation.processes import Processes
from evenhand.foundation.secret import Secret
from evenhand.foundation.settings import Settings

BULK_CALLS_AT_ONCE = 4
BULK_CALLS_A_TENANT = 2
BULK_CALLS_WAITING = 16


def bulk_places() -> Places:
    """Make the places for calls that bring many tasks."""
    return Places(
        BULK_CALLS_AT_ONCE, per_key=BULK_CALLS_A_TENANT, waiting_per_key=BULK_CALLS_WAITING
    )


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running server that requests and jobs use."""

    settings: Settings
    pool: Pool
    secret: Secret
    storage: Storage
    annotators: Recent[workforce.Annotator] = field(default_factory=Recent[workforce.Annotator])
    callers: Recent[tenants.Caller] = field(default_factory=Recent[tenants.Caller])
    lent: Lent = field(default_factory=Lent)
    barren: pipeline.Barren = field(default_factory=pipeline.Barren)
    # Each holds two chunks of lines, read and unread.
    bulk_calls: Places = field(default_factory=bulk_places)
    processes: Processes = pipeline.beside.SHORT
    # Of each tenant at most one task that judges its heavy tasks, and which those are.
    heavy: dict[UUID, tuple[asyncio.Task[None], Mapping[str, int]]] = field(
        default_factory=dict[UUID, tuple[asyncio.Task[None], Mapping[str, int]]]
    )
    # Set after an annotation was committed, so that a worker in this process need not poll.
    annotated: asyncio.Event = field(default_factory=asyncio.Event)


def context_behind(connection: ASGIConnection[Any, Any, Any, Any]) -> Context:
    """The parts of the server that a request came to."""
    return connection.app.state.context
