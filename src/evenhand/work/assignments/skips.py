"""What the skips of a task say of it: that a person should look at it, or that it is broken."""

from dataclasses import dataclass
from typing import Any

from evenhand.foundation import sql
from evenhand.foundation.database import Tx
from evenhand.foundation.rows import one_or_none, run
from evenhand.work.projects import policy_of
from evenhand.work.tasks.tasks import Purpose

QUERIES = sql.beside(__file__)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is to be done: a task is broken to so many annotators, or a reviewer should look."""

    broken_to: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Skips:
    skips: int
    broken: int
    broken_to_reviewers: int
    held: int
    done: int
    stage: str
    purpose: Purpose
    policy: dict[str, Any] | None


async def remedy_of_skips(tx: Tx, task_id: str) -> Remedy | None:
    """Say what is to be done about the skips of a task that is live and offered, if anything.

    While somebody holds it, it is not broken yet: they may be able to do it.
    """
    await run(tx, QUERIES["one_look_at_skips"], task_id=task_id)
    found = await one_or_none(tx, QUERIES["skips_of"], _Skips, task_id=task_id)
    if found is None or found.purpose != "live":
        return None
    most = policy_of(found.policy).skips_max
    if found.stage == "review":
        # What nobody could do ends with the first reviewer who finds it broken.
        enough = found.broken_to_reviewers >= (most if found.done else 1)
        return Remedy(found.broken) if enough and not found.held else None
    if found.stage != "open":
        return None
    if found.broken >= most and not found.done:
        return None if found.held else Remedy(found.broken)
    return Remedy(None) if found.skips >= most else None
