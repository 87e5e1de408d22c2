"""`evenhand demo`: the whole platform at work on real data, in about a minute."""

from pathlib import Path

from evenhand import demo as demonstration
from evenhand.app.commands.output import AsJson
from evenhand.foundation.settings import Settings


async def demo(*, once: bool = False, data: Path | None = None, json: AsJson = False) -> None:
    """Let two rival tenants have real data labelled, show what came of it, then invite you in.

    Parameters
    ----------
    once
        End when all is shown; the last line on stdout is one JSON object.
    data
        A folder of your own pictures and texts, which are then opened for you to label.
    """
    options = demonstration.Options(once=once, data=data, json=json)
    _ = await demonstration.run(options, Settings.read())
