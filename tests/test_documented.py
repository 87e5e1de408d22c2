"""What outsiders meet has its words: settings, errors, endpoints and parts."""

import ast
import re
from pathlib import Path
from typing import cast

import pytest
from litestar.routes import HTTPRoute
from shelves import ROOT, SOURCE

from evenhand.app.context import Context
from evenhand.app.server import routed
from evenhand.foundation.settings import Settings

DOCS = ROOT / "docs"
# Read by the build and by the tests, which `CONTRIBUTING.md` is about, and not by the server.
DEVELOPERS_OWN = {"EVENHAND_SKIP_UI", "EVENHAND_TEST_DATA"}
# Where an endpoint may be told of.
PAGES = ("api.md", "workbench-api.md", "operating.md")
# The workbench's own scripts and styles, and the other doors to the OpenAPI document.
NOT_FOR_CALLERS = ("/assets/", "/api/schema/{path}")
KINDS = {
    "EvenhandError", "Invalid", "Unauthorized", "Forbidden", "NotFound", "Conflict", "TooLarge",
    "Unprocessable", "TooMany", "Unavailable",
}  # fmt: skip


def settings_on_page(page: str) -> set[str]:
    """The settings that a page names."""
    return set(re.findall(r"EVENHAND_[A-Z_]+", page))


def settings_there_are() -> set[str]:
    """The settings that the server reads."""
    return {f"EVENHAND_{name.upper()}" for name in Settings.__struct_fields__}


def endpoints() -> set[str]:
    """Every path that the server answers."""
    # Routes are put together without a running server; none of them is called here.
    routes = routed(cast("Context", None)).routes
    paths = {route.path_format for route in routes if isinstance(route, HTTPRoute)}
    return {path for path in paths if path != "/" and not path.startswith(NOT_FOR_CALLERS)}


def undocumented(paths: set[str], text: str) -> list[str]:
    """Which paths the text does not name; a page may call a parameter by a better name."""
    named = {re.sub(r"\{\w+\}", "{}", path) for path in re.findall(r"/[\w/{}.-]*", text)}
    return sorted(path for path in paths if re.sub(r"\{\w+\}", "{}", path) not in named)


def error_classes(source: Path) -> dict[str, ast.ClassDef]:
    """Every class under a folder that is, by its bases, an error of ours."""
    classes = [
        node
        for path in sorted(source.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    names, grown = set(KINDS), 0
    while len(names) != grown:
        grown = len(names)
        names |= {
            node.name
            for node in classes
            if names & {ast.unparse(base).split(".")[-1] for base in node.bases}
        }
    return {node.name: node for node in classes if node.name in names}


def speechless_errors(source: Path) -> list[str]:
    """Which errors have no sentence to tell the caller."""
    return [
        name
        for name, node in error_classes(source).items()
        if not (said := ast.get_docstring(node)) or not said.endswith((".", "`"))
    ]


def parts_without_page(source: Path, docs: Path) -> list[str]:
    """Which parts have no page."""
    return [
        part.parent.name
        for part in sorted(source.glob("*/__init__.py"))
        if not (docs / f"{part.parent.name}.md").exists()
    ]


def test_every_setting_is_documented_and_every_documented_setting_is_there():
    named = settings_on_page((DOCS / "operating.md").read_text(encoding="utf-8"))
    assert named == settings_there_are()


def test_every_setting_named_anywhere_exists():
    texts = [*SOURCE.rglob("*.py"), *DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / ".ci" / "run"]
    assert not {
        f"{path.relative_to(ROOT)} {name}"
        for path in texts
        for name in settings_on_page(path.read_text(encoding="utf-8"))
        - settings_there_are()
        - DEVELOPERS_OWN
        - {"EVENHAND_"}
    }


def test_every_endpoint_is_documented():
    pages = [DOCS / page for page in PAGES]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.exists())
    assert undocumented(endpoints(), text) == []


def test_every_error_has_a_sentence():
    assert speechless_errors(SOURCE) == []


def test_every_part_has_a_page():
    assert parts_without_page(SOURCE, DOCS) == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_links_between_pages_lead_somewhere(page: str):
    path = ROOT / page
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert links
    assert not [link for link in links if not (path.parent / link).exists()]


def test_an_endpoint_that_nobody_wrote_of_is_noticed():
    text = "`GET /v1/task/{task_id}` tells of one task."
    assert undocumented({"/v1/task/{id}", "/v1/task/{id}/cancel"}, text) == ["/v1/task/{id}/cancel"]


def test_a_setting_that_nobody_wrote_of_is_noticed():
    assert settings_on_page("`EVENHAND_PORT` and `EVENHAND_HOST`") == {
        "EVENHAND_PORT",
        "EVENHAND_HOST",
    }


def test_an_error_without_a_sentence_is_noticed(tmp_path: Path):
    (tmp_path / "work.py").write_text(
        "class Gone(NotFound):\n    pass\n\n\n"
        'class LongGone(Gone):\n    """Not a sentence"""\n\n\n'
        'class Fine(errors.Conflict):\n    """This does not fit."""\n'
    )
    assert speechless_errors(tmp_path) == ["Gone", "LongGone"]


def test_a_part_without_a_page_is_noticed(tmp_path: Path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "__init__.py").touch()
    assert parts_without_page(tmp_path, tmp_path) == ["work"]
