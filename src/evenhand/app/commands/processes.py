"""`evenhand serve`, `worker` and `migrate`: what an operator keeps running."""

from contextlib import suppress
from typing import Annotated, Any

import cyclopts
import uvloop

from evenhand import __version__
from evenhand.app import starting
from evenhand.app.commands.output import AsJson, print_facts
from evenhand.app.database import NoLongerWanted, bring_up_to_date
from evenhand.foundation.settings import Settings


def serve(
    *,
    host: str | None = None,
    port: Annotated[int | None, cyclopts.Parameter(help="By default 8000.")] = None,
    worker: bool = True,
) -> None:
    """Run API, workbench and background work in one process; stop it with Ctrl+C.

    Parameters
    ----------
    host
        Address to listen on: 127.0.0.1 unless EVENHAND_HOST says otherwise.
    port
        Port to listen on.
    worker
        Do background work too; --no-worker leaves it to `evenhand worker`.
    """
    given: dict[str, Any] = {"host": host, "port": port}
    settings = Settings.read(**{name: value for name, value in given.items() if value is not None})
    # uvloop: a third less time in the event loop, where a server under load spends a fifth.
    with suppress(NoLongerWanted):
        uvloop.run(starting.serve(settings, with_worker=worker))


def worker() -> None:
    """Do background work alone, beside servers on the same database."""
    with suppress(NoLongerWanted):
        uvloop.run(starting.work(Settings.read()))


async def migrate(*, finish: bool = False, json: AsJson = False) -> None:
    """Bring the database to the shape that this version needs.

    Parameters
    ----------
    finish
        No server of the version before runs any more: apply also what it could not have borne.
    """
    waiting = await bring_up_to_date(Settings.read(), finish=finish)
    facts = {"migrated": True, "version": __version__}
    if waiting:
        facts["unfinished"] = (
            f"{', '.join(waiting)}: run `evenhand migrate --finish` once no server of the version "
            "before runs any more"
        )
    print_facts(facts, as_json=json)
