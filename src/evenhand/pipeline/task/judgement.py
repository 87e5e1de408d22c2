"""The verdict on one task, under its project's policy and in the light of what is known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, assert_never

from evenhand import quality
from evenhand.pipeline.annotator.knowledge import Knowledge
from evenhand.task_types import task_type, told
from evenhand.work import projects, verdicts

# Confidences are kept with seven digits: closer ones are the same.
_SAME = 1e-6


Weighed: TypeAlias = verdicts.Outcome | quality.WantMore | verdicts.Doubt


def weighed(
    task: verdicts.AnnotatedTask, votes: Sequence[verdicts.Annotation], known: Knowledge
) -> Weighed:
    """Judge a task by all its annotations, and word what a reviewer is shown in doubt.

    A response says what became of the hypothesis that annotators began from.
    """
    verdict = verdict_on(task, votes, known)
    match verdict:
        case verdicts.Outcome(response=response):
            return replace(verdict, response=told(task_type(task.type), task.params, response))
        case quality.NeedsReview():
            return doubt_of(task, votes, verdict)
        case quality.WantMore():
            return verdict
        case _:
            assert_never(verdict)


def verdict_on(
    task: verdicts.AnnotatedTask, votes: Sequence[verdicts.Annotation], known: Knowledge
) -> verdicts.Outcome | quality.WantMore | quality.NeedsReview[Any]:
    """Judge a task by all its annotations; a review has the last word."""
    reading = task_type(task.type).reading(task.params)
    reviews = [vote for vote in votes if vote.review]
    if reviews:
        # A review is a person's last word on what the others could not settle.
        return verdicts.Outcome(
            task_id=task.task_id,
            response=reviews[-1].response,
            confidence=None,
            agreement=None,
            method=verdicts.REVIEW,
            annotations=len(votes),
        )
    asked = projects.policy_of(task.policy)
    policy = judging_policy(asked, annotations=task.annotations_wanted)
    if _is_for_calibration(task, asked):
        policy = replace(policy, annotations=policy.annotations_max)
    weighed = known.experience is not None or policy.target_accuracy is not None
    verdict = quality.judge(
        reading.kind,
        [
            quality.Vote(annotator=str(vote.annotator_id), answer=reading.answer(vote.response))
            for vote in votes
        ],
        policy,
        known.experience,
        classes=reading.classes() if weighed else None,
    )
    match verdict:
        case quality.Settled():
            if _is_least_sure(task, asked.review_share, verdict.confidence, known):
                return quality.NeedsReview(
                    answer=verdict.answer,
                    confidence=verdict.confidence,
                    reason="it is among the least sure",
                )
            responses = [vote.response for vote in votes]
            return verdicts.Outcome(
                task_id=task.task_id,
                response=reading.deliverable(verdict.answer, responses),
                confidence=verdict.confidence,
                agreement=verdict.agreement,
                method=verdict.method,
                annotations=len(votes),
            )
        case quality.WantMore() | quality.NeedsReview():
            return verdict
        case _:
            assert_never(verdict)


def doubt_of(
    task: verdicts.AnnotatedTask,
    votes: Sequence[verdicts.Annotation],
    needs: quality.NeedsReview[Any],
) -> verdicts.Doubt:
    """Word what the votes came to as a response, for a reviewer to accept or change."""
    proposal = None
    if needs.answer is not None:
        responses = [vote.response for vote in votes]
        reading = task_type(task.type).reading(task.params)
        proposal = reading.deliverable(needs.answer, responses)
    return verdicts.Doubt(confidence=needs.confidence, proposal=proposal)


def judging_policy(policy: projects.Policy, *, annotations: int) -> quality.Policy:
    """Return what the judge goes by for a task that was opened with so many annotations."""
    return quality.Policy(
        annotations=annotations,
        annotations_max=max(annotations, policy.annotations_max),
        confidence=policy.confidence,
        review_below=policy.review_below,
        target_accuracy=policy.target_accuracy,
    )


def _is_for_calibration(task: verdicts.AnnotatedTask, policy: projects.Policy) -> bool:
    """Say whether the task is one of those, drawn by lot, that get all their annotations.

    They teach how much votes on one task depend on each other, and so when others may settle.
    """
    if policy.target_accuracy is None:
        return False
    return 1 - _lot(task) <= policy.calibration_share


def _lot(task: verdicts.AnnotatedTask) -> float:
    """Draw from 0 to 1: the last digits of a task's id are random, and anyone can draw again."""
    return int(task.task_id[-8:], 16) / 2**32


def _is_least_sure(
    task: verdicts.AnnotatedTask, share: float, confidence: float, known: Knowledge
) -> bool:
    if share <= 0:
        return False
    lot = _lot(task)
    if known.unsure_below is None:
        return lot < share
    if confidence < known.unsure_below - _SAME:
        return True
    return confidence <= known.unsure_below + _SAME and lot < (known.unsure_share or 0.0)
