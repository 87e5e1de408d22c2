"""What people look at of a transcript: shares against weights, and how long work waited."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenhand.quality.report import table
from evenhand.quality.report.drawing import Bar, bars
from evenhand.quality.report.markup import Markup, element
from evenhand.verifier.transcripts import Share, Transcribed
from evenhand.verifier.turns import OwnTurns

LOGS_DRAWN_MAX = 30
PERMUTATIONS = 999
WAITS_COMPARED_MAX = 5_000
_SHORT = 8  # hex digits of a log's name: enough to tell tenants apart on a page


def sections_of(transcribed: Transcribed) -> list[Markup]:
    """Draw what each tenant got, by its log's name."""
    shares = sorted(transcribed.shares, key=lambda one: one.per_weight, reverse=True)
    drawn = [one for one in shares if one.served or one.waits][:LOGS_DRAWN_MAX]
    if not drawn:
        return []
    served = (
        f"In {sum(one.served for one in shares):,} of {transcribed.decisions:,} decisions tenants "
        "competed. By weight, all get the same as long as they have work and the same annotators "
        "may serve them. Whose work ran out, or whom few may serve, has less, and where the check "
        "of no envy holds, was passed over by nobody."
    )
    waited = f"From when a task was opened until it was lent. {_chance(drawn)}"
    by_weight = bars("Served by weight", served, [_served(one) for one in drawn], from_zero=True)
    waits = bars("Median wait", waited, [_wait(one) for one in drawn], from_zero=True)
    return [
        element("h2", None, "Whose turn it was"),
        element("p", None, served),
        element("div", {"class": "wide"}, by_weight),
        element("div", {"class": "wide"}, table(*_rows(drawn), numbers=(1, 2, 3, 4, 5, 6))),
        element("h2", None, "How long work waited"),
        element("p", None, waited),
        element("div", {"class": "wide"}, waits),
    ]


def own_sections(own: Sequence[OwnTurns]) -> list[Markup]:
    """Say what tenants' own receipts tell of their turns, a row each."""
    if not own:
        return []
    rows = [
        (
            one.log.rpartition("/")[2][:_SHORT],
            f"{one.decisions:,}",
            f"{one.in_competition:,}",
            f"{one.overtaken:,}",
            ", ".join(f"{reason} {count:,}" for reason, count in one.passed.items()) or "never",
            *(f"{_percentile(one.waits, share):,.1f}" for share in (0.5, 0.9, 0.99)),
        )
        for one in own
    ]
    words = (
        "By receipts alone: each turn moved the queue's tag by what its weight costs, equal tags "
        "fell by the beacon, and nothing that was open stood outside the order, unless a check "
        "above says otherwise. Overtaken is a decision before which others were served who stood "
        "behind. By the rule only annotators do that who could not take this work: for a reason "
        "that was told, or because of a wall or a role. Many without a reason are a question to "
        "the operator; a transcript answers it."
    )
    columns = ("log", "lent", "in competition", "overtaken", "passed over", "wait p50, s", "p90",
               "p99")  # fmt: skip
    return [
        element("h2", None, "Your own turns"),
        element("p", None, words),
        element("div", {"class": "wide"}, table(columns, rows, numbers=(1, 2, 3, 5, 6, 7))),
    ]


def chance_of(waits: Sequence[Sequence[float]], *, seed: int = 0) -> float | None:
    """How often waiting times dealt out by chance differ between groups as much as these do.

    A permutation test of the largest distance between a group's mean and the mean of all (Pitman
    1937, doi:10.2307/2984124), over at most 5,000 waits in seconds. None for fewer than two groups.
    """
    groups = [np.asarray(one) for one in waits if len(one)]
    if len(groups) < 2:
        return None
    chance = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(groups)), [len(one) for one in groups])
    values = np.concatenate(groups)
    kept = chance.permutation(values.size)[:WAITS_COMPARED_MAX]
    values, labels = values[kept], labels[kept]
    seen = _farthest(values, labels)
    dealt = [_farthest(values, chance.permutation(labels)) for _ in range(PERMUTATIONS)]
    return (1 + sum(one >= seen for one in dealt)) / (1 + PERMUTATIONS)


def _farthest(values: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
    counts = np.bincount(labels)
    sums = np.bincount(labels, weights=values)
    there = counts > 0
    return float(np.abs(sums[there] / counts[there] - values.mean()).max())


def _chance(shares: Sequence[Share]) -> str:
    found = chance_of([one.waits for one in shares])
    if found is None:
        return "With one tenant there is nothing to compare."
    return (
        f"Waits that differ as much between tenants come about by chance with p = {found:.3f}. "
        "Tenants who send more at once wait longer, so a small p is a question and no proof."
    )


def _served(share: Share) -> Bar:
    words = f"{share.per_weight:,.0f}"
    return Bar(name=share.log[:_SHORT], value=share.per_weight, words=words)


def _wait(share: Share) -> Bar:
    median = _percentile(share.waits, 0.5)
    return Bar(name=share.log[:_SHORT], value=median, words=f"{median:,.1f} s")


def _rows(shares: Sequence[Share]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    rows = [
        (
            one.log[:_SHORT],
            f"{one.weight / 1000:g}",
            f"{one.served:,}",
            f"{one.per_weight:,.1f}",
            f"{_percentile(one.waits, 0.5):,.1f}",
            f"{_percentile(one.waits, 0.9):,.1f}",
            f"{_percentile(one.waits, 0.99):,.1f}",
        )
        for one in shares
    ]
    columns = ("log", "weight", "served", "by weight", "wait p50, s", "p90", "p99")
    return columns, rows


def _percentile(sorted_waits: Sequence[float], share: float) -> float:
    if not sorted_waits:
        return 0.0
    return sorted_waits[min(len(sorted_waits) - 1, int(share * len(sorted_waits)))]
