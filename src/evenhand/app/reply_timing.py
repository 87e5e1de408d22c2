"""Reply timing: replies leave at fixed steps, so that their timing tells nothing of the work.

What is done for a gold task and for a live one differs by fractions of a millisecond: a lease on
gold adds a row, a skip of live work asks somebody else. Whoever listens long enough hears that.
"""

import asyncio
import time

STEP_SECONDS = 0.01  # such a difference falls across the end of a step in two of a hundred replies


async def pace_reply(began: float) -> None:
    """Return at the end of the step that has begun; `began` is a reading of `perf_counter`."""
    spent = time.perf_counter() - began
    until = began + STEP_SECONDS * (spent // STEP_SECONDS + 1)
    # A timer is late by up to a millisecond, whatever of the step was left.
    await asyncio.sleep(until - time.perf_counter())
