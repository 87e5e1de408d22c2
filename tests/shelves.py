"""How the parts stand above each other, as the layers in `pyproject.toml` say."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "evenhand"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def shelves() -> list[set[str]]:
    """The parts from the top down, a set for those that stand side by side."""
    layers: list[str] = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    return [{part.strip(" ()") for part in layer.split("|")} for layer in layers]


def shelf(part: str) -> int:
    """How far from the top a part stands; the tables of libraries stand lowest."""
    found = [depth for depth, parts in enumerate(shelves()) if part in parts]
    return found[0] if found else len(shelves())


def may_use(part: str, other: str) -> bool:
    """Whether the other is the part itself or stands on a lower shelf."""
    return part == other or shelf(part) < shelf(other)
