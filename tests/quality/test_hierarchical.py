"""Error rates learnt across annotators."""

import numpy as np
import pytest
from quality.test_auto import planted

from evenhand.quality.choice.counted import Counted
from evenhand.quality.choice.fit import Known, Limits
from evenhand.quality.choice.hierarchical import (
    alike,
    cautious,
    centre_of,
    closeness,
    hierarchical,
    rates_of,
)
from evenhand.quality.codes import leaders

ESTIMATORS = [cautious, hierarchical, alike]


def drawn(close: float, seed: int) -> Counted:
    """Count what annotators say whose error rates lie so closely round a centre."""
    chance = np.random.default_rng(seed)
    centre = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.05, 0.15, 0.8]])  # by truth
    rates = np.stack([[chance.dirichlet(close * row) for row in centre] for _ in range(400)])
    said = np.stack([[chance.multinomial(30, row) for row in one] for one in rates])
    return Counted(np.full(3, 1000.0), said.transpose(0, 2, 1).astype(np.float64))


@pytest.mark.parametrize("close", [2.0, 8.0, 30.0])
def test_how_alike_annotators_are_is_found(close: float):
    counted = drawn(close, 1)
    centre = centre_of(counted, 30.0)
    found = 2.0
    for _ in range(200):
        found = closeness(counted.said, centre, found)
    assert found == pytest.approx(close, rel=0.2)


def test_a_short_record_is_taken_for_usual_and_a_long_one_for_itself():
    counted = drawn(30.0, 2)
    said = np.concatenate([counted.said, np.zeros((2, 3, 3))])
    said[-2, 1, 0] = 1.0  # wrong once
    said[-1, 1, 0] = 5000.0  # wrong always
    rates = rates_of(Counted(counted.truth, said)).said
    usual = centre_of(counted, 30.0)[1, 0]
    # Its share of wrong votes is one, of all others' a tenth.
    assert usual < rates[-2, 1, 0] < 0.6
    assert rates[-1, 1, 0] > 0.95


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_skilled_annotators_are_found_and_believed(estimator):
    skills = np.array([0.95] * 6 + [0.4] * 9)
    votes, truth = planted(skills, 6, 800, 3, 4)
    fit = estimator(votes)
    assert fit.converged
    assert np.abs(fit.skill - skills).max() < 0.12
    assert (leaders(fit.posterior) == truth).mean() > 0.9
    assert np.allclose(fit.confusion.sum(axis=2), 1)
    assert fit.prior.sum() == pytest.approx(1)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_earlier_work_says_whom_to_believe(estimator):
    votes, _ = planted(np.array([0.5, 0.5]), 2, 6, 2, 1)
    counts = np.array([[[99.0, 1.0], [1.0, 99.0]], [[50.0, 50.0], [50.0, 50.0]]])
    fit = estimator(votes, Known(counts=counts))
    first = votes.labels[votes.annotators == 0]
    assert (leaders(fit.posterior) == first).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_fit_that_may_not_go_on_says_so(estimator):
    votes, _ = planted(np.array([0.6] * 9), 3, 300, 3, 6)
    assert not estimator(votes, limits=Limits(max_iterations=1, tolerance=1e-12)).converged


@pytest.mark.parametrize("estimator", [hierarchical, alike])
def test_annotators_who_are_all_the_same_share_their_error_rates(estimator):
    # 300 annotators with ten votes each, all right three times in four.
    votes, _ = planted(np.full(300, 0.75), 5, 600, 3, 7)
    right = estimator(votes).confusion.diagonal(axis1=1, axis2=2)
    doubtful = cautious(votes).confusion.diagonal(axis1=1, axis2=2)
    assert right.std() < 0.7 * doubtful.std()
