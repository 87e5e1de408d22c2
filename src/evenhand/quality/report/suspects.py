"""Every check that the columns at hand allow, run on one project."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evenhand.quality.checks import (
    Finding,
    Judged,
    always_the_same,
    copying,
    drift,
    label_errors,
    periodic,
    random_clicks,
    too_fast,
)
from evenhand.quality.codes import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What is known beside the votes: labels to doubt, and when each vote was given.

    `at` is the time or the place in the order of each row of the votes, `seconds` how long it took.
    """

    delivered: Mapping[object, object]
    gold: Mapping[object, object]
    at: Floats | None
    seconds: Floats | None


def suspects(judged: Judged, clues: Clues) -> list[Finding]:
    """List all findings, check by check, the surest first in each."""
    gold = [
        replace(finding, check="gold label error") for finding in label_errors(judged, clues.gold)
    ]
    findings = [
        *gold,
        *label_errors(judged, clues.delivered),
        *copying(judged),
        *always_the_same(judged),
        *random_clicks(judged),
    ]
    if clues.at is not None:
        findings += [*periodic(judged, clues.at), *drift(judged, clues.at)]
    if clues.seconds is not None:
        findings += too_fast(judged, clues.seconds)
    return findings
