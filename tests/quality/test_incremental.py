"""A fit kept up to date: as good as one from scratch, for a fraction of its work."""

import io
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.choice import em, incremental
from evenhand.quality.choice.dawid_skene import dawid_skene
from evenhand.quality.choice.em import Passes
from evenhand.quality.choice.fit import Fit, Known, Limits
from evenhand.quality.choice.incremental import FULL_PASS_AFTER, IN_DOUBT, Incremental
from evenhand.quality.codes import leaders
from evenhand.quality.votes import Votes, grouped

rows = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60
)


def crowd(votes: int, seed: int = 1, annotators: int = 100) -> np.ndarray:
    """Return rows of task, annotator and label: five votes a task, skills from 0.5 to 0.95."""
    chance = np.random.default_rng(seed)
    tasks = votes // 5
    truth = chance.integers(0, 5, tasks)
    skill = chance.uniform(0.5, 0.95, annotators)
    task = np.repeat(np.arange(tasks), 5)[chance.permutation(tasks * 5)]
    annotator = chance.integers(0, annotators, task.size)
    wrong = chance.random(task.size) >= skill[annotator]
    label = (truth[task] + wrong * chance.integers(1, 5, task.size)) % 5
    return np.array([task, annotator, label], dtype=np.int32)


def all_of(columns: np.ndarray) -> Votes:
    """Group all rows."""
    tasks, annotators, labels = (int(part.max()) + 1 for part in columns)
    return grouped(*columns, task_count=tasks, annotator_count=annotators, label_count=labels)


def same_winners(one: Fit, other: Fit) -> float:
    """Return the share of tasks on which two fits agree."""
    return float((leaders(one.posterior) == leaders(other.posterior)).mean())


def test_after_new_votes_the_fit_is_nearly_that_from_scratch():
    columns = crowd(200_000)
    live = Incremental()
    live.add(*columns[:, :-2_000])
    live.converge(Limits(tolerance=1e-7))
    live.add(*columns[:, -2_000:])
    found = live.refit()
    scratch = dawid_skene(all_of(columns), limits=Limits(tolerance=1e-7))
    assert same_winners(found, scratch) >= 0.999
    assert np.abs(found.confusion - scratch.confusion).max() < 1e-2
    # And it is the new votes that brought it there.
    without = dawid_skene(all_of(columns[:, :-2_000]), limits=Limits(tolerance=1e-7))
    assert np.abs(found.skill - scratch.skill).max() < np.abs(without.skill - scratch.skill).max()


def test_many_refits_stay_near_the_fit_from_scratch():
    columns = crowd(50_000, seed=2, annotators=20)
    live = Incremental()
    live.add(*columns[:, :25_000])
    live.converge(Limits(tolerance=1e-7))
    for start in range(25_000, 50_000, 500):
        live.add(*columns[:, start : start + 500])
        found = live.refit()
    scratch = dawid_skene(all_of(columns), limits=Limits(tolerance=1e-7))
    assert same_winners(found, scratch) >= 0.999
    assert np.abs(found.confusion - scratch.confusion).max() < 1e-2


