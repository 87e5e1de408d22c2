"""Queues that are not looked at again at once."""

from uuid import uuid4

from evenhand import pipeline


def test_whoever_hands_something_in_is_looked_for_again_at_once():
    moment = [1.0]
    empty = pipeline.EmptyQueues(clock=lambda: moment[0])
    mine, other = (uuid4(), uuid4()), (uuid4(), uuid4())
    empty.searched(*mine, since=0.0)
    empty.searched(*other, since=0.0)
    empty.forget(*mine)
    assert (empty.rests(*mine), empty.rests(*other)) == (False, True)
    moment[0] = 2.0
    empty.searched(*mine, since=0.5)
    assert not empty.rests(*mine), "it was handed in while that look went on"
    empty.searched(*mine, since=1.5)
    assert empty.rests(*mine)
