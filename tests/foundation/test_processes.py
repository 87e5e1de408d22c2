"""Child processes: bounded, replaced, shared fairly, and gone with their parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from evenhand.foundation.processes import Processes, TookTooLong, TookTooMuch

ANNA, BEN = uuid4(), uuid4()


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    made = Processes(seconds_max=20.0, memory_max=64 * 2**20)
    yield made
    made.close()


async def test_a_call_is_answered_by_another_process(processes: Processes) -> None:
    child = await processes.run(ANNA, os.getpid)
    assert child != os.getpid()
    assert await processes.run(ANNA, os.getpid) == child, "the child is kept"
    with pytest.raises(ValueError, match="invalid literal"):
        await processes.run(ANNA, int, "x")
    assert await processes.run(BEN, os.getpid) == child, "what it raises does not cost a child"


async def test_what_takes_too_long_is_killed_and_replaced() -> None:
    processes = Processes(seconds_max=2.0)
    first = await processes.run(ANNA, os.getpid)
    with pytest.raises(TookTooLong):
        await processes.run(ANNA, time.sleep, 600)
    second = await processes.run(ANNA, os.getpid)
    assert second != first
    assert await _gone(first)
    processes.close()
    assert await _gone(second)


async def test_what_takes_too_much_memory_is_told(processes: Processes) -> None:
    first = await processes.run(ANNA, os.getpid)
    with pytest.raises(TookTooMuch):
        await processes.run(ANNA, bytes, 2**30)
    assert await processes.run(ANNA, os.getpid) != first


async def test_a_child_killed_from_outside_is_tried_again_and_one_that_dies_of_it_is_told(
    processes: Processes,
) -> None:
    first = await processes.run(ANNA, os.getpid)
    os.kill(first, signal.SIGKILL)
    assert await processes.run(ANNA, os.getpid) != first
    with pytest.raises(TookTooMuch):
        await processes.run(ANNA, os._exit, 1)


async def test_a_tenant_that_takes_long_keeps_nobody_else_waiting(processes: Processes) -> None:
    slow = [asyncio.create_task(processes.run(ANNA, time.sleep, 600)) for _ in range(8)]
    await asyncio.sleep(0)
    await asyncio.wait_for(processes.run(BEN, os.getpid), 20)
    for one in slow:
        one.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_a_call_that_nobody_waits_for_ends(processes: Processes) -> None:
    child = await processes.run(ANNA, os.getpid)
    call = asyncio.create_task(processes.run(ANNA, time.sleep, 600))
    await asyncio.sleep(0.1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await _gone(child)


async def test_a_child_holds_none_of_our_sockets(processes: Processes) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    child = await processes.run(ANNA, os.getpid)
    ours = _sockets(os.getpid())
    server.close()
    await server.wait_closed()
    assert len(ours) > 1
    assert not ours & _sockets(child)


def _sockets(pid: int) -> set[str]:
    found: set[str] = set()
    for one in Path(f"/proc/{pid}/fd").iterdir():
        # The folder is itself open while it is read, and closed by now.
        with suppress(FileNotFoundError):
            found.add(str(one.readlink()))
    return {file for file in found if file.startswith("socket:")}


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, os, time, uuid\n"
        "from evenhand.foundation.processes import Processes\n"
        "async def main():\n"
        "    processes = Processes()\n"
        "    child = await processes.run(uuid.uuid4(), os.getpid)\n"
        "    busy = asyncio.create_task(processes.run(uuid.uuid4(), time.sleep, 600))\n"
        "    await asyncio.sleep(1)\n"
        "    print(child, flush=True)\n"
        "    await busy\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    assert asyncio.run(_gone(child))


async def _gone(pid: int) -> bool:
    for _ in range(200):
        if _state(pid) in ("", "Z"):
            return True
        await asyncio.sleep(0.1)
    return False


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
