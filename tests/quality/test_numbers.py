"""Numbers: what the weighted means find, when the plain mean is kept, and laws of all methods."""

import csv
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.crowd import FOLDER, crowd

from evenhand.quality.aggregation import Aggregation
from evenhand.quality.frame import BadTable, read
from evenhand.quality.number.estimates import METHODS
from evenhand.quality.number.gamma import log_gamma
from evenhand.quality.number.numbers import aggregate_number
from evenhand.quality.request import Limits, Request, UnknownMethod

Table = dict[str, list[object] | np.ndarray]

votes = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(-20, 20)), min_size=1, max_size=50
)


def found(table: Table, method: str = "auto", **more: object) -> Aggregation:
    return aggregate_number(read(table), Request(method=method, **more))


def values(aggregation: Aggregation) -> dict[object, float]:
    table = aggregation.table.to_pydict()
    return dict(zip(table["task"], table["label"], strict=True))


def columns(rows: list[tuple[int, int, float]]) -> Table:
    task, annotator, label = zip(*rows, strict=True)
    return {"task": list(task), "annotator": list(annotator), "label": np.array(label, float)}


@dataclass
class Planted:
    table: Table
    truth: np.ndarray
    noise: np.ndarray
    bias: np.ndarray

    def error(self, method: str) -> float:
        """Return the root of the mean squared error of a method's values."""
        label = found(self.table, method).table.column("label").to_numpy()
        return float(np.sqrt(np.mean((label - self.truth) ** 2)))


def planted(
    seed: int,
    *,
    annotators: int = 40,
    votes_each: int = 5,
    uneven: float = 0.0,
    bias: float = 0.0,
    wild: float = 0.0,
) -> Planted:
    """Five hundred values, annotators with noise and bias, and some votes that are anything."""
    chance = np.random.default_rng(seed)
    truth = chance.normal(50, 10, 500)
    task = np.repeat(np.arange(500), votes_each)
    who = np.concatenate([chance.permutation(annotators)[:votes_each] for _ in range(500)])
    noise = 8 * np.exp(chance.normal(0, uneven, annotators))
    off = chance.normal(0, bias, annotators)
    off -= off.mean()
    label = truth[task] + off[who] + chance.normal(size=task.size) * noise[who]
    label = np.where(chance.random(task.size) < wild, chance.uniform(-100, 200, task.size), label)
    return Planted({"task": task, "annotator": who, "label": label}, truth, noise, off)


def snow(name: str) -> tuple[Table, dict[str, float]]:
    """Read one of the numeric sets of Snow et al. (2008)."""
    path = FOLDER / "Snow2008" / f"{name}.standardized.tsv"
    if not path.exists():
        pytest.skip("needs the crowd data sets; set EVENHAND_TEST_DATA to their folder")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    first: dict[tuple[str, str], float] = {}
    for _, annotator, task, label, _ in rows:
        first.setdefault((task, annotator), float(label))
    table: Table = {
        "task": [task for task, _ in first],
        "annotator": [who for _, who in first],
        "label": np.array(list(first.values())),
    }
    return table, {task: float(gold) for _, _, task, _, gold in rows}


def errors(aggregation: Aggregation, truth: dict[str, float]) -> tuple[float, float]:
    off = np.array([label - truth[task] for task, label in values(aggregation).items()])
    return float(np.abs(off).mean()), float(np.sqrt((off**2).mean()))


@pytest.mark.parametrize(("name", "most"), [("anger", 6.73), ("disgust", 8.10), ("sadness", 8.08)])
def test_weights_are_chosen_where_they_help(name: str, most: float):
    table, truth = snow(name)
    chosen = found(table)
    assert chosen.method.name == "weighted"
    assert chosen.converged
    assert errors(chosen, truth)[0] <= most


@pytest.mark.parametrize("name", ["fear", "joy", "surprise", "valence", "wordsim"])
def test_what_is_chosen_is_never_much_worse_than_the_mean(name: str):
    table, truth = snow(name)
    assert errors(found(table), truth)[0] <= 1.02 * errors(found(table, "mean"), truth)[0]


def test_the_mean_is_kept_where_quiet_annotators_only_say_nothing():
    (tasks, annotators, labels), truth = crowd("N_Emotion", "answer.csv")
    numbers = np.array([float(label) for label in labels])
    chosen = found({"task": tasks, "annotator": annotators, "label": numbers})
    gold = {task: float(label) for task, label in truth.items()}
    assert chosen.method.name == "mean"
    error, root = errors(chosen, gold)
    assert error <= 12.02 + 0.005
    assert root <= 17.84


def test_uneven_annotators_are_weighed():
    world = planted(2, uneven=0.7)
    assert found(world.table).method.name == "weighted"
    assert world.error("auto") < 0.7 * world.error("mean")


def test_even_annotators_count_as_in_the_mean():
    for seed, people in ((1, 40), (8, 400)):
        world = planted(seed, annotators=people)
        assert world.error("auto") < 1.005 * world.error("mean")


def test_biases_are_taken_off_where_annotators_meet_different_tasks():
    world = planted(3, bias=8.0)
    chosen = found(world.table)
    assert chosen.method.name == "calibrated"
    assert world.error("auto") < 0.8 * world.error("mean")
    bias = chosen.annotators.column("bias").to_numpy()
    assert np.abs(bias - world.bias).mean() < 1.5


def test_votes_that_are_anything_are_left_out():
    world = planted(5, wild=0.05)
    assert found(world.table).method.name == "robust"
    assert world.error("auto") < 0.5 * world.error("mean")


def test_few_votes_each_do_no_harm():
    world = planted(7, annotators=400, votes_each=3, uneven=0.7)
    assert world.error("auto") < 0.9 * world.error("mean")


