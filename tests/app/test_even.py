"""Replies at an even pace."""

import asyncio
import time

import pytest

from evenhand.app.even import STEP_SECONDS, evenly


@pytest.mark.parametrize("spent", [0.0, 0.3, 0.9])
async def test_a_reply_comes_at_the_end_of_a_step_however_long_it_took_within_it(spent):
    began = time.perf_counter()
    await asyncio.sleep(spent * STEP_SECONDS)

    await evenly(began)

    # It never comes sooner; how much later is the machine's affair.
    assert time.perf_counter() - began >= STEP_SECONDS


async def test_what_took_longer_than_a_step_waits_for_the_end_of_a_later_one():
    began = time.perf_counter() - 2.5 * STEP_SECONDS

    await evenly(began)

    assert time.perf_counter() - began >= 3 * STEP_SECONDS
