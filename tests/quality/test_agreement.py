"""Agreement: worked examples, other people's implementations, laws, and intervals that hold."""

import krippendorff
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from quality.crowd_sets import crowd_set
from sklearn.metrics import cohen_kappa_score

from evenhand.quality.agreement import (
    Agreement,
    BadMeasure,
    agreement,
    agreement_by_class,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    percent_agreement,
)
from evenhand.quality.agreement.distances import jaccard, masi, overlap
from evenhand.quality.frame import BadTable

# Krippendorff's four observers of twelve units; 0 is missing.
CANON = (
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
)
# Fleiss 1971 as his table is usually printed: ten subjects, five categories, fourteen raters.
FLEISS = (
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
)  # fmt: skip

cells = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=4, max_size=4),
    min_size=1,
    max_size=12,
)


def rows_of(matrix) -> dict[str, list]:
    """List what stands in a matrix of tasks by annotators."""
    given_ = [
        (task, who, value)
        for task, row in enumerate(matrix)
        for who, value in enumerate(row)
        if value is not None
    ]
    return {
        "task": [row[0] for row in given_],
        "annotator": [row[1] for row in given_],
        "label": [row[2] for row in given_],
    }


def canon() -> dict[str, list]:
    return rows_of([[value or None for value in unit] for unit in zip(*CANON, strict=True)])


def reliability(matrix) -> np.ndarray:
    """Lay out the matrix as `krippendorff` wants it: annotators by tasks, nan for missing."""
    return np.array([[np.nan if v is None else v for v in row] for row in matrix], dtype=float).T


