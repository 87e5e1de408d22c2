"""Scores of answers to gold tasks: how similar each is to the expected response."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from evenhand import ledger, quality
from evenhand.foundation.database import Tx
from evenhand.foundation.processes import Exceeded
from evenhand.ledger import events
from evenhand.pipeline import child_processes
from evenhand.pipeline.unreadable import UNREADABLE
from evenhand.task_types import task_type
from evenhand.work import gold_tasks, verdicts

# As like the expected response as two careful people are to each other; a choice is like or not.
RIGHT_FROM = 0.8

log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def keep_scores(tx: Tx, scores: Sequence[gold_tasks.GoldScore], *, now: datetime) -> None:
    """Keep how like what is expected answers are."""
    await gold_tasks.keep_gold_scores(tx, scores, now=now)
    await ledger.append_many(
        tx,
        [
            events.GoldScored(
                task_id=found.answer.task_id,
                assignment_id=found.answer.assignment_id,
                annotator_id=found.answer.annotator_id,
                score=round(found.score, 6),
                is_right=found.is_right,
            )
            for found in scores
        ],
        at=now,
    )


async def scores_of(
    tenant_id: UUID, answers: Sequence[gold_tasks.GoldAnswer]
) -> list[gold_tasks.GoldScore]:
    """Compare answers with what is expected, outside of any transaction."""
    found = [await _score_of(tenant_id, answer) for answer in answers]
    return [score for score in found if score is not None]


def is_light(answer: gold_tasks.GoldAnswer) -> bool:
    """Say whether to compare an answer takes no longer than to ask another process for it."""
    size = len(msgspec.json.encode((answer.response, answer.expected_response)))
    return size <= verdicts.LIGHT_WEIGHT_MAX


async def _score_of(tenant_id: UUID, answer: gold_tasks.GoldAnswer) -> gold_tasks.GoldScore | None:
    try:
        if is_light(answer):
            alike = likeness_to_expected(answer)
        else:
            alike = await child_processes.SHORT.run(tenant_id, likeness_to_expected, answer)
    except (Exceeded, quality.TooMuchToCompare) as error:
        log.warning("score.set_aside", task_id=answer.task_id, reason=type(error).__name__)
        return None
    except UNREADABLE:
        # Both were proven when they came in, so this is a fault of ours: it counts for nobody.
        log.exception("score.set_aside", task_id=answer.task_id)
        return None
    return score_of(answer, alike)


def score_of(answer: gold_tasks.GoldAnswer, alike: float) -> gold_tasks.GoldScore:
    """Say how an answer scores that is so much like what is expected."""
    alike = min(max(alike, 0.0), 1.0)
    return gold_tasks.GoldScore(answer=answer, score=alike, is_right=alike >= RIGHT_FROM)


def likeness_to_expected(answer: gold_tasks.GoldAnswer) -> float:
    """Compare an answer with what is expected: 1 where they are the same."""
    reading = task_type(answer.type).reading(answer.params)
    both = [reading.answer(response) for response in (answer.response, answer.expected_response)]
    return quality.consensus(reading.kind, both).agreement or 0.0
