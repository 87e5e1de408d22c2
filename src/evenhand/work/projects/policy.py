"""A project's policy: one struct with its defaults, decoded in one place."""

from collections.abc import Mapping

import msgspec

from evenhand.quality import CALIBRATION_SHARE


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a project asks of its tasks and of its annotators, where it says nothing else.

    `annotations` are wanted of a task at first, up to `annotations_max` while it is less sure than
    `confidence` or than `target_accuracy`, of which the `calibration_share` gets all. What is less
    sure than `review_below` goes to a reviewer, and so do the least sure `review_share` and what
    `skips_max` annotators skipped. Gold tasks are `gold_share` of what an annotator is lent; who
    falls below `gold_accuracy_least` over `gold_tasks_least` of them is paused. A training course
    is passed at `training_score_least`, within `training_attempts_max`.
    """

    annotations: int = 1
    annotations_max: int = 1
    confidence: float = 0.0
    review_below: float | None = None
    target_accuracy: float | None = None
    calibration_share: float = CALIBRATION_SHARE
    review_share: float = 0.0
    skips_max: int = 3
    gold_share: float = 0.1
    gold_accuracy_least: float | None = None
    gold_tasks_least: int = 5
    training_score_least: float = 0.7
    training_attempts_max: int = 2


def policy_of(stored: Mapping[str, object] | None) -> Policy:
    """Read a policy as it is kept: what a project does not say is as everywhere."""
    return msgspec.convert(stored or {}, Policy)
