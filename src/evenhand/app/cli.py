"""`evenhand`, the command line: each command's signature and docstring are its help."""

import json as json_text
import sys
from typing import Annotated

import cyclopts
from pydantic import ValidationError

from evenhand import __version__
from evenhand.app.commands.annotators import annotator_app
from evenhand.app.commands.exports import export
from evenhand.app.commands.operations import doctor, status, verify
from evenhand.app.commands.output import AsJson, err, print_facts
from evenhand.app.commands.projects import project_app
from evenhand.app.commands.tenants import tenant_app
from evenhand.app.running import database
from evenhand.app.serving import run_worker
from evenhand.app.serving import serve as run_server
from evenhand.foundation import telemetry
from evenhand.foundation.errors import EvenhandError
from evenhand.foundation.settings import Settings

app = cyclopts.App(
    name="evenhand",
    version=__version__,
    help=(
        "The neutral data engine: label, judge and deliver AI training data for many tenants at "
        "once, with a firewall anyone can check. Start with: evenhand demo"
    ),
)
app.command(tenant_app)
app.command(annotator_app)
app.command(project_app)
app.command(export)
app.command(status)
app.command(verify)
app.command(doctor)


@app.command
async def serve(
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
    given = {"host": host, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    await run_server(settings, with_worker=worker)


@app.command
async def worker() -> None:
    """Do background work alone, beside servers on the same database."""
    await run_worker(Settings())


@app.command
async def migrate(*, json: AsJson = False) -> None:
    """Bring the database to the shape that this version needs."""
    async with database(Settings()):
        print_facts({"migrated": True, "version": __version__}, as_json=json)


def main() -> None:
    """Run the command line and tell errors in one sentence."""
    as_json = "--json" in sys.argv
    try:
        settings = Settings()
        telemetry.set_up(
            level=settings.log_level,
            json=None if settings.log_format == "auto" else settings.log_format == "json",
        )
        app()
    except ValidationError as error:
        problems = "; ".join(
            f"EVENHAND_{'_'.join(str(part) for part in one['loc']).upper()}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        _fail(f"Settings are wrong: {problems}", {}, as_json=as_json)
    except EvenhandError as error:
        _fail(error.message, error.details, as_json=as_json)


def _fail(message: str, details: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        sys.stderr.write(json_text.dumps({"error": message, **details}, default=str) + "\n")
    else:
        shown = "".join(f"\n  {name}: {value}" for name, value in details.items())
        err.print(f"[bold red]error:[/] {message}{shown}")
    raise SystemExit(1)


if __name__ == "__main__":
    main()
