"""Replies at an even pace: within a step, how long the work took cannot be heard.

What is done for a gold task and for a live one differs by fractions of a millisecond: a lease on
gold adds a row, a skip of live work asks somebody else. Whoever listens long enough hears that.
"""

import asyncio
import time

STEP_SECONDS = 0.01  # such a difference falls across the end of a step in two of a hundred replies
TIMER_SECONDS = 0.0015  # timers of the event loop are late or early by a millisecond


async def evenly(began: float) -> None:
    """Return at the end of the step that has begun; `began` is a reading of `perf_counter`."""
    spent = time.perf_counter() - began
    until = began + STEP_SECONDS * (spent // STEP_SECONDS + 1)
    await asyncio.sleep(max(0.0, until - time.perf_counter() - TIMER_SECONDS))
    # Not on a timer, so that nothing of what was spent is left in when it ends.
    while time.perf_counter() < until:  # noqa: ASYNC110
        await asyncio.sleep(0)
