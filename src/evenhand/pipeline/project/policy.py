"""Changes of a project's policy; annotators whom the old one kept out are judged again."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.ledger import events
from evenhand.pipeline.annotator.courses import judge_course
from evenhand.pipeline.annotator.standings import judge_annotator
from evenhand.work import projects, qualification


async def change_policy(
    tx: Tx,
    name: str,
    changed: Callable[[Mapping[str, object]], Mapping[str, object]],
    *,
    is_test: bool,
    now: datetime,
) -> projects.Project:
    """Let a project have the policy that `changed` makes of the one it has."""
    # Locked before it is read: of two patches at once, neither may lose the other's members.
    project = await projects.project_to_change(tx, name, is_test=is_test)
    return await set_policy(tx, project, changed(project.policy), now=now)


async def set_policy(
    tx: Tx, project: projects.Project, policy: Mapping[str, object], *, now: datetime
) -> projects.Project:
    """Let another policy hold for a project from now on, and enter what it says.

    Whoever is paused over gold tasks or a course is let in again where the new policy asks for
    less: they are lent nothing that could bring them before the judge again.
    """
    changed = await projects.set_policy(tx, project, policy)
    # The ledger tells later what was asked at the time.
    told = msgspec.convert({**policy, "project_id": project.project_id}, events.ProjectPolicySet)
    await ledger.append(tx, told, at=now)
    for annotator_id, kind in await qualification.paused_by_policy(tx, project.project_id):
        judge_again = judge_annotator if kind == "gold" else judge_course
        await judge_again(tx, project.project_id, annotator_id, now=now)
    return changed
