"""`evenhand gold`: tasks whose right answer is known."""

import cyclopts
import msgspec

from evenhand import pipeline, task_types
from evenhand.app.commands.output import AsJson, print_facts, print_rows
from evenhand.app.commands.row_values import NotAnObject, NotJson, object_of
from evenhand.app.commands.tenants import acting_for
from evenhand.foundation.database import moment
from evenhand.foundation.errors import Invalid
from evenhand.work import gold_tasks, projects

gold_app = cyclopts.App(name="gold", help="Tasks whose right answer is known.")


class UnreadableResponse(Invalid):
    """The expected response is not a JSON object, such as '{"category": "cat"}'."""


class UnfitResponse(Invalid):
    """The expected response is none that the task can have."""


@gold_app.command
async def copy(
    task_id: str,
    *,
    tenant: str,
    training: bool = False,
    expected: str | None = None,
    json: AsJson = False,
) -> None:
    """Copy a completed task into a gold task; nobody who has had it is given the copy.

    Parameters
    ----------
    task_id
        The completed task's id.
    tenant
        The tenant's id or name.
    training
        Make it a lesson of the project's course, and not an evaluation task.
    expected
        The right response, as JSON: by default the one that the task was given.
    """
    response = None if expected is None else response_of(expected)
    async with acting_for(tenant) as tx:
        try:
            made = await pipeline.annotator.gold_from_task(
                tx,
                task_id,
                "training" if training else "evaluation",
                is_test=False,
                expected=response,
                now=await moment(tx.connection),
            )
        except task_types.Invalid as error:
            raise UnfitResponse(str(error)) from error
    print_facts(_facts(made), as_json=json)


@gold_app.command
async def retire(task_id: str, *, tenant: str, json: AsJson = False) -> None:
    """Give a gold task to nobody any more; what was answered stays.

    Parameters
    ----------
    task_id
        The gold task's id.
    tenant
        The tenant's id or name.
    """
    async with acting_for(tenant) as tx:
        retired = await pipeline.annotator.retire_gold(
            tx, task_id, is_test=False, now=await moment(tx.connection)
        )
    print_facts(_facts(retired), as_json=json)


@gold_app.command(name="list")
async def list_gold(
    *,
    tenant: str,
    project: str | None = None,
    training: bool = False,
    offset: int = 0,
    json: AsJson = False,
) -> None:
    """Show a tenant's gold tasks, the newest first, a hundred at a time.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    project
        Only those of this project.
    training
        Show the lessons of courses, and not evaluation tasks.
    offset
        How many to pass over.
    """
    async with acting_for(tenant) as tx:
        await projects.require_names(tx, project=project, is_test=False)
        found, _ = await gold_tasks.find_gold(
            tx,
            "training" if training else "evaluation",
            is_test=False,
            project=project,
            limit=gold_tasks.GOLD_A_PAGE_MAX,
            offset=max(offset, 0),
        )
    print_rows([_facts(one) for one in found], as_json=json, empty="No gold tasks yet.")


def response_of(text: str) -> dict[str, object]:
    """Read a response that was typed as JSON."""
    try:
        return object_of(text)
    except (NotJson, NotAnObject) as error:
        raise UnreadableResponse from error


def _facts(gold: gold_tasks.Gold) -> dict[str, object]:
    return {
        "task_id": gold.task_id,
        "purpose": gold.purpose,
        "project": gold.project,
        "type": gold.type,
        "expected_response": msgspec.json.encode(gold.expected_response).decode(),
        "answers": gold.answers,
        "right": gold.right,
        "created_at": gold.created_at,
        "retired_at": gold.retired_at,
    }
