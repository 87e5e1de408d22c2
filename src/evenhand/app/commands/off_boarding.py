"""`evenhand annotator off-board`: the end of somebody's work, and the report of what they saw."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from evenhand import pipeline, workforce
from evenhand.app.commands.annotators import annotator_app
from evenhand.app.commands.conflicts import exposures_of
from evenhand.app.commands.output import AsJson, print_facts, print_json
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.foundation.database import as_tenant
from evenhand.foundation.settings import Settings
from evenhand.quality.report import document, table
from evenhand.quality.report.markup import element
from evenhand.work import assignments

_COLUMNS = ("tenant", "first shown", "last shown")


@annotator_app.command(name="off-board")
async def off_board(annotator: str, *, report: Path | None = None, json: AsJson = False) -> None:
    """Take everything from an annotator who leaves, and report what was shown to them.

    Tokens and sessions end, everywhere within five seconds, and what they hold goes back to the
    queue; what they did stays.

    Parameters
    ----------
    annotator
        The annotator's address or id.
    report
        Write the report as a page into this file too.
    """
    async with open_installation(Settings.read()) as context:
        async with context.pool.connection() as connection:
            who = await workforce.named(connection, annotator)
            await workforce.disable(connection, who.email, now=context.clock.now())
        returned = await _take_back(context, who)
        seen = await exposures_of(context, who.annotator_id)
    if report is not None:
        page = page_of(who, returned, seen)
        await asyncio.to_thread(report.write_text, page, encoding="utf-8")
    if json:
        print_json(
            {
                "annotator_id": str(who.annotator_id),
                "email": who.email,
                "name": who.name,
                "returned": returned,
                "exposures": seen,
            }
        )
        return
    told = ", ".join(f"{one['tenant']} (until {one['last_day']})" for one in seen)
    print_facts(
        {"annotator": who.email, "assignments returned": returned, "was shown": told or "nothing"},
        as_json=False,
    )


async def _take_back(context: Context, who: workforce.Named) -> int:
    async with context.pool.connection() as connection:
        held = await assignments.held_by(connection, who.annotator_id)
    returned = 0
    for tenant_id in {tenant_id for tenant_id, _ in held}:
        async with as_tenant(context.pool, tenant_id) as tx:
            now = context.clock.now()
            returned += await pipeline.expire(tx, left=who.annotator_id, now=now)
    return returned


def page_of(who: workforce.Named, returned: int, seen: Sequence[Mapping[str, object]]) -> str:
    """Write the report of an annotator who left, for whoever asks what they know."""
    sections = [
        element(
            "p",
            None,
            f"{who.name} ({who.email}) no longer works here. Tokens and sessions have ended, and "
            f"{returned} assignments went back to the queue.",
        )
    ]
    if seen:
        rows = [(str(one["tenant"]), str(one["first_day"]), str(one["last_day"])) for one in seen]
        sections.append(
            element("p", None, "Something of these tenants was shown to them, by days in UTC.")
        )
        sections.append(element("div", {"class": "wide"}, table(_COLUMNS, rows)))
    else:
        sections.append(element("p", None, "Nothing of any tenant was ever shown to them."))
    return document("Report of an annotator who left", *sections)
