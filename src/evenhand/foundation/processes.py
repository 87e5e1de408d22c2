"""Work that content can make expensive runs in child processes, bounded in time and memory.

The event loop serves everybody, and one thread of Python computes at a time: whoever sends
something that takes long to judge would stop all others. A child computes beside them. One that
exceeds a bound is killed and another takes its place; whoever asked is told which bound it was.

Children are forked from a small server of their own, never from this process, and so hold none
of its sockets or handlers. They die with it, however it dies.
"""

import asyncio
import ctypes
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import ParamSpec, TypeAlias, TypeVar, cast
from uuid import UUID

from evenhand.foundation.places import Places

CHILDREN = 2  # at once: one for whoever sends what takes long, one for everybody else in turn
CHILDREN_A_TENANT = 1
WAITING_A_TENANT_MAX = 64  # calls; whoever asks for more in parallel is refused
SECONDS_MAX = 10.0  # a call; what people send takes milliseconds
MEMORY_MAX = 192 * 2**20  # bytes a call may add to an idle child
CALLS_A_CHILD = 1_000  # then it is replaced, so that what a library leaks is given back
_TRIES = 2  # a child may be killed from outside; one that dies twice of the same call died of it
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Exceeded(Exception):
    """A call took more than it may."""


class TookTooLong(Exceeded):
    """It took longer than it may."""


class TookTooMuch(Exceeded):
    """It took more memory than it may."""


@dataclass(frozen=True, slots=True)
class _Returned:
    value: object


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


_Answer: TypeAlias = _Returned | _Raised


class Processes:
    """A few children, started when they are first needed; each tenant has one at a time."""

    def __init__(
        self,
        *,
        children: int = CHILDREN,
        seconds_max: float = SECONDS_MAX,
        memory_max: int = MEMORY_MAX,
        preload: Sequence[str] = (),
    ) -> None:
        self._places = Places(
            children, per_key=CHILDREN_A_TENANT, waiting_per_key=WAITING_A_TENANT_MAX
        )
        self._seconds_max = seconds_max
        self._memory_max = memory_max
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="processes")
        self._context = multiprocessing.get_context("forkserver")
        # Read once and shared by all children, which makes an idle one small.
        self._context.set_forkserver_preload(list(preload))

    async def run(
        self, tenant_id: UUID, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs
    ) -> _R:
        """Call a function that can be found by its name in a child, and return what it returns.

        What it raises is raised here. Raises `TookTooLong` or `TookTooMuch` past a bound.
        """
        async with self._places.taken(tenant_id):
            for _ in range(_TRIES):
                match await self._answer((function, args, kwargs)):
                    case None:
                        continue
                    case _Returned(value=value):
                        return cast("_R", value)
                    case _Raised(error=MemoryError()):
                        break
                    case _Raised(error=error):
                        raise error
            raise TookTooMuch

    async def _answer(self, call: object) -> _Answer | None:
        """Have a child answer, and keep it for the next call if it is none the worse."""
        child = self._idle.pop() if self._idle else _Child()
        self._busy.add(child)
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._ask, child, call)
        is_kept = False
        try:
            answer = await asyncio.shield(asked)
            is_kept = answer is not None and child.is_fresh(answer)
            return answer
        finally:
            self._busy.remove(child)
            if is_kept:
                self._idle.append(child)
            else:
                child.kill()
                # Where nobody waits for the answer any more, its thread ends when its child does.
                await asyncio.wait([asked])

    def close(self) -> None:
        """End all children; a call that is still under way ends with its child."""
        for child in [*self._idle, *self._busy]:
            child.kill()
        self._idle.clear()

    def _ask(self, child: "_Child", call: object) -> _Answer | None:
        """Wait for an answer; None where the child died before it gave one."""
        try:
            child.start(self._context.Process, self._memory_max)
            child.pipe.send(call)
            if not child.pipe.poll(self._seconds_max):
                raise TookTooLong
            return cast("_Answer", child.pipe.recv())
        except (EOFError, ConnectionError):
            child.kill()
            return None


class _Child:
    pipe: Connection

    def __init__(self) -> None:
        self._process: ForkServerProcess | None = None
        self._calls = 0
        self._killed = False

    def start(self, process: Callable[..., ForkServerProcess], memory_max: int) -> None:
        """Start it with its first call."""
        self._calls += 1
        if self._process is not None:
            return
        self.pipe, far = cast("tuple[Connection, Connection]", multiprocessing.Pipe())
        child = process(target=_serve, args=(far, memory_max), daemon=True)
        child.start()
        # With the far end open here as well, the death of the child would not show.
        far.close()
        self._process = child
        if self._killed:
            child.kill()

    def is_fresh(self, answer: _Answer) -> bool:
        """Say whether it can take another call."""
        is_hurt = isinstance(answer, _Raised) and isinstance(answer.error, MemoryError)
        return not is_hurt and self._calls < CALLS_A_CHILD

    def kill(self) -> None:
        """End it at once."""
        self._killed = True
        if self._process is not None:
            self._process.kill()


def _serve(pipe: Connection, memory_max: int) -> None:
    """Answer calls until the other end is closed."""
    _die_with_parent()
    # Control-C reaches the whole group of processes; ours ends its children when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A child that crashes leaves nothing of a tenant's data on the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    is_bounded = False
    while True:
        try:
            function, args, kwargs = pipe.recv()
            if not is_bounded:
                # Only now: to find the first function may load modules, which are no call's doing.
                most = _memory() + memory_max
                resource.setrlimit(resource.RLIMIT_DATA, (most, most))
                is_bounded = True
        except EOFError:
            return
        except MemoryError as error:
            pipe.send(_Raised(error))
            continue
        try:
            answer: _Answer = _Returned(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised by whoever asked
            answer = _Raised(error)
        try:
            pipe.send(answer)
        except MemoryError as error:
            pipe.send(_Raised(error))


def _die_with_parent() -> None:
    """Ask the kernel for our death when the server of forks ends, as it does with our parent.

    It ends when nobody holds its line any more. We were handed an end, to fork in our turn, and
    let go of it, or a busy child would keep the server, and itself, alive.
    """
    os.close(getattr(forkserver, "_forkserver")._forkserver_alive_fd)  # noqa: B009, SLF001
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _memory() -> int:
    """Return how many bytes of memory of its own this process has asked for."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmData:"))
    return int(line.split()[1]) * 1024
