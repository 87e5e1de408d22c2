"""`Incremental` with names: what `aggregate` finds, in whatever order votes come."""

import datetime
import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality import Aggregation, BadTable, Incremental, UnknownMethod, aggregate
from evenhand.quality.request import Limits

Row = tuple[str, int, str]

rows = st.lists(
    st.tuples(st.sampled_from("qrstuv"), st.integers(-2, 2), st.sampled_from(["no", "yes", "so"])),
    min_size=1,
    max_size=40,
)
DOCS = Path(__file__).parents[2] / "docs" / "quality.md"


def table(rows: list[Row]) -> dict[str, list[object]]:
    return {
        name: [row[place] for row in rows]
        for place, name in enumerate(("task", "annotator", "label"))
    }


def same(one: Aggregation, other: Aggregation, tolerance: float = 1e-6) -> None:
    assert one.table.column("task").equals(other.table.column("task"))
    assert one.classes.equals(other.classes)
    assert one.table.column("label").to_pylist() == other.table.column("label").to_pylist()
    for name in ("confidence",):
        ours, theirs = (found.table.column(name).to_numpy() for found in (one, other))
        assert ours == pytest.approx(theirs, abs=tolerance)
    assert one.annotators.column_names == other.annotators.column_names
    for name in one.annotators.column_names:
        ours, theirs = (found.annotators.column(name).to_pylist() for found in (one, other))
        if isinstance(ours[0], float):
            assert ours == pytest.approx(theirs, abs=tolerance)
        elif name == "confusion":
            assert np.allclose(ours, theirs, atol=tolerance)
        else:
            assert ours == theirs


def drawn(votes: int, seed: int) -> list[Row]:
    """Draw votes of thirty annotators on four labels, five a task, shuffled."""
    chance = np.random.default_rng(seed)
    skill = chance.uniform(0.5, 0.95, 30)
    names = ["ash", "birch", "oak", "yew"]
    found: list[Row] = []
    for task in range(votes // 5):
        truth = int(chance.integers(4))
        for who in chance.permutation(30)[:5].tolist():
            wrong = chance.random() > skill[who]
            found.append((f"task {task}", who, names[(truth + wrong * chance.integers(1, 4)) % 4]))
    return [found[place] for place in chance.permutation(len(found)).tolist()]


@pytest.mark.parametrize("method", ["dawid-skene", "one-coin", "map"])
@given(rows=rows, cuts=st.lists(st.integers(0, 40), max_size=3), order=st.randoms())
@settings(max_examples=25, deadline=None)
def test_settled_it_is_what_aggregate_finds_whatever_the_order(
    method: str, rows: list[Row], cuts: list[int], order
):
    shuffled = list(rows)
    order.shuffle(shuffled)
    live = Incremental(method)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 40], strict=True):
        if shuffled[start:end]:
            live.add(table(shuffled[start:end]))
    # Few turns: where votes say nothing, many would blow rounding up to another optimum.
    live.converge(Limits(max_iterations=4, tolerance=-1))
    whole = aggregate(table(rows), method, max_iterations=4, tolerance=-1)
    same(live.result(), whole, 1e-5)
    assert live.result().log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-5)
    assert live.result().notes == whole.notes


def test_after_refits_it_is_nearly_what_aggregate_finds():
    votes = drawn(10_000, 1)
    live = Incremental()
    live.add(table(votes[:9_000]))
    live.converge()
    for start in range(9_000, 10_000, 100):
        live.add(table(votes[start : start + 100]))
        live.refit()
    found, whole = live.result(), aggregate(table(votes), "dawid-skene")
    assert found.table.column("task").equals(whole.table.column("task"))
    ours, theirs = (one.table.column("label").to_numpy() for one in (found, whole))
    assert (ours == theirs).mean() > 0.995
    ours, theirs = (one.annotators.column("skill").to_numpy() for one in (found, whole))
    assert ours == pytest.approx(theirs, abs=0.01)
    assert found.annotators.column("votes").equals(whole.annotators.column("votes"))


@pytest.mark.parametrize(
    "ids",
    [
        [7, 3, 900, 5], [True, False], [2.5, -1.0, 4.0], ["ö", "", "z" * 300],
        [datetime.date(2026, 1, day) for day in (3, 1, 2)],
    ],
)  # fmt: skip
def test_ids_may_be_of_any_type(ids: list[object]):
    votes = [(task, who, "ab"[place % 2]) for place, task in enumerate(ids) for who in ids]
    live = Incremental()
    for row in votes:
        live.add(table([row]))
    live.converge(Limits(max_iterations=5, tolerance=-1))
    same(live.result(), aggregate(table(votes), "dawid-skene", max_iterations=5, tolerance=-1))


