"""`evenhand verification`: what others found of the public log, published as they signed it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import cyclopts

from evenhand.app.commands.output import AsJson, print_facts, print_rows
from evenhand.app.installation import open_installation
from evenhand.foundation.errors import Invalid
from evenhand.foundation.settings import Settings
from evenhand.pipeline.record import statements
from evenhand.receipts.statement import STATEMENT_BYTES_MAX
from evenhand.tlog.key_file import write_keys
from evenhand.tlog.signatures import SignatureType, SigningKey, VerifierKey

verification_app = cyclopts.App(
    name="verification", help="What others found of the public log, for all to read."
)
NONE = (
    "No statement is shown. Whoever checks the log makes one: evenhand verification key KEYFILE "
    "NAME, evenhand verify URL --transcript FILE --statement FILE --sign-as KEYFILE; then evenhand "
    "verification add FILE --key KEY."
)


class NotAnId(Invalid):
    """A statement is named by its id: see `evenhand verification list`."""


@verification_app.command
def key(file: Path, name: str, *, json: AsJson = False) -> None:
    """Make a key to sign statements by, and print the half by which others check them.

    Needs no installation: it is for whoever checks the log of somebody else.

    Parameters
    ----------
    file
        A new file for the key; whoever has it can sign as you.
    name
        What you are called in your statements, such as example.com/auditor.
    """
    made = SigningKey.new(name, SignatureType.ED25519)
    # Refuses a name that no key can have, before anything is written.
    told = str(made.verifier_key)
    write_keys(file, [made])
    print_facts({"name": name, "file": str(file), "key": told}, as_json=json)


@verification_app.command
async def add(
    file: Path,
    *,
    key: Annotated[str, cyclopts.Parameter(help="The verifier's key, as name+id+base64.")],
    json: AsJson = False,
) -> None:
    """Show everybody what somebody found of this log, on /neutrality and /log/verifications.

    The key must have signed it, and it must speak of this log as it is published. Get the key from
    the verifier and not with the statement, or anybody may have signed in their name.

    Parameters
    ----------
    file
        The statement, as `evenhand verify --statement FILE --sign-as KEYFILE` writes it.
    """
    verifier_key = VerifierKey.parse(key)
    with file.open("rb") as note_file:
        note = note_file.read(STATEMENT_BYTES_MAX + 1)
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        added = await statements.publish(
            connection, context.publication, note, verifier_key, now=context.clock.now()
        )
    print_facts(_facts(added), as_json=json)


@verification_app.command(name="list")
async def list_statements(*, json: AsJson = False) -> None:
    """Show the statements that anybody is shown, the latest check first."""
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        found = await statements.shown(connection, context.publication.origin)
    print_rows([_facts(one) for one in found], as_json=json, empty=NONE)


@verification_app.command
async def withdraw(statement_id: str, *, json: AsJson = False) -> None:
    """Show a statement no longer; the record keeps it, and when it was withdrawn.

    Parameters
    ----------
    statement_id
        The statement's id, as `list` shows it.
    """
    try:
        named = UUID(statement_id)
    except ValueError as error:
        raise NotAnId(given=statement_id) from error
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        await statements.withdraw(connection, named, now=context.clock.now())
    print_facts({"statement_id": str(named), "withdrawn": True}, as_json=json)


def _facts(one: statements.Published) -> dict[str, object]:
    said = one.statement
    return {
        "statement_id": str(one.statement_id),
        "verifier": one.key.name,
        "checked_at": datetime.fromtimestamp(said.checked_at, UTC),
        "epochs": said.checkpoint.size,
        "outcome": said.outcome,
        "key": one.verifier_key,
        "published_at": one.published_at,
    }
