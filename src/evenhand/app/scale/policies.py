"""A project's policy as customers ask for it: proven by one rule, at creation and later."""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec

from evenhand.quality import Policy
from evenhand.task_types import InvalidParams
from evenhand.task_types.outside import params_of

ANNOTATIONS_MAX = 100  # annotators a task; more make no answer surer
GOLD_SHARE_MAX = 0.5  # more would be an examination, and no work
GOLD_TASKS_LEAST_MAX = 1_000  # as many as a project may have in use
TRAINING_ATTEMPTS_MAX = 10

POLICY_MEND = 'Send for example {"annotations": 3, "annotations_max": 5, "confidence": 0.9}.'
_NO_POLICY: Mapping[str, object] = {}


class PolicyForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many annotations a task gets, how sure it must be, what annotators must know."""

    annotations: int | None = None
    annotations_max: int | None = None
    confidence: float | None = None
    review_below: float | None = None
    target_accuracy: float | None = None
    calibration_share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    review_share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    skips_max: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    gold_share: Annotated[float, msgspec.Meta(ge=0, le=GOLD_SHARE_MAX)] | None = None
    gold_accuracy_least: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    gold_tasks_least: Annotated[int, msgspec.Meta(ge=1, le=GOLD_TASKS_LEAST_MAX)] | None = None
    training_score_least: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    training_attempts_max: Annotated[int, msgspec.Meta(ge=1, le=TRAINING_ATTEMPTS_MAX)] | None = (
        None
    )


def policy_form_of(body: Mapping[str, object]) -> PolicyForm:
    """Read the members of a policy that stand by themselves in a body."""
    mends = dict.fromkeys(PolicyForm.__struct_fields__, POLICY_MEND)
    return params_of(body, PolicyForm, mends)


def proven_policy(
    form: PolicyForm, *, kept: Mapping[str, object] = _NO_POLICY, order: Iterable[str] = ()
) -> dict[str, object]:
    """Prove a policy to be one that tasks can satisfy; what it does not name is `kept`.

    Where `annotations` is named alone, `annotations_max` is raised to it. Members come out in the
    `order` in which they were named, and others after them.
    """
    members = msgspec.structs.asdict(form)
    in_order = (name for name in (*order, *members) if name in members)
    named = {name: members[name] for name in in_order if members[name] is not None}
    policy = {**kept, **named}
    if not policy:
        return {}
    policy.setdefault("annotations", 1)
    policy.setdefault("annotations_max", policy["annotations"])
    whole = msgspec.convert(policy, PolicyForm)
    annotations, annotations_max = whole.annotations or 0, whole.annotations_max or 0
    if form.annotations_max is None:
        annotations_max = max(annotations_max, annotations)
    if annotations_max > ANNOTATIONS_MAX:
        raise InvalidParams(
            f"asks for more than {ANNOTATIONS_MAX} annotations", at="policy", hint="Ask for fewer."
        )
    try:
        Policy(
            annotations=annotations,
            annotations_max=annotations_max,
            confidence=whole.confidence or 0.0,
            review_below=whole.review_below,
            target_accuracy=whole.target_accuracy,
        )
    except ValueError as error:
        raise InvalidParams(
            "cannot be satisfied by any task", at="policy", hint=str(error)
        ) from error
    return {**policy, "annotations_max": annotations_max}
