"""What is loaded: a server starts light; judging and logs stand on one library each."""

import json
import subprocess
import sys

import pytest

# Each loads more than a server by itself, and most servers never come to use it.
HEAVY = {
    "numba", "scipy", "pyarrow", "pydantic", "aiohttp.client", "rich", "pygments", "attr",
    "puremagic.main",
}  # fmt: skip
# Of the parts of a server, routes need none to be put together.
ROUTES = """
from evenhand.app import server

server.routed(None)
"""
WRITTEN = """
import io
from datetime import UTC, datetime
from evenhand.delivery.parquet import ParquetFile

now = datetime.now(UTC)
row = ("a", "a", None, None, "a", None, None, None, 1, now, None, "{}", None, None, None)
with ParquetFile(io.BytesIO(), with_params=False, with_annotations=False) as file:
    file.add([row])
"""
OF_JUDGING = {"evenhand", "lazy_loader", "numpy"}
JUDGED = """
from evenhand import quality

names = ("Ann", "Ben", "Cid")
known = quality.experience_of(["a", "a", "b", "b"], ["Ann", "Ben"] * 2, ["x", "x", "x", "y"])
for kind, answer in [
    (quality.CHOICE, "x"),
    (quality.CHOICES, frozenset({"x"})),
    (quality.SPANS, [(0, 3, "x")]),
    (quality.SHAPES, [("box", "x", (0.0, 0.0, 3.0, 3.0)), ("line", "x", (0.0, 0.0, 3.0, 0.0))]),
    (quality.FIELDS, {"a": "x"}),
]:
    votes = [quality.Vote(annotator=name, answer=answer) for name in names]
    quality.judge(kind, votes, quality.Policy(annotations=3, annotations_max=3), known)
    done = quality.PastTask(kind=kind, votes=[(name, answer) for name in names])
    known = known.plus(quality.experience_from([done], known))
"""


def loaded(code: str) -> set[str]:
    """What a fresh interpreter has loaded after this code."""
    tell = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], check=True, capture_output=True, text=True
    )
    return set(json.loads(ran.stdout))


def outside(modules: set[str]) -> set[str]:
    """Whose modules these are, beside Python itself."""
    bare = {name.partition(".")[0] for name in loaded("")}
    return {name.partition(".")[0] for name in modules} - bare - set(sys.stdlib_module_names)


@pytest.mark.parametrize("code", ["import evenhand.app.server", ROUTES])
def test_a_server_starts_without_what_it_seldom_needs(code: str):
    assert loaded(code) & HEAVY == set()


def test_a_database_is_brought_up_before_a_server_is_loaded():
    of_a_server = {"evenhand.app.serving", "evenhand.pipeline", "litestar", "numpy"}
    assert loaded("import evenhand.app.commands.processes") & of_a_server == set()


@pytest.mark.parametrize("code", ["from evenhand.quality import judge", JUDGED])
def test_judging_live_work_needs_numpy_and_nothing_else(code: str):
    assert outside(loaded(code)) == OF_JUDGING


def test_logs_and_witnesses_need_cryptography_and_nothing_else():
    needed = outside(loaded("import evenhand.tlog.verification, evenhand.witness"))
    # The two with a bar below are how cryptography reaches OpenSSL.
    assert needed == {"evenhand", "cryptography", "_cffi_backend", "_openssl"}


def test_a_heavy_module_that_is_loaded_is_noticed():
    assert loaded("import evenhand.quality.frame") & HEAVY == {"pyarrow"}


def test_an_export_loads_no_pandas_though_arrow_would_where_it_is_installed():
    assert "pandas" in loaded("import pyarrow; pyarrow.array(())")
    assert "pandas" not in loaded(WRITTEN)
