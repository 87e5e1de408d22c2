"""A project's knowledge of its annotators: read to judge a task, replaced after learning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from evenhand import quality
from evenhand.foundation.database import Tx
from evenhand.work import skills, verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What was learned of annotators, the skill of the middle one, and the least sure share.

    Of the tasks under `unsure_below` all are among the least sure, and of those exactly at it
    `unsure_share`; before anything is known, a share is taken by lot.
    """

    experience: quality.Experience | None = None
    skill_median: float | None = None
    unsure_below: float | None = None
    unsure_share: float | None = None


NOTHING = Knowledge()
COUNT_LEAST = 0.0005  # a smaller one rounds to nothing


async def knowledge_of(tx: Tx, taken: verdicts.Taken) -> Mapping[UUID | None, Knowledge]:
    """Say what the projects of these tasks know, of the annotators who voted on them."""
    several = [task for task in taken.tasks if task.project_id and is_weighed(task)]
    projects = {task.project_id for task in several}
    found: dict[UUID | None, Knowledge] = {
        one.project_id: Knowledge(
            experience=experience(one) if one.usual else None, skill_median=one.skill_median
        )
        for one in taken.experiences
        if one.project_id in projects
    }
    for project_id, share in _review_shares(several).items():
        edge = await skills.least_sure(tx, project_id, share=share)
        if edge is not None:
            known = found.get(project_id, NOTHING)
            found[project_id] = replace(known, unsure_below=edge[0], unsure_share=edge[1])
    return found


def _review_shares(tasks: Sequence[verdicts.AnnotatedTask]) -> Mapping[UUID, float]:
    return {
        task.project_id: float(task.policy["review_share"])
        for task in tasks
        if task.project_id is not None and task.policy.get("review_share")
    }


def is_weighed(task: verdicts.AnnotatedTask) -> bool:
    """Say whether anything that was learned can change what the task comes to."""
    return task.annotations_wanted > 1 or any(
        task.policy.get(name) for name in ("target_accuracy", "review_share", "annotations_max")
    )


def experience(found: skills.StoredExperience) -> quality.Experience:
    """Read what was kept."""
    known = quality.Experience(
        usual=record(found.usual),
        truths=found.truths,
        records={name: record(kept) for name, kept in found.records.items() if kept},
    )
    return known if found.dependence is None else replace(known, dependence=found.dependence)


def record(kept: Mapping[str, Any]) -> quality.Record:
    """Read the sums of one annotator."""
    return msgspec.convert(kept, quality.Record)


def kept(found: quality.Record) -> dict[str, object]:
    """Word the sums of one annotator as they are kept, to a thousandth."""
    return {
        "votes": round(found.votes, 3),
        "right": round(found.right, 3),
        "right_squared": round(found.right_squared, 3),
        "said": {
            truth: {label: round(times, 3) for label, times in row.items() if times >= COUNT_LEAST}
            for truth, row in found.said.items()
        },
    }


def are_alike(tasks: Sequence[quality.PastTask[Any]]) -> bool:
    """Say whether the answers of a project are more or less alike, rather than right or wrong."""
    return bool(tasks) and all(task.kind.labels is None for task in tasks)


async def keep_experience(
    tx: Tx,
    project_id: UUID,
    found: quality.Experience,
    learned: skills.Learning,
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
    fitted: list[skills.SkillEstimate] = []
    for name, record in sorted(found.records.items()):
        skill = quality.skill(record, found.usual, alike=alike)
        fitted.append(
            skills.SkillEstimate(
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
