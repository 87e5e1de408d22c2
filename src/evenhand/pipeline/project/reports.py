"""Quality reports on a project's newest annotations, and alerts from automatic checks."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from evenhand import delivery, ledger
from evenhand.foundation.database import Connection, Pool, as_tenant
from evenhand.foundation.errors import Conflict
from evenhand.foundation.processes import Exceeded
from evenhand.pipeline import child_processes
from evenhand.pipeline.unreadable import UNREADABLE
from evenhand.quality import TooMuchToCompare
from evenhand.quality import report as quality_report
from evenhand.task_types import task_type
from evenhand.work import projects, verdicts

log: structlog.stdlib.BoundLogger = structlog.get_logger()

CHECKED_BACK = timedelta(hours=1)  # more than between two rounds: what came late is seen too
FINDINGS_MAX = 200  # alerts of one project in one round; more are one trouble, not hundreds


TOO_MUCH = (Exceeded, TooMuchToCompare)


class NothingToReport(Conflict):
    """There are no annotations in this project yet, so there is nothing to report."""


class TooMuchToReport(Conflict):
    """The newest annotations of this project take longer to compare than a report may."""


async def report(
    pool: Pool, tenant_id: UUID, project: str, *, is_test: bool, cost: float | None = None
) -> quality_report.Report:
    """Report on a project; annotators bear the names that they have in the tenant's exports."""
    async with as_tenant(pool, tenant_id) as tx:
        found = await projects.project_of(tx, project, is_test=is_test)
        annotations = await verdicts.reported(tx, found.project_id)
    # Outside of the transaction, for it takes seconds.
    try:
        told, _ = await child_processes.LONG.run(tenant_id, reported, tenant_id, annotations, cost)
    except TOO_MUCH as error:
        raise TooMuchToReport from error
    if told is None:
        raise NothingToReport
    return told


async def tenants_to_check(connection: Connection, *, now: datetime) -> Sequence[UUID]:
    """Tenants in whose projects something was settled lately."""
    return await verdicts.tenants_to_check(connection, since=now - CHECKED_BACK)


async def check(pool: Pool, tenant_id: UUID, *, now: datetime) -> int:
    """Keep what checks find in projects where something was settled; say in how many."""
    async with as_tenant(pool, tenant_id) as tx:
        due = await verdicts.projects_to_check(tx, since=now - CHECKED_BACK)
    for project_id in due:
        async with as_tenant(pool, tenant_id) as tx:
            annotations = await verdicts.reported(tx, project_id)
        try:
            told, names = await child_processes.LONG.run(
                tenant_id, reported, tenant_id, annotations, None
            )
        except TOO_MUCH as error:
            log.warning("check.set_aside", tenant_id=str(tenant_id), reason=type(error).__name__)
            continue
        if told is None or not told.findings:
            continue
        alerts = [_alert(one, names) for one in told.findings[:FINDINGS_MAX]]
        async with as_tenant(pool, tenant_id) as tx:
            await verdicts.keep_alerts(tx, project_id, alerts, now=now)
            raised = ledger.events.AlertsRaised(project_id=project_id, count=len(alerts))
            await ledger.append(tx, raised, at=now)
    return len(due)


def reported(
    tenant_id: UUID, annotations: Sequence[verdicts.Reported], cost: float | None
) -> tuple[quality_report.Report | None, Mapping[str, UUID]]:
    """Report on annotations, if there are any, and say whose each name is."""
    table, truths, delivered, names = _votes(tenant_id, annotations)
    if not table["task"]:
        return None, names
    # Named only here: what it takes to write a report is loaded by the child that writes one.
    told = quality_report.project_report(
        table, gold=truths or None, delivered=delivered or None, cost=cost
    )
    return told, names


def _alert(finding: Any, names: Mapping[str, UUID]) -> verdicts.NewAlert:
    who = [str(name) for name in finding.annotators]
    task = None if finding.task is None else str(finding.task)
    return verdicts.NewAlert(
        kind=finding.check,
        subject=(task or " ".join(who))[:200],
        annotator_id=names.get(who[0]) if who else None,
        task_id=task,
        severity=min(max(1 - float(finding.p_value), 0.0), 1.0),
        reason=finding.sentence[:2000],
        evidence={
            "score": float(finding.score),
            "p_value": float(finding.p_value),
            "votes": int(finding.votes),
            "annotators": who,
            **{name: float(value) for name, value in finding.evidence.items()},
        },
    )


def _votes(
    tenant_id: UUID, annotations: Sequence[verdicts.Reported]
) -> tuple[dict[str, list[Any]], dict[str, object], dict[str, object], dict[str, UUID]]:
    """Tell votes, what reviewers said, what was delivered, and whose each name is."""
    table: dict[str, list[Any]] = {
        name: [] for name in ("task", "annotator", "label", "at", "seconds")
    }
    truths: dict[str, object] = {}
    delivered: dict[str, object] = {}
    names: dict[str, UUID] = {}
    for one in annotations:
        try:
            label = _label(one, one.response)
            came_to = _label(one, one.delivered) if one.delivered is not None else None
        except UNREADABLE:
            # One task that cannot be read must not keep a project from its report.
            log.exception("report.set_aside", tenant_id=str(tenant_id), task_id=one.task_id)
            continue
        if came_to is not None:
            delivered[one.task_id] = came_to
        if one.review:
            truths[one.task_id] = label
            continue
        name = delivery.annotator_name(tenant_id, one.annotator_id)
        names[name] = one.annotator_id
        table["task"].append(one.task_id)
        table["annotator"].append(name)
        table["label"].append(label)
        table["at"].append(one.created_at.timestamp())
        table["seconds"].append(one.active_ms / 1000)
    return table, truths, delivered, names


def _label(one: verdicts.Reported, response: Mapping[str, object]) -> object:
    """Word an answer as the statistics read it."""
    reading = task_type(one.type).reading(one.params)
    return reading.kind.row(reading.answer(response))
