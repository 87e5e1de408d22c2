"""The recipe for a task type: what each must have, and that nothing else has to know of it."""

import importlib
import io
import pickle
import pkgutil
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from bench import crafted
from given import NOW
from rich.console import Console
from shelves import ROOT
from task_types.audio_regions import AUDIOREGIONS, REGIONS
from task_types.samples import SAMPLES
from work.opened import annotators, assess, look

from evenhand import pipeline, quality
from evenhand.app.cli import app
from evenhand.app.context import Context
from evenhand.app.server import STATIC, routed
from evenhand.foundation.database import Pool, as_tenant
from evenhand.quality import NeedsReview, PastTask, Policy, Settled, Vote
from evenhand.quality.live import kinds
from evenhand.task_types import REGISTRY, registry
from evenhand.tenants import NewTenant
from evenhand.work import assignments, intake, projects

DOCS = ROOT / "docs"
EDITORS = ROOT / "web" / "src" / "editors"
EDITOR_FILES = {"index.ts": "export const editor", "name.ts": "export const name"}
BIRDS: dict[str, object] = {"attachment": "https://example.com/dawn.mp3", "labels": ["wren", "tit"]}
WREN = (1_000, 4_000, "wren")
LATER_WREN = (2_000, 4_000, "wren")
TIT = (6_000, 9_000, "tit")


def kinds_there_are() -> list[quality.Kind[Any]]:
    """Every kind of answer in a file of its own."""
    names = [module.name for module in pkgutil.iter_modules(kinds.__path__)]
    modules = [importlib.import_module(f"{kinds.__name__}.{name}") for name in names]
    return [
        one for module in modules for one in vars(module).values() if isinstance(one, quality.Kind)
    ]


def kinds_of(name: str) -> list[quality.Kind[Any]]:
    """The kinds that answers of the type are of, as far as its samples go."""
    one = REGISTRY[name]
    return [one.reading(one.parse_params(params)).kind for params in SAMPLES[name].values()]


def help_text() -> str:
    """What the command says that makes a project."""
    written = io.StringIO()
    app.help_print(["project", "create"], console=Console(file=written, width=200))
    return written.getvalue()


def types_for_callers() -> list[str]:
    """The types that the OpenAPI document lets a customer create."""
    # Routes are put together without a running server; none of them is called here.
    document: Mapping[str, Any] = routed(cast("Context", None)).openapi_schema.to_schema()
    (parameter,) = document["paths"]["/v1/task/{type_name}"]["post"]["parameters"]
    return parameter["schema"]["enum"]


def unwritten(names: Sequence[str], page: str) -> list[str]:
    """Which types lack a section or limits on the page of types."""
    sections = re.findall(r"^### `(\w+)`", page, re.MULTILINE)
    limits = re.findall(r"^\| `(\w+)`", page.partition("\n## Limits")[2], re.MULTILINE)
    return [name for name in names if name not in sections or name not in limits]


def without_editor(names: Sequence[str], editors: Path) -> list[str]:
    """Which types lack a folder with an editor, or the words for what annotators do."""

    def has(name: str, file: str, exported: str) -> bool:
        path = editors / name / file
        return path.exists() and exported in path.read_text(encoding="utf-8")

    return [
        name for name in names if not all(has(name, *expected) for expected in EDITOR_FILES.items())
    ]


def test_every_type_is_named_by_the_command_and_to_callers():
    assert not [name for name in REGISTRY if name not in help_text()]
    assert types_for_callers() == sorted(REGISTRY)


def test_every_type_and_every_kind_is_written_of():
    assert unwritten(list(REGISTRY), (DOCS / "task_types.md").read_text(encoding="utf-8")) == []
    table = (DOCS / "quality.md").read_text(encoding="utf-8")
    assert not [
        kind.name for kind in kinds_there_are() if f"| `{kind.name.upper()}` |" not in table
    ]


def test_every_type_has_an_editor_that_the_built_workbench_can_fetch():
    assert without_editor(list(REGISTRY), EDITORS) == []
    assert not [name for name in REGISTRY if not list(STATIC.glob(f"assets/{name}-*.js"))]


def test_every_type_has_samples_worst_answers_and_a_canned_response_of_a_known_kind():
    for name, one in REGISTRY.items():
        assert crafted.cases(name)
        assert all(kind in kinds_there_are() for kind in kinds_of(name))
        for params in map(one.parse_params, SAMPLES[name].values()):
            canned = one.canned_response(params)
            reading = one.reading(params)
            assert reading.kind.likeness(reading.answer(canned), reading.answer(canned)) == 1


