"""`evenhand standing` and `evenhand contest`: where annotators stand, and what they contest."""

from datetime import timedelta
from uuid import UUID

import cyclopts
import msgspec

from evenhand import pipeline, task_types, workforce
from evenhand.app.commands.gold import UnfitResponse, response_of
from evenhand.app.commands.output import AsJson, print_facts, print_rows
from evenhand.app.commands.tenants import acting_for, tenant_named
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.foundation.database import Tx, as_tenant, moment
from evenhand.foundation.errors import Invalid, NotFound
from evenhand.foundation.settings import Settings
from evenhand.work import projects, qualification

standing_app = cyclopts.App(name="standing", help="Where annotators stand in projects.")
contest_app = cyclopts.App(name="contest", help="What annotators contest.")


class NoSuchAnnotator(NotFound):
    """There is no annotator of that address."""


class NotAnId(Invalid):
    """A contest's id is a UUID, as `evenhand contest list` shows it."""


@standing_app.command(name="list")
async def list_standings(*, tenant: str, project: str, json: AsJson = False) -> None:
    """Show where every annotator of a project stands.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    project
        The project's name.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        emails = await _emails(context)
        async with as_tenant(context.pool, tenant_id) as tx:
            found = await projects.project_of(tx, project, is_test=False)
            standings = await qualification.standings_of(
                tx,
                counted_before=await moment(tx.connection) + timedelta(days=1),
                project_id=found.project_id,
            )
    rows = [
        {
            "annotator": emails.get(one.annotator_id, str(one.annotator_id)),
            "accuracy": one.accuracy,
            "lower": one.lower,
            "upper": one.upper,
            "gold": f"{one.right} of {one.answers}",
            "passed_at": one.passed_at,
            "paused_at": one.paused_at,
            "reason": one.pause_reason,
        }
        for one in standings
    ]
    print_rows(rows, as_json=json, empty="Nothing is known of anybody there yet.")


@standing_app.command
async def pause(
    email: str, *, tenant: str, project: str, reason: str, json: AsJson = False
) -> None:
    """Lend an annotator no more of a project; what they hold they may finish.

    Parameters
    ----------
    email
        The annotator's address.
    tenant
        The tenant's id or name.
    project
        The project's name.
    reason
        Why, as the annotator is told.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id, annotator_id = await _who(context, tenant, email)
        async with as_tenant(context.pool, tenant_id) as tx:
            standing = await _standing(tx, project, annotator_id)
            await pipeline.annotator.pause(
                tx, standing, "manual", reason, now=await moment(tx.connection)
            )
    print_facts({"annotator": email, "project": project, "paused": True}, as_json=json)


@standing_app.command
async def resume(email: str, *, tenant: str, project: str, json: AsJson = False) -> None:
    """Lend an annotator tasks of a project again; what was held against them is forgotten.

    Parameters
    ----------
    email
        The annotator's address.
    tenant
        The tenant's id or name.
    project
        The project's name.
    """
    async with open_installation(Settings.read()) as context:
        tenant_id, annotator_id = await _who(context, tenant, email)
        async with as_tenant(context.pool, tenant_id) as tx:
            standing = await _standing(tx, project, annotator_id)
            await pipeline.annotator.resume(
                tx, standing, afresh=True, now=await moment(tx.connection)
            )
    print_facts({"annotator": email, "project": project, "paused": False}, as_json=json)


@contest_app.command(name="list")
async def list_contests(
    *,
    tenant: str,
    status: qualification.ContestState | None = None,
    offset: int = 0,
    json: AsJson = False,
) -> None:
    """Show what annotators contest, the newest first, a hundred at a time.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    status
        Only those that are open, upheld or rejected.
    offset
        How many to pass over.
    """
    async with acting_for(tenant) as tx:
        found = await qualification.contests_of(
            tx, state=status, limit=qualification.CONTESTS_A_PAGE_MAX, offset=max(offset, 0)
        )
    print_rows([_facts(one) for one in found], as_json=json, empty="Nothing is contested.")


@contest_app.command
async def uphold(
    contest_id: str,
    *,
    tenant: str,
    expected: str | None = None,
    note: str | None = None,
    json: AsJson = False,
) -> None:
    """Give an annotator right: all answers to the gold task are scored anew.

    Parameters
    ----------
    contest_id
        The contest's id.
    tenant
        The tenant's id or name.
    expected
        The right response, as JSON; without it the gold task is retired and counts for nobody.
    note
        What the annotator is told.
    """
    response = None if expected is None else response_of(expected)
    async with open_installation(Settings.read()) as context:
        tenant_id = await tenant_named(context, tenant)
        try:
            decided = await pipeline.annotator.uphold(
                context.pool,
                tenant_id,
                _id(contest_id),
                expected=response,
                note=note,
                now=context.clock.now(),
            )
        except task_types.Invalid as error:
            raise UnfitResponse(str(error)) from error
    print_facts(_facts(decided), as_json=json)


@contest_app.command
async def reject(
    contest_id: str, *, tenant: str, note: str | None = None, json: AsJson = False
) -> None:
    """Let a score stand that was contested.

    Parameters
    ----------
    contest_id
        The contest's id.
    tenant
        The tenant's id or name.
    note
        What the annotator is told.
    """
    async with acting_for(tenant) as tx:
        decided = await pipeline.annotator.reject(
            tx, _id(contest_id), note=note, now=await moment(tx.connection)
        )
    print_facts(_facts(decided), as_json=json)


async def _who(context: Context, tenant: str, email: str) -> tuple[UUID, UUID]:
    tenant_id = await tenant_named(context, tenant)
    named = {one: annotator_id for annotator_id, one in (await _emails(context)).items()}
    annotator_id = named.get(email.strip().casefold())
    if annotator_id is None:
        raise NoSuchAnnotator(email=email)
    return tenant_id, annotator_id


async def _emails(context: Context) -> dict[UUID, str]:
    async with context.pool.connection() as connection:
        return {one.annotator_id: one.email for one in await workforce.everyone(connection)}


async def _standing(tx: Tx, project: str, annotator_id: UUID) -> qualification.Standing:
    found = await projects.project_of(tx, project, is_test=False)
    return await qualification.lock_standing(tx, found.project_id, annotator_id)


def _id(contest_id: str) -> UUID:
    try:
        return UUID(contest_id)
    except ValueError as error:
        raise NotAnId from error


def _facts(contest: qualification.Contest) -> dict[str, object]:
    return {
        "contest_id": str(contest.contest_id),
        "state": contest.state,
        "project": contest.project,
        "task_id": contest.task_id,
        "response": msgspec.json.encode(contest.response).decode(),
        "expected_response": msgspec.json.encode(contest.expected_response).decode(),
        "reason": contest.reason,
        "note": contest.note,
        "created_at": contest.created_at,
    }
