"""Format, lint, types and layers, each as a test, with the rules that `pyproject.toml` gives."""

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from shelves import ROOT

SCRIPTS = Path(sysconfig.get_path("scripts"))
# The type checker reads the whole program; on a busy machine of two cores that takes a while.
SLOW_SECONDS_MAX = 400

# One fault a line or two, and the rule that must name it.
UNLINTED = '''\
"""Faults, one of a kind."""
import os
# total = 1 + 1
def shout(text: str) -> str:
    return text.upper()
def whisper(text: str) -> str:
    """Speak low"""
    try:
        print(text)
    except Exception:
        return ""
    return text
def when(*, hour, a: int, b: int, c: int, d: int, e: int, f: int) -> object:
    """Tell the time."""
    import datetime
    return datetime.datetime.now()
'''
RULES = {
    "F401",
    "ERA001",
    "D103",
    "D400",
    "T201",
    "BLE001",
    "ANN001",
    "PLR0913",
    "PLC0415",
    "DTZ005",
}


def run(program: str, *arguments: str, cwd: Path = ROOT) -> tuple[int, str]:
    """Run one of the tools that are installed beside the tests."""
    result = subprocess.run(
        [SCRIPTS / program, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr


def copy_of_package(folder: Path) -> Path:
    """A copy of the sources and their rules, to plant faults in."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    return folder / "src" / "evenhand"


def test_the_format_is_ruffs():
    code, said = run("ruff", "format", "--check", ".")
    assert code == 0, said


def test_the_linter_has_nothing_to_say():
    code, said = run("ruff", "check", "--output-format=concise", ".")
    assert code == 0, said


def test_the_linter_notices_planted_faults(tmp_path: Path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "faults.py").write_text(UNLINTED)
    _, said = run("ruff", "check", "--output-format=json", "faults.py", cwd=tmp_path)
    assert {found["code"] for found in json.loads(said)} >= RULES
    assert run("ruff", "format", "--check", "faults.py", cwd=tmp_path)[0] == 1


@pytest.mark.timeout(SLOW_SECONDS_MAX)
def test_the_types_fit():
    code, said = run("basedpyright")
    assert code == 0, said


@pytest.mark.timeout(SLOW_SECONDS_MAX)
def test_the_type_checker_notices_planted_faults(tmp_path: Path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "src" / "evenhand"
    package.mkdir(parents=True)
    (package / "faults.py").write_text(
        "from typing import Literal\n\n\n"
        'def forgetful(kind: Literal["person", "model"]) -> int:\n'
        "    match kind:\n"
        '        case "person":\n'
        "            return 1\n\n\n"
        "def untyped(rows):\n"
        "    return rows\n"
    )
    _, said = run("basedpyright", "--outputjson", cwd=tmp_path)
    rules = {found.get("rule") for found in json.loads(said)["generalDiagnostics"]}
    assert rules >= {"reportMatchNotExhaustive", "reportReturnType", "reportMissingParameterType"}


def test_arrows_point_down():
    code, said = run("lint-imports", "--no-cache")
    assert code == 0, said


@pytest.mark.parametrize(
    ("file", "planted", "contract"),
    [
        ("work/upward.py", "from evenhand import pipeline", "Arrows point down BROKEN"),
        ("datasets/sideward.py", "from evenhand import workforce", "Arrows point down BROKEN"),
        ("unplaced/__init__.py", '"""A part without a shelf."""', "Arrows point down BROKEN"),
        ("quality/impure.py", "import psycopg", "Statistics and task types are pure BROKEN"),
        ("app/writer.py", "from evenhand import ledger", "write no record: steps do BROKEN"),
        ("work/web.py", "import litestar", "Only the ways in know the web framework BROKEN"),
    ],
)
def test_an_arrow_that_points_elsewhere_is_noticed(
    tmp_path: Path, file: str, planted: str, contract: str
):
    package = copy_of_package(tmp_path)
    (package / file).parent.mkdir(exist_ok=True)
    (package / file).write_text(planted + "\n")
    code, said = lint_copy(tmp_path)
    assert code == 1
    assert contract in said


def lint_copy(folder: Path) -> tuple[int, str]:
    """Check the layers of a copy of the package, and not of the one that is installed."""
    result = subprocess.run(
        [SCRIPTS / "lint-imports", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr
