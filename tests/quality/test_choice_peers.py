"""Where a method is the same as crowd-kit's, so are its results."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from quality.crowds import crowd_of, small_votes

from evenhand.quality.choice.fit import NOTHING_KNOWN, Limits
from evenhand.quality.choice.glad import Traits, from_traits, glad
from evenhand.quality.choice.kos import from_messages
from evenhand.quality.choice.mace import Competence, Steps, from_start
from evenhand.quality.choice.wawa import wawa
from evenhand.quality.choice.zero_based import zero_based
from evenhand.quality.codes import Floats, leaders
from evenhand.quality.votes import Votes

crowdkit = pytest.importorskip("crowdkit.aggregation")

# crowd-kit uses what pandas is about to drop.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::pandas.errors.Pandas4Warning",
    "ignore::pandas.errors.PerformanceWarning",
    "ignore::RuntimeWarning",
)

peers = settings(max_examples=15, deadline=None)


def rows_of(votes: Votes) -> pd.DataFrame:
    return pd.DataFrame({"task": votes.tasks(), "worker": votes.annotators, "label": votes.labels})


def by_code(votes: Votes, probabilities: pd.DataFrame) -> Floats:
    """Lay out a table of probabilities by the codes of tasks and labels."""
    whole = probabilities.reindex(
        index=range(votes.task_count), columns=range(votes.label_count), fill_value=0.0
    )
    return whole.to_numpy(dtype=np.float64)


def weighed_by(skills: Any, votes: Votes) -> pd.DataFrame:
    """Do what crowd-kit does last: by itself that fails with this scikit-learn."""
    return crowdkit.MajorityVote().fit(rows_of(votes), skills).probas_


@given(votes=small_votes())
@peers
def test_wawa_weighs_as_elsewhere_where_no_majority_is_tied(votes: Votes):
    tally = np.zeros((votes.task_count, votes.label_count))
    np.add.at(tally, (votes.tasks(), votes.labels), 1)
    assume((leaders(tally) >= 0).all())
    peer = crowdkit.Wawa()
    probabilities = weighed_by(peer.fit(rows_of(votes)).skills_, votes)
    fit = wawa(votes)
    assert fit.skill == pytest.approx(peer.skills_.sort_index().to_numpy())
    # Where nobody who voted has any skill, there all is nought over nought.
    known = probabilities.notna().all(axis=1).to_numpy()
    assert fit.posterior[known] == pytest.approx(by_code(votes, probabilities)[known], abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_zero_based_skill_learns_as_elsewhere_where_nothing_ties(seed: int):
    # With five votes on two labels there is no tie at the outset, nor, with unequal skills, later.
    votes = crowd_of(tasks=60, annotators=9, each=5, labels=2, seed=seed).votes
    peer = crowdkit.ZeroBasedSkill()
    probabilities = weighed_by(peer.fit(rows_of(votes)).skills_, votes)
    fit = zero_based(votes)
    assert fit.converged
    assert fit.skill == pytest.approx(peer.skills_.sort_index().to_numpy(), abs=1e-6)
    assert fit.posterior == pytest.approx(by_code(votes, probabilities), abs=1e-6)


def sorted_as_read(votes: Votes) -> pd.DataFrame:
    """Order rows so that annotators and labels first occur in the order of their codes.

    crowd-kit's MACE numbers annotators as they occur in some places and by name in others.
    """
    rows = rows_of(votes).sort_values(["worker", "label", "task"])
    assume(rows["label"].unique().tolist() == list(range(votes.label_count)))
    return rows


@pytest.mark.parametrize("method", ["em", "vb"])
@given(votes=small_votes(), seed=st.integers(0, 99), rounds=st.integers(1, 12))
@peers
def test_mace_takes_the_same_steps_from_the_same_start(
    method: str, votes: Votes, seed: int, rounds: int
):
    rows = sorted_as_read(votes)
    tasks = rows["task"].unique()
    peer = crowdkit.MACE(n_restarts=1, n_iter=rounds, method=method, random_state=seed)
    peer._initialize(votes.annotator_count, votes.label_count)
    knows, guesses = peer.spamming_[:, 1], peer.spamming_[:, :1] * peer.thetas_
    even = np.full(votes.label_count, 1 / votes.label_count)
    probabilities = by_code(votes, peer.fit_predict_proba(rows))
    assert sorted(tasks.tolist()) == list(range(votes.task_count))
    fit = from_start(
        votes,
        NOTHING_KNOWN,
        Limits(max_iterations=rounds, tolerance=-np.inf),
        Competence(even, knows, guesses),
        Steps(variational=method == "vb", equally_common=True),
    )
    assert fit.iterations == rounds
    assert fit.posterior == pytest.approx(probabilities, abs=1e-6)


@given(votes=small_votes(labels_max=2), seed=st.integers(0, 99), rounds=st.integers(1, 9))
@peers
def test_messages_of_karger_oh_and_shah_lead_to_the_same_labels(
    votes: Votes, seed: int, rounds: int
):
    rows = rows_of(votes)
    first = int(rows["label"].iloc[0])
    np.random.seed(seed)
    messages = np.random.normal(loc=1, scale=1, size=votes.size)
    peer = crowdkit.KOS(n_iter=rounds, random_state=seed)
    try:
        labels = peer.fit_predict(rows).sort_index().to_numpy()
    except KeyError:
        assume(False)  # it has no name for a tie
    fit = from_messages(
        votes, NOTHING_KNOWN, Limits(max_iterations=rounds, tolerance=-1.0), messages
    )
    lead = np.abs(fit.posterior[:, 0] - fit.posterior[:, 1])
    assert first in (0, 1)
    sure = lead > 1e-6
    assert fit.posterior.argmax(axis=1)[sure].tolist() == labels[sure].tolist()


def at(votes: Votes, traits: Traits) -> Any:
    """Set crowd-kit's GLAD to given traits, before its E step."""
    peer = crowdkit.GLAD()
    rows = rows_of(votes)
    peer._init(rows)
    peer.alphas_ = pd.Series(traits.ability, index=range(votes.annotator_count))
    peer.betas_ = pd.Series(traits.clarity, index=range(votes.task_count))
    peer.alphas_.index.name, peer.betas_.index.name = "worker", "task"
    joined = peer._join_all(rows, peer.alphas_, peer.betas_, peer.priors_)
    return peer, peer._e_step(joined)


