"""Evenhand without its record being kept: entries get no places, and no epoch is made.

Only for `python -m bench record-cost`, to be held against `evenhand serve`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.app import cli, worker

if TYPE_CHECKING:
    import asyncio


async def keep_none(stop: asyncio.Event, _: object) -> None:
    """Keep no record until it is time to stop."""
    await stop.wait()


if __name__ == "__main__":
    worker.keep_record = keep_none
    cli.main()
