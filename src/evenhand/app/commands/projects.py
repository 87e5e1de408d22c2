"""`evenhand project`: what tasks have in common."""

from typing import Annotated

import cyclopts

from evenhand import task_types
from evenhand.app.commands.output import AsJson, print_facts, print_rows
from evenhand.app.commands.row_values import object_in
from evenhand.app.commands.tenants import acting_for
from evenhand.app.scale.projects import change_policy, enter
from evenhand.app.scale.replies import in_milliseconds
from evenhand.foundation.database import moment
from evenhand.foundation.errors import Invalid
from evenhand.work import projects

LISTED_MAX = 1000

_OF_TYPE = cyclopts.Parameter(help=f"Type of its tasks: {', '.join(sorted(task_types.REGISTRY))}.")

project_app = cyclopts.App(name="project", help="What tasks have in common.")


class UnfitProject(Invalid):
    """The project cannot be as it is asked for."""


@project_app.command
async def create(
    name: str,
    *,
    tenant: str,
    type: Annotated[str, _OF_TYPE],  # noqa: A002 - the contract's word, and the option's
    params: str = "{}",
    annotations: int = 1,
    json: AsJson = False,
) -> None:
    """Make a project, from which tasks inherit their params.

    Parameters
    ----------
    name
        The project's name, of which the tenant has one.
    tenant
        The tenant's id or name.
    params
        A JSON object, or @FILE to read it from a file: for example
        '{"categories": ["yes", "no"], "attachment_type": "text"}'.
    annotations
        How many annotators each task is put before.
    """
    body = {
        "name": name,
        "type": type,
        "params": object_in(params),
        "policy": {"annotations": annotations},
    }
    async with acting_for(tenant) as tx:
        try:
            now = in_milliseconds(await moment(tx.connection))
            made = await enter(tx, body, is_test=False, now=now)
        except (task_types.Invalid, task_types.UnknownTaskType) as error:
            raise UnfitProject(str(error)) from error
    print_facts(
        {"project_id": str(made.project_id), "name": made.name, "type": made.type}, as_json=json
    )


@project_app.command(name="list")
async def list_projects(*, tenant: str, json: AsJson = False) -> None:
    """Show a tenant's projects.

    Parameters
    ----------
    tenant
        The tenant's id or name.
    """
    async with acting_for(tenant) as tx:
        found = await projects.projects_of(
            tx, is_test=False, archived=None, limit=LISTED_MAX, offset=0
        )
    print_rows(
        [{"name": one.name, "type": one.type, "created_at": one.created_at} for one in found],
        as_json=json,
        empty="No projects yet: evenhand project create NAME --tenant T --type TYPE",
    )


@project_app.command
async def policy(
    name: str,
    *,
    tenant: str,
    set: str | None = None,  # noqa: A002 - the option's word
    replace: bool = False,
    json: AsJson = False,
) -> None:
    """Show what a project asks of tasks and annotators, or change it.

    What tasks must come to and what annotators must know holds from now on, for open tasks too;
    how many annotations are wanted, for tasks made from now on.

    Parameters
    ----------
    name
        The project's name.
    tenant
        The tenant's id or name.
    set
        A JSON object of what is to change, or @FILE: for example
        '{"annotations": 3, "target_accuracy": 0.95, "gold_share": 0.1}'.
    replace
        Forget what --set does not name, instead of keeping it.
    """
    async with acting_for(tenant) as tx:
        if set is None:
            project = await projects.project_of(tx, name, is_test=False)
        else:
            try:
                project = await change_policy(
                    tx,
                    name,
                    object_in(set),
                    patch=not replace,
                    is_test=False,
                    now=in_milliseconds(await moment(tx.connection)),
                )
            except task_types.Invalid as error:
                raise UnfitProject(str(error)) from error
    print_facts({"name": project.name, **project.policy}, as_json=json)
