"""The demo from beginning to end: stage, scenario, report, and a turn for the visitor."""

import asyncio
import shutil
import signal
import sys
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape

from evenhand.demo import Options, own_folder, progress, report
from evenhand.demo.by_hand import Replies, invite, open_tasks
from evenhand.demo.participants import Cast, gather
from evenhand.demo.questions import Project
from evenhand.demo.report import Summary
from evenhand.demo.scenario import Happened, perform
from evenhand.demo.stage import Stage, stage
from evenhand.demo.summary import summary_of
from evenhand.demo.threads import one_thread_of_blas
from evenhand.foundation.settings import Settings

OWN_NAME, OWN_ADDRESS = "Your folder", "yours"

Result = TypeVar("Result")


async def run(options: Options, settings: Settings, *, began: float) -> Summary:
    """Play everything; the figures go to stdout as one line of JSON where they are wanted."""
    stop = _stop_on_signal()
    console = Console(stderr=options.json, highlight=False)
    own = _own_projects(options, console)
    folder = _new_folder(settings.data_dir / "demo")
    labelled = 0
    try:
        console.print(_TITLE)
        async with AsyncExitStack() as stack:
            _ = stack.enter_context(one_thread_of_blas())
            with progress.step(console, "Server and PostgreSQL started, annotators trained"):
                # Training is another thread's: it goes on while the server starts.
                gathering = asyncio.create_task(asyncio.to_thread(gather))
                set_stage = await stack.enter_async_context(stage(folder, settings))
                cast = await gathering
            console.print(_introduction(cast))
            happened = await _unless(stop, perform(set_stage, cast, console))
            summary = summary_of(happened, seconds=time.monotonic() - began)
            report.show(console, summary)
            if options.once or options.json:
                _ = sys.stdout.write(summary.as_json() + "\n")
                _ = sys.stdout.flush()
            if not options.once:
                replies = await _visitors_turn(set_stage, happened, own, console)
                await _until(stop, set_stage)
                labelled = replies.count
    finally:
        if labelled:
            # In one piece however narrow the terminal is, or it could not be copied.
            console.print(_where(folder, labelled), soft_wrap=True)
        else:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return summary


def _own_projects(options: Options, console: Console) -> list[Project]:
    """Look the visitor's folder over before anything is played."""
    if options.data is None:
        return []

    def tell(left_out: str) -> None:
        console.print(f"Left out: {escape(left_out)}", style="yellow", soft_wrap=True)

    return own_folder.projects(options.data, tell)


_TITLE = (
    "\n[bold]Evenhand demo[/bold]\n"
    "Two rival tenants on one platform, served by the same annotators. "
    "The tenants are made up, the data is real.\n"
)


def _introduction(cast: Cast) -> str:
    tenants = "\n".join(f"  [bold]{role.name}[/bold]  {role.material}" for role in cast.tenants)
    return f"\n{tenants}\n"


def _where(folder: Path, labelled: int) -> str:
    return (
        f"What you labelled ({labelled} tasks) is kept. To go on with it:\n\n"
        f"  EVENHAND_DATA_DIR={escape(str(folder))} evenhand serve\n"
    )


async def _visitors_turn(
    set_stage: Stage, happened: Happened, own: Sequence[Project], console: Console
) -> Replies:
    """Open tasks for the visitor, say where, and tell of every response from now on."""
    replies = Replies(console, {side.role.address: side.role.name for side in happened.sides})
    for side in happened.sides:
        # A task that only a reviewer can settle may yet come in.
        replies.expect(side.submitted)
    set_stage.receiver.on_delivery = replies
    offered = [(side.customer, side.role.by_hand) for side in happened.sides]
    if own:
        yours = await set_stage.enter_tenant(OWN_NAME, OWN_ADDRESS)
        replies.names[OWN_ADDRESS] = OWN_NAME
        offered = [(yours, own)]
    link = await set_stage.enter_person()
    count = await open_tasks(offered, replies.expect)
    reviews = sum(
        len(side.submitted.by_task) - settled
        for side, settled in zip(happened.sides, happened.settled, strict=True)
    )
    invite(console, link, count, reviews)
    return replies


def _new_folder(parent: Path) -> Path:
    folder = parent / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%f")
    folder.mkdir(parents=True)
    for one in (parent, folder):
        # Under root PostgreSQL runs as a user of its own, who must be able to pass.
        one.chmod(0o711)
    return folder


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result:
    """Do the work unless a signal says stop first; then it ends as by Ctrl+C."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        _ = await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise KeyboardInterrupt
        return working.result()
    finally:
        _ = stopping.cancel()
        if working.cancel():
            _ = await asyncio.wait({working})


async def _until(stop: asyncio.Event, set_stage: Stage) -> None:
    """Stay up until a signal says stop; a server that ends by itself is an error."""
    stopping = asyncio.create_task(stop.wait())
    ending = asyncio.create_task(set_stage.server.ended())
    try:
        _ = await asyncio.wait({stopping, ending}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            ending.result()
    finally:
        _ = stopping.cancel()
        _ = ending.cancel()
