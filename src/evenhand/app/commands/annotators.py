"""`evenhand annotator`: the people and models who annotate."""

import cyclopts

from evenhand import workforce
from evenhand.app.commands.output import AsJson, print_facts, print_rows
from evenhand.app.installation import open_installation
from evenhand.app.serving_url import server_url
from evenhand.foundation.settings import Settings

annotator_app = cyclopts.App(name="annotator", help="The people and models who annotate.")


@annotator_app.command
async def create(
    email: str,
    *,
    name: str | None = None,
    model: bool = False,
    reviewer: bool = False,
    json: AsJson = False,
) -> None:
    """Make an annotator and print the link by which they sign in, shown this once.

    Parameters
    ----------
    email
        The annotator's address; for a model any name of that form.
    name
        How the annotator is called; by default the part before the @.
    model
        The annotator is a model, and is shown as one everywhere.
    reviewer
        The annotator also decides tasks that others could not settle.
    """
    settings = Settings.read()
    async with open_installation(settings) as context, context.pool.connection() as connection:
        made = await workforce.create(
            connection,
            email,
            name=name or email.partition("@")[0],
            kind="model" if model else "person",
            reviewer=reviewer,
            now=context.clock.now(),
        )
    facts = {
        "annotator_id": str(made.annotator_id),
        "token": made.token,
        "sign_in_url": sign_in_url(settings, made.token),
    }
    print_facts(facts, as_json=json)


@annotator_app.command(name="list")
async def list_annotators(*, json: AsJson = False) -> None:
    """Show all annotators."""
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        everyone = await workforce.everyone(connection)
    rows = [
        {
            "annotator_id": str(one.annotator_id),
            "email": one.email,
            "name": one.name,
            "kind": one.kind,
            "reviewer": one.reviewer,
        }
        for one in everyone
    ]
    print_rows(rows, as_json=json, empty="No annotators yet: evenhand annotator create EMAIL")


@annotator_app.command
async def disable(email: str, *, json: AsJson = False) -> None:
    """Lock an annotator out, everywhere within five seconds; what they did stays.

    Parameters
    ----------
    email
        The annotator's address.
    """
    async with (
        open_installation(Settings.read()) as context,
        context.pool.connection() as connection,
    ):
        await workforce.disable(connection, email, now=context.clock.now())
    print_facts({"email": email, "disabled": True}, as_json=json)


def sign_in_url(settings: Settings, token: str) -> str:
    """Make the link by which an annotator signs in; the token never reaches a log."""
    # Browsers keep what follows the # to themselves: it is in no request line.
    return f"{server_url(settings)}/sign-in#token={token}"
