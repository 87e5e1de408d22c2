"""An imaginary task type with an imaginary kind of answer: all that Python needs of a new one.

The two halves would be `quality/live/kinds/regions.py` and `task_types/audioregions.py`.
"""

from collections.abc import Sequence
from functools import partial

import msgspec

from evenhand.quality.live.kinds.kind import Consensus, Kind, agreement, support
from evenhand.quality.mark.spans import spans_consensus
from evenhand.task_types import InvalidResponse, Params, Reading, Response, TaskType
from evenhand.task_types.outside import params_of, present, response_of

# Begin and end in milliseconds, and what is heard.
Region = tuple[int, int, str]


def consensus_of_regions(
    answers: Sequence[Sequence[Region]], weights: Sequence[float]
) -> Consensus[Sequence[Region]]:
    """Keep each region that more than half of the weight marked."""
    found = spans_consensus(answers, weights)
    alike = [shared(found.spans, answer) for answer in answers]
    return Consensus(
        answer=found.spans,
        confidence=support(alike, weights),
        agreement=agreement(answers, shared),
        tied=found.tied,
    )


def shared(one: Sequence[Region], other: Sequence[Region]) -> float:
    """Return the share of marked time that both marked as the same; a second is the grain."""
    ours, theirs = (
        {(second, label) for begin, end, label in some for second in range(begin, end, 1_000)}
        for some in (one, other)
    )
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0


def row_of_regions(regions: Sequence[Region]) -> list[dict[str, object]]:
    """Tell each region as a span of time."""
    return [{"start": begin, "end": end, "label": label} for begin, end, label in regions]


REGIONS: Kind[Sequence[Region]] = Kind(
    name="regions", consensus=consensus_of_regions, likeness=shared, row=row_of_regions
)


class AudioRegionsParams(msgspec.Struct, frozen=True, kw_only=True):
    """The params of audio regions."""

    attachment: str
    labels: list[str]


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    regions: list[Region]


def parse_params(raw: Params) -> dict[str, object]:
    """Prove the params of audio regions."""
    echo = present(raw)
    _ = params_of(echo, AudioRegionsParams, {})
    return echo


def attachments(params: Params) -> dict[str, str]:
    """Nothing is fetched, for there is nothing to fetch in a test."""
    _ = params
    return {}


def check_response(params: Params, response: Response) -> dict[str, object]:
    """Prove a response; regions come out by the time at which they begin."""
    labels = params_of(params, AudioRegionsParams, {}).labels
    given = response_of(response, _Response).regions
    if any(not 0 <= begin < end or label not in labels for begin, end, label in given):
        raise InvalidResponse("is no region of the task", at="regions")
    return {"regions": [list(region) for region in sorted(given)]}


def canned_response(params: Params) -> dict[str, object]:
    """Answer a test task with its first label for one second."""
    return _response(params, [(0, 1_000, params_of(params, AudioRegionsParams, {}).labels[0])])


def reading(params: Params) -> Reading[Sequence[Region]]:
    """Read the regions by the time at which they begin."""
    return Reading(kind=REGIONS, answer=_regions, response=partial(_response, params))


def _regions(response: Response) -> Sequence[Region]:
    return msgspec.convert(response, _Response).regions


def _response(params: Params, regions: Sequence[Region]) -> dict[str, object]:
    return check_response(params, {"regions": [list(region) for region in regions]})


AUDIOREGIONS = TaskType(
    name="audioregions",
    params=AudioRegionsParams,
    parse_params=parse_params,
    attachments=attachments,
    check_response=check_response,
    canned_response=canned_response,
    reading=reading,
)
