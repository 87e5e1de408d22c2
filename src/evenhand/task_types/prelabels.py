"""A hypothesis: the answer that a customer expects, which annotators begin from and may change."""

from collections.abc import Mapping
from typing import Literal, TypeAlias, cast

from evenhand.task_types.contract import (
    InvalidParams,
    InvalidResponse,
    Params,
    Response,
    TaskType,
    canonical,
)

HYPOTHESIS = "hypothesis"
# Bytes as JSON: a thousand boxes. It is proven while others wait, so it may not be as large as
# what an annotator hands in.
HYPOTHESIS_BYTES_MAX = 256 * 1024

# What became of it in an annotation, or in the response that is delivered.
Use: TypeAlias = Literal["kept", "changed"]


def prove_hypothesis(kind: TaskType, params: Params) -> None:
    """Refuse a hypothesis that is no response which the task could get.

    It may leave unanswered what an annotator must answer. It is kept as it was sent.
    """
    given = params.get(HYPOTHESIS)
    if given is None:
        return
    mend = "Send it in the form in which tasks of this type are answered."
    if not isinstance(given, dict):
        raise InvalidParams("is not an object", at=HYPOTHESIS, hint=mend)
    if len(canonical(cast("object", given))) > HYPOTHESIS_BYTES_MAX:
        raise InvalidParams(
            f"is longer than {HYPOTHESIS_BYTES_MAX:,} bytes as JSON",
            at=HYPOTHESIS,
            hint="Split the task, or send it without.",
        )
    try:
        _ = kind.check_prelabels(params, cast("Response", given))
    except InvalidResponse as error:
        at = f"{HYPOTHESIS}.{error.at}" if error.at else HYPOTHESIS
        raise InvalidParams(error.problem, at=at, hint=error.hint or mend) from error


def prefilled(kind: TaskType, params: Params) -> dict[str, object] | None:
    """Return the answer that annotators begin from, in its one normal form, if there is one."""
    given = params.get(HYPOTHESIS)
    # Tasks from before hypotheses were honoured may have anything there.
    if not isinstance(given, dict):
        return None
    try:
        return kind.check_prelabels(params, cast("Response", given))
    except InvalidResponse:
        return None


def use_of(kind: TaskType, params: Params, response: Response) -> Use | None:
    """Say what became of a task's hypothesis in a response; None where there is none."""
    given = prefilled(kind, params)
    if given is None:
        return None
    reading = kind.reading(params)
    try:
        same_answer = reading.answer(response) == reading.answer(given)
    except (KeyError, TypeError, ValueError):
        return "changed"  # it left out what makes an answer
    own = dict(response)
    same_besides = reading.besides(own, [given]) == reading.besides(own, [response])
    return "kept" if same_answer and same_besides else "changed"


def told(kind: TaskType, params: Params, response: Mapping[str, object]) -> dict[str, object]:
    """Word a response together with what became of the hypothesis."""
    use = use_of(kind, params, response)
    return dict(response) if use is None else {**response, HYPOTHESIS: use}
