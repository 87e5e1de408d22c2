"""Waiting times of tenants are compared with what chance makes of them."""

import random

from evenhand.verifier.fairness_page import chance_of


def test_waits_of_one_kind_are_not_told_apart_and_longer_ones_are() -> None:
    dice = random.Random(7)
    same = [[dice.expovariate(1.0) for _ in range(200)] for _ in range(3)]
    assert (chance_of(same) or 0) > 0.05
    longer = [*same[:2], [2 * one for one in same[2]]]
    assert (chance_of(longer) or 1) < 0.01


def test_one_tenant_alone_is_compared_with_nobody() -> None:
    assert chance_of([[1.0, 2.0], []]) is None
