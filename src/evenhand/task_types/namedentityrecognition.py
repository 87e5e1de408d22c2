"""Named entity recognition: mark spans of a text and say what each of them is.

Positions count Unicode code points from 0, and `end` is the first one after the span.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import cast

import msgspec

from evenhand.quality.live.answers import Span
from evenhand.quality.live.kinds.spans import SPANS
from evenhand.quality.mark.matched_marks import matched_spans
from evenhand.task_types import attributes
from evenhand.task_types.attributes import Asked, Attribute
from evenhand.task_types.contract import (
    InvalidParams,
    InvalidResponse,
    Params,
    Reading,
    Response,
    TaskType,
    content_id,
)
from evenhand.task_types.labels import Choice, leaves
from evenhand.task_types.outside import params_of, present, response_of

SPANS_MAX = 10_000  # spans a response; a text of a million characters has fewer names
# Characters quoted by all spans of a response: twice the longest text. Each span quotes what it
# covers, so without it ten thousand spans of the whole text would be ten gigabytes.
COVERED_LENGTH_MAX = 2_000_000
TEXT_LENGTH_MAX = 1_000_000  # characters; longer texts are unfit for one sitting

_MENDS = {
    "text": "Send the text to be annotated.",
    "annotation_attributes": attributes.MEND,
    "labels": 'Send a list such as [{"name": "PERSON"}, {"name": "PLACE"}].',
}


class NamedLabel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A label of an entity."""

    name: str
    description: str | None = None


class NamedEntityRecognitionParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of a named entity recognition."""

    text: str
    labels: list[str | NamedLabel]
    annotation_attributes: dict[str, Attribute] | None = None


class _Annotation(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int
    label: str
    id: str = ""
    text: str | None = None
    attributes: dict[str, object] | None = None


class _Relationship(msgspec.Struct, frozen=True, kw_only=True):
    source_ref: str
    target_ref: str
    id: str = ""
    name: str | None = None


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    annotations: list[_Annotation]
    relationships: list[_Relationship] = []


def parse_params(raw: Params) -> dict[str, object]:
    """Prove the params of a named entity recognition."""
    echo = present(raw)
    params = params_of(echo, NamedEntityRecognitionParams, _MENDS)
    if not params.text or params.text.isspace():
        raise InvalidParams("is blank", at="text", hint=_MENDS["text"])
    if len(params.text) > TEXT_LENGTH_MAX:
        raise InvalidParams(
            f"is longer than {TEXT_LENGTH_MAX:,} characters", at="text", hint="Split it."
        )
    _ = _asked(params)
    return echo


def _labels(params: NamedEntityRecognitionParams) -> list[str]:
    named: list[str | Choice] = [
        label if isinstance(label, str) else label.name for label in params.labels
    ]
    return leaves(named, "labels")


def _asked(params: NamedEntityRecognitionParams) -> Asked:
    return attributes.asked_of(params.annotation_attributes, _labels(params))


def attachments(params: Params) -> dict[str, str]:
    """Nothing has to be fetched: the text stands in the params."""
    _ = params
    return {}


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response; spans come out by position, each with the text it covers."""
    return _checked(params, response, covered_max=COVERED_LENGTH_MAX)


def _checked(
    params: Params, response: Response, *, covered_max: int, is_whole: bool = True
) -> dict[str, object]:
    parsed = params_of(params, NamedEntityRecognitionParams, _MENDS)
    given = response_of(response, _Response)
    if len(given.annotations) > SPANS_MAX or len(given.relationships) > SPANS_MAX:
        raise InvalidResponse(
            f"has more than {SPANS_MAX:,} entries", at="annotations", hint="Mark fewer spans."
        )
    labels = set(_labels(parsed))
    for position, one in enumerate(given.annotations):
        _check_span(one, parsed.text, labels, f"annotations[{position}]")
    if sum(one.end - one.start for one in given.annotations) > covered_max:
        raise InvalidResponse(
            f"covers more than {covered_max:,} characters in all",
            at="annotations",
            hint="Mark fewer or shorter spans.",
        )
    if any(times > 1 for times in Counter(map(_span, given.annotations)).values()):
        raise InvalidResponse(
            "marks one span twice with one label", at="annotations", hint="Mark it once."
        )
    spans = sorted(given.annotations, key=_span)
    asked = _asked(parsed)
    said = [
        attributes.checked(
            asked, one.label, one.attributes, f"annotations[{place}]", is_whole=is_whole
        )
        for place, one in enumerate(spans)
    ]
    annotations = [_worded(one, parsed.text, about) for one, about in zip(spans, said, strict=True)]
    ids = [one["id"] for one in annotations]
    if len(set(ids)) < len(ids):
        raise InvalidResponse("uses one id twice", at="annotations", hint="Give each its own.")
    return {
        "annotations": annotations,
        "relationships": _related(given.relationships, set(ids)),
    }


