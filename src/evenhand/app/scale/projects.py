"""Projects: create, look at, list, give other params, another policy."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

import msgspec
from litestar import Request, Response, get, post

from evenhand import pipeline, tenants
from evenhand.app.context import Context
from evenhand.app.scale import bodies, query
from evenhand.app.scale.paths import name_in
from evenhand.app.scale.policies import (
    POLICY_MEND,
    PolicyForm,
    policy_form_of,
    proven_policy,
)
from evenhand.app.scale.replies import moment_now, reply
from evenhand.delivery import contract
from evenhand.foundation.database import Tx, as_tenant
from evenhand.task_types import InvalidParams, task_type
from evenhand.task_types.outside import params_of
from evenhand.work import intake, projects

NAME_LENGTH_MAX = 500
OFFSET_MAX = 1_000_000

_MENDS = {
    "name": "Send a name of your own.",
    "type": "Send a type of task, such as categorization.",
    "params": "Send an object of params that tasks of this project inherit.",
    "consensus_attempts": "Send how many annotators each task is put before.",
    "policy": POLICY_MEND,
    "pipeline": "Send standard_task or consensus_task.",
}


class ProjectForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A project as it is asked for."""

    name: str
    type: str
    params: dict[str, Any] = {}
    rapid: bool = False
    studio: bool = False
    pipeline: Literal["standard_task", "consensus_task"] | None = None
    consensus_attempts: int | None = None
    policy: PolicyForm | None = None


@post("/projects", status_code=200)
async def create(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Create a project, from which tasks inherit params."""
    body = await bodies.object_in(request, bodies.TASK_BYTES_MAX)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        project = await enter(tx, body, is_test=caller.is_test, now=moment_now(context))
    return reply(contract.project_object(project))


async def enter(
    tx: Tx, body: Mapping[str, object], *, is_test: bool, now: datetime
) -> projects.Project:
    """Prove what is asked for and make the project."""
    form = params_of(body, ProjectForm, _MENDS)
    check_name(form.name)
    intake.check_project_params(form.params, task_type(form.type).name)
    new = projects.NewProject(
        name=form.name,
        type=task_type(form.type).name,
        is_test=is_test,
        staged=form.rapid or form.studio,
        policy=_policy(form, body.get("policy")),
        params={name: value for name, value in form.params.items() if value is not None},
    )
    return await pipeline.project.create_project(tx, new, now=now)


def check_name(name: str, at: str = "name") -> None:
    """Refuse a name that is blank, too long, or lost on its way in a path."""
    if not name.strip() or len(name) > NAME_LENGTH_MAX or name in (".", ".."):
        raise InvalidParams(
            f"is blank, longer than {NAME_LENGTH_MAX} characters, or made of dots",
            at=at,
            hint=_MENDS["name"],
        )


def _policy(form: ProjectForm, sent: object) -> dict[str, object]:
    order = list(cast("dict[str, object]", sent)) if isinstance(sent, dict) else []
    asked = form.policy or PolicyForm()
    if asked.annotations is None:
        asked = msgspec.structs.replace(asked, annotations=form.consensus_attempts)
    elif form.consensus_attempts not in (None, asked.annotations):
        raise InvalidParams(
            "is another number than the policy's annotations",
            at="consensus_attempts",
            hint="Send one of them.",
        )
    several = (asked.annotations or 1) > 1
    if form.pipeline is not None and several != (form.pipeline == "consensus_task"):
        raise InvalidParams(
            f"is {form.pipeline}, and each task is put before {asked.annotations or 1}",
            at="pipeline",
            hint="Send consensus_task with consensus_attempts of 2 or more, or standard_task.",
        )
    return proven_policy(asked, order=order)


@get("/projects")
async def find(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer the projects, newest first, as a bare list."""
    most = projects.PROJECTS_A_PAGE_MAX
    limit = query.whole(request, "limit", default=most, least=1, most=most)
    offset = query.whole(request, "offset", default=0, least=0, most=OFFSET_MAX)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        found = await projects.projects_of(
            tx,
            is_test=caller.is_test,
            archived=query.flag(request, "archived"),
            limit=limit,
            offset=offset,
        )
    return reply([contract.project_object(project) for project in found])


@get("/projects/{name:str}")
async def look(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer one project with every version of its params."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        project = await projects.project_of(tx, name_in(request), is_test=caller.is_test)
    return reply(contract.project_object(project))


@post("/projects/{name:str}/setParams", status_code=200)
async def set_params(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Give future tasks of a project other params; `patch` keeps those that are not named."""
    params, patch = await _patch_in(request)
    intake.check_project_params(params)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        project = await pipeline.project.set_params(
            tx,
            name_in(request),
            params,
            patch=patch,
            is_test=caller.is_test,
            now=moment_now(context),
        )
    return reply(contract.project_object(project))


@post("/projects/{name:str}/setPolicy", status_code=200)
async def set_policy(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Give a project another policy; `patch` keeps those members that are not named."""
    members, patch = await _patch_in(request)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        project = await change_policy(
            tx,
            name_in(request),
            members,
            patch=patch,
            is_test=caller.is_test,
            now=moment_now(context),
        )
    return reply(contract.project_object(project))


async def change_policy(
    tx: Tx,
    name: str,
    members: Mapping[str, object],
    *,
    patch: bool,
    is_test: bool,
    now: datetime,
) -> projects.Project:
    """Prove another policy for a project by the rules for a new one, and let it hold."""
    form = policy_form_of(members)

    def changed(kept: Mapping[str, object]) -> Mapping[str, object]:
        return proven_policy(form, kept=kept if patch else {}, order=members)

    return await pipeline.project.change_policy(tx, name, changed, is_test=is_test, now=now)


async def _patch_in(request: Request[Any, Any, Any]) -> tuple[dict[str, object], bool]:
    """Read the members of a body, and whether those it does not name are kept."""
    body = await bodies.object_in(request, bodies.TASK_BYTES_MAX)
    patch = bodies.flag(body, "patch")
    return {name: value for name, value in body.items() if name != "patch"}, patch
