"""What every way in needs: made once at start and handed on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from evenhand import pipeline, tenants, workforce
from evenhand.app.lent import Lent
from evenhand.app.recent import Recent
from evenhand.datasets import Storage
from evenhand.foundation.database import Pool
from evenhand.foundation.processes import Processes
from evenhand.foundation.secret import Secret
from evenhand.foundation.settings import Settings


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
    processes: Processes = pipeline.beside.SHORT
    # Of each tenant at most one task that judges its heavy tasks, and which those are.
    heavy: dict[UUID, tuple[asyncio.Task[None], Mapping[str, int]]] = field(
        default_factory=dict[UUID, tuple[asyncio.Task[None], Mapping[str, int]]]
    )
    # Set after an annotation was committed, so that a worker in this process need not poll.
    annotated: asyncio.Event = field(default_factory=asyncio.Event)