@pytest.mark.parametrize("method", ["mean", "weighted", "calibrated"])
def test_intervals_hold_the_true_value_as_often_as_they_say(method: str):
    world = planted(11, votes_each=8)
    table = found(world.table, method).table.to_pydict()
    inside = (np.array(table["lower"]) <= world.truth) & (world.truth <= np.array(table["upper"]))
    assert 0.91 < inside.mean() < 0.98


def test_an_annotators_variance_is_found():
    world = planted(4, annotators=20, votes_each=8, uneven=0.6)
    annotators = found(world.table, "weighted").annotators
    ratio = annotators.column("variance").to_numpy() / world.noise**2
    assert np.abs(np.log(ratio)).mean() < 0.25
    skill, lower, upper = (
        annotators.column(name).to_numpy() for name in ("skill", "lower", "upper")
    )
    assert ((lower >= 0) & (lower < skill) & (skill < upper) & (upper <= 1)).all()
    assert np.corrcoef(skill, world.noise)[0, 1] < -0.9


@pytest.mark.parametrize("method", ["auto", *METHODS])
@given(rows=votes, seed=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(
    method: str, rows: list[tuple[int, int, float]], seed: int
):
    shuffled = list(rows)
    np.random.default_rng(seed).shuffle(shuffled)
    one, other = found(columns(rows), method), found(columns(shuffled), method)
    assert one.table == other.table
    assert one.annotators == other.annotators


@pytest.mark.parametrize("method", list(METHODS))
@given(rows=votes, shift=st.integers(-9, 9), scale=st.sampled_from([0.5, 2.0, 10.0]))
@settings(max_examples=12, deadline=None)
def test_another_unit_gives_the_same_values_in_that_unit(
    method: str, rows: list[tuple[int, int, float]], shift: int, scale: float
):
    limits = Limits(max_iterations=12, tolerance=0.0)
    table = columns(rows)
    one = np.array(list(values(found(table, method, limits=limits)).values()))
    table["label"] = scale * table["label"] + shift
    other = np.array(list(values(found(table, method, limits=limits)).values()))
    assert np.allclose(scale * one + shift, other, atol=1e-6 * max(1.0, np.abs(other).max()))


@pytest.mark.parametrize("method", ["auto", *METHODS])
@given(rows=votes)
@settings(max_examples=12, deadline=None)
def test_values_lie_among_the_votes_and_shares_between_0_and_1(
    method: str, rows: list[tuple[int, int, float]]
):
    aggregation = found(columns(rows), method)
    given_votes = [label for _, _, label in rows]
    biased = aggregation.method.name == "calibrated"
    for row in aggregation.table.to_pylist():
        assert 0 <= row["confidence"] <= 1
        assert row["lower"] <= row["label"] <= row["upper"]
        if not biased:
            assert min(given_votes) - 1e-9 <= row["label"] <= max(given_votes) + 1e-9


@given(rows=votes)
@settings(max_examples=20, deadline=None)
def test_annotators_may_have_any_name(rows: list[tuple[int, int, float]]):
    renamed = [(task, f"{(7 * who) % 5}", label) for task, who, label in rows]
    for method in METHODS:
        limits = Limits(max_iterations=12, tolerance=0.0)
        one = values(found(columns(rows), method, limits=limits))
        other = values(found(columns(renamed), method, limits=limits))
        assert list(one.values()) == pytest.approx(list(other.values()), abs=1e-6)


def test_a_known_value_stands_and_teaches_who_is_off():
    rows = [
        (task, who, float(task + (10 if who == 2 else 0))) for task in range(12) for who in range(3)
    ]
    rows = [row for row in rows if not (row[0] < 6 and row[1] < 2)]
    blind = values(found(columns(rows), "calibrated"))
    taught = found(columns(rows), "calibrated", gold={task: float(task) for task in range(6, 12)})
    assert values(taught)[7] == 7.0
    assert taught.table.column("confidence").to_pylist()[7] == 1.0
    assert abs(values(taught)[0]) < abs(blind[0])


def test_earlier_work_weighs_annotators():
    rows = [(task, who, float(task if who else task + 5)) for task in range(5) for who in (0, 1)]
    history = {
        "annotator": [0, 1], "skill": [0.1, 0.9], "votes": [500, 500], "variance": [100.0, 0.01],
    }  # fmt: skip
    assert values(found(columns(rows), "weighted", history=history))[0] == pytest.approx(0, abs=0.1)
    assert values(found(columns(rows), "weighted"))[0] == pytest.approx(2.5, abs=0.1)


def test_several_votes_of_one_annotator_on_a_task_are_one():
    rows = [(0, 0, 0.0), (0, 0, 10.0), (0, 1, 20.0)]
    assert values(found(columns(rows), "mean")) == {0: 12.5}


def test_what_is_no_number_is_refused_with_the_remedy():
    with pytest.raises(BadTable, match="cast the column label"):
        found({"task": [1], "annotator": [1], "label": ["much"]})
    with pytest.raises(BadTable, match="first in row 1"):
        found({"task": [1, 2], "annotator": [1, 1], "label": [1.0, math.inf]})
    with pytest.raises(UnknownMethod, match="weighted"):
        found({"task": [1], "annotator": [1], "label": [1.0]}, "mode")


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_no_votes_are_no_tasks(method: str):
    empty: Table = {"task": [], "annotator": [], "label": np.zeros(0)}
    assert found(empty, method).table.num_rows == 0


@given(st.floats(0.01, 1e6))
def test_the_logarithm_of_the_gamma_function_is_right(x: float):
    assert float(log_gamma(np.array([x]))[0]) == pytest.approx(math.lgamma(x), rel=1e-10, abs=1e-10)
