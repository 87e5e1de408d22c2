"""Masks of a whole table: which pixels are found, against which were meant."""

import numpy as np
import pyarrow as pa
import pytest

from evenhand.quality.aggregate import aggregate
from evenhand.quality.aggregation import Aggregation
from evenhand.quality.frame import BadTable

SIDE = 48
Grid = np.ndarray


def runs(grid: Grid) -> dict[str, object]:
    flat = np.concatenate([[False], grid.T.ravel(), [not grid.T.ravel()[-1]]])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    counts = np.diff(np.concatenate([[0], edges])).tolist()
    return {"width": grid.shape[1], "height": grid.shape[0], "counts": counts}


def grids(result: Aggregation) -> list[Grid]:
    masks = []
    for cell in result.table.column("label").to_pylist():
        if isinstance(cell, list):
            masks.append(np.array(cell))
            continue
        inside = np.repeat(np.arange(len(cell["counts"])) % 2 == 1, cell["counts"])
        masks.append(inside.reshape(cell["width"], cell["height"]).T)
    return masks


def dice(one: Grid, other: Grid) -> float:
    return 2 * (one & other).sum() / max(one.sum() + other.sum(), 1)


def blobs(seed: int, count: int) -> list[Grid]:
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, : SIDE + 8]
    return [
        ((rows - chance.uniform(14, 34)) / chance.uniform(6, 12)) ** 2
        + ((columns - chance.uniform(16, 40)) / chance.uniform(6, 12)) ** 2
        < 1
        for _ in range(count)
    ]


def painted(chance: np.random.Generator, mask: Grid, hit: float, spared: float) -> Grid:
    rolled = chance.random(mask.shape)
    return np.where(mask, rolled < hit, rolled > spared)


def crowd(hands: list[tuple[float, float]], truth: list[Grid], seed: int) -> pa.Table:
    chance = np.random.default_rng(seed)
    rows = [
        (task, who, runs(painted(chance, mask, *hand)))
        for task, mask in enumerate(truth)
        for who, hand in enumerate(hands)
    ]
    return pa.table(dict(zip(("task", "annotator", "label"), zip(*rows, strict=True), strict=True)))


HANDS = [(0.95, 0.99), (0.9, 0.98), (0.5, 0.9), (0.5, 0.9), (0.4, 0.9)]


def test_staple_finds_masks_better_than_a_majority_with_careless_hands():
    truth = blobs(1, 8)
    table = crowd(HANDS, truth, 2)
    scores: dict[str, float] = {}
    for method in ("majority", "staple", "auto"):
        masks = grids(aggregate(table, method))
        scores[method] = float(np.mean([dice(*pair) for pair in zip(masks, truth, strict=True)]))
    print(scores)
    assert scores["staple"] > scores["majority"] + 0.02
    assert scores["auto"] == scores["staple"]


def test_sensitivity_and_specificity_are_found_again():
    annotators = aggregate(crowd(HANDS, blobs(3, 10), 4), "staple").annotators.to_pylist()
    for row, (hit, spared) in zip(annotators, HANDS, strict=True):
        assert row["sensitivity"] == pytest.approx(hit, abs=0.05)
        assert row["specificity"] == pytest.approx(spared, abs=0.02)
        assert 0 <= row["lower"] <= row["skill"] <= row["upper"] <= 1


@pytest.mark.parametrize("method", ["majority", "staple"])
def test_neither_order_nor_names_nor_the_form_of_masks_decide(method: str):
    table = crowd(HANDS, blobs(5, 3), 6)
    rows = table.to_pylist()[::-1]
    other = pa.table(
        {
            "task": [row["task"] for row in rows],
            "annotator": [f"x{9 - row['annotator']}" for row in rows],
            "label": [
                np.repeat(np.arange(len(row["label"]["counts"])) % 2 == 1, row["label"]["counts"])
                .reshape(SIDE + 8, SIDE)
                .T.tolist()
                for row in rows
            ],
        }
    )
    one, two = aggregate(table, method), aggregate(other, method, kind="masks")
    for mine, theirs in zip(grids(one), grids(two), strict=True):
        assert (mine == theirs).all()


@pytest.mark.parametrize("method", ["majority", "staple"])
def test_empty_masks_are_an_answer_and_halves_are_ties(method: str):
    empty, full = np.zeros((3, 4), dtype=bool), np.ones((3, 4), dtype=bool)
    table = pa.table(
        {
            "task": [1, 1, 2, 2],
            "annotator": ["a", "b", "a", "b"],
            "label": [runs(empty), runs(empty), runs(full), runs(full)],
        }
    )
    found = aggregate(table, method)
    assert [mask.sum() for mask in grids(found)] == [0, 12]
    assert found.table.column("confidence").to_pylist()[0] == 1
    split = aggregate(
        table.set_column(2, "label", pa.array([runs(full), runs(empty)] * 2)), "majority"
    )
    assert split.table.column("tied").to_pylist() == [True, True]
    assert [mask.sum() for mask in grids(split)] == [0, 0]


def test_what_is_no_mask_is_refused():
    bad = {"width": 2, "height": 2, "counts": [1, 1]}
    with pytest.raises(BadTable, match="come to 2"):
        aggregate(pa.table({"task": [1], "annotator": [1], "label": [bad]}))
    other = {"width": 2, "height": 1, "counts": [1, 1]}
    good = {"width": 2, "height": 2, "counts": [4]}
    with pytest.raises(BadTable, match="differ in size"):
        aggregate(pa.table({"task": [1, 1], "annotator": [1, 2], "label": [good, other]}))
