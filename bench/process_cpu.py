"""The processor time of whole process trees, so that a server is charged for all it starts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

IDLE_SHARE = 0.10  # of one core: a server that polls its queue stays below, one that works does not
IDLE_LOOK_SECONDS = 0.5


def cpu_seconds(roots: Iterable[int]) -> float:
    """Add up user and system time of the processes, their descendants, and those already gone."""
    return sum(_own_and_reaped(process) for process in _trees(roots))


def memory_mebibytes(roots: Iterable[int]) -> float:
    """Add up the memory of the process trees, counting what several share only once."""
    return sum(_proportional_bytes(process) for process in _trees(roots)) / 2**20


def postmaster_of(data_dir: Path) -> int:
    """Name the root of the process tree of the PostgreSQL inside an Evenhand data folder."""
    lines = (data_dir / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    return int(lines[0])


def wait_until_idle(cpu: Callable[[], float], *, seconds_max: float) -> float:
    """Wait until the trees have worked off what they owe; return the seconds that it took."""
    begun = time.monotonic()
    before, looked = cpu(), begun
    while time.monotonic() - begun < seconds_max:
        time.sleep(IDLE_LOOK_SECONDS)
        now, moment = cpu(), time.monotonic()
        if (now - before) / (moment - looked) < IDLE_SHARE:
            break
        before, looked = now, moment
    return time.monotonic() - begun


def _trees(roots: Iterable[int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for root in roots:
        try:
            process = psutil.Process(root)
            found.update({one.pid: one for one in (process, *process.children(recursive=True))})
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def _own_and_reaped(process: psutil.Process) -> float:
    # A process that ends hands its time to its parent's "children" times, so a
    # database that starts and ends workers loses none of their work.
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    reaped = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return times.user + times.system + reaped


def _proportional_bytes(process: psutil.Process) -> int:
    try:
        return getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