def test_frames_of_other_libraries_are_taken_and_types_of_text_and_numbers_may_differ():
    votes = table(drawn(500, 2))
    parts = [{name: column[start::3] for name, column in votes.items()} for start in range(3)]
    narrow = pa.table(parts[2])
    narrow = narrow.set_column(1, "annotator", narrow.column("annotator").cast(pa.int16()))
    live = Incremental()
    for part in (pd.DataFrame(parts[0]), pl.DataFrame(parts[1]), narrow):
        live.add(part)
    whole = aggregate(votes, "dawid-skene")
    live.converge()
    assert live.result().table.column("label").to_pylist() == whole.table["label"].to_pylist()


def test_a_table_that_is_refused_leaves_nothing_behind():
    live = Incremental()
    live.add(table([("a", 1, "yes")]))
    for bad in (
        {"task": [9], "annotator": [1], "label": ["no"]},
        {"task": ["b"], "annotator": [1], "label": [4]},
        {"task": ["b"], "annotator": [None], "label": ["no"]},
        {"task": ["b"], "annotator": [1]},
    ):
        with pytest.raises(BadTable):
            live.add(bad)
    with pytest.raises(BadTable, match="label"):
        live.add_gold({"a": 3})
    assert live.result().table.to_pylist() == [{"task": "a", "label": "yes", "confidence": 1.0}]
    assert live.result().classes.to_pylist() == ["yes"]


def test_gold_stands_may_come_before_its_votes_and_can_be_taken_back():
    votes = drawn(2_000, 3)
    live = Incremental()
    live.add_gold({"task 7": "fir", "nobody's": "oak"})
    live.add(table(votes))
    live.refit()

    def label() -> object:
        found = live.result().table
        return found.column("label")[found.column("task").to_pylist().index("task 7")].as_py()

    assert label() == "fir"
    gold = {"task 7": "fir"}
    live.converge(Limits(max_iterations=5, tolerance=-1))
    assert live.result().classes.to_pylist() == ["ash", "birch", "fir", "oak", "yew"]
    assert "nobody's" not in live.result().table.column("task").to_pylist()
    before = aggregate(table(votes), "dawid-skene", gold=gold).table
    assert (
        label() == before.column("label")[before.column("task").to_pylist().index("task 7")].as_py()
    )


def test_gold_can_be_taken_back():
    votes = drawn(2_000, 4)
    live = Incremental()
    live.add(table(votes))
    live.refit()
    found = live.result().table
    first = {row["task"]: row["label"] for row in found.to_pylist()}
    other = "oak" if first["task 7"] != "oak" else "yew"
    for gold, wanted in ((other, other), (None, first["task 7"])):
        live.add_gold({"task 7": gold})
        live.refit()
        now = {row["task"]: row["label"] for row in live.result().table.to_pylist()}
        assert now["task 7"] == wanted


def test_what_came_after_the_last_refit_does_not_count_yet():
    live = Incremental()
    live.add(table([("a", 1, "yes"), ("a", 2, "yes")]))
    live.refit()
    first = live.result()
    live.add(table([("0", 0, "0"), ("b", 3, "no")]))
    assert live.result().table.equals(first.table)
    assert live.result().annotators.equals(first.annotators)
    live.refit()
    assert live.result().table.column("task").to_pylist() == ["0", "a", "b"]


def test_a_degenerate_solution_is_named():
    live = Incremental("one-coin")
    # Half of the tasks are "b", which one in three calls "a" and nobody the other way round.
    votes = drawn_lopsided(400)
    live.add(table(votes))
    live.converge()
    assert live.result().notes == aggregate(table(votes), "one-coin").notes


def drawn_lopsided(tasks: int) -> list[Row]:
    chance = np.random.default_rng(1)
    return [
        (f"{task}", who, "b" if task % 2 and chance.random() < 0.52 else "a")
        for task in range(tasks)
        for who in chance.permutation(9)[:5].tolist()
    ]


def test_an_unknown_method_and_nothing_at_all():
    with pytest.raises(UnknownMethod, match="dawid-skene, one-coin, map"):
        Incremental("auto")
    assert Incremental().result().table.num_rows == 0


def test_the_example_of_the_docs_does_what_it_says():
    section = DOCS.read_text(encoding="utf-8").split("### Kept up to date")[1]
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert example is not None
    names: dict[str, object] = {}
    exec(example[1], names)
    assert names["label_of_b"] == "dog"