def drawn(votes: Votes, draw: Callable[[int], Floats]) -> Traits:
    return Traits(draw(votes.annotator_count), draw(votes.task_count))


@given(votes=small_votes(), seed=st.integers(0, 2**32))
@peers
def test_glad_sees_the_same_labels_in_the_same_abilities_and_clarities(votes: Votes, seed: int):
    chance = np.random.default_rng(seed)
    traits = drawn(votes, lambda count: chance.normal(1, 1, count))
    fit, found = from_traits(votes, NOTHING_KNOWN, Limits(max_iterations=1), traits)
    peer, _ = at(votes, traits)
    assert found.ability == pytest.approx(traits.ability)
    assert fit.posterior == pytest.approx(by_code(votes, peer.probas_), abs=1e-6)


@pytest.mark.parametrize("labels", [2, 4])
def test_glad_stops_where_crowd_kit_would_find_nothing_to_climb(labels: int):
    votes = crowd_of(tasks=80, annotators=9, each=5, labels=labels, seed=2).votes
    usual = drawn(votes, np.ones)
    _, found = from_traits(
        votes, NOTHING_KNOWN, Limits(max_iterations=3_000, tolerance=1e-13), usual
    )
    peer, joined = at(votes, found)
    ability_slopes, clarity_slopes = peer._gradient_Q(joined)
    assert np.abs(ability_slopes).max() < 1e-3
    assert np.abs(clarity_slopes).max() < 1e-3
    # The same slopes where the climb begins are far from nought.
    peer, joined = at(votes, usual)
    assert np.abs(peer._gradient_Q(joined)[0]).max() > 1


def test_glad_tells_hard_tasks_from_clear_ones():
    # Of 200 tasks half are answered at random by everyone.
    chance = np.random.default_rng(1)
    crowd = crowd_of(tasks=200, annotators=20, each=8, labels=3, seed=1)
    votes = crowd.votes
    labels = votes.labels.copy()
    hard = votes.tasks() >= 100
    labels[hard] = chance.integers(0, 3, hard.sum())
    mixed = Votes(
        starts=votes.starts,
        annotators=votes.annotators,
        labels=labels,
        weights=None,
        annotator_count=votes.annotator_count,
        label_count=votes.label_count,
    )
    _, found = from_traits(mixed, NOTHING_KNOWN, Limits(), drawn(mixed, np.ones))
    assert found.clarity[:100].mean() > found.clarity[100:].mean() + 0.3
    assert glad(mixed).posterior[100:].max(axis=1).mean() < 0.9