def _check_span(one: _Annotation, text: str, labels: set[str], at: str) -> None:
    if one.label not in labels:
        raise InvalidResponse(
            f"has the label {one.label[:100]!r}, which the task does not have",
            at=at,
            hint="Choose from the labels of the task.",
        )
    if not 0 <= one.start < one.end <= len(text):
        raise InvalidResponse(
            f"spans {one.start} to {one.end} in a text of {len(text)} characters",
            at=at,
            hint="Let start and end enclose at least one character of the text.",
        )
    if one.text is not None and one.text != text[one.start : one.end]:
        raise InvalidResponse(
            "quotes another text than the one between start and end",
            at=at,
            hint="Count Unicode code points, not UTF-16 units or bytes.",
        )


def _span(one: _Annotation) -> Span:
    return one.start, one.end, one.label


def _worded(one: _Annotation, text: str, said: dict[str, object] | None) -> dict[str, object]:
    worded: dict[str, object] = {
        "id": one.id or content_id(_span(one), 0),
        "start": one.start,
        "end": one.end,
        "text": text[one.start : one.end],
        "label": one.label,
    }
    if said is not None:
        worded["attributes"] = said
    return worded


def _related(relationships: list[_Relationship], ids: set[object]) -> list[dict[str, object]]:
    related: list[dict[str, object]] = []
    for position, one in enumerate(relationships):
        if one.source_ref not in ids or one.target_ref not in ids:
            raise InvalidResponse(
                "joins a span that is not in the response",
                at=f"relationships[{position}]",
                hint="Let source_ref and target_ref be ids of annotations.",
            )
        ends = (one.source_ref, one.target_ref, one.name)
        worded: dict[str, object] = {
            "id": one.id or content_id(ends, position),
            "source_ref": one.source_ref,
            "target_ref": one.target_ref,
        }
        if one.name is not None:
            worded["name"] = one.name
        related.append(worded)
    return related


def canned_response(params: Params) -> dict[str, object]:
    """Answer a test task by giving its first word the first label."""
    parsed = params_of(params, NamedEntityRecognitionParams, _MENDS)
    word = parsed.text.split(maxsplit=1)[0]
    start = parsed.text.index(word)
    label = _labels(parsed)[0]
    response = _response(params, [(start, start + len(word), label)])
    said = attributes.canned(_asked(parsed), label)
    if said:
        cast("list[dict[str, object]]", response["annotations"])[0]["attributes"] = said
    return check_response(params, response)


def reading(params: Params) -> Reading[Sequence[Span]]:
    """Read the spans by position, without their ids, attributes and relationships."""
    return Reading(
        kind=SPANS,
        answer=_spans,
        response=partial(_response, params),
        besides=partial(_voted, params),
    )


def _voted(
    params: Params, response: dict[str, object], responses: Sequence[Response]
) -> dict[str, object]:
    """Put into a response what most said of each of its spans."""
    asked = _asked(params_of(params, NamedEntityRecognitionParams, _MENDS))
    if not asked.attributes:
        return response
    return attributes.in_response(asked, response, responses, partial(_pairs, response))


def _pairs(response: Response, other: Response) -> Sequence[tuple[int, int]]:
    ours, theirs = (
        [_span(mark) for mark in msgspec.convert(one["annotations"], list[_Annotation])]
        for one in (response, other)
    )
    return matched_spans(ours, theirs)


def _spans(response: Response) -> Sequence[Span]:
    return sorted(map(_span, msgspec.convert(response["annotations"], list[_Annotation])))


def _response(params: Params, spans: Sequence[Span]) -> dict[str, object]:
    annotations = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    # What several come to can cover more than each of them may, though not much more.
    return _checked(
        params,
        {"annotations": annotations},
        covered_max=2 * COVERED_LENGTH_MAX,
        is_whole=False,
    )


NAMEDENTITYRECOGNITION = TaskType(
    name="namedentityrecognition",
    params=NamedEntityRecognitionParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    canned_response=canned_response,
    reading=reading,
    check_unfinished=partial(_checked, covered_max=COVERED_LENGTH_MAX, is_whole=False),
)
