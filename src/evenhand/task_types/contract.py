"""What every task type promises, and the two ways to refuse what comes from outside."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID, uuid5

import msgspec

from evenhand.quality.live.kinds.kind import Kind

Params: TypeAlias = Mapping[str, object]
Response: TypeAlias = Mapping[str, object]
_Answer = TypeVar("_Answer")
_CheckInFrames: TypeAlias = Callable[[Params, Response, Mapping[str, Any]], dict[str, object]]

# Made once, for a form or a drawing is written thousands of times.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

# Ids inside a response follow from its content, so that two runs write the same bytes.
_NAMESPACE = UUID("6f2c1a52-3f0b-5f6e-9a54-0c7d6d0a4e11")


class Invalid(ValueError):
    """Something sent from outside breaks the contract of its task type."""

    def __init__(self, problem: str, *, at: str = "", hint: str = "") -> None:
        self.problem = problem
        self.at = at
        self.hint = hint
        where = f"`{at}` " if at else ""
        super().__init__(f"{where}{problem}.{f' {hint}' if hint else ''}")


class InvalidParams(Invalid):
    """The params of a task break the contract of its type."""


class InvalidResponse(Invalid):
    """The response of an annotator does not fit the params of its task."""


class UnknownTaskType(LookupError):
    """There is no task type of this name."""


def nothing(_responses: Sequence[Response]) -> dict[str, object]:
    """Carry nothing over from responses to an answer that is worded anew."""
    return {}


def nothing_besides(response: dict[str, object], _: Sequence[Response]) -> dict[str, object]:
    """Leave a response as it is: it says no more than its answer."""
    return response


def no_classes() -> Sequence[str]:
    """Name the labels of a task whose answers are not right or wrong: none."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[_Answer]):
    """How responses to one task are read as answers of one kind, and answers worded again.

    `answer` reads a response that was proven; `response` words an answer as the contract does,
    and reads as the same answer again. `classes` names the labels that could be chosen where
    answers are right or wrong. `besides` puts into the response that is delivered what most
    responses say besides their answer. `carried` is what every response says of the task, which one
    that is worded anew says too.
    """

    kind: Kind[_Answer]
    answer: Callable[[Response], _Answer]
    response: Callable[[_Answer], dict[str, object]]
    classes: Callable[[], Sequence[str]] = no_classes
    carried: Callable[[Sequence[Response]], dict[str, object]] = nothing
    besides: Callable[[dict[str, object], Sequence[Response]], dict[str, object]] = nothing_besides

    def deliverable(self, answer: _Answer, responses: Sequence[Response]) -> dict[str, object]:
        """Prefer a response that says exactly this answer, for it may say more besides.

        Links between spans and the like are not part of the answer, and would be lost if the
        response were always built anew. Among several that fit, the most frequent wins; equally
        frequent ones fall by their text, not by order.
        """
        return self.besides(self._worded(answer, responses), responses)

    def _worded(self, answer: _Answer, responses: Sequence[Response]) -> dict[str, object]:
        fitting = [response for response in responses if self.answer(response) == answer]
        if not fitting:
            return self.response(answer) | self.carried(responses)
        texts = {canonical(response): response for response in fitting}
        frequency = Counter(canonical(response) for response in fitting)
        return dict(texts[min(texts, key=lambda text: (-frequency[text], text))])


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskType:
    """One type of task: pure functions over its params and responses.

    The params of a task decide of which kind its answers are. `attachments` names the URLs to be
    fetched, each with what it is to be, such as `image`. The registry holds types of many kinds; a
    reading gets back only answers that it has read itself, or their consensus.
    """

    name: str
    params: type[msgspec.Struct]
    parse_params: Callable[[Params], dict[str, object]]
    attachments: Callable[[Params], Mapping[str, str]]
    check_response: Callable[[Params, Response], dict[str, object]]
    canned_response: Callable[[Params], dict[str, object]]
    reading: Callable[[Params], Reading[Any]]
    check_in_frames: _CheckInFrames | None = None
    check_unfinished: Callable[[Params, Response], dict[str, object]] | None = None

    def check(
        self, params: Params, response: Response, frames: Mapping[str, Any]
    ) -> dict[str, object]:
        """Prove a response, in the frames of the task's pictures where it matters and is known."""
        if self.check_in_frames is None or not frames:
            return self.check_response(params, response)
        return self.check_in_frames(params, response, frames)

    def check_prelabels(self, params: Params, response: Response) -> dict[str, object]:
        """Prove what an annotator is to begin from, which may lack what they must answer."""
        return (self.check_unfinished or self.check_response)(params, response)


def canonical(value: object) -> str:
    """Write a JSON value in the one way that equal values share."""
    return _CANONICAL.encode(value)


def content_id(content: object, repetition: int) -> str:
    """Name a piece of a response after what it says and how often that was said before."""
    return str(uuid5(_NAMESPACE, canonical([content, repetition])))


def plain(number: float) -> float:
    """Turn 10.0 into 10, as a person would write it; equal numbers then read the same."""
    return int(number) if float(number).is_integer() else number
