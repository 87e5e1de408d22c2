"""Texts of a whole table: transcripts with slips, against what was said."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.slips import sentences

from evenhand.quality.aggregate import aggregate
from evenhand.quality.frame import BadTable
from evenhand.quality.text.transcripts import distance, network, rover

METHODS = ("medoid", "rover", "auto")
texts = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=5).map(tuple), min_size=1, max_size=5
)


def heard(chance: np.random.Generator, words: list[str], error: float) -> str:
    said = []
    for word in words:
        roll = chance.random()
        if roll < error / 3:
            continue
        said.append(str(chance.choice(words)) + "s" if roll < error * 2 / 3 else word)
        if error * 2 / 3 <= roll < error:
            said.append(str(chance.choice(words)))
    return " ".join(said)


def wer(found: list[str | None], truth: list[list[str]]) -> float:
    wrong = sum(
        distance(tuple((one or "").split()), tuple(words))
        for one, words in zip(found, truth, strict=True)
    )
    return 100 * wrong / sum(map(len, truth))


def table(rows: list[tuple[object, object, str]]) -> pa.Table:
    return pa.table(dict(zip(("task", "annotator", "label"), zip(*rows, strict=True), strict=True)))


def labels(rows: list[tuple[object, object, str]], method: str) -> list[str | None]:
    return aggregate(table(rows), method, kind="text").table.column("label").to_pylist()


@pytest.mark.parametrize("errors", [[0.1] * 5, [0.05, 0.2, 0.3, 0.3, 0.4], [0.2] * 3])
def test_words_voted_on_are_righter_than_the_best_single_annotator(errors: list[float]):
    truth = [text.words for text in sentences("devel.tsv", 80)]
    chance = np.random.default_rng(9)
    rows = [
        (task, who, heard(chance, words, error))
        for task, words in enumerate(truth)
        for who, error in enumerate(errors)
    ]
    singles = [wer([row[2] for row in rows if row[1] == who], truth) for who in range(len(errors))]
    found = {
        method: wer(
            aggregate(table(rows), method, kind="text").table.column("label").to_pylist(), truth
        )
        for method in METHODS
    }
    print(errors, "best single", round(min(singles), 2), {k: round(v, 2) for k, v in found.items()})
    assert found["rover"] < min(singles)
    assert found["rover"] < found["medoid"]
    assert found["auto"] <= found["medoid"]


@given(texts)
@settings(max_examples=60, deadline=None)
def test_the_network_is_that_of_crowd_kit(several: list[tuple[str, ...]]):
    # Theirs breaks ties of votes by the longer and then the later word, ours does not.
    peer = pytest.importorskip("crowdkit.aggregation.texts.rover")
    theirs = peer.ROVER(str.split, " ".join)._build_word_transition_network(
        [list(words) for words in several]
    )
    ours = network(several, [1.0] * len(several))
    assert ours == [
        {word: float(edge.sources_count) for word, edge in place.items()} for place in theirs
    ]


@given(texts, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_annotators_decides_nothing(several: list[tuple[str, ...]], chance: object):
    shuffled = list(several)
    chance.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    one, other = rover(several, [1.0] * len(several)), rover(shuffled, [1.0] * len(several))
    assert one.words == other.words
    assert 0 <= one.confidence <= 1


@pytest.mark.parametrize("method", METHODS)
def test_two_who_differ_are_a_tie_and_a_third_decides(method: str):
    rows: list[tuple[object, object, str]] = [(1, "a", "one cat"), (1, "b", "one dog")]
    assert aggregate(table(rows), method, kind="text").table.column("label").to_pylist() == [None]
    decided = aggregate(table([*rows, (1, "c", "one dog")]), method, kind="text")
    assert decided.table.column("label").to_pylist() == ["one dog"]


def test_a_known_text_stands():
    rows: list[tuple[object, object, str]] = [(1, "a", "one cat"), (1, "b", "one dog")]
    found = aggregate(table(rows), "rover", kind="text", gold={1: "one cat"})
    assert found.table.column("label").to_pylist() == ["one cat"]
    skill = found.annotators.column("skill").to_pylist()
    assert skill[0] > skill[1]


@pytest.mark.parametrize("method", ["rover", "medoid"])
def test_whoever_was_right_before_is_heard_where_two_differ(method: str):
    rows: list[tuple[object, object, str]] = [(1, "ann", "the old cat"), (1, "ben", "the cold hat")]
    for good, poor, text in (("ann", "ben", "the old cat"), ("ben", "ann", "the cold hat")):
        history = {"annotator": [good, poor, "eve"], "skill": [0.98, 0.6, 0.5], "votes": [50] * 3}
        result = aggregate(table(rows), method, kind="text", history=history)
        assert result.table.column("label").to_pylist() == [text]


def test_an_impossible_record_is_refused():
    history = {"annotator": ["ann"], "skill": [1.2], "votes": [5]}
    with pytest.raises(BadTable, match="between 0 and 1"):
        aggregate(table([(1, "ann", "a")]), kind="text", history=history)
