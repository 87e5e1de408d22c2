"""`evenhand log`: the public log of this installation, and a tenant's receipts of it."""

import gzip
import shutil
from pathlib import Path

import cyclopts

from evenhand import pipeline, verifier
from evenhand.app.commands.output import AsJson, out, print_facts, print_json, working
from evenhand.app.commands.tenants import tenant_named
from evenhand.app.installation import open_installation
from evenhand.foundation.database import as_tenant
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
