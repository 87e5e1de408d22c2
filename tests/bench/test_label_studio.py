"""Label Studio's environment is its own: no pin of ours reaches it, wherever a clone lies."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest
from bench.label_studio import OWN_SETTINGS, away_from_pins

if TYPE_CHECKING:
    from pathlib import Path

PINNED = """
[project]
name = "ours"
version = "0"
requires-python = ">=3.11"
[tool.uv]
constraint-dependencies = ["pyarrow==26.0.1"]
override-dependencies = ["numpy==1.0"]
"""


def _settings(folder: Path) -> str:
    """What uv would go by in a folder, without a network."""
    environment = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    asked = ["uv", "pip", "install", "--show-settings", "--offline", "label-studio"]
    done = subprocess.run(
        asked, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with pins, in which the folder for temporary files lies."""
    tmp_path.joinpath("pyproject.toml").write_text(PINNED)
    inside = tmp_path / "temporary"
    inside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(inside))
    monkeypatch.setenv("UV_CONSTRAINT", str(tmp_path / "constraints.txt"))
    return tmp_path


def test_pins_of_a_project_above_are_not_taken(clone: Path) -> None:
    assert "pyarrow" in _settings(clone), "the method sees pins"
    with away_from_pins() as folder:
        assert folder.is_relative_to(clone)
        told = _settings(folder)
    assert "pyarrow" not in told
    assert "numpy" not in told
    assert "constraints.txt" not in told
