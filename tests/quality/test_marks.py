"""Consensus of spans, shapes and fields, and how alike two answers are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import (
    CHOICE,
    CHOICES,
    FIELDS,
    SHAPES,
    SPANS,
    Kind,
    consensus,
    fields_similarity,
    shapes_similarity,
    spans_similarity,
    text_similarity,
)
from evenhand.quality.codes import Bools
from evenhand.quality.mark.geometry import EXACT_SHAPES_MAX, alike_pairs, similarity
from evenhand.quality.mark.held_out import Likeness, chosen, folds, foretold

pixels = st.integers(0, 60).map(float)
spans = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 9), st.sampled_from("PQ")), max_size=4
).map(lambda marks: sorted({(start, start + size, label) for start, size, label in marks}))
shapes = st.lists(
    st.one_of(
        st.tuples(
            st.just("box"), st.sampled_from("ab"), st.tuples(pixels, pixels, *[st.just(20.0)] * 2)
        ),
        st.tuples(st.just("point"), st.just("c"), st.tuples(pixels, pixels)),
        st.tuples(st.just("line"), st.just("d"), st.tuples(*[pixels] * 4)),
        st.tuples(st.just("polygon"), st.just("e"), st.tuples(*[pixels] * 6)),
    ),
    max_size=4,
).map(sorted)
fields = st.dictionaries(
    st.sampled_from("xyz"), st.sampled_from(["cat", "Cat ", "car", "dog", "a long text", ""])
)
answers = st.one_of(
    st.tuples(st.just(CHOICE), st.lists(st.sampled_from("abc"), min_size=1, max_size=5)),
    st.tuples(
        st.just(CHOICES),
        st.lists(st.frozensets(st.sampled_from("abc")), min_size=1, max_size=5),
    ),
    st.tuples(st.just(SPANS), st.lists(spans, min_size=1, max_size=5)),
    st.tuples(st.just(SHAPES), st.lists(shapes, min_size=1, max_size=4)),
    st.tuples(st.just(FIELDS), st.lists(fields, min_size=1, max_size=5)),
)


@given(answers, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_annotators_decides_nothing(
    given_answers: tuple[Kind[object], list[object]], chance: object
):
    kind, several = given_answers
    shuffled = list(several)
    chance.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    one, other = consensus(kind, several), consensus(kind, shuffled)
    assert one.answer == other.answer
    assert one.tied == other.tied
    assert one.confidence == pytest.approx(other.confidence)
    assert one.agreement == pytest.approx(other.agreement)


@given(answers)
@settings(max_examples=150, deadline=None)
def test_confidence_and_agreement_are_shares(given_answers: tuple[Kind[object], list[object]]):
    kind, several = given_answers
    found = consensus(kind, several)
    assert 0 <= found.confidence <= 1
    assert (found.agreement is None) == (len(several) == 1)
    assert found.agreement is None or 0 <= found.agreement <= 1


@given(answers, st.integers(2, 4))
@settings(max_examples=150, deadline=None)
def test_annotators_who_all_say_the_same_are_taken_at_their_word(
    given_answers: tuple[Kind[object], list[object]], times: int
):
    kind, several = given_answers
    found = consensus(kind, [several[0]] * times)
    assert found.answer == several[0]
    assert found.confidence == pytest.approx(1)
    assert found.agreement == pytest.approx(1)
    assert not found.tied


@given(answers, st.lists(st.floats(0.1, 9), min_size=5, max_size=5))
@settings(max_examples=200, deadline=None)
def test_only_the_proportion_of_weights_matters(
    given_answers: tuple[Kind[object], list[object]], weights: list[float]
):
    kind, several = given_answers
    heavy = weights[: len(several)]
    one = consensus(kind, several, heavy)
    doubled = consensus(kind, several, [2 * weight for weight in heavy])
    assert one.answer == doubled.answer
    assert one.confidence == pytest.approx(doubled.confidence)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [-1.0, 2.0], [float("nan"), 1.0]])
def test_weights_that_weigh_nothing_are_refused(weights: list[float]):
    with pytest.raises(ValueError, match="weight"):
        consensus(CHOICE, ["a", "b"], weights)


def test_a_span_is_kept_when_most_marked_it_and_its_ends_are_medians():
    three = [[(0, 5, "P"), (9, 12, "Q")], [(0, 6, "P")], [(1, 6, "P"), (8, 12, "R")]]
    found = consensus(SPANS, three)
    assert found.answer == [(0, 6, "P")]
    assert not found.tied


def test_a_span_marked_by_half_is_a_tie():
    assert consensus(SPANS, [[(0, 5, "P")], []]).tied
    assert consensus(SPANS, [[(0, 5, "P")], []], [2, 1]).answer == [(0, 5, "P")]


def test_a_label_chosen_by_half_is_a_tie():
    assert consensus(CHOICES, [frozenset("ab"), frozenset("a")]).tied
    assert not consensus(CHOICES, [frozenset("ab"), frozenset("a")], [2, 1]).tied


def test_two_spans_of_one_annotator_never_become_one():
    apart = [[(0, 4, "P"), (4, 8, "P")], [(0, 4, "P"), (4, 8, "P")], [(0, 8, "P")]]
    assert consensus(SPANS, apart).answer == [(0, 4, "P"), (4, 8, "P")]


def test_likeness_of_spans_is_f1():
    assert spans_similarity([(0, 4, "P"), (9, 12, "Q")], [(0, 4, "P")]) == pytest.approx(2 / 3)
    assert spans_similarity([(0, 4, "P")], [(0, 4, "Q")]) == 0
    assert spans_similarity([], []) == 1


def test_planted_boxes_are_found_among_jitter_misses_and_inventions():
    chance = np.random.default_rng(4)
    truth = [(x, y, 60.0, 40.0) for x in (0.0, 100.0, 200.0) for y in (0.0, 100.0)]
    several = [
        [
            ("box", "car", tuple(np.array(box) + chance.normal(0, 3, 4)))
            for box in truth
            if chance.random() < 0.9
        ]
        + [("box", "car", (400.0 + 50 * who, 400.0, 30.0, 30.0))]
        for who in range(5)
    ]
    found = consensus(SHAPES, several).answer
    assert len(found) == len(truth)  # pyright: ignore[reportArgumentType]
    boxes = [shape[2] for shape in found]  # pyright: ignore[reportOptionalIterable]
    assert all(max(similarity("box", box, real) for box in boxes) > 0.75 for real in truth)


def test_polygons_share_the_area_they_share():
    square = (0.0, 0.0, 100.0, 0.0, 100.0, 100.0, 0.0, 100.0)
    moved = tuple(number + 50 * (position % 2 == 0) for position, number in enumerate(square))
    assert similarity("polygon", square, moved) == pytest.approx(1 / 3, abs=0.02)
    triangle = (0.0, 0.0, 100.0, 0.0, 0.0, 100.0)
    assert similarity("polygon", square, triangle) == pytest.approx(1 / 2, abs=0.02)
    notched = (0.0, 0.0, 100.0, 0.0, 100.0, 100.0, 50.0, 25.0, 0.0, 100.0)
    assert similarity("polygon", square, notched) == pytest.approx(0.625, abs=0.02)
    far = tuple(number + 1_000 for number in square)
    assert similarity("polygon", square, far) == 0


@given(st.tuples(pixels, pixels), st.tuples(pixels, pixels))
@settings(deadline=None)
def test_boxes_and_the_same_boxes_as_polygons_are_equally_alike(
    one: tuple[float, float], other: tuple[float, float]
):
    boxes = [(*corner, 40.0, 30.0) for corner in (one, other)]
    outlines = [(x, y, x + w, y, x + w, y + h, x, y + h) for x, y, w, h in boxes]
    assert similarity("box", *boxes) == pytest.approx(similarity("polygon", *outlines), abs=0.03)


def test_points_and_lines_are_alike_by_distance():
    assert similarity("point", (0, 0), (6, 8)) == pytest.approx(0.5)
    assert similarity("line", (0, 0, 100, 0), (100, 0, 0, 0)) == pytest.approx(1)
    assert similarity("line", (0, 0, 100, 0), (0, 10, 100, 10)) == pytest.approx(0.5)
    assert similarity("line", (0, 0, 100, 0), (0, 0, 50, 0, 100, 0)) > 0.9


def test_of_polygons_the_middlemost_is_kept_as_it_was_drawn():
    squares = [
        [("polygon", "lake", (0.0, 0.0, s, 0.0, s, s, 0.0, s))] for s in (90.0, 100.0, 111.0)
    ]
    assert consensus(SHAPES, squares).answer == squares[1]


def test_a_shape_drawn_by_half_is_a_tie_and_weights_break_it():
    two = [[("point", "tree", (5.0, 5.0))], []]
    assert consensus(SHAPES, two).tied
    assert consensus(SHAPES, two, [0.9, 0.6]).answer == two[0]


def test_likeness_of_shapes_is_f1():
    box = ("box", "car", (0.0, 0.0, 10.0, 10.0))
    near = ("box", "car", (1.0, 0.0, 10.0, 10.0))
    far = ("box", "car", (50.0, 0.0, 10.0, 10.0))
    assert shapes_similarity([box, far], [near]) == pytest.approx(2 / 3)
    assert shapes_similarity([box], [("box", "bus", box[2])]) == 0
    assert shapes_similarity([], []) == 1


def test_polygons_by_the_hundred_on_one_spot_are_still_matched_in_seconds():
    drawn = [(0.0, 0.0, 50.0 + step / 100, 50.0, 0.0, 60.0) for step in range(200)]
    alike, _, _ = alike_pairs("polygon", drawn * 2, [0] * 200 + [1] * 200)
    assert alike.size == 200 * 200 > EXACT_SHAPES_MAX


def test_a_field_is_what_most_wrote_up_to_case_and_spacing():
    # Which of the three wordings is shown is arbitrary, but never by order: the first of a sort.
    four = [{"name": "Ann  Lee"}, {"name": "ann lee"}, {"name": "Ann Lee"}, {"name": "Bob"}]
    found = consensus(FIELDS, four)
    assert found.answer == {"name": "Ann  Lee"}
    assert found.confidence == pytest.approx(0.75)


def test_without_a_majority_the_middlemost_text_is_kept():
    three = [{"t": "the cat sat"}, {"t": "the cat sits"}, {"t": "a cat sits"}]
    assert consensus(FIELDS, three).answer == {"t": "the cat sits"}


def test_two_different_texts_are_a_tie():
    assert consensus(FIELDS, [{"t": "one"}, {"t": "two"}]).tied


def test_a_field_that_most_left_out_is_left_out():
    assert consensus(FIELDS, [{"a": "x", "b": "y"}, {"a": "x"}, {"a": "x"}]).answer == {"a": "x"}


def test_likeness_of_texts_is_one_less_the_edit_distance():
    assert text_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert text_similarity("", "a") == 0
    assert text_similarity(None, None) == 1
    assert text_similarity("word " * 1_000, "word " * 999 + "work") == pytest.approx(0.999)
    assert text_similarity("word " * 9_000, "work " * 9_000) == 0
    assert fields_similarity({"a": "X"}, {"a": "x ", "b": ""}) == 0.5


@given(st.text("abc", max_size=9), st.text("abc", max_size=9))
def test_edit_distance_is_the_slow_one_of_the_textbook(one: str, other: str):
    def distance(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        table = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            diagonal, table[0] = table[0], i
            for j, y in enumerate(b, 1):
                diagonal, table[j] = (
                    table[j],
                    min(table[j] + 1, table[j - 1] + 1, diagonal + (x != y)),
                )
        return table[-1]

    longest = max(len(one), len(other), 1)
    assert text_similarity(one, other) == pytest.approx(1 - distance(one, other) / longest)


def test_a_method_that_remembers_what_it_saw_does_not_foretell_those_it_did_not_see():
    annotators = np.repeat(np.arange(10), 40)
    said = np.random.default_rng(3).integers(0, 5, annotators.size)
    said[np.random.default_rng(4).random(annotators.size) < 0.6] = 2
    tasks = np.tile(np.arange(40), 10)
    parts = folds(annotators, said.astype(np.float64), 10)

    def by_heart(seen: Bools) -> set[tuple[int, int]]:
        return {(int(annotators[row]), int(tasks[row])) for row in np.flatnonzero(seen)}

    def most_usual(seen: Bools) -> int:
        return int(np.bincount(said[seen]).argmax())

    def hits(found: set[tuple[int, int]] | int, part: Bools) -> Likeness:
        rows = np.flatnonzero(part)
        if isinstance(found, int):
            right = said[rows] == found
        else:
            right = np.array([(annotators[row], tasks[row]) in found for row in rows])
        return Likeness(right.astype(np.float64), np.ones(rows.size))

    likeness = foretold({"by heart": by_heart, "most usual": most_usual}, parts, hits)
    assert likeness["by heart"].share == 0
    assert likeness["most usual"].share > 0.5
    assert chosen(likeness, ["by heart", "most usual"], "labels").name == "most usual"


@pytest.mark.parametrize(
    "mark", [(SPANS, (0, 5, "P")), (SHAPES, ("box", "P", (0.0, 0.0, 5.0, 5.0)))]
)
@pytest.mark.parametrize("who", range(1, 6))
@pytest.mark.parametrize("of", range(2, 6))
def test_a_mark_is_kept_where_more_than_half_made_it_and_a_tie_where_half_did(mark, who, of):
    kind, one = mark
    found = consensus(kind, [[one]] * min(who, of) + [[]] * (of - who))
    assert found.answer == ([one] if 2 * who > of else [])
    assert found.tied == (2 * who == of)
