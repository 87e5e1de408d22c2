"""The sweep over marks finds what comparing all pairs finds, and knows when to stop."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand import quality
from evenhand.quality import Experience, PastTask, experience_from
from evenhand.quality.live.answers import Span
from evenhand.quality.mark import geometry, shapes, spans
from evenhand.quality.mark.matching import SIMILARITY_LEAST
from evenhand.quality.mark.meeting import PAIRS_MAX, TooManyPairs

FEW = st.integers(0, 30)
SPANS = st.lists(
    st.builds(
        lambda at, long, label: (at, at + long, label),
        FEW,
        st.integers(1, 9),
        st.sampled_from("AB"),
    ),
    max_size=25,
)
# Coordinates on a coarse grid meet, touch and repeat; with halves, none is without rounding.
PLACE = st.integers(0, 60).map(lambda number: number / 2)
NUMBERS = {
    "box": st.tuples(PLACE, PLACE, PLACE, PLACE),
    "point": st.tuples(PLACE, PLACE),
    "line": st.lists(PLACE, min_size=4, max_size=8).map(
        lambda one: tuple(one[: len(one) // 2 * 2])
    ),
    "polygon": st.lists(PLACE, min_size=6, max_size=8).map(
        lambda one: tuple(one[: len(one) // 2 * 2])
    ),
}


def _alike_spans(one: Span, other: Span) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared / (max(one[1], other[1]) - min(one[0], other[0])) if one[2] == other[2] else 0.0


@given(st.lists(SPANS, min_size=2, max_size=4))
@settings(max_examples=200, deadline=None)
def test_spans_that_meet_are_those_found_by_comparing_all(answers: list[list[Span]]):
    marks = sorted((span, owner) for owner, answer in enumerate(answers) for span in set(answer))
    found, owners = [span for span, _ in marks], [owner for _, owner in marks]
    plain = {
        (_alike_spans(found[one], found[other]), one, other)
        for one, other in combinations(range(len(found)), 2)
        if owners[one] != owners[other]
        and _alike_spans(found[one], found[other]) >= SIMILARITY_LEAST
    }
    labels, starts, ends = spans.columns(found)
    columns = spans.pairs_alike(labels, np.array(owners, dtype=np.int64), starts, ends)
    assert set(zip(*(column.tolist() for column in columns), strict=True)) == plain


@pytest.mark.parametrize("kind", NUMBERS)
@given(chance=st.data())
@settings(max_examples=60, deadline=None)
def test_shapes_that_are_alike_are_those_found_by_comparing_all(kind: str, chance: st.DataObject):
    drawn = chance.draw(st.lists(NUMBERS[kind], max_size=16))
    owners = chance.draw(st.lists(st.integers(0, 2), min_size=len(drawn), max_size=len(drawn)))
    plain = {
        (one, other): alike
        for one, other in combinations(range(len(drawn)), 2)
        if owners[one] != owners[other]
        and (alike := geometry.similarity(kind, drawn[one], drawn[other])) >= SIMILARITY_LEAST
    }
    alike, ones, others = geometry.alike_pairs(kind, drawn, owners)
    found = dict(zip(zip(ones.tolist(), others.tolist(), strict=True), alike.tolist(), strict=True))
    assert found == pytest.approx(plain)


def test_answers_whose_marks_all_meet_are_compared_up_to_a_ceiling():
    nested = [(step, 10_000 - step, "A") for step in range(2_000)]
    assert spans.spans_similarity(nested[:1_000], nested[:1_000]) == 1.0
    with pytest.raises(TooManyPairs):
        spans.spans_similarity(nested, nested)
    stacked = [("box", "A", (float(step), 0.0, 10_000.0, 10.0)) for step in range(2_000)]
    assert shapes.shapes_similarity(stacked[:1_000], stacked[:1_000]) == 1.0
    with pytest.raises(TooManyPairs):
        shapes.shapes_similarity(stacked, stacked)


def test_many_marks_that_lie_apart_are_far_from_the_ceiling():
    apart = [(10 * step, 10 * step + 8, "A") for step in range(PAIRS_MAX // 100)]
    assert spans.spans_similarity(apart, apart) == 1.0
    column = [("box", "A", (0.0, 10.0 * step, 10.0, 9.0)) for step in range(4_000)]
    assert shapes.shapes_similarity(column, column) == 1.0


def test_a_task_that_is_too_much_to_compare_teaches_nothing_and_keeps_nothing_from_being_learned():
    nested = [(step, 10_000 - step, "A") for step in range(2_000)]
    honest = PastTask(kind=quality.SPANS, votes=[("anna", [(0, 4, "A")]), ("ben", [(0, 4, "A")])])
    crafted = PastTask(kind=quality.SPANS, votes=[("anna", nested), ("eve", nested)])
    assert experience_from([crafted], Experience()) == Experience()
    told = experience_from([crafted, honest], Experience())
    assert told == experience_from([honest], Experience())
