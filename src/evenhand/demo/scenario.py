"""The demo's scenario: tasks submitted, annotated, settled, delivered, exported and checked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress, TaskID

from evenhand import pipeline
from evenhand.app.context import Context
from evenhand.demo import intrusion, progress
from evenhand.demo.annotating import Labour, at_work
from evenhand.demo.annotators import Annotator
from evenhand.demo.audit import Audit, audited
from evenhand.demo.customer import Customer, Submitted
from evenhand.demo.intrusion import Holdings, Intrusion
from evenhand.demo.participants import Cast, Role
from evenhand.demo.receiver import Inbox
from evenhand.demo.stage import Stage
from evenhand.foundation.database import as_nobody, as_tenant
from evenhand.foundation.errors import Unavailable
from evenhand.work import projects

POLL_SECONDS = 0.25
WORK_SECONDS_MAX = 900
DELIVERY_SECONDS_MAX = 60
SEQUENCE_SECONDS_MAX = 60


class TooSlow(Unavailable):
    """The demo did not come to its end in the time that it may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One tenant on the stage, with what it submitted."""

    role: Role
    customer: Customer
    inbox: Inbox
    submitted: Submitted

    async def settled(self) -> int:
        """How many of its tasks are completed."""
        return await self.customer.count(status="completed")

    def holdings(self) -> Holdings:
        """All that it can name of its own."""
        return Holdings(
            project=self.role.project.name,
            tasks=list(self.submitted.by_task),
            files=[url for url in self.submitted.by_attachment if "://" in url],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Everything that a report can be made of."""

    sides: Sequence[Side]
    labours: Sequence[Labour]
    settled: Sequence[int]
    exported: Sequence[int]
    ledgers: Sequence[pipeline.record.Verification]
    audit: Audit
    intrusions: Sequence[Intrusion]
    seen_by_nobody: Intrusion


async def perform(stage: Stage, cast: Cast, console: Console) -> Happened:
    """Let the whole scene happen, from the first upload to the last check."""
    with progress.step(console, "Two tenants and their annotators entered"):
        customers = [await stage.enter_tenant(role.name, role.address) for role in cast.tenants]
        tokens = await stage.enter_models(cast.annotators)
    with progress.bars(console) as bars:
        sides = [
            await _submitted(stage, role, customer, bars)
            for role, customer in zip(cast.tenants, customers, strict=True)
        ]
        signed_in = list(zip(cast.annotators, tokens, strict=True))
        labours = await _worked(stage, sides, signed_in, bars)
        settled = [await side.settled() for side in sides]
        await _delivered(sides, settled, bars)
    with progress.step(console, "Results exported"):
        exported = [await side.customer.exported(side.role.project.name) for side in sides]
    with progress.step(console, "Ledger verified"):
        ledgers = [await _verified(stage.context, side.customer) for side in sides]
    with progress.step(console, "Every decision replayed by the published rule"):
        audit = await audited(stage.context, sum(one.size for one in ledgers))
    with progress.step(console, "Each tenant looked for its rival's data"):
        seen = [
            await _intrusions(stage.context, one, other)
            for one, other in zip(sides, reversed(sides), strict=True)
        ]
        nobody = await intrusion.without_a_tenant(stage.context.pool, sides[0].customer.tenant_id)
    return Happened(
        sides=sides,
        labours=labours,
        settled=settled,
        exported=exported,
        ledgers=ledgers,
        audit=audit,
        intrusions=seen,
        seen_by_nobody=nobody,
    )


async def _intrusions(context: Context, intruder: Side, rival: Side) -> Intrusion:
    by_key = await intrusion.through_the_api(
        intruder.customer, intruder.holdings(), rival.holdings()
    )
    return by_key + await intrusion.through_the_database(context.pool, intruder.customer.tenant_id)


async def _submitted(stage: Stage, role: Role, customer: Customer, bars: Progress) -> Side:
    pictures = sum(question.picture is not None for question in role.project.questions)
    bar = bars.add_task(f"{role.name}: pictures uploaded", total=pictures, visible=pictures > 0)
    submitted = await customer.submit(role.project, on_upload=lambda: bars.advance(bar))
    tasks = len(submitted.by_task)
    _ = bars.add_task(f"{role.name}: tasks submitted", total=tasks, completed=tasks)
    inbox = stage.receiver.inboxes[role.address]
    return Side(role=role, customer=customer, inbox=inbox, submitted=submitted)


async def _worked(
    stage: Stage,
    sides: Sequence[Side],
    signed_in: Sequence[tuple[Annotator, str]],
    bars: Progress,
) -> list[Labour]:
    """Let the annotators work until all is settled, or only a reviewer could go on."""
    annotations = bars.add_task("Annotations", total=sum(map(_wanted_at_least, sides)))
    shown = {
        bars.add_task(f"{side.role.name}: settled", total=len(side.submitted.by_task)): side
        for side in sides
    }
    async with at_work(
        stage.server.address, signed_in, on_annotation=lambda: bars.advance(annotations)
    ) as labours:
        try:
            async with asyncio.timeout(WORK_SECONDS_MAX):
                await _all_done(stage.context, shown, bars)
        except TimeoutError as error:
            raise TooSlow("Not all tasks were settled in time.") from error
    # Answers in doubt asked for more annotations than were wanted at first.
    done = sum(len(labour.given) for labour in labours)
    bars.update(annotations, total=done, completed=done)
    return labours


def _wanted_at_least(side: Side) -> int:
    annotations = side.role.project.policy["annotations"]
    assert isinstance(annotations, int), "the demo's own policy"
    return len(side.submitted.by_task) * annotations


async def _all_done(context: Context, shown: Mapping[TaskID, Side], bars: Progress) -> None:
    """Wait until no task is pending but those that a reviewer must decide."""
    waiting = True
    while waiting:
        await asyncio.sleep(POLL_SECONDS)
        waiting = False
        for bar, side in shown.items():
            async with as_tenant(context.pool, side.customer.tenant_id) as tx:
                now = await projects.progress_of(tx)
            bars.update(bar, completed=now.completed)
            waiting = waiting or now.pending > now.review


async def _delivered(sides: Sequence[Side], expected: Sequence[int], bars: Progress) -> None:
    """Wait until every response has reached its tenant."""
    shown = [
        bars.add_task(f"{side.role.name}: delivered", total=count)
        for side, count in zip(sides, expected, strict=True)
    ]
    try:
        async with asyncio.timeout(DELIVERY_SECONDS_MAX):
            while True:
                arrived = [len(side.inbox.tasks) for side in sides]
                for bar, count in zip(shown, arrived, strict=True):
                    bars.update(bar, completed=count)
                if all(map(int.__ge__, arrived, expected)):
                    return
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise TooSlow("Not all responses were delivered in time.") from error


async def _verified(context: Context, customer: Customer) -> pipeline.record.Verification:
    """Compute the tenant's ledger again, once the sequencer has come by."""
    try:
        async with asyncio.timeout(SEQUENCE_SECONDS_MAX):
            while await _is_pending(context, customer):  # noqa: ASYNC110 - the sequencer is another process
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise TooSlow("The ledger's sequencer did not come by in time.") from error
    async with as_tenant(context.pool, customer.tenant_id) as tx:
        return await pipeline.record.verify(tx)


async def _is_pending(context: Context, customer: Customer) -> bool:
    async with as_nobody(context.pool) as connection:
        pending = await pipeline.record.tenants_to_sequence(connection)
    return any(one.tenant_id == customer.tenant_id for one in pending)
