"""Without its extra the demo says how to get it, and the rest of the command line works."""

import subprocess
import sys
from pathlib import Path

import pytest

from evenhand import demo
from evenhand.foundation.settings import Settings


async def test_without_the_extra_the_demo_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(demo, "EXTRA", ("no_package_of_this_name",))
    with pytest.raises(demo.DemoExtraMissing, match=r"pip install 'evenhand\[demo\]'") as told:
        await demo.run(demo.Options(once=True), Settings(data_dir=tmp_path))
    assert told.value.details == {"missing": ["no_package_of_this_name"]}


def test_the_command_line_needs_nothing_of_the_extra():
    code = (
        "import sys, evenhand.app.cli, evenhand.demo.command;"
        "sys.exit(bool({'sklearn', 'skimage', 'PIL', 'vaderSentiment'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
