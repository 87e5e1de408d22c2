"""The demo: two rival tenants, real data, annotators of differing skill, one neutral platform.

It runs the real server as a process of its own on a fresh folder, speaks to it over HTTP
as customers and annotators do, and then counts what happened.
"""

import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.foundation.errors import Unavailable
from evenhand.foundation.settings import Settings

if TYPE_CHECKING:
    from evenhand.demo.report import Summary

EXTRA = ("sklearn", "skimage", "PIL", "vaderSentiment")


class DemoExtraMissing(Unavailable):
    """The demo's data comes with an extra: pip install 'evenhand[demo]'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the demo is to run."""

    once: bool = False
    data: Path | None = None
    json: bool = False


async def run(options: Options, settings: Settings) -> "Summary":
    """Play the demo; unless `once`, stay up afterwards for a person until a signal says stop."""
    began = time.monotonic()
    missing = [package for package in EXTRA if find_spec(package) is None]
    if missing:
        raise DemoExtraMissing(missing=missing)
    # What the play imports is there only with the extra.
    from evenhand.demo.run import run  # noqa: PLC0415

    return await run(options, settings, began=began)
