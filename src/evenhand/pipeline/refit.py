"""What the votes of a project tell of its annotators."""

from datetime import datetime
from uuid import UUID

from evenhand import quality, work
from evenhand.foundation.database import Tx
from evenhand.task_types import task_type


async def refit(tx: Tx, *, since: datetime, now: datetime) -> int:
    """Estimate skill anew where something was settled since then; say in how many projects."""
    projects = await work.projects_to_refit(tx, since=since)
    for project_id in projects:
        choices: list[tuple[str, str, str]] = []
        for vote in await work.votes_of(tx, project_id):
            kind = task_type(vote.type)
            if kind.answer_kind(vote.params) == "choice":
                answer = str(kind.answer(vote.params, vote.response))
                choices.append((vote.task_id, str(vote.annotator_id), answer))
        if not choices:
            continue
        fitted = quality.skills_from_votes(*zip(*choices, strict=True))
        await work.keep_skills(
            tx,
            [
                work.Skill(
                    project_id=project_id,
                    annotator_id=UUID(annotator_id),
                    accuracy=skill.accuracy,
                    lower=skill.lower,
                    upper=skill.upper,
                    tasks=skill.votes,
                )
                for annotator_id, skill in fitted.items()
            ],
            now=now,
        )
    return len(projects)