def test_every_kind_is_in_use_has_a_name_of_its_own_and_travels_to_other_processes():
    there = kinds_there_are()
    used = [kind for name in REGISTRY for kind in kinds_of(name)]
    assert len({kind.name for kind in there}) == len(there) > 0
    assert not [kind.name for kind in there if kind not in used]
    assert all(pickle.loads(pickle.dumps(kind)) == kind for kind in there)


@pytest.mark.parametrize("planted", ["section", "limits"])
def test_a_type_that_nobody_wrote_of_is_noticed(planted: str):
    page = (DOCS / "task_types.md").read_text(encoding="utf-8")
    gone = {"section": "### `comparison`", "limits": "| `comparison` |"}[planted]
    assert gone in page
    assert unwritten(list(REGISTRY), page.replace(gone, "")) == ["comparison"]


@pytest.mark.parametrize("planted", EDITOR_FILES)
def test_a_type_without_an_editor_is_noticed(tmp_path: Path, planted: str):
    shutil.copytree(EDITORS, tmp_path / "editors")
    (tmp_path / "editors" / "comparison" / planted).unlink()
    assert without_editor(list(REGISTRY), tmp_path / "editors") == ["comparison"]


def test_a_new_kind_is_judged_compared_and_told_in_a_table_without_anything_else():
    votes = [
        Vote(annotator="ann", answer=[WREN]),
        Vote(annotator="ben", answer=[WREN]),
        Vote(annotator="cleo", answer=[WREN, TIT]),
    ]
    two, three = (Policy(annotations=many, annotations_max=many) for many in (2, 3))
    verdict = quality.judge(REGIONS, votes, three)
    assert isinstance(verdict, Settled)
    assert verdict.answer == [WREN]
    assert isinstance(quality.judge(REGIONS, votes[1:], two), NeedsReview)
    trusted = quality.judge(REGIONS, votes, three, {"ann": 0.2, "ben": 0.2, "cleo": 0.9})
    assert isinstance(trusted, Settled)
    assert trusted.answer == [WREN, TIT]

    assert REGIONS.likeness([WREN], [LATER_WREN]) == pytest.approx(2 / 3)
    past = PastTask(kind=REGIONS, votes=[(vote.annotator, vote.answer) for vote in votes])
    known = quality.experience_from([past], quality.Experience())
    assert known.records["cleo"].right < known.records["ann"].right

    table = {
        "task": [1, 1, 1],
        "annotator": [vote.annotator for vote in votes],
        "label": [REGIONS.row(vote.answer) for vote in votes],
    }
    found = quality.aggregate(table, "majority").table.to_pylist()
    assert found[0]["label"] == REGIONS.row([WREN])


async def test_a_new_type_lives_a_whole_life_once_the_registry_names_it(
    pool: Pool, tenant: NewTenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(registry, "REGISTRY", {**REGISTRY, AUDIOREGIONS.name: AUDIOREGIONS})
    async with as_tenant(pool, tenant.tenant_id) as tx:
        new = projects.NewProject(
            name="dawn", type="audioregions", is_test=False, staged=False,
            policy={"annotations": 3}, params=BIRDS,
        )  # fmt: skip
        await projects.create_project(tx, new, project_id=uuid4(), now=NOW)
        order = intake.order_of("audioregions", {"project": "dawn"}, is_test=False)
        task_id = (await pipeline.submit(tx, order, now=NOW)).task_id

    heard = [[WREN, TIT], [LATER_WREN], [WREN, TIT]]
    for who, regions in zip(await annotators(pool, 3), heard, strict=True):
        lent = await pipeline.dispatch(pool, who, now=NOW)
        assert lent is not None
        annotation = assignments.NewAnnotation(
            annotator_id=who.annotator_id, annotation_id=uuid4(), active_ms=1,
            response={"regions": [list(region) for region in regions]},
        )  # fmt: skip
        async with as_tenant(pool, tenant.tenant_id) as tx:
            await pipeline.annotate(tx, lent[1].assignment_id, annotation, now=NOW)
    await assess(pool, tenant)

    task = await look(pool, tenant, task_id)
    assert (task.status, task.response) == ("completed", {"regions": [list(WREN), list(TIT)]})
    assert await pipeline.annotator.learn(pool, tenant.tenant_id, now=NOW) == 1
