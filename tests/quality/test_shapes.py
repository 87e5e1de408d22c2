"""Shapes of a whole table: what is found, against what was meant."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.mark_rows import mark_rows, marks_of
from quality.slips import DATA

from evenhand.quality.aggregate import aggregate
from evenhand.quality.aggregation import Aggregation
from evenhand.quality.frame import BadTable
from evenhand.quality.mark.fusion import fused_outline, traced
from evenhand.quality.mark.geometry import similarity

METHODS = ("majority", "weighted", "auto")
SHAPES = pa.list_(
    pa.struct([("kind", pa.string()), ("label", pa.string()), ("numbers", pa.list_(pa.float64()))])
)
Shape = tuple[str, str, tuple[float, ...]]
Row = tuple[object, object, list[Shape]]
CELLS = ("RBC", "WBC", "Platelets")

pixels = st.integers(0, 60).map(float)
shapes = st.lists(
    st.one_of(
        st.tuples(
            st.just("box"), st.sampled_from("ab"), st.tuples(pixels, pixels, *[st.just(20.0)] * 2)
        ),
        st.tuples(st.just("point"), st.just("c"), st.tuples(pixels, pixels)),
        st.tuples(st.just("polygon"), st.just("e"), st.tuples(*[pixels] * 6)),
    ),
    max_size=3,
).map(sorted)
tables = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 3)), shapes, min_size=1, max_size=9
).map(lambda answers: [(task, who, marks) for (task, who), marks in answers.items()])


def table(rows: list[Row]) -> pa.Table:
    return mark_rows(rows, SHAPES)


@dataclass(frozen=True)
class Hand:
    """How often an annotator misses, mislabels or invents a box, and how far edges lie off."""

    missed: float
    invented: float
    scatter: float
    mislabelled: float = 0.02


def made_photographs(count: int) -> list[list[Shape]]:
    """Make pictures of cells, some of them close together, for want of real ones."""
    chance = np.random.default_rng(1)
    pictures: list[list[Shape]] = []
    for _ in range(count):
        number = int(chance.integers(6, 20))
        corners = chance.uniform(0, 1, (number, 2)) * (530, 370)
        sides = chance.uniform(60, 110, (number, 2))
        labels = chance.choice(CELLS, number, p=[0.85, 0.08, 0.07])
        boxes = zip(labels, corners.tolist(), sides.tolist(), strict=True)
        pictures.append([("box", str(label), (*corner, *side)) for label, corner, side in boxes])
    return pictures


def photographs(count: int) -> list[list[Shape]]:
    folder = DATA / "bccd" / "BCCD" / "Annotations"
    if not folder.exists():
        return made_photographs(count)
    pictures: list[list[Shape]] = []
    for file in sorted(folder.glob("*.xml"))[:count]:
        boxes: list[Shape] = []
        for thing in ET.parse(file).getroot().iter("object"):
            left, top, right, bottom = (
                float(thing.findtext(f"bndbox/{side}", "0"))
                for side in ("xmin", "ymin", "xmax", "ymax")
            )
            label = thing.findtext("name", "")
            if right > left and bottom > top:
                boxes.append(("box", label, (left, top, right - left, bottom - top)))
        pictures.append(boxes)
    return pictures


def drawn(chance: np.random.Generator, boxes: list[Shape], hand: Hand) -> list[Shape]:
    drawing: list[Shape] = []
    for kind, label, (left, top, width, height) in boxes:
        if chance.random() < hand.missed:
            continue
        off = chance.normal(0, hand.scatter, 4) * (width, height, width, height)
        said = str(chance.choice(CELLS)) if chance.random() < hand.mislabelled else label
        sides = max(width + off[2] - off[0], 2.0), max(height + off[3] - off[1], 2.0)
        drawing.append((kind, said, (left + off[0], top + off[1], *sides)))
    for _ in range(chance.poisson(hand.invented * len(boxes))):
        corner = chance.uniform(0, 1, 2) * (560, 400)
        sides = chance.uniform(40, 110, 2)
        drawing.append(("box", str(chance.choice(CELLS)), (*corner, *sides)))
    return drawing


GOOD, FAIR, POOR = Hand(0.03, 0.02, 0.03), Hand(0.15, 0.1, 0.08), Hand(0.4, 0.4, 0.16, 0.15)
CROWDS = {
    "five good": [GOOD] * 5,
    "five fair": [FAIR] * 5,
    "two good, three poor": [GOOD] * 2 + [POOR] * 3,
    "one good, four poor": [GOOD] + [POOR] * 4,
    "five who miss half": [Hand(0.5, 0.05, 0.05)] * 5,
    "three fair": [FAIR] * 3,
}


def scores(result: Aggregation, pictures: list[list[Shape]]) -> tuple[float, float, float]:
    """F1 at half and at three quarters of shared area, and the mean IoU of what is matched."""
    hits, close, ious, size = 0, 0, [], 0
    drawings = marks_of(result)
    for picture, boxes in enumerate(pictures):
        ours = drawings[picture]
        size += len(ours) + len(boxes)
        pairs = sorted(
            (
                (similarity("box", one[2], other[2]), at, to)
                for at, one in enumerate(ours)
                for to, other in enumerate(boxes)
                if one[1] == other[1]
            ),
            reverse=True,
        )
        taken: set[tuple[int, int]] = set()
        for iou, at, to in pairs:
            if iou >= 0.5 and (0, at) not in taken and (1, to) not in taken:
                taken |= {(0, at), (1, to)}
                hits += 1
                close += iou >= 0.75
                ious.append(iou)
    return 200 * hits / size, 200 * close / size, 100 * float(np.mean(ious))


def compared(
    pictures: list[list[Shape]], hands: list[Hand], seed: int, methods: tuple[str, ...] = METHODS
) -> list[tuple[float, float, float]]:
    """Let these hands draw these pictures, and score each method."""
    chance = np.random.default_rng(seed)
    rows: list[Row] = [
        (picture, f"hand {who}", drawn(chance, boxes, hand))
        for picture, boxes in enumerate(pictures)
        for who, hand in enumerate(hands)
    ]
    return [scores(aggregate(table(rows), method), pictures) for method in methods]


def test_on_real_cells_auto_is_never_below_majority_and_better_on_average():
    pictures = photographs(50)
    all_scores: list[list[tuple[float, float, float]]] = []
    for name, hands in CROWDS.items():
        each = compared(pictures, hands, seed=11)
        print(name, dict(zip(METHODS, np.round(each, 2).tolist(), strict=True)))
        # Three annotators leave little to learn from. In fourteen draws `weighted` lay from 0.44
        # below the majority to 0.41 above it, and in the mean at it: this draw's third of a point
        # is chance, and what it must not lose is bounded over several draws below.
        assert each[2][0] >= each[0][0] - (0.5 if name == "three fair" else 0.3)
        assert each[2][1] >= each[0][1] - 0.3
        all_scores.append(each)
    mean = np.mean(all_scores, axis=0)
    print("mean", dict(zip(METHODS, mean.round(2).tolist(), strict=True)))
    assert (mean[2] > mean[0] + (5, 5, 0)).all()


@pytest.mark.parametrize(
    ("hands", "seeds"),
    [
        # In the first two draws what two of three had marked was once lost: five and eleven points.
        ([FAIR] * 3, (15, 21, 14, 17)),
        ([GOOD] * 3, (11, 12, 13, 14)),
        ([POOR] * 3, (11, 12, 13, 14)),
    ],
    ids=["three fair", "three good", "three poor"],
)
def test_what_two_of_three_drew_is_not_lost(hands: list[Hand], seeds: tuple[int, ...]):
    pictures = photographs(50)
    each = [compared(pictures, hands, seed, ("majority", "weighted")) for seed in seeds]
    gained = np.array(each)[:, 1] - np.array(each)[:, 0]
    print(gained.round(2).tolist())
    assert gained[:, 0].mean() >= -0.3
    assert gained[:, 0].min() >= -0.6
    assert gained[:, 1].min() >= -0.3


def test_how_far_each_hand_scatters_is_found_again():
    pictures = photographs(60)
    chance = np.random.default_rng(2)
    truth = [0.02, 0.04, 0.08, 0.04, 0.02]
    hands = [Hand(0.1, 0.0, scatter, 0.0) for scatter in truth]
    rows: list[Row] = [
        (picture, who, drawn(chance, boxes, hand))
        for picture, boxes in enumerate(pictures)
        for who, hand in enumerate(hands)
    ]
    annotators = aggregate(table(rows), "weighted").annotators
    assert annotators.column("box_scatter").to_pylist() == pytest.approx(truth, rel=0.3)
    assert annotators.column("recall").to_pylist() == pytest.approx([0.9] * 5, abs=0.05)


@pytest.mark.parametrize("method", METHODS)
@given(rows=tables, chance=st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_neither_order_nor_names_decide(method: str, rows: list[Row], chance: object):
    shuffled = [(task, f"x{(7 * who) % 5}", marks) for task, who, marks in rows]  # pyright: ignore[reportOperatorIssue]
    chance.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    one, other = aggregate(table(rows), method), aggregate(table(shuffled), method)
    for task, ours in marks_of(one).items():
        theirs = marks_of(other)[task]
        assert [shape[:2] for shape in ours] == [shape[:2] for shape in theirs]
        for mine, their in zip(ours, theirs, strict=True):
            assert mine[2] == pytest.approx(their[2], abs=1e-6)
    assert one.table.column("tied") == other.table.column("tied")


@pytest.mark.parametrize("method", METHODS)
@given(rows=tables)
@settings(max_examples=12, deadline=None)
def test_confidences_and_skills_are_shares(method: str, rows: list[Row]):
    result = aggregate(table(rows), method)
    for row in result.table.to_pylist():
        assert 0 <= row["confidence"] <= 1
        assert all(0 <= confidence <= 1 for confidence in row["confidences"])
    skills = result.annotators.to_pylist()
    assert all(0 <= row["lower"] <= row["skill"] <= row["upper"] <= 1 for row in skills)


def ellipse(chance: np.random.Generator, scatter: float) -> tuple[float, ...]:
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False) + chance.uniform(0, 0.2)
    reach = 1 + chance.normal(0, scatter, 24)
    return tuple(
        np.stack([100 + 60 * reach * np.cos(angles), 80 + 40 * reach * np.sin(angles)], 1)
        .ravel()
        .tolist()
    )


def test_an_area_voted_by_five_is_closer_to_the_truth_than_the_middlemost_drawing():
    chance = np.random.default_rng(5)
    truth = ellipse(np.random.default_rng(0), 0.0)
    gains = []
    for _ in range(12):
        drawings = [ellipse(chance, 0.12) for _ in range(5)]
        likeness = [
            sum(similarity("polygon", one, other) for other in drawings) for one in drawings
        ]
        middlemost = drawings[int(np.argmax(likeness))]
        voted = fused_outline("polygon", drawings, [1.0] * 5)
        gains.append(similarity("polygon", voted, truth) - similarity("polygon", middlemost, truth))
    print("mean gain in IoU", np.mean(gains))
    assert np.mean(gains) > 0.01


def test_an_outline_is_walked_once_around_the_largest_part():
    cells = np.zeros((6, 8), dtype=bool)
    cells[1:4, 1:5] = True
    cells[2, 2] = False  # a hole
    cells[4, 6] = True  # a speck
    walk = traced(cells)
    assert walk.min(axis=0).tolist() == [1, 1]
    assert walk.max(axis=0).tolist() == [5, 4]
    assert len(walk) == 2 * (4 + 3)


def test_a_line_is_averaged_whichever_way_it_was_drawn():
    lines = [(0.0, 0.0, 100.0, 0.0), (100.0, 2.0, 0.0, 2.0), (0.0, 4.0, 100.0, 4.0)]
    merged = fused_outline("line", lines, [1.0] * 3)
    assert similarity("line", merged, lines[1]) == pytest.approx(1)


def test_a_known_answer_stands():
    box = ("box", "car", (0.0, 0.0, 10.0, 10.0))
    rows: list[Row] = [("a", "ann", [box]), ("a", "ben", []), ("b", "ann", [box]), ("b", "ben", [])]
    gold = {"a": [{"kind": "box", "label": "car", "numbers": [1.0, 0.0, 10.0, 10.0]}]}
    for method in METHODS:
        result = aggregate(table(rows), method, gold=gold)
        assert marks_of(result)["a"] == [("box", "car", (1.0, 0.0, 10.0, 10.0))]
        assert result.annotators.num_rows == 2


@pytest.mark.parametrize(
    "shape",
    [("box", "x", (0.0, 0.0, 1.0)), ("star", "x", (0.0, 1.0)), ("box", "x", (0.0, 0.0, -1.0, 1.0))],
)
def test_what_is_no_shape_is_refused(shape: Shape):
    with pytest.raises(BadTable, match=shape[0]):
        aggregate(table([("a", "ann", [shape])]))


def test_an_earlier_record_tells_whom_to_trust_where_few_pictures_would_not():
    pictures = photographs(60)
    hands = [GOOD] + [POOR] * 2

    def drawings(numbers: range, seed: int) -> pa.Table:
        chance = np.random.default_rng(seed)
        return table(
            [
                (at, f"hand {who}", drawn(chance, pictures[picture], hand))
                for at, picture in enumerate(numbers)
                for who, hand in enumerate(hands)
            ]
        )

    keys = ("kind", "label", "numbers")
    gold = {
        picture: [dict(zip(keys, box, strict=True)) for box in pictures[picture]]
        for picture in range(15)
    }
    learnt = aggregate(drawings(range(30), 1), "weighted", gold=gold).annotators
    gained: list[float] = []
    for picture in range(30, 60, 2):
        annotations, boxes = drawings(range(picture, picture + 1), picture), [pictures[picture]]
        told = scores(aggregate(annotations, "weighted", history=learnt), boxes)
        gained.append(told[0] - scores(aggregate(annotations, "weighted"), boxes)[0])
    print(np.round(gained, 1).tolist())
    assert np.mean(gained) > 5


def test_an_impossible_record_is_refused():
    rows: list[Row] = [("a", "ann", [("point", "cell", (1.0, 2.0))])]
    with pytest.raises(BadTable, match="history"):
        aggregate(table(rows), history={"annotator": ["ann"], "skill": [1.9], "votes": [5]})
