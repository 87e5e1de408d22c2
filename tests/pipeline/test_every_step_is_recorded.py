"""Every step of the pipeline leaves its entry, whether a route or a round takes it."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from given import NOW
from shelves import SOURCE
from work.golden import HOUR_LATER, gold, rows, work_through
from work.opened import annotators, answer, do_next, new_tasks, project

from evenhand import delivery, pipeline, tenants
from evenhand.datasets import Storage
from evenhand.foundation.database import Pool, Tx, as_tenant
from evenhand.foundation.jobs import CLAIM
from evenhand.foundation.outgoing import outgoing
from evenhand.foundation.processes import Processes
from evenhand.foundation.secret import Secret
from evenhand.pipeline.task.heavy import HEAVY_BYTES_MAX
from evenhand.work import assignments, intake, projects, skills

NOWHERE = "http://127.0.0.1:9/none"
READING = {
    "barred_by", "ended", "public_head", "publication_as_it_is", "report", "tenants_to_check",
    "tenants_to_sequence", "transcript", "verify", "why_it_stopped",
}  # fmt: skip
# An entry that it left would have to get its place, which would leave another.
OF_THE_RECORD_ITSELF = {"anchor", "begin_anew", "make_epoch", "opened_publication", "place"}
# It takes sixty tasks until a check finds something: `test_alerts.py` goes that way.
ELSEWHERE = {"check"}

Step = Callable[[], Awaitable[object]]


def steps_of_routes() -> set[str]:
    """The steps that a route of some API takes; a test of its own calls every route."""
    ways_in = [*(SOURCE / "app/scale").glob("*.py"), *(SOURCE / "app/api").glob("*.py")]
    return {
        step
        for path in ways_in
        for step in re.findall(r"\bpipeline\.(?:\w+\.)?(\w+)\(", path.read_text(encoding="utf-8"))
    }


def steps() -> set[str]:
    """Every public step."""
    return {
        name
        for room in (pipeline, pipeline.annotator, pipeline.project, pipeline.record)
        for name, member in inspect.getmembers(room, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }


class Rounds:
    """What a worker does on its rounds, with the work of a tenant and two annotators."""

    def __init__(self, pool: Pool, owner: tenants.NewTenant, secret: Secret, folder: Path) -> None:
        self.pool, self.owner, self.secret = pool, owner, secret
        self.tenant_id = owner.tenant_id
        self.storage = Storage(folder, secret)
        self.project_id: UUID

    async def begin(self) -> None:
        await project(self.pool, self.owner, annotations=2, gold_share=0.5, gold_accuracy_least=0.1)
        self.anna, self.ben, self.carl = await annotators(self.pool, 3)
        self.project_id = (await self._project()).project_id

    async def _project(self) -> projects.Project:
        async with as_tenant(self.pool, self.tenant_id) as tx:
            return await projects.project_of(tx, "animals", is_test=False)

    async def _annotated(self) -> str:
        (task_id,) = await new_tasks(self.pool, self.owner, 1)
        for who in (self.anna, self.ben):
            assert await do_next(self.pool, who, "cat") == task_id
        return task_id

    def in_tx(self, step: Callable[..., Awaitable[object]], *told: object, **more: object) -> Step:
        async def taken() -> object:
            async with as_tenant(self.pool, self.tenant_id) as tx:
                return await step(tx, *told, **{"now": NOW, **more})

        return taken

    async def expire(self) -> None:
        await new_tasks(self.pool, self.owner, 1)
        assert await pipeline.dispatch(self.pool, self.anna, now=NOW)
        await self.in_tx(pipeline.expire, now=NOW + 2 * assignments.LEASE)()

    async def annotate_large(self) -> None:
        for who in (self.anna, self.ben):
            lent = await pipeline.dispatch(self.pool, who, now=NOW)
            assert lent is not None
            mine = lent[1].assignment_id
            await pipeline.annotate_large(
                self.pool, self.tenant_id, mine, answer(who, "cat"), now=NOW
            )

    async def assess_light(self) -> None:
        await self._annotated()
        await self.in_tx(pipeline.assess_light)()

    async def assess_heavy(self) -> None:
        too_much = {await self._annotated(): HEAVY_BYTES_MAX + 1}
        processes = Processes(preload=())
        await pipeline.assess_heavy(self.pool, processes, self.tenant_id, too_much, now=NOW)
        processes.close()

    async def refit(self) -> None:
        async with as_tenant(self.pool, self.tenant_id) as tx:
            await skills.fit_later(tx, self.project_id, [self.anna.annotator_id])
        await pipeline.annotator.refit(self.pool, self.tenant_id, now=NOW + timedelta(days=1))

    async def fetch(self) -> None:
        body = {
            "attachments": [{"type": "image", "content": "http://nowhere.invalid/"}],
            "fields": [{"type": "text", "field_id": "seen", "title": "What is it?"}],
        }
        order = intake.order_of("textcollection", body, is_test=False)
        await self.in_tx(pipeline.submit, order)()
        async with as_tenant(self.pool, self.tenant_id) as tx:
            (asked,) = await intake.claim_fetches(tx, 1, busy_until=NOW + CLAIM, now=NOW)
        async with outgoing(allow_private_networks=True) as way_out:
            await pipeline.fetch(self.pool, self.storage, way_out, self.tenant_id, asked, now=NOW)

    async def deliver(self) -> None:
        body = {"attachment": "x", "attachment_type": "text", "categories": ["cat", "dog"]}
        order = intake.order_of("categorization", {**body, "callback_url": NOWHERE}, is_test=True)
        await self.in_tx(pipeline.submit, order)()
        async with as_tenant(self.pool, self.tenant_id) as tx:
            (due,) = await delivery.claim_callbacks(tx, 1, busy_until=NOW + CLAIM, now=NOW)
        async with outgoing(allow_private_networks=True) as way_out:
            await pipeline.deliver(self.pool, self.secret, way_out, self.tenant_id, due, now=NOW)

    async def complete_batches(self) -> None:
        new = projects.NewBatch(
            name=uuid4().hex, project="animals", is_test=False, callback=None, metadata={},
            options={},
        )  # fmt: skip

        async def take_back(tx: Tx) -> None:
            batch = await pipeline.project.create_batch(tx, new, now=NOW)
            body = {"batch": new.name, "attachment": "x"}
            order = intake.order_of("categorization", body, is_test=False)
            task = await pipeline.submit(tx, order, now=NOW)
            await pipeline.cancel(tx, task.task_id, is_test=False, clear_unique_id=False, now=NOW)
            await pipeline.complete_batches(tx, {batch.batch_id}, now=NOW)

        async with as_tenant(self.pool, self.tenant_id) as tx:
            await take_back(tx)

    async def score(self) -> None:
        await gold(self.pool, self.owner, 4)
        await new_tasks(self.pool, self.owner, 4)
        assert "evaluation" in await work_through(self.pool, self.carl, 4)
        await pipeline.annotator.score(self.pool, self.tenant_id, now=NOW)

    async def set_policy(self) -> None:
        await self.in_tx(pipeline.project.set_policy, await self._project(), {"annotations": 2})()

    async def learn(self) -> None:
        await pipeline.annotator.learn(self.pool, self.tenant_id, now=NOW)

    def taken(self) -> Mapping[str, tuple[Step, str]]:
        """How each step is taken, and the kind of the entry that it leaves."""
        submit = intake.order_of(
            "categorization", {"project": "animals", "attachment": "y"}, is_test=False
        )
        who = self.carl.annotator_id
        return {
            "expire": (self.expire, "assignment.expired"),
            "annotate_large": (self.annotate_large, "annotation.accepted"),
            "assess": (self.in_tx(pipeline.assess), "task.settled"),
            "assess_light": (self.assess_light, "task.settled"),
            "assess_heavy": (self.assess_heavy, "task.set_aside"),
            "learn": (self.learn, "skills.learned"),
            "refit": (self.refit, "skills.fitted"),
            "fetch": (self.fetch, "task.failed"),
            "deliver": (self.deliver, "callback.attempted"),
            "complete_batches": (self.complete_batches, "batch.completed"),
            "score": (self.score, "gold.scored"),
            "judge_annotator": (
                self.in_tx(
                    pipeline.annotator.judge_annotator, self.project_id, who, now=HOUR_LATER
                ),
                "annotator.judged",
            ),
            "judge_due": (
                self.in_tx(pipeline.annotator.judge_due, now=HOUR_LATER + timedelta(minutes=2)),
                "annotator.judged",
            ),
            "set_policy": (self.set_policy, "project.policy_set"),
            "submit_many": (self.in_tx(pipeline.submit_many, [submit]), "task.submitted"),
        }


async def test_every_step_leaves_its_entry(
    pool: Pool, tenant: tenants.NewTenant, secret: Secret, tmp_path: Path
) -> None:
    rounds = Rounds(pool, tenant, secret, tmp_path)
    await rounds.begin()
    taken = rounds.taken()
    declared = READING | OF_THE_RECORD_ITSELF | ELSEWHERE
    assert steps() <= taken.keys() | steps_of_routes() | declared
    assert not declared & taken.keys()
    entered = "SELECT count(*) FROM ledger.entry WHERE event::jsonb ->> 'kind' = %s"
    silent: list[str] = []
    for name, (step, kind) in taken.items():
        ((before,),) = await rows(pool, tenant, entered, kind)
        await step()
        ((after,),) = await rows(pool, tenant, entered, kind)
        if after == before:
            silent.append(name)
    assert silent == []
