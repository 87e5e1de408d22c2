"""Adaptive overlap on real votes: how many labels it takes for the accuracy of all of them.

Every set is replayed vote by vote from none, for several targets and seeds. Labels at the end
come from the same estimate as those of the full set, fitted to the votes that were bought.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from rich.table import Table

from evenhand.quality.codes import leaders
from evenhand.quality.live.learning import learned
from evenhand.quality.live.replay import Asks, replay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.quality.codes import Ints
    from evenhand.quality.votes import Votes

SETS = ("Bluebird", "Dog", "RTE", "D_PosSent", "Face", "Temporal", "Word sense", "S_Rel")
TARGETS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
ASKS: tuple[Asks, ...] = ("anyone", "whoever helps most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One target on one set, the mean over seeds; accuracies in per cent."""

    asks: Asks
    target: float
    labels_a_task: float
    saved: float
    accuracy: float
    settled_right: float
    settled_said: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What a set comes to with all its labels, and with fewer."""

    name: str
    labels_a_task: float
    accuracy: float
    points: Sequence[Point]


def curve(
    name: str, votes: Votes, truth: Ints, *, seeds: int, targets: Sequence[float] = TARGETS
) -> Curve:
    """Replay a set for each way of asking and each target."""
    return Curve(
        name=name,
        labels_a_task=votes.size / votes.task_count,
        accuracy=accuracy(votes, truth),
        points=[
            point(votes, truth, target=target, asks=asks, seeds=seeds)
            for asks in ASKS
            for target in targets
        ],
    )


def accuracy(votes: Votes, truth: Ints) -> float:
    """Say how many of a hundred tasks with known truth are right; a tie is wrong."""
    known = truth >= 0
    return 100 * float((leaders(learned(votes).posterior) == truth)[known].mean())


def point(votes: Votes, truth: Ints, *, target: float, asks: Asks, seeds: int) -> Point:
    """Replay one set at one target, once a seed."""
    begun = time.process_time()
    runs = [replay(votes, target=target, seed=seed, asks=asks) for seed in range(seeds)]
    spent = (time.process_time() - begun) / seeds
    bought = fmean(float(run.bought.mean()) for run in runs)
    settled = [(run.labels >= 0) & (truth >= 0) for run in runs]
    return Point(
        asks=asks,
        target=target,
        labels_a_task=bought * votes.size / votes.task_count,
        saved=100 * (1 - bought),
        accuracy=fmean(accuracy(votes.select(run.bought), truth) for run in runs),
        settled_right=100
        * fmean(
            float((run.labels == truth)[sure].mean())
            for run, sure in zip(runs, settled, strict=True)
            if sure.any()
        ),
        settled_said=100
        * fmean(
            float(run.confidence[sure].mean())
            for run, sure in zip(runs, settled, strict=True)
            if sure.any()
        ),
        cpu_seconds=spent,
    )


def table(found: Curve) -> Table:
    """Lay out what each target cost and came to."""
    shown = Table(
        title=(
            f"{found.name}: {found.labels_a_task:.1f} labels a task, {found.accuracy:.2f} % right"
        ),
        title_justify="left",
    )
    for name in ("asks", "target", "saved %", "right %", "change", "settled: right %", "said %"):
        shown.add_column(name)
    for one in found.points:
        shown.add_row(
            one.asks,
            str(one.target),
            f"{one.saved:.1f}",
            f"{one.accuracy:.2f}",
            f"{one.accuracy - found.accuracy:+.2f}",
            f"{one.settled_right:.1f}",
            f"{one.settled_said:.1f}",
        )
    return shown


_WIDE, _HIGH, _EDGE = 360, 220, 40
_COLOURS: dict[Asks, str] = {"anyone": "#7a869a", "whoever helps most": "#0b6e4f"}


def drawn(curves: Sequence[Curve]) -> str:
    """Draw labels a task against accuracy, a picture for each set, as one SVG."""
    rows = (len(curves) + 1) // 2
    pictures = "".join(
        f'<g transform="translate({number % 2 * _WIDE},{number // 2 * _HIGH + 20})">'
        f"{_picture(one)}</g>"
        for number, one in enumerate(curves)
    )
    key = "".join(
        f'<text x="{10 + 120 * number}" y="14" fill="{_COLOURS[asks]}">{asks}</text>'
        for number, asks in enumerate(ASKS)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDE} {rows * _HIGH + 24}" '
        f'font-family="sans-serif" font-size="11">{key}{pictures}</svg>\n'
    )


def _picture(one: Curve) -> str:
    seen = [point.accuracy for point in one.points] + [one.accuracy]
    low, high = min(seen) - 1, max(seen) + 1

    def x(labels: float) -> float:
        return round(_EDGE + (_WIDE - 2 * _EDGE) * labels / one.labels_a_task, 1)

    def y(share: float) -> float:
        return round(_HIGH - _EDGE - (_HIGH - 2 * _EDGE) * (share - low) / (high - low), 1)

    lines = "".join(
        f'<polyline fill="none" stroke="{_COLOURS[asks]}" stroke-width="2" points="'
        + " ".join(f"{x(p.labels_a_task)},{y(p.accuracy)}" for p in one.points if p.asks == asks)
        + '"/>'
        + "".join(
            f'<circle r="3" fill="{_COLOURS[asks]}" cx="{x(p.labels_a_task)}" '
            f'cy="{y(p.accuracy)}"><title>target {p.target}: {p.saved:.0f} % fewer labels, '
            f"{p.accuracy:.2f} % right</title></circle>"
            for p in one.points
            if p.asks == asks
        )
        for asks in ASKS
    )
    full, bottom, right = y(one.accuracy), _HIGH - _EDGE, _WIDE - _EDGE
    return (
        f'<text x="{_EDGE}" y="28" font-weight="bold">{one.name}</text>'
        f'<line x1="{_EDGE}" x2="{right}" y1="{full}" y2="{full}" stroke="#c44" '
        f'stroke-dasharray="4 3"/><text x="{right}" y="{full - 4}" text-anchor="end" fill="#c44">'
        f"all labels: {one.accuracy:.1f} %</text>"
        f'<path d="M{_EDGE} 36V{bottom}H{right}" fill="none" stroke="#333"/>'
        f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{one.labels_a_task:.1f} labels a '
        f'task</text><text x="{_EDGE}" y="{bottom + 14}">0</text>'
        f'<text x="{_EDGE - 4}" y="{bottom}" text-anchor="end">{low:.0f}</text>'
        f'<text x="{_EDGE - 4}" y="44" text-anchor="end">{high:.0f} %</text>{lines}'
    )