@given(rows=rows, split=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_settled_at_once_it_is_the_fit_from_scratch(rows, split: int):
    columns = np.array(rows, dtype=np.int32).T
    live = Incremental()
    live.add(*columns[:, :split])
    live.add(*columns[:, split:])
    limits = Limits(max_iterations=6, tolerance=-1)
    found, scratch = live.converge(limits), dawid_skene(all_of(columns), limits=limits)
    assert np.allclose(found.posterior, scratch.posterior, atol=1e-7)
    assert np.allclose(found.confusion, scratch.confusion, atol=1e-7)
    assert found.log_likelihood == pytest.approx(scratch.log_likelihood, abs=1e-6)


def test_settled_after_refits_it_converges_to_the_fit_from_scratch():
    columns = crowd(20_000, seed=3, annotators=20)
    live = Incremental()
    live.add(*columns[:, :19_000])
    live.converge()
    live.add(*columns[:, 19_000:])
    live.refit()
    limits = Limits(max_iterations=1_000, tolerance=1e-11)
    found, scratch = live.converge(limits), dawid_skene(all_of(columns), limits=limits)
    assert same_winners(found, scratch) >= 0.999
    assert np.abs(found.skill - scratch.skill).max() < 1e-3
    assert found.converged


@given(rows=rows, more=rows)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_every_vote_and_every_task_is_counted_once(rows, more):
    # Taking out and putting back loses nothing: not with new tasks, annotators, labels, repeats.
    live = Incremental()
    live.add(*np.array(rows, dtype=np.int32).T)
    live.converge()
    for part in (more[::2], more[1::2]):
        live.add(*np.array(part, dtype=np.int32).reshape(-1, 3).T)
        live._since_full_pass = -1_000  # no full pass, which would count anew
        found = live.refit()
    state = live.state()
    tasks = sorted({task for task, _, _ in [*rows, *more]})
    pairs = {(task, who) for task, who, _ in [*rows, *more]}
    assert state["truth"].sum() == pytest.approx(len(tasks))
    assert state["said"].sum() == pytest.approx(len(pairs))
    assert np.allclose(found.posterior[tasks].sum(axis=1), 1)


def test_tasks_annotators_and_labels_may_be_new():
    live = Incremental()
    live.add(*crowd(5_000, seed=4))
    live.converge()
    # Three newcomers say a label that nobody knew of a task that nobody met.
    live.add(np.array([1_000] * 3), np.array([100, 101, 102]), np.array([5] * 3))
    found = live.refit()
    assert found.posterior.shape == (1_001, 6)
    assert found.confusion.shape == (103, 6, 6)
    assert np.isfinite(found.posterior).all()
    # Nothing tells newcomers who agree with nobody else apart from three who guess, so what
    # the task is stays open; but it has its probabilities, and the label its place.
    assert found.posterior[1_000].sum() == pytest.approx(1)


def test_gold_counts_from_the_next_refit_on_and_can_be_taken_back():
    columns = crowd(5_000, seed=5)
    live = Incremental()
    live.add(*columns)
    before = leaders(live.converge().posterior).copy()
    other = (before[7] + 1) % 5
    live.add_gold(np.array([7]), np.array([other]))
    assert live.refit().posterior[7, other] == 1
    live.add_gold(np.array([7]), np.array([-1]))
    assert leaders(live.refit().posterior)[7] == before[7]


def test_gold_known_at_the_start_is_where_it_starts_from():
    columns = crowd(5_000, seed=5)
    gold = np.full(1_000, -1, dtype=np.int32)
    gold[:50] = 3
    live = Incremental()
    live.add(*columns)
    live.add_gold(np.arange(50), gold[:50])
    limits = Limits(max_iterations=8, tolerance=-1)
    scratch = dawid_skene(all_of(columns), Known(gold=gold), limits)
    assert np.allclose(live.converge(limits).posterior, scratch.posterior, atol=1e-6)


def test_a_stored_state_goes_on_as_if_nothing_had_happened():
    columns = crowd(5_000, seed=6)
    live = Incremental()
    live.add(*columns[:, :4_900])
    live.converge()
    live.add(*columns[:, 4_900:4_950])
    live.refit()
    file = io.BytesIO()
    np.savez(file, **live.state())
    file.seek(0)
    other = Incremental.restored(np.load(file))
    for each in (live, other):
        each.add(*columns[:, 4_950:])
    one, two = live.refit(), other.refit()
    assert (one.posterior == two.posterior).all()
    assert (one.confusion == two.confusion).all()


def test_after_a_tenth_of_new_votes_every_task_is_looked_at_again():
    columns = crowd(20_000, seed=7)
    kept = int(columns.shape[1] * (1 - 2 * FULL_PASS_AFTER))
    live = Incremental()
    live.add(*columns[:, :kept])
    first = live.converge().posterior.copy()
    live.add(*columns[:, kept:])
    found = live.refit().posterior
    untouched = np.setdiff1d(columns[0, :kept], columns[0, kept:])
    assert (found[untouched] != first[untouched]).any(axis=1).mean() > 0.5


def test_codes_below_zero_are_refused():
    with pytest.raises(ValueError, match="from 0"):
        Incremental().add(np.array([-1]), np.array([0]), np.array([0]))


class Watched(Passes):
    """Passes that write down how many votes each of them goes through, and how many are read."""

    gone_through: ClassVar[list[int]] = []
    read: ClassVar[list[int]] = []

    def __init__(self, votes: Votes, known: Known) -> None:
        super().__init__(votes, known)
        self._size = np.diff(votes.starts)
        self.read.append(votes.size)

    def run(self, *args, **kwargs):
        self.gone_through.append(int(self._size.sum()))
        return super().run(*args, **kwargs)

    def count(self, posterior, tasks=None):
        self.gone_through.append(int(self._size[slice(None) if tasks is None else tasks].sum()))
        return super().count(posterior, tasks)

    @classmethod
    def spent(cls) -> tuple[int, int]:
        """Return how many votes were gone through, and how many read, since it was asked last."""
        found = sum(cls.gone_through), sum(cls.read)
        cls.gone_through.clear()
        cls.read.clear()
        return found


def test_a_refit_goes_through_a_small_part_of_the_votes_that_a_fit_does(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(incremental, "Passes", Watched)
    monkeypatch.setattr(em, "Passes", Watched)
    columns = crowd(200_000, seed=8, annotators=1_000)
    new = columns.shape[1] // 100
    live = Incremental()
    live.add(*columns[:, : -3 * new])
    live.converge(Limits(max_iterations=10))
    Watched.spent()
    refits = []
    for start in range(columns.shape[1] - 3 * new, columns.shape[1], new):
        live.add(*columns[:, start : start + new])
        live.refit()
        refits.append(Watched.spent())
    dawid_skene(all_of(columns), limits=Limits(max_iterations=10, tolerance=-1))
    through, read = Watched.spent()
    assert through == 11 * all_of(columns).size
    assert all(refit < 0.03 * through for refit, _ in refits), refits
    # All votes are read once, by the first refit; later ones read those on the tasks they touch.
    assert refits[0][1] < 1.2 * read
    assert all(rows < 0.1 * read for _, rows in refits[1:]), refits


def test_a_refit_touches_the_tasks_of_new_votes_and_those_in_doubt_alone():
    columns = crowd(20_000, seed=9)
    live = Incremental()
    live.add(*columns[:, :-100])
    before = live.converge(Limits(tolerance=1e-7)).posterior.copy()
    live.add(*columns[:, -100:])
    after = live.refit().posterior
    first, second = np.sort(before, axis=1)[:, :-3:-1].T
    here = np.unique(np.r_[columns[0, -100:], np.flatnonzero(first - second < IN_DOUBT)])
    moved = (before != after[: before.shape[0]]).any(axis=1)
    assert moved.any()
    assert np.isin(np.flatnonzero(moved), here).all()
    assert here.size < 0.1 * before.shape[0]


def test_without_news_a_refit_goes_through_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(incremental, "Passes", Watched)
    live = Incremental()
    # Two annotators who contradict each other once and met nobody else: that task stays in doubt.
    live.add(*np.c_[crowd(5_000, seed=10), [1_000, 100, 0], [1_000, 101, 1]])
    live.converge()
    assert (live._ahead < IN_DOUBT).any()
    Watched.spent()
    live.refit()
    assert Watched.spent() == (0, 0)