@pytest.mark.parametrize(
    ("distance", "alpha"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_is_that_of_the_textbook(distance: str, alpha: float):
    found = agreement(canon(), "alpha", distance)
    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert found.tasks == 11
    assert found.votes == 40


def test_fleiss_kappa_is_that_of_the_paper():
    tasks = np.repeat(np.arange(10), 14)
    labels = np.concatenate([np.repeat(np.arange(5), row) for row in FLEISS])
    # 0.37802 and 0.21275 are the mean agreement and the chance of the table.
    assert fleiss_kappa(tasks, labels) == pytest.approx(
        (0.378022 - 0.212755) / (1 - 0.212755), abs=1e-5
    )
    assert percent_agreement(tasks, labels) == pytest.approx(0.378022, abs=1e-6)


def test_cohens_kappa_is_that_worked_by_hand():
    # Two readers of fifty proposals: both yes 20, both no 15, 5 and 10 apart: (0.7 - 0.5) / 0.5.
    one = [1] * 25 + [0] * 25
    other = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohen_kappa(one, other) == pytest.approx(0.4)


@given(matrix=cells, distance=st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
@settings(max_examples=300, deadline=None)
def test_alpha_equals_that_of_krippendorffs_package(matrix, distance: str):
    table = rows_of(matrix)
    assume(table["task"])
    ours = agreement(table, "alpha", distance, intervals=0)
    if ours.value is None:
        assert ours.undefined
        # The package raises, or divides nothing by nothing.
        with pytest.raises((ValueError, RuntimeWarning)):
            krippendorff.alpha(reliability(matrix), level_of_measurement=distance)
        return
    peer = krippendorff.alpha(reliability(matrix), level_of_measurement=distance)
    assert ours.value == pytest.approx(peer, abs=1e-6)
    light = krippendorff_alpha(table["task"], table["label"], distance=distance)
    assert light == pytest.approx(peer, abs=1e-6)


@given(
    seed=st.integers(0, 10_000),
    values=st.integers(2, 120),
    distance=st.sampled_from(["nominal", "ordinal", "interval", "ratio"]),
)
@settings(max_examples=40, deadline=None)
def test_alpha_of_many_values_equals_that_of_krippendorffs_package(seed, values, distance):
    chance = np.random.default_rng(seed)
    matrix = chance.integers(1, values + 1, (6, 40)).astype(float)
    matrix[chance.random(matrix.shape) < 0.4] = np.nan
    who, task = np.nonzero(~np.isnan(matrix))
    table = {"task": task, "annotator": who, "label": matrix[who, task]}
    ours = agreement(table, "alpha", distance, intervals=0)
    peer = krippendorff.alpha(matrix, level_of_measurement=distance)
    assert ours.value == pytest.approx(peer, abs=1e-6)


@given(
    pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40),
    weights=st.sampled_from([None, "linear", "quadratic"]),
)
@settings(max_examples=200, deadline=None)
def test_cohens_kappa_equals_that_of_scikit_learn(pairs, weights):
    one, other = zip(*pairs, strict=True)
    ours = cohen_kappa(one, other, weights=weights)
    if ours is None:
        assert len(set(one) | set(other)) == 1
        return
    peer = cohen_kappa_score(one, other, weights=weights, labels=list(range(5)))
    assert ours == pytest.approx(peer, abs=1e-9)
    table = rows_of(pairs)
    named = {None: "nominal", "linear": "linear", "quadratic": "quadratic"}[weights]
    found = agreement(table, "cohen", named, order=range(5), intervals=0)
    assert found.value == pytest.approx(ours)


@given(matrix=cells, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_changes_nothing_at_all(matrix, seed: int):
    table = pa.table(rows_of(matrix))
    assume(table.num_rows)
    shuffled = table.take(np.random.default_rng(seed).permutation(table.num_rows))
    for measure in ("alpha", "percent", "fleiss"):
        one = agreement(table, measure, "nominal", intervals=50)
        other = agreement(shuffled, measure, "nominal", intervals=50)
        assert one == other


@given(matrix=cells)
@settings(max_examples=60, deadline=None)
def test_labels_may_have_any_name(matrix):
    table = rows_of(matrix)
    assume(table["task"])
    renamed = table | {"label": [f"name {6 - label}" for label in table["label"]]}
    one = agreement(table, intervals=0)
    other = agreement(renamed, intervals=0)
    assert one.value == (None if other.value is None else pytest.approx(other.value))
    assert one.undefined == other.undefined


def test_agreement_says_why_it_is_undefined():
    alone = agreement({"task": [1, 2], "annotator": ["a", "b"], "label": ["x", "y"]})
    assert alone.value is None
    assert "no pair" in str(alone.undefined)
    same = agreement({"task": [1, 1], "annotator": ["a", "b"], "label": ["x", "x"]})
    assert same.value is None
    assert "one value" in str(same.undefined)
    percent = agreement({"task": [1, 1], "annotator": ["a", "b"], "label": ["x", "x"]}, "percent")
    assert percent.value == 1
    empty = agreement({"task": [], "annotator": [], "label": []})
    assert empty.value is None
    alike = agreement(
        {"task": [1, 1], "annotator": ["a", "b"], "label": ["x", "y"]}, distance=lambda *_: 0.0
    )
    assert "distance 0" in str(alike.undefined)


def test_cohens_kappa_of_three_annotators_is_undefined():
    found = agreement(canon(), "cohen")
    assert found.value is None
    assert "two annotators" in str(found.undefined)


def test_a_vote_for_two_labels_is_half_a_vote_for_each():
    # Ann is torn between x and y, Ben says x: they agree by half, and Ann not with herself.
    torn = {
        "task": [1, 1, 1, 2, 2],
        "annotator": ["ann", "ann", "ben", "ann", "ben"],
        "label": ["x", "y", "x", "y", "y"],
    }
    assert agreement(torn, "percent").value == pytest.approx(0.75)
    assert agreement(torn, "percent").votes == 4
    alone = {"task": [1, 1], "annotator": ["ann", "ann"], "label": ["x", "y"]}
    assert agreement(alone, "percent").value is None


@given(matrix=cells)
@settings(max_examples=60, deadline=None)
def test_the_same_answer_twice_is_one_answer(matrix):
    table = rows_of(matrix)
    assume(table["task"])
    twice = {name: [*column, *column] for name, column in table.items()}
    assert agreement(table, intervals=20) == agreement(twice, intervals=20)


def test_sets_are_compared_by_what_they_share():
    assert jaccard(["a", "b"], ["b", "c"]) == pytest.approx(2 / 3)
    assert jaccard([], []) == 0
    # Passonneau's examples: the same, a part, an overlap, nothing in common.
    assert masi(["a", "b"], ["b", "a"]) == 0
    assert masi(["a"], ["a", "b"]) == pytest.approx(1 - 2 / 3 * 1 / 2)
    assert masi(["a", "b"], ["b", "c"]) == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert masi(["a"], ["b"]) == 1
    table = {
        "task": [1, 1, 2, 2, 3, 3],
        "annotator": ["ann", "ben"] * 3,
        "label": [["a", "b"], ["b", "a"], ["c"], ["c"], ["a"], ["a", "c"]],
    }
    found = agreement(table)
    assert found.distance == "jaccard"
    sets = [{"a", "b"}, {"a", "b"}, {"c"}, {"c"}, {"a"}, {"a", "c"}]
    by_chance = np.mean(
        [
            jaccard(one, other)
            for i, one in enumerate(sets)
            for j, other in enumerate(sets)
            if i != j
        ]
    )
    assert found.value == pytest.approx(1 - (0 + 0 + 0.5) / 3 / by_chance)


def test_spans_and_boxes_are_compared_by_their_matches():
    def span(start: int, end: int) -> dict[str, object]:
        return {"start": start, "end": end, "label": "name"}

    spans = {
        "task": [1, 1, 2, 2],
        "annotator": ["ann", "ben"] * 2,
        "label": [[span(0, 10)], [span(0, 9)], [span(20, 30)], [span(50, 60)]],
    }
    found = agreement(spans, "percent")
    assert found.distance == "spans"
    assert found.value == pytest.approx(0.5)

    def box(left: float) -> dict[str, object]:
        return {"kind": "box", "label": "cat", "numbers": [left, 0.0, 10.0, 10.0]}

    boxes = {
        "task": [1, 1, 2, 2],
        "annotator": ["ann", "ben"] * 2,
        "label": [[box(0)], [box(1)], [box(100)], [box(200)]],
    }
    assert agreement(boxes, "percent").value == pytest.approx(0.5)
    assert agreement(boxes, "percent", "overlap").value == pytest.approx(9 / 11 / 2)
    assert overlap((), ()) == 0
    assert overlap((), (("box", "cat", (0.0, 0.0, 1.0, 1.0)),)) == 1


@given(matrix=cells)
@settings(max_examples=60, deadline=None)
def test_a_distance_handed_in_is_used_as_it_is(matrix):
    table = rows_of(matrix)
    assume(table["task"])
    ours = agreement(table, distance=lambda one, other: (one - other) ** 2, intervals=0)
    known = agreement(table, distance="interval", intervals=0)
    assert ours.value == (None if known.value is None else pytest.approx(known.value))


def test_of_very_many_values_chance_is_drawn_and_close():
    chance = np.random.default_rng(5)
    place = np.repeat(chance.normal(size=600), 2)
    label = np.round(place + chance.normal(size=1200) * 0.4, 6)
    table = {"task": np.arange(1200) // 2, "annotator": np.arange(1200) % 2, "label": label}
    drawn = agreement(table, distance=lambda one, other: (one - other) ** 2, intervals=0)
    assert drawn.value == pytest.approx(agreement(table, intervals=0).value, abs=0.01)


@pytest.mark.parametrize(
    ("values", "distance"), [(3, "nominal"), (3, "interval"), (200, "interval"), (200, "nominal")]
)
def test_intervals_are_those_of_a_plain_bootstrap(values: int, distance: str):
    chance = np.random.default_rng(11)
    place = chance.integers(0, values, 150)
    label = np.where(
        chance.random((150, 3)) < 0.6, place[:, None], chance.integers(0, values, (150, 3))
    )
    table = rows_of(label.tolist()) | {}
    table["label"] = [float(one) for one in table["label"]]
    found = agreement(table, "alpha", distance, intervals=2000)
    plain = []
    for _ in range(300):
        again = rows_of(label[chance.integers(0, 150, 150)].astype(float).tolist())
        plain.append(agreement(again, "alpha", distance, intervals=0).value)
    assert found.lower == pytest.approx(np.quantile(plain, 0.025), abs=0.02)
    assert found.upper == pytest.approx(np.quantile(plain, 0.975), abs=0.02)


def test_the_true_agreement_lies_in_19_of_20_intervals():
    # Two annotators with skill 0.8 on three labels: alpha of endless tasks is computed by hand.
    truth_ = 1 - (2 * 0.8 * 0.2 + 0.2 * 0.2 / 2) / (2 / 3)
    inside = 0
    for seed in range(200):
        chance = np.random.default_rng(seed)
        true = chance.integers(0, 3, (120, 1))
        wrong = (true + chance.integers(1, 3, (120, 2))) % 3
        label = np.where(chance.random((120, 2)) < 0.8, true, wrong)
        found = agreement(rows_of(label.tolist()), intervals=300, seed=seed)
        inside += found.lower <= truth_ <= found.upper
    # Of 200 at 95 %, fewer than 180 are seen once in a thousand times; bootstraps fall a bit short.
    assert inside >= 180


def test_intervals_of_many_unlike_tasks_are_those_of_each_task_alone():
    chance = np.random.default_rng(3)
    place = np.repeat(chance.normal(size=9000), 2)
    label = place + chance.normal(size=18000) * 0.5
    table = {"task": np.arange(18000) // 2, "annotator": np.arange(18000) % 2, "label": label}
    found = agreement(table, "alpha", intervals=500)
    # The delta method for the intraclass correlation of normal pairs: sd = (1 - r²) / sqrt(n).
    r = 1 / 1.25
    half = 1.96 * (1 - r**2) / np.sqrt(9000)
    assert (found.upper - found.lower) / 2 == pytest.approx(half, rel=0.15)
    assert found.value == pytest.approx(r, abs=0.01)


def test_agreement_by_class_is_that_of_each_label_against_the_others():
    votes = crowd_set("Dog").votes
    labels = votes.labels.tolist()
    table = {"task": votes.tasks(), "annotator": votes.annotators, "label": labels}
    by_class = agreement_by_class(votes, intervals=0)
    for name, found in enumerate(by_class):
        alone = table | {"label": [label == name for label in labels]}
        assert found.value == pytest.approx(agreement(alone, intervals=0).value)


def test_what_cannot_be_compared_is_refused_with_advice():
    with pytest.raises(BadMeasure, match="order"):
        agreement(
            {"task": [1, 1], "annotator": [1, 2], "label": ["low", "high"]}, distance="ordinal"
        )
    with pytest.raises(BadMeasure, match="numbers"):
        agreement({"task": [1, 1], "annotator": [1, 2], "label": ["a", "b"]}, distance="interval")
    with pytest.raises(BadMeasure, match="not in the order"):
        agreement({"task": [1], "annotator": [1], "label": ["a"]}, order=["b"])
    with pytest.raises(BadMeasure, match="no distance"):
        agreement({"task": [1], "annotator": [1], "label": ["a"]}, distance="nominaal")
    with pytest.raises(BadMeasure, match="no measure"):
        agreement({"task": [1], "annotator": [1], "label": ["a"]}, "kappa")
    with pytest.raises(BadMeasure, match="Percent"):
        agreement(canon(), "percent", "interval")
    with pytest.raises(BadTable, match="nan"):
        agreement({"task": [1], "annotator": [1], "label": [float("nan")]})
    with pytest.raises(ValueError, match="0 or more"):
        agreement(canon(), distance=lambda one, other: -1.0)


def test_text_labels_have_the_order_that_is_given():
    names = ["?", "very low", "low", "mid", "high", "very high"]
    named = canon()
    named["label"] = [names[label] for label in named["label"]]
    found = agreement(named, "alpha", "ordinal", order=names[1:])
    assert found.value == pytest.approx(0.815, abs=5e-4)
    assert isinstance(found, Agreement)
    assert found.lower <= found.value <= found.upper


@pytest.mark.parametrize("codes", [[-1, 0], [0.5, 1], [[0, 1]], ["a", "b"]])
def test_codes_that_do_not_count_from_0_are_refused(codes):
    with pytest.raises(ValueError, match="from 0"):
        cohen_kappa(codes, [0, 1])
    with pytest.raises(ValueError, match="from 0"):
        krippendorff_alpha([0, 0], codes)


def test_columns_of_codes_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        percent_agreement([0, 0, 1], [0, 1])
