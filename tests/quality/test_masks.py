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


def rest_dice(truth: list[Grid], result: Aggregation, known: int) -> float:
    return float(np.mean([dice(*pair) for pair in zip(grids(result), truth, strict=True)][known:]))


# Three who mark far too much outvote two who do not.
SPILLING = [(0.95, 0.97), (0.93, 0.97), (0.6, 0.75), (0.6, 0.75), (0.6, 0.75)]


def alike_spill(truth: list[Grid], seed: int) -> pa.Table:
    """Let the last three mark the same stripe, and leave half of what is there."""
    chance = np.random.default_rng(seed)
    rows = []
    for task, mask in enumerate(truth):
        common = np.zeros_like(mask)
        common[:, :20] = True
        for who, hand in enumerate(SPILLING):
            drawn = painted(chance, mask, *hand) if who < 2 else common
            rows.append((task, who, runs(drawn)))
    return pa.table(dict(zip(("task", "annotator", "label"), zip(*rows, strict=True), strict=True)))


@pytest.mark.parametrize("form", ["runs", "grids"])
def test_known_masks_stand_and_teach_whom_to_trust(form: str):
    truth = blobs(7, 12)
    annotations = alike_spill(truth, 7)
    drawn = runs if form == "runs" else np.ndarray.tolist
    gold = {task: drawn(truth[task]) for task in range(4)} | {99: drawn(truth[0])}
    blind = aggregate(annotations, "staple")
    taught = aggregate(annotations, "staple", gold=gold)
    assert all((one == two).all() for one, two in zip(grids(taught)[:4], truth[:4], strict=True))
    assert taught.table.column("confidence").to_pylist()[:4] == [1.0] * 4
    assert not any(taught.table.column("tied").to_pylist()[:4])
    assert rest_dice(truth, blind, 4) < 0.5
    assert rest_dice(truth, taught, 4) > 0.9
    assert aggregate(annotations, gold=gold).method.name == "staple"
    # The majority learns nothing from it, and yet leaves it as it is.
    plain = aggregate(annotations, "majority", gold=gold)
    assert all((one == two).all() for one, two in zip(grids(plain)[:4], truth[:4], strict=True))
    assert rest_dice(truth, plain, 4) < 0.5


def test_a_known_mask_stands_where_nobody_marked_anything():
    nothing, truth = np.zeros((4, 5), bool), np.eye(4, 5, dtype=bool)
    annotations = {"task": [1, 1], "annotator": [1, 2], "label": [runs(nothing)] * 2}
    for method in ("staple", "majority"):
        result = aggregate(annotations, method, gold={1: runs(truth)})
        assert (grids(result)[0] == truth).all()
        assert result.annotators.column("sensitivity").to_pylist()[0] < 0.9


def test_what_annotators_did_before_tells_whom_to_trust():
    truth = blobs(8, 8)
    annotations = alike_spill(truth, 8)
    rates = {"sensitivity": [0.95, 0.93, 0.3, 0.3, 0.3], "specificity": [0.97, 0.97, 0.6, 0.6, 0.6]}
    history = {"annotator": [0, 1, 2, 3, 4], "skill": [0.9, 0.9, 0.3, 0.3, 0.3], "votes": [60] * 5}
    assert rest_dice(truth, aggregate(annotations, "staple"), 0) < 0.5
    told = aggregate(annotations, "staple", history=history | rates)
    assert rest_dice(truth, told, 0) > 0.9
    # And as an earlier aggregation gives it: skill learnt with gold helps without any.
    gold = {task: runs(mask) for task, mask in enumerate(truth)}
    learnt = aggregate(annotations, "staple", gold=gold).annotators
    others = blobs(9, 8)
    again = aggregate(alike_spill(others, 9), "staple", history=learnt)
    assert rest_dice(others, again, 0) > 0.8


def test_known_masks_of_another_size_and_impossible_records_are_refused():
    annotations = {"task": [1], "annotator": [1], "label": [runs(np.eye(3, dtype=bool))]}
    with pytest.raises(BadTable, match="size"):
        aggregate(annotations, gold={1: runs(np.eye(4, dtype=bool))})
    with pytest.raises(BadTable, match="gold of task 1"):
        aggregate(annotations, gold={1: {"width": 2, "height": 2, "counts": [7]}})
    with pytest.raises(BadTable, match="history"):
        aggregate(annotations, history={"annotator": [1], "skill": [1.5], "votes": [3]})
