"""Marks are grouped as if pair after pair was looked at, though many are joined at once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.mark.matching import clusters

MARKS = 20
# Few degrees of likeness, so that many pairs are equal and fall by position.
PAIRS = st.lists(
    st.tuples(
        st.integers(0, MARKS - 1), st.integers(0, MARKS - 1), st.sampled_from([0.5, 0.7, 0.9, 1.0])
    ),
    max_size=80,
)


def one_by_one(owners: Ints, alike: Floats, ones: Ints, others: Ints) -> list[int]:
    """Join the groups of each pair in turn, the most alike first."""
    groups = [{mark} for mark in range(owners.size)]
    for pair in np.lexsort((others, ones, -alike)):
        here, there = (
            next(group for group in groups if mark in group) for mark in (ones[pair], others[pair])
        )
        if here is not there and not set(owners[list(here)]) & set(owners[list(there)]):
            groups.remove(there)
            here |= there
    groups.sort(key=min)
    return [next(at for at, group in enumerate(groups) if mark in group) for mark in range(MARKS)]


@given(owners=st.lists(st.integers(0, 70), min_size=MARKS, max_size=MARKS), pairs=PAIRS)
@settings(deadline=None)
def test_marks_are_grouped_as_pair_after_pair_would_have_them(
    owners: list[int], pairs: list[tuple[int, int, float]]
):
    whose = np.array(owners)
    apart = sorted(
        {pair for pair in pairs if pair[0] < pair[1] and owners[pair[0]] != owners[pair[1]]}
    )
    ones, others = np.array([pair[:2] for pair in apart], dtype=np.int64).reshape(-1, 2).T
    alike = np.array([pair[2] for pair in apart], dtype=np.float64)
    found = clusters(whose, (alike, ones, others))
    assert found.tolist() == one_by_one(whose, alike, ones, others)
