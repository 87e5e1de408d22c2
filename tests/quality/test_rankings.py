"""Rankings: the peers' answers, the definition, and orders that nobody can tell apart."""

from itertools import combinations, permutations

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.aggregate import aggregate
from evenhand.quality.frame import BadTable
from evenhand.quality.pair import orders
from evenhand.quality.pair.orders import kemeny, plackett_luce
from evenhand.quality.pair.rankings import METHODS
from evenhand.quality.request import UnknownMethod

Rankings = list[list[int]]


@st.composite
def rankings(draw: st.DrawFn, *, most: int = 6) -> Rankings:
    """Rankings of all items; the first two are each other's reverse, so that all is connected."""
    count = draw(st.integers(2, most))
    more = draw(st.lists(st.permutations(range(count)), max_size=6))
    first = list(range(count))
    return [first, first[::-1], *more]


def found(given: Rankings, method: str = "auto", task: object = None):
    table = {
        "task": [0] * len(given) if task is None else task,
        "annotator": list(range(len(given))),
        "label": given,
    }
    return aggregate(table, method, kind="rankings")


def arrays(given: Rankings) -> list[np.ndarray]:
    return [np.array(ranking) for ranking in given]


def cost(order: tuple[int, ...], given: Rankings) -> int:
    """Count the pairs of all rankings that an order contradicts."""
    return sum(
        ranking.index(second) < ranking.index(first)
        for ranking in given
        for first, second in combinations(order, 2)
    )


@given(given=rankings())
@settings(max_examples=40, deadline=None)
def test_scores_are_those_of_choix(given: Rankings):
    count = len(given[0])
    peer = choix.ilsr_rankings(count, given, max_iter=10_000, tol=1e-12)
    assert np.abs(plackett_luce(arrays(given), count) - (peer - peer.mean())).max() < 1e-6


@given(given=rankings(most=5))
@settings(max_examples=40, deadline=None)
def test_no_order_contradicts_fewer_pairs(given: Rankings):
    count = len(given[0])
    costs = {order: cost(order, given) for order in permutations(range(count))}
    best = [order for order, one in costs.items() if one == min(costs.values())]
    mean_place = [np.mean([count - order.index(item) for order in best]) for item in range(count)]
    assert kemeny(arrays(given), count) == pytest.approx(mean_place)


@given(given=rankings(most=7))
@settings(max_examples=30, deadline=None)
def test_no_single_move_betters_the_order_that_is_found_nearby(given: Rankings):
    count = len(given[0])
    exact, orders.EXACT_MAX = orders.EXACT_MAX, 0
    try:
        order = tuple(np.argsort(-kemeny(arrays(given), count)).tolist())
    finally:
        orders.EXACT_MAX = exact
    for item in order:
        rest = [one for one in order if one != item]
        for place in range(count):
            moved = (*rest[:place], item, *rest[place:])
            assert cost(order, given) <= cost(moved, given)


@pytest.mark.parametrize("method", METHODS)
@given(given=rankings(), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(method: str, given: Rankings, seed: int):
    place = np.random.default_rng(seed).permutation(len(given))
    table = {"task": [0] * len(given), "annotator": list(range(len(given))), "label": given}
    turned = {name: [column[one] for one in place] for name, column in table.items()}
    one, other = (aggregate(each, method, kind="rankings") for each in (table, turned))
    assert one.table == other.table
    assert one.annotators == other.annotators


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_what_most_say_is_the_order(method: str):
    given = [["a", "b", "c", "d"]] * 5 + [["b", "a", "c", "d"], ["d", "c", "b", "a"]]
    result = found(given, method)
    assert result.table.column("label").to_pylist() == [["a", "b", "c", "d"]]
    skill = result.annotators.column("skill").to_pylist()
    assert skill[0] == 1.0
    assert skill[6] == 0.0


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_a_tie_has_no_order(method: str):
    result = found([["a", "b"], ["b", "a"]], method)
    assert result.table.column("label").to_pylist() == [None]
    assert result.table.column("confidence").to_pylist() == [0.5]


@pytest.mark.parametrize("method", METHODS)
def test_rankings_may_leave_items_out(method: str):
    given = [["a", "b"], ["b", "c"], ["a", "c"], ["a", "b", "c"], ["b", "a"], ["c", "b"]]
    assert found(given, method).table.column("label").to_pylist() == [["a", "b", "c"]]


def test_every_task_has_its_own_items():
    result = found([["a", "b"], ["x", "y", "z"]], "borda", [1, 2])
    assert result.table.column("label").to_pylist() == [["a", "b"], ["x", "y", "z"]]


def test_planted_orders_are_found():
    chance = np.random.default_rng(3)
    strength = np.linspace(2, -2, 7)
    given = [np.argsort(-(strength + chance.gumbel(size=7))).tolist() for _ in range(60)]
    result = found(given)
    assert set(result.method.evidence) == set(METHODS)
    assert result.table.column("label").to_pylist() == [list(range(7))]


def test_what_is_no_ranking_is_refused_with_the_remedy():
    with pytest.raises(BadTable, match="names an item twice"):
        found([["a", "a"]])
    with pytest.raises(BadTable, match="give each row a list"):
        aggregate({"task": [1], "annotator": [1], "label": ["a"]}, kind="rankings")
    with pytest.raises(UnknownMethod, match="borda"):
        found([["a", "b"]], "elo")
