"""What a project knows when one of its tasks is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from evenhand import quality
from evenhand.foundation.database import Tx
from evenhand.work import skills, verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was learned of annotators, the skill of the middle one, and the least sure share.

    Of the tasks under `unsure_below` all are among the least sure, and of those exactly at it
    `unsure_share`; before anything is known, a share is taken by lot.
    """

    experience: quality.Experience | None = None
    skill_median: float | None = None
    unsure_below: float | None = None
    unsure_share: float | None = None


NOTHING = Known()


async def known_of(tx: Tx, taken: verdicts.Taken) -> Mapping[UUID | None, Known]:
    """Say what the projects of these tasks know, of the annotators who voted on them."""
    several = [task for task in taken.tasks if task.project_id and is_weighed(task)]
    projects = {task.project_id for task in several}
    found: dict[UUID | None, Known] = {
        one.project_id: Known(
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


def experience(found: skills.Experience) -> quality.Experience:
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
            truth: {label: round(times, 3) for label, times in row.items() if times >= LEAST}
            for truth, row in found.said.items()
        },
    }


LEAST = 0.0005  # a count that rounds to nothing
