"""`evenhand`, the command line: each command's signature and docstring are its help."""

import json as json_text
import sys

import cyclopts
import psycopg
from rich.text import Text

from evenhand import __version__
from evenhand.app.commands.output import err
from evenhand.foundation import telemetry
from evenhand.foundation.errors import EvenhandError
from evenhand.foundation.settings import Settings
from evenhand.tlog.errors import LogError

app = cyclopts.App(
    name="evenhand",
    version=__version__,
    help=(
        "The neutral data engine: label, judge and deliver AI training data for many tenants at "
        "once, with a firewall anyone can check. Start with: evenhand demo"
    ),
)
SEE = "See the whole platform at work on real data."
# By name, so that a command imports no more than it needs: most of a server is not needed to
# show a table, and the command line should answer at once.
app.command("evenhand.demo.command:demo", name="demo", help=SEE)
for name, where, promise in (
    ("serve", "processes:serve", "Run API, workbench and background work."),
    ("worker", "processes:worker", "Do background work alone, beside servers."),
    ("migrate", "processes:migrate", "Bring the database to the present shape."),
    ("tenant", "tenants:tenant_app", "The customers and their keys."),
    ("annotator", "off_boarding:annotator_app", "The people and models who annotate."),
    ("conflict", "conflicts:conflict_app", "Which tenants are rivals."),
    ("wall", "conflicts:wall_app", "What stands between an annotator and a tenant."),
    ("stake", "stakes:stake_app", "Who owns how much of whom."),
    ("staff", "support:staff_app", "The operator's people."),
    ("break-glass", "support:glass_app", "Access of staff to a tenant's tasks."),
    ("exposure", "conflicts:exposure", "Of which tenants something was shown to an annotator."),
    ("project", "projects:project_app", "What tasks have in common."),
    ("gold", "gold:gold_app", "Tasks whose right answer is known."),
    ("standing", "standings:standing_app", "Where annotators stand in projects."),
    ("contest", "standings:contest_app", "What annotators contest."),
    ("import", "imports:import_tasks", "Make tasks of a file's lines."),
    ("retry", "retries:retry", "Prepare tasks that ended in error once more."),
    ("quality", "quality:quality_app", "How good labels are, and what deserves a look."),
    ("export", "exports:export", "Write tasks and responses into a file."),
    ("status", "operations:status", "Show what is done and what waits."),
    ("witness", "witness:witness_app", "Watch logs and cosign what only grows."),
    ("log", "log:log_app", "The public log, and receipts of it."),
    ("verify", "verification:verify", "Check a public log and receipts of it."),
    ("verification", "verifications:verification_app", "What others found of the public log."),
    ("doctor", "operations:doctor", "Look the installation over and say what to mend."),
):
    app.command(f"evenhand.app.commands.{where}", name=name, help=promise)


def main() -> None:
    """Run the command line and tell errors in one sentence."""
    as_json = "--json" in sys.argv
    try:
        "".join(sys.argv).encode()
        settings = Settings.read()
        telemetry.set_up(
            level=settings.log_level,
            json=None if settings.log_format == "auto" else settings.log_format == "json",
        )
        app()
    except (EvenhandError, LogError) as error:
        _fail(error.message, error.details, as_json=as_json)
    except psycopg.OperationalError as error:
        _fail(f"The database does not answer: {error}", {}, as_json=as_json)
    except UnicodeEncodeError:
        _fail("An argument is not UTF-8 text.", {}, as_json=as_json)
    except OSError as error:
        _fail(f"{error.strerror}: {error.filename}", {}, as_json=as_json)


def _fail(message: str, details: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        sys.stderr.write(json_text.dumps({"error": message, **details}, default=str) + "\n")
    else:
        shown = "".join(f"\n  {name}: {value}" for name, value in details.items())
        # Not as markup: a message may quote brackets that somebody typed.
        err.print(Text("error: ", "bold red"), Text(message + shown), sep="", soft_wrap=True)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
