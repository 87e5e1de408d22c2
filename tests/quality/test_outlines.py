"""Outlines compared by their crossings are as alike as their rasters say, and cost what is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import SHAPES
from evenhand.quality.live.consensus import consensus
from evenhand.quality.mark import outlines
from evenhand.quality.mark.geometry import similarity
from evenhand.quality.mark.meeting import TooManyPairs
from evenhand.quality.mark.outlines import Outlines
from evenhand.quality.mark.shapes import shapes_similarity

# On a coarse grid outlines touch, repeat, cross themselves and have no area; far from the origin
# their rasters are finer than numbers there are.
COARSE = st.integers(0, 24).map(lambda number: number / 4)
FINE = st.floats(-1_000, 1_000, allow_subnormal=False)
FAR = st.floats(999_999.0, 999_999.000_001)


def _chains(least: int) -> st.SearchStrategy[list[tuple[float, ...]]]:
    one = st.sampled_from([COARSE, FINE, FAR]).flatmap(
        lambda place: st.lists(st.tuples(place, place), min_size=least, max_size=9)
    )
    return st.lists(one.map(lambda chain: tuple(n for at in chain for n in at)), min_size=1)


@pytest.mark.parametrize(("kind", "least"), [("polygon", 3), ("line", 2)])
@pytest.mark.parametrize("at_once", [outlines.STEPS_AT_ONCE, 300])
@given(chance=st.data())
@settings(max_examples=150, deadline=None)
def test_pairs_are_as_alike_as_one_by_one(
    kind: str, least: int, at_once: int, chance: st.DataObject
):
    shapes = chance.draw(_chains(least))
    places = st.integers(0, len(shapes) - 1)
    pairs = chance.draw(st.lists(st.tuples(places, places), min_size=1, max_size=30))
    ones, others = np.array(pairs, dtype=np.int64).T
    with pytest.MonkeyPatch.context() as patch:
        # Few at once: then blocks end in the middle, and large pairs are filled in cell by cell.
        patch.setattr(outlines, "STEPS_AT_ONCE", at_once)
        found = Outlines(kind).alike(shapes, ones, others)
    assert found.tolist() == [similarity(kind, shapes[one], shapes[two]) for one, two in pairs]


def _star(corners: int, shift: float) -> tuple[str, str, tuple[float, ...]]:
    turn = np.arange(corners) * np.pi * (1 - 1 / corners)
    places = np.stack([500 + 400 * np.cos(turn) + shift, 500 + 400 * np.sin(turn)], axis=1)
    return "polygon", "star", tuple(places.ravel().tolist())


def test_what_was_compared_for_the_agreement_is_not_compared_again(monkeypatch):
    looked_at: list[int] = []
    polygons = Outlines._polygons

    def counted(self: Outlines, ones: np.ndarray, others: np.ndarray) -> np.ndarray:
        looked_at.append(ones.size)
        return polygons(self, ones, others)

    monkeypatch.setattr(Outlines, "_polygons", counted)
    answers = [[_star(9, 40.0 * n + who) for n in range(20)] for who in range(3)]
    found = consensus(SHAPES, answers)
    assert len(found.answer or ()) == 20
    whole = 60 * 61 // 2
    assert sum(looked_at) <= whole, "at most each pair once"


def test_intricate_outlines_that_all_meet_are_refused_before_they_take_long():
    one, other = ([_star(201, n / 9 + who / 30) for n in range(150)] for who in range(2))
    with pytest.raises(TooManyPairs):
        shapes_similarity(one, other)
    lines = [
        [("line", "x", (n / 500, 0.0, n / 400 + who, 9.0)) for n in range(1_000)]
        for who in range(2)
    ]
    with pytest.raises(TooManyPairs):
        shapes_similarity(*lines)


def test_a_thousand_outlines_of_which_each_meets_a_few_others_are_all_compared():
    def drawn(shift: float) -> list[tuple[str, str, tuple[float, ...]]]:
        turn = 2 * np.pi * np.arange(33) / 33
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * 12
        places = [(20.0 * (n % 40) + shift, 20.0 * (n // 40)) for n in range(1_000)]
        return [("polygon", "cell", tuple((ring + at).ravel().tolist())) for at in places]

    assert shapes_similarity(drawn(0.0), drawn(1.0)) == 1.0
