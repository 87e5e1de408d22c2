"""What a project knows of its annotators is replaced: the sums, and each one's skill."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand import quality
from evenhand.foundation.database import Tx
from evenhand.pipeline.known import kept
from evenhand.work import skills


def are_alike(tasks: Sequence[quality.PastTask[Any]]) -> bool:
    """Say whether the answers of a project are more or less alike, rather than right or wrong."""
    return bool(tasks) and all(task.kind.labels is None for task in tasks)


async def keep(
    tx: Tx,
    project_id: UUID,
    found: quality.Experience,
    learned: skills.Learned,
    *,
    alike: bool,
    now: datetime,
) -> None:
    """Keep what was found; where answers are more or less `alike`, none is right or wrong."""
    await skills.keep_experience(
        tx,
        project_id,
        learned,
        usual=kept(found.usual),
        truths={label: round(tasks, 3) for label, tasks in found.truths.items()},
    )
    fitted: list[skills.Skill] = []
    for name, record in sorted(found.records.items()):
        skill = quality.skill(record, found.usual, alike=alike)
        fitted.append(
            skills.Skill(
                annotator_id=UUID(name),
                accuracy=skill.accuracy,
                lower=skill.lower,
                upper=skill.upper,
                tasks=skill.votes,
                record=kept(record),
            )
        )
    await skills.keep_skills(tx, project_id, fitted, now=now)
    await skills.mark_experience(tx, project_id)
