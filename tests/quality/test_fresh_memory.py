"""Nothing that is found depends on memory that nobody wrote, and no loop reads beyond its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
BYTES = (0x00, 0x7F, 0xFF)  # zeros; huge numbers, that are places nowhere; no numbers at all


@pytest.mark.timeout(600)
def test_what_methods_find_is_the_same_whatever_fresh_memory_holds():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(TESTS)}
    runs = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "quality.poisoned", str(byte)],
            env=environment, cwd=TESTS, stdout=subprocess.PIPE, text=True,
        )
        for byte in BYTES
    ]  # fmt: skip
    found = [run.communicate()[0].splitlines() for run in runs]
    assert [run.returncode for run in runs] == [0] * len(runs)
    assert len(found[0]) > 20
    assert found[1] == found[0]
    assert found[2] == found[0]
