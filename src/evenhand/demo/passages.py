"""Passages with names in them, from the descriptions of data sets inside scikit-learn."""

import re
from importlib.util import find_spec
from pathlib import Path

from evenhand.demo.questions import Project, Question

LABELS = ["PERSON", "ORGANISATION", "PLACE", "DATE"]
PASSAGES_MAX = 12
LENGTH_MIN, LENGTH_MAX = 120, 700  # characters: more than a heading, less than a page

_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:- |\(\d\) |\.\. \[))")
_ORNAMENT = re.compile(r"<\S+>`?_+|\[\d\]_|``?|\*|^(?:- |\(\d\) |\.\. \[\d\] )|\"(?= *$)")
_TABLE = re.compile(r"====|----|>>>|::|:\w+:|^\.\. \w")
_NAME = re.compile(r"\b[A-Z]\.(?: |-?[A-Z]\. ?)[A-Z][a-z]+|\b[A-Z][a-z]+ [A-Z][a-z]+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def project(name: str, policy: dict[str, object]) -> Project:
    """Ask for the names and dates in passages that have many."""
    return Project(
        name=name,
        type="namedentityrecognition",
        params={
            "instruction": "Mark every person, organisation, place and date.",
            "labels": [{"name": label} for label in LABELS],
        },
        questions=[
            Question(unique_id=f"prose-{number}", params={"text": text})
            for number, text in enumerate(passages(), 1)
        ],
        policy=policy,
    )


def passages() -> list[str]:
    """The passages richest in names and years, richest first."""
    found = {
        passage
        for file in sorted(_descriptions().glob("*.rst"))
        for block in _BREAK.split(file.read_text(encoding="utf-8"))
        if not _TABLE.search(block.strip())
        and LENGTH_MIN <= len(passage := _plain(block)) <= LENGTH_MAX
    }
    return sorted(found, key=lambda text: (-_richness(text), text))[:PASSAGES_MAX]


def _plain(block: str) -> str:
    return " ".join(_ORNAMENT.sub("", block.strip()).split())


def _richness(text: str) -> int:
    return len(_NAME.findall(text)) + len(_YEAR.findall(text))


def _descriptions() -> Path:
    spec = find_spec("sklearn")
    assert spec is not None, "the demo's extra was looked for at the start"
    assert spec.submodule_search_locations is not None, "it is a package"
    return Path(next(iter(spec.submodule_search_locations))) / "datasets" / "descr"
