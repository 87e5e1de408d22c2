"""A project's policy is changed, and whoever the old one kept out is judged by the new one."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from evenhand import ledger
from evenhand.foundation.database import Tx
from evenhand.pipeline.standing import judge
from evenhand.pipeline.training import judge_course
from evenhand.work import projects, qualification


async def set_policy(
    tx: Tx, project: projects.Project, policy: Mapping[str, object], *, now: datetime
) -> projects.Project:
    """Let another policy hold for a project from now on, and enter what it says.

    Whoever is paused over gold tasks or a course is let in again where the new policy asks for
    less: they are lent nothing that could bring them before the judge again.
    """
    changed = await projects.set_policy(tx, project, policy)
    # Numbers all of them: the ledger tells later what was asked at the time.
    told = cast("Mapping[str, int | float]", policy)
    await ledger.append(
        tx, "project.policy_set", at=now, project_id=project.project_id, **dict(told)
    )
    for annotator_id, kind in await qualification.paused_by_policy(tx, project.project_id):
        judge_again = judge if kind == "gold" else judge_course
        await judge_again(tx, project.project_id, annotator_id, now=now)
    return changed
