"""The application's context: database, secret, storage, clock and caches, made once at start."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection

from evenhand import pipeline, tenants, workforce
from evenhand.app.assignment_cache import AssignmentCache
from evenhand.app.auth_cache import AuthCache
from evenhand.app.fresh import Fresh
from evenhand.app.group_commit import GroupCommit
from evenhand.datasets import Storage
from evenhand.foundation.clock import Clock
from evenhand.foundation.database import Pool
from evenhand.foundation.due import Front
from evenhand.foundation.places import Places
from evenhand.foundation.processes import Processes
from evenhand.foundation.secret import Secret
from evenhand.foundation.settings import Settings
from evenhand.foundation.telemetry import Seldom
from evenhand.work import intake, tasks

# Calls that bring many tasks hold two chunks of them each, read and unread.
BULK_CALLS_AT_ONCE = 4
# Exports wait on the disk for whoever takes them.
EXPORTS_AT_ONCE = 16
A_TENANT = 2  # of either
WAITING_A_TENANT = 16
# An upload lies on the disk while it comes in, 80 MB at most, and while it is stored some 15 MB of
# it are in memory.
UPLOADS_AT_ONCE = 16
UPLOADS_A_TENANT = 4
# Of a file that is read some 4 MB are in memory; a browser asks for six at once.
DOWNLOADS_AT_ONCE = 32
DOWNLOADS_A_READER = 6
DOWNLOADS_WAITING = 32
# Each waits for the disk or a bucket in one of the few threads that a process has for this.
LOG_READS_AT_ONCE = 3
LOG_READS_AN_ADDRESS = 2
LOG_READS_WAITING = 64


def shared(at_once: int) -> Places:
    """Make places of which one tenant has two."""
    return Places(at_once, per_key=A_TENANT, waiting_per_key=WAITING_A_TENANT)


@dataclass(frozen=True, slots=True)
class Fronts:
    """Where the looks of rounds begin."""

    assess: Front = field(default_factory=Front)
    sequence: Front = field(default_factory=Front)
    count: Front = field(default_factory=Front)


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running server that requests and jobs use."""

    settings: Settings
    pool: Pool
    secret: Secret
    storage: Storage
    clock: Clock
    publication: pipeline.record.Publication
    annotators: AuthCache[workforce.Annotator] = field(
        default_factory=AuthCache[workforce.Annotator]
    )
    callers: AuthCache[tenants.Caller] = field(default_factory=AuthCache[tenants.Caller])
    assignment_cache: AssignmentCache = field(default_factory=AssignmentCache)
    search_memory: pipeline.SearchMemory = field(default_factory=pipeline.SearchMemory)
    # Tasks that come one a call.
    creates: GroupCommit[intake.Order, tasks.Task] = field(
        default_factory=GroupCommit[intake.Order, tasks.Task]
    )
    bulk_calls: Places = field(default_factory=lambda: shared(BULK_CALLS_AT_ONCE))
    # Who has as many under way as may be is told to come again before any of a body is read.
    uploads: Places = field(
        default_factory=lambda: Places(
            UPLOADS_AT_ONCE, per_key=UPLOADS_A_TENANT, waiting_per_key=UPLOADS_A_TENANT
        )
    )
    downloads: Places = field(
        default_factory=lambda: Places(
            DOWNLOADS_AT_ONCE, per_key=DOWNLOADS_A_READER, waiting_per_key=DOWNLOADS_WAITING
        )
    )
    # Of whoever has no key, by address: a store that is slow holds up nothing else.
    log_reads: Places = field(
        default_factory=lambda: Places(
            LOG_READS_AT_ONCE, per_key=LOG_READS_AN_ADDRESS, waiting_per_key=LOG_READS_WAITING
        )
    )
    # What anybody is shown, by the form that they ask for.
    neutrality: Fresh[Mapping[str, bytes]] = field(default_factory=Fresh[Mapping[str, bytes]])
    verifications: Fresh[bytes] = field(default_factory=Fresh[bytes])
    exports: Places = field(default_factory=lambda: shared(EXPORTS_AT_ONCE))
    # What many requests at once would tell the log.
    seldom: Seldom = field(default_factory=Seldom)
    processes: Processes = pipeline.child_processes.SHORT
    # Of each tenant at most one task that judges its heavy tasks, and which those are.
    heavy: dict[UUID, tuple[asyncio.Task[None], Mapping[str, int]]] = field(
        default_factory=dict[UUID, tuple[asyncio.Task[None], Mapping[str, int]]]
    )
    fronts: Fronts = field(default_factory=Fronts)
    # Set after an annotation was committed, so that a worker in this process need not poll.
    annotated: asyncio.Event = field(default_factory=asyncio.Event)


def context_behind(connection: ASGIConnection[Any, Any, Any, Any]) -> Context:
    """The parts of the server that a request came to."""
    return connection.app.state.context
