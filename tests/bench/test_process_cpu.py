"""How the benchmark counts processor time."""

import os
import subprocess
import sys
import time

from bench.process_cpu import cpu_seconds, memory_mebibytes, wait_until_idle

SPIN = "import time\nwhile time.process_time() < {seconds}: pass\n"


def test_a_living_child_is_charged_to_its_root() -> None:
    before = cpu_seconds([os.getpid()])
    with subprocess.Popen(
        [sys.executable, "-c", SPIN.format(seconds=0.3) + "input()"], stdin=subprocess.PIPE
    ) as child:
        deadline = time.monotonic() + 30
        while cpu_seconds([child.pid]) < 0.25 and time.monotonic() < deadline:
            time.sleep(0.02)
        spent = cpu_seconds([os.getpid()]) - before
        child.communicate(b"\n")
    assert spent >= 0.25


def test_a_child_that_has_ended_is_still_charged_to_its_root() -> None:
    before = cpu_seconds([os.getpid()])
    subprocess.run([sys.executable, "-c", SPIN.format(seconds=0.3)], check=True)
    assert cpu_seconds([os.getpid()]) - before >= 0.25


def test_a_process_named_twice_counts_once() -> None:
    once, twice = cpu_seconds([os.getpid()]), cpu_seconds([os.getpid(), os.getpid()])
    assert twice < 1.5 * once


def test_a_process_that_is_gone_costs_nothing() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert cpu_seconds([gone.pid]) == 0
    assert memory_mebibytes([gone.pid]) == 0


def test_waiting_ends_when_nothing_is_worked_on() -> None:
    assert wait_until_idle(lambda: 1.0, seconds_max=30) < 5


def test_waiting_for_a_server_that_never_rests_has_an_end() -> None:
    assert wait_until_idle(time.monotonic, seconds_max=1.2) < 5
