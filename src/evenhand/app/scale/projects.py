"""Projects: create, look at, list, give other params."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import uuid4

import msgspec
from litestar import Request, Response, get, post

from evenhand import ledger, tenants, work
from evenhand.app.context import Context
from evenhand.app.scale import bodies, query
from evenhand.app.scale.paths import name_in
from evenhand.app.scale.replies import moment_now, reply
from evenhand.delivery import contract
from evenhand.foundation.database import Tx, as_tenant
from evenhand.quality import Policy
from evenhand.task_types import InvalidParams, task_type
from evenhand.task_types.outside import params_of

NAME_LENGTH_MAX = 500
ANNOTATIONS_MAX = 100  # annotators a task; more make no answer surer
OFFSET_MAX = 1_000_000
GOLD_SHARE_MAX = 0.5  # more would be an examination, and no work
GOLD_TASKS_LEAST_MAX = 1_000  # as many as a project may have in use
TRAINING_ATTEMPTS_MAX = 10

_MENDS = {
    "name": "Send a name of your own.",
    "type": "Send a type of task, such as categorization.",
    "params": "Send an object of params that tasks of this project inherit.",
    "consensus_attempts": "Send how many annotators each task is put before.",
    "policy": 'Send for example {"annotations": 3, "annotations_max": 5, "confidence": 0.9}.',
    "pipeline": "Send standard_task or consensus_task.",
}


class PolicyForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many annotations a task gets, how sure it must be, what annotators must know."""

    annotations: int | None = None
    annotations_max: int | None = None
    confidence: float | None = None
    review_below: float | None = None
    target_accuracy: float | None = None
    review_share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    skips_max: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    gold_share: Annotated[float, msgspec.Meta(ge=0, le=GOLD_SHARE_MAX)] | None = None
    gold_accuracy_least: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    gold_tasks_least: Annotated[int, msgspec.Meta(ge=1, le=GOLD_TASKS_LEAST_MAX)] | None = None
    training_score_least: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    training_attempts_max: Annotated[int, msgspec.Meta(ge=1, le=TRAINING_ATTEMPTS_MAX)] | None = (
        None
    )


class ProjectForm(msgspec.Struct, frozen=True, kw_only=True):
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
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        project = await enter(tx, await bodies.object_in(request), is_test=caller.is_test)
    return reply(contract.project_object(project))


async def enter(tx: Tx, body: Mapping[str, object], *, is_test: bool) -> work.Project:
    """Prove what is asked for and make the project."""
    form = params_of(body, ProjectForm, _MENDS)
    check_name(form.name)
    work.check_project_params(form.params)
    new = work.NewProject(
        name=form.name,
        type=task_type(form.type).name,
        is_test=is_test,
        staged=form.rapid or form.studio,
        policy=_policy(form),
        params={name: value for name, value in form.params.items() if value is not None},
    )
    now = moment_now()
    project = await work.create_project(tx, new, project_id=uuid4(), now=now)
    await ledger.append(tx, "project.created", at=now, project_id=project.project_id)
    return project


def check_name(name: str, at: str = "name") -> None:
    """Refuse a name that is blank, too long, or lost on its way in a path."""
    if not name.strip() or len(name) > NAME_LENGTH_MAX or name in (".", ".."):
        raise InvalidParams(
            f"is blank, longer than {NAME_LENGTH_MAX} characters, or made of dots",
            at=at,
            mend=_MENDS["name"],
        )


def _policy(form: ProjectForm) -> dict[str, object]:
    asked: dict[str, object] = {}
    if form.policy is not None:
        members = msgspec.structs.asdict(form.policy)
        asked = {name: value for name, value in members.items() if value is not None}
    annotations = asked.get("annotations", form.consensus_attempts)
    if annotations is not None:
        asked["annotations"] = annotations
    if not asked:
        return {}
    asked.setdefault("annotations", 1)
    asked.setdefault("annotations_max", asked["annotations"])
    policy = msgspec.convert(asked, PolicyForm)
    if (policy.annotations_max or 1) > ANNOTATIONS_MAX:
        raise InvalidParams(
            f"asks for more than {ANNOTATIONS_MAX} annotations", at="policy", mend="Ask for fewer."
        )
    try:
        Policy(
            annotations=policy.annotations or 0,
            annotations_max=policy.annotations_max or 0,
            confidence=policy.confidence or 0.0,
            review_below=policy.review_below,
            target_accuracy=policy.target_accuracy,
        )
    except ValueError as error:
        raise InvalidParams(
            "cannot be satisfied by any task", at="policy", mend=str(error)
        ) from error
    return asked


@get("/projects")
async def find(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer the projects, newest first, as a bare list."""
    most = work.PROJECTS_A_PAGE_MAX
    limit = query.whole(request, "limit", default=most, least=1, most=most)
    offset = query.whole(request, "offset", default=0, least=0, most=OFFSET_MAX)
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        projects = await work.projects_of(
            tx,
            is_test=caller.is_test,
            archived=query.flag(request, "archived"),
            limit=limit,
            offset=offset,
        )
    return reply([contract.project_object(project) for project in projects])


@get("/projects/{name:str}")
async def look(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Answer one project with every version of its params."""
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        project = await work.project_of(tx, name_in(request), is_test=caller.is_test)
    return reply(contract.project_object(project))


@post("/projects/{name:str}/setParams", status_code=200)
async def set_params(
    request: Request[Any, Any, Any], context: Context, caller: tenants.Caller
) -> Response[bytes]:
    """Give future tasks of a project other params; `patch` keeps those that are not named."""
    body = await bodies.object_in(request)
    patch = bodies.flag(body, "patch")
    params = {name: value for name, value in body.items() if name != "patch"}
    work.check_project_params(params)
    now = moment_now()
    async with as_tenant(context.pool, caller.tenant_id) as tx:
        project = await work.project_of(tx, name_in(request), is_test=caller.is_test)
        project = await work.set_params(tx, project, params, patch=patch, now=now)
        await ledger.append(
            tx,
            "project.params_set",
            at=now,
            project_id=project.project_id,
            version=project.history[-1].version,
        )
    return reply(contract.project_object(project))
