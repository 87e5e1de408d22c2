"""Adaptive overlap on real votes: the accuracy of all labels from far fewer of them."""

from statistics import fmean
from xml.etree import ElementTree

import numpy as np
import pytest
from bench.overlap import accuracy, curve, drawn
from quality.crowd_sets import crowd_set, public_set

from evenhand.quality.live.replay import replay

SEEDS = 3
TARGET = 0.99


# In points; one task of Bluebird is 0.9 points.
@pytest.mark.parametrize(
    ("name", "lost"),
    [("D_PosSent", 0.5), ("Temporal", 0.5), ("RTE", 0.5), ("Dog", 0.7), ("Bluebird", 2)],
)
def test_two_fifths_of_the_labels_are_saved_at_the_accuracy_of_all_of_them(name: str, lost: float):
    given = public_set(name)
    full = accuracy(given.votes, given.truth)

    runs = [
        replay(given.votes, target=TARGET, seed=seed, asks="whoever helps most")
        for seed in range(SEEDS)
    ]

    saved = 1 - fmean(float(run.bought.mean()) for run in runs)
    reached = fmean(accuracy(given.votes.select(run.bought), given.truth) for run in runs)
    assert saved >= 0.4
    assert reached >= full - lost


def test_a_higher_target_buys_more_votes_and_the_same_seed_buys_the_same_ones():
    votes = crowd_set("Temporal").votes
    few, many, again = (replay(votes, target=target, seed=4) for target in (0.8, 0.99, 0.99))
    assert few.bought.sum() < many.bought.sum() < votes.size
    assert np.array_equal(many.bought, again.bought)


def test_the_curve_is_drawn_with_a_point_for_each_target():
    given = crowd_set("Temporal")
    found = curve(given.name, given.votes, given.truth, seeds=1, targets=(0.8, 0.99))
    picture = ElementTree.fromstring(drawn([found]))
    circles = picture.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 4
