"""Queues that are not looked at again at once."""

from uuid import uuid4

from evenhand import pipeline


def test_whoever_hands_something_in_is_looked_for_again_at_once():
    moment = [1.0]
    barren = pipeline.Barren(clock=lambda: moment[0])
    mine, other = (uuid4(), uuid4()), (uuid4(), uuid4())
    barren.looked(*mine, since=0.0)
    barren.looked(*other, since=0.0)
    barren.forget(*mine)
    assert (barren.rests(*mine), barren.rests(*other)) == (False, True)
    moment[0] = 2.0
    barren.looked(*mine, since=0.5)
    assert not barren.rests(*mine), "it was handed in while that look went on"
    barren.looked(*mine, since=1.5)
    assert barren.rests(*mine)
