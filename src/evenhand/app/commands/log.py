"""`evenhand log`: the public log of this installation, and a tenant's receipts of it."""

import gzip
import shutil
from pathlib import Path

import cyclopts

from evenhand import pipeline, verifier
from evenhand.app.commands.output import AsJson, err, out, print_facts, print_json, working
from evenhand.app.commands.tenants import tenant_named
from evenhand.app.database import administration
from evenhand.app.installation import open_installation
from evenhand.app.witnesses import Witnesses, witnesses_of
from evenhand.foundation.database import Connection, as_tenant
from evenhand.foundation.errors import EvenhandError
from evenhand.foundation.outgoing import outgoing
from evenhand.foundation.settings import Settings
from evenhand.tlog.checkpoint import Checkpoint

log_app = cyclopts.App(name="log", help="The public log, and receipts of it.")


@log_app.command
async def policy(*, json: AsJson = False) -> None:
    """Print whom readers of the log are to trust, as a C2SP tlog-policy file."""
    async with open_installation(Settings.read()) as context:
        told = bytes(context.publication.policy()).decode()
    if json:
        print_json({"origin": context.publication.origin, "policy": told})
    else:
        out.print(told, end="", markup=False, soft_wrap=True)


@log_app.command
async def status(*, json: AsJson = False) -> None:
    """Show how far the log is, in the database and as published."""
    async with open_installation(Settings.read()) as context:
        note = await context.publication.note()
        async with context.pool.connection() as connection:
            made = await pipeline.record.public_head(connection)
    published = None if note is None else Checkpoint.parse(note.text)
    print_facts(
        {
            "origin": made.origin,
            "epochs": made.size,
            "published": 0 if published is None else published.size,
            "root": made.root.hex(),
            "files": str(context.settings.log_url or context.settings.data_dir / "log"),
        },
        as_json=json,
    )


@log_app.command
async def transcript(file: Path, *, json: AsJson = False) -> None:
    """Write for an auditor all that was entered, of all tenants, under pseudonyms.

    Beside it goes `verify.py`, which checks it against the public log with Python alone;
    `evenhand verify LOG --transcript FILE` does the same and draws it.

    Parameters
    ----------
    file
        Where to write it. It tells who was lent what, though no content and no names: whoever gets
        it must keep it to themselves.
    """
    epochs = -1  # The first line is the head.
    async with open_installation(Settings.read()) as context:
        with gzip.open(file, "wb") as lines, working("Writing the transcript"):
            async for line in pipeline.record.transcript(context.pool, context.publication):
                lines.write(line)
                epochs += 1
    beside = file.with_name(verifier.ALONE.name)
    shutil.copyfile(verifier.ALONE, beside)
    print_facts({"file": str(file), "epochs": epochs, "verifier": str(beside)}, as_json=json)


@log_app.command
async def receipts(tenant: str, file: Path, *, json: AsJson = False) -> None:
    """Write all receipts of a tenant into a file, one a line, behind its log's name and key.

    Parameters
    ----------
    tenant
        The tenant, by id or name.
    file
        Where to write them; it tells the tenant's events and belongs to the tenant alone.
    """
    written = 0
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        with file.open("wb") as lines, working("Writing receipts"):
            found = pipeline.record.receipt_lines(context.pool, context.publication, tenant_id)
            async for line in found:
                lines.write(line)
                written += 1
        async with as_tenant(context.pool, tenant_id) as tx:
            left = await pipeline.record.receipts_from(tx, context.publication, start=0, limit=1)
    # The first line is the log's own.
    facts = {"file": str(file), "receipts": max(0, written - 1), "waiting": left.waiting}
    print_facts(facts, as_json=json)


@log_app.command
async def begin_anew(origin: str, place: str, *, yes: bool = False, json: AsJson = False) -> None:
    """Begin another public log in place of one that cannot go on; without --yes, tell its price.

    For when `serve` says LogAhead or LogDiffers, and there is no later backup and nothing to mend.
    Stop every server first.

    Parameters
    ----------
    origin
        What the new log is called: never the name of the old one.
    place
        Where its files go: an empty folder, or a bucket. The old ones stay where they are.
    yes
        Do it.
    """
    settings = Settings.read()
    async with administration(settings) as (connection, secret):
        old = await pipeline.record.publication_as_it_is(
            connection,
            secret,
            place=settings.log_url or settings.data_dir / "log",
            witnesses=witnesses_of(settings),
        )
        because = await _why(settings, connection, old)
        if because is None:
            raise pipeline.record.NothingWrong(origin=old.origin)
        ended = await pipeline.record.ended(connection, old, because)
        if yes:
            await pipeline.record.begin_anew(connection, secret, ended, origin=origin, place=place)
    if not json:
        out.print(_price(ended), markup=False, soft_wrap=True)
    facts = {
        "ended": old.origin,
        "because": type(because).__name__,
        "published": ended.published_size,
        "database": ended.database.size,
        "begun": origin if yes else None,
    }
    if yes:
        facts |= {"EVENHAND_LOG_ORIGIN": origin, "EVENHAND_LOG_URL": place}
    print_facts(facts, as_json=json)
    if not yes:
        err.print("Nothing is done yet: say --yes to begin.", markup=False)
        raise SystemExit(1)


async def _why(
    settings: Settings, connection: Connection, old: pipeline.record.Publication
) -> EvenhandError | None:
    """Ask the files of the log and then its witnesses, as whoever publishes does."""
    because = await pipeline.record.why_it_stopped(connection, old)
    if because is not None:
        return because
    head = await pipeline.record.public_head(connection)
    async with outgoing(allow_private_networks=settings.allow_private_networks) as way_out:
        try:
            await Witnesses(old, way_out).require_not_ahead(
                Checkpoint(head.origin, head.size, head.root)
            )
        except (pipeline.record.LogAhead, pipeline.record.LogDiffers) as error:
            return error
    return None


def _price(ended: pipeline.record.Ended) -> str:
    """Say what is lost."""
    return f"""\
{ended.database.origin} ends. Of it {ended.published_size:,} epochs are published, and the database
holds {ended.database.size:,}.
What happened after the backup is in no record of yours. Receipts of it that others keep stay proof
that you promised it.
Of what the database holds there will be new receipts under the new log. Earlier ones hold as long
as the old files are to be read: leave them where they are, unchanged.
Every reader and witness needs the new policy (`evenhand log policy`), and a reason from you: the
first record of the new log says what was published of the old one.
"""
