"""How good a project's labels are, out of its newest annotations; and what deserves a look."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import structlog

from evenhand import delivery, work
from evenhand.foundation.database import Tx
from evenhand.foundation.errors import Conflict
from evenhand.quality.choice.methods import CHOOSERS
from evenhand.quality.report import Report, project_report
from evenhand.task_types import Answer, canonical, task_type

log: structlog.stdlib.BoundLogger = structlog.get_logger()

CHECKED_BACK = timedelta(hours=1)  # more than between two rounds: what came late is seen too
FINDINGS_MAX = 200  # alerts of one project in one round; more are one trouble, not hundreds


class NothingToReport(Conflict):
    """There are no annotations in this project yet, so there is nothing to report."""


async def report(tx: Tx, project_id: UUID, *, cost: float | None = None) -> Report:
    """Report on a project; annotators bear the names that they have in the tenant's exports."""
    table, truths, delivered, _ = await _annotations(tx, project_id)
    if not table["task"]:
        raise NothingToReport
    return await asyncio.to_thread(_reported, table, truths, delivered, cost)


async def check(tx: Tx, *, now: datetime) -> int:
    """Keep what checks find in projects where something was settled; say in how many."""
    due = await work.projects_to_check(tx, since=now - CHECKED_BACK)
    for project_id in due:
        table, truths, delivered, names = await _annotations(tx, project_id)
        if not table["task"]:
            continue
        found = await asyncio.to_thread(_reported, table, truths, delivered, None)
        await work.keep_alerts(
            tx,
            project_id,
            [_alert(one, names) for one in found.findings[:FINDINGS_MAX]],
            now=now,
        )
    return len(due)


def _reported(
    table: Mapping[str, list[Any]],
    truths: Mapping[str, object],
    delivered: Mapping[str, object],
    cost: float | None,
) -> Report:
    # Where no method is chosen by evidence, the one that is steadiest with few votes.
    method = "auto" if "auto" in CHOOSERS or not isinstance(table["label"][0], str) else "ibcc"
    return project_report(
        table, method=method, gold=truths or None, delivered=delivered or None, cost=cost
    )


def _alert(finding: Any, names: Mapping[str, UUID]) -> work.NewAlert:
    who = [str(name) for name in finding.annotators]
    task = None if finding.task is None else str(finding.task)
    return work.NewAlert(
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


async def _annotations(
    tx: Tx, project_id: UUID
) -> tuple[dict[str, list[Any]], dict[str, object], dict[str, object], dict[str, UUID]]:
    """Read votes, what reviewers said, what was delivered, and whose each name is."""
    table: dict[str, list[Any]] = {
        name: [] for name in ("task", "annotator", "label", "at", "seconds")
    }
    truths: dict[str, object] = {}
    delivered: dict[str, object] = {}
    names: dict[str, UUID] = {}
    for one in await work.reported(tx, project_id):
        try:
            label = _label(one, one.response)
            came_to = _label(one, one.delivered) if one.delivered is not None else None
        except Exception:
            # One task that cannot be read must not keep a project from its report.
            log.exception("report.set_aside", tenant_id=str(tx.tenant_id), task_id=one.task_id)
            continue
        if came_to is not None:
            delivered[one.task_id] = came_to
        if one.review:
            truths[one.task_id] = label
            continue
        name = delivery.annotator_name(tx.tenant_id, one.annotator_id)
        names[name] = one.annotator_id
        table["task"].append(one.task_id)
        table["annotator"].append(name)
        table["label"].append(label)
        table["at"].append(one.created_at.timestamp())
        table["seconds"].append(one.active_ms / 1000)
    return table, truths, delivered, names


def _label(one: work.Reported, response: Mapping[str, object]) -> object:
    """Word an answer as the statistics read it."""
    kind = task_type(one.type)
    answer: Answer = kind.answer(one.params, response)
    match kind.answer_kind(one.params):
        case "choice":
            return answer
        case "choices":
            return sorted(cast("frozenset[str]", answer))
        case "spans":
            spans = cast("Sequence[tuple[int, int, str]]", answer)
            return [{"start": start, "end": end, "label": label} for start, end, label in spans]
        case "shapes":
            shapes = cast("Sequence[tuple[str, str, Sequence[float]]]", answer)
            return [
                {"kind": shape, "label": label, "numbers": [float(number) for number in numbers]}
                for shape, label, numbers in shapes
            ]
        case "fields":
            # A form has no label of its own; whether two are the same can still be told.
            return canonical(answer)
