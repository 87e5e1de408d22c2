"""`evenhand verify`: by somebody who has a log's files, receipts, and nothing else."""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from app.commands import run
from app.served import Served, serving

PUBLISHED_SECONDS_MAX = 30
SECONDS_MAX = 60
BODY = {
    "attachment": "The kitten sleeps.",
    "attachment_type": "text",
    "categories": ["cat", "dog"],
}


class Kept:
    """What a tenant and a passer-by keep of a server that is gone."""

    def __init__(self, served: Served, folder: Path) -> None:
        key = served.command("tenant", "create", "acme")["live_key"]
        for _ in range(3):
            sent = requests.post(
                f"{served.origin}/v1/task/categorization",
                json=BODY,
                auth=(key, ""),
                timeout=SECONDS_MAX,
            )
            assert sent.status_code == 200
        self.receipts = folder / "receipts.jsonl"
        self.checkpoint = folder / "checkpoint"
        self.log = folder / "log"
        self.policy = folder / "policy"
        self.policy.write_bytes(_get(served, "/log/policy"))
        self.checkpoint.write_bytes(_get(served, "/log/checkpoint"))
        deadline = time.monotonic() + PUBLISHED_SECONDS_MAX
        while served.command("log", "receipts", "acme", str(self.receipts))["waiting"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        # Somebody else's task, which no export of this tenant speaks of.
        other = served.command("tenant", "create", "other")["live_key"]
        requests.post(
            f"{served.origin}/v1/task/categorization",
            json=BODY,
            auth=(other, ""),
            timeout=SECONDS_MAX,
        )
        self.tasks, self.of_tasks = folder / "tasks.jsonl", folder / "tasks-receipts.jsonl"
        words = [str(self.tasks), "--tenant", "acme", "--receipts", str(self.of_tasks)]
        assert served.command("export", *words)["waiting"] == 0
        self.streamed = _get(served, "/api/export/receipts?status=pending", auth=(key, ""))
        shutil.copytree(served.data / "log", self.log)


def _get(served: Served, path: str, **more: Any) -> bytes:
    return requests.get(f"{served.origin}{path}", timeout=SECONDS_MAX, **more).content


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    with serving("verify") as served:
        return Kept(served, tmp_path_factory.mktemp("kept"))


def _verified(kept: Kept, *more: str, log: Path | None = None) -> tuple[int, dict[str, Any]]:
    done = run(
        dict(os.environ), "verify", str(log or kept.log), "--json", *more, timeout=SECONDS_MAX
    )
    return done.returncode, json.loads(done.stdout)


def _failed(found: dict[str, Any]) -> str:
    return "; ".join(
        f"{one['name']}: {one['problem']}" for one in found["checks"] if one["problem"]
    )


def _all(kept: Kept) -> list[str]:
    return [
        *("--receipts", str(kept.receipts)),
        *("--checkpoint", str(kept.checkpoint)),
        *("--policy", str(kept.policy)),
    ]


def test_files_of_a_server_that_is_gone_are_enough(kept: Kept, tmp_path: Path):
    page = tmp_path / "report.html"
    status, found = _verified(kept, *_all(kept), "--report", str(page))
    assert (status, found["outcome"], _failed(found)) == (0, "held", "")
    assert found["receipts_by_kind"]["task.submitted"] == 3
    names = [one["name"] for one in found["checks"]]
    assert any("from the first on" in name for name in names), names
    assert "Everything that was checked holds." in page.read_text()


def test_an_export_brings_the_receipts_of_its_tasks_and_they_hold(kept: Kept):
    policy = ["--policy", str(kept.policy)]
    status, found = _verified(kept, "--receipts", str(kept.of_tasks), *policy)
    assert (status, _failed(found)) == (0, "")
    assert found["receipts_by_kind"] == {"task.submitted": 3}
    exported = [json.loads(line)["task_id"] for line in kept.tasks.read_text().splitlines()]
    head, *receipts = map(json.loads, kept.of_tasks.read_text().splitlines())
    assert len(head["key"]) == 64
    named = [json.loads(one["event"])["task_id"] for one in receipts]
    assert sorted(named) == sorted(exported)
    assert len(exported) == 3


def test_the_api_streams_the_same_receipts(kept: Kept):
    of_command = kept.of_tasks.read_text().splitlines()
    of_api = kept.streamed.decode().splitlines()
    events = [[json.loads(line).get("event") for line in lines] for lines in (of_command, of_api)]
    assert events[0] == events[1]


def test_what_cannot_be_checked_without_another_file_is_said(kept: Kept):
    status, found = _verified(kept)
    assert status == 0
    assert len(found["not_checked"]) == 5
    assert "--policy" in found["not_checked"][0]
    # That a quorum held where none is asked for would sound like more than is so.
    assert "the policy names no witnesses" in found["not_checked"][1]
    assert "quorum" not in {one["name"] for one in found["checks"]}


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("what", ["entries", "0", "checkpoint"])
def test_one_flipped_byte_of_any_file_is_found(kept: Kept, tmp_path: Path, what: str):
    log = tmp_path / "log"
    shutil.copytree(kept.log, log)
    path = (
        log / "checkpoint"
        if what == "checkpoint"
        else max((log / "tile" / what / "000.p").iterdir(), key=lambda one: int(one.name))
    )
    _flip(path, 40)
    status, found = _verified(kept, *_all(kept), log=log)
    assert status == 1, found


def test_a_receipt_of_something_else_fails_and_is_named(kept: Kept, tmp_path: Path):
    head, *lines = kept.receipts.read_text().splitlines()
    told = json.loads(lines[1])
    told["event"] = told["event"].replace("task.submitted", "task.canceled").replace("a", "b")
    changed = tmp_path / "changed.jsonl"
    changed.write_text("\n".join([head, lines[0], json.dumps(told)]))
    status, found = _verified(kept, "--receipts", str(changed))
    assert status == 1
    assert f"{told['log']} {told['index']}" in _failed(found)


def test_a_log_that_is_shorter_than_it_was_is_found(kept: Kept, tmp_path: Path):
    with serving("verify-other") as other:
        time.sleep(3)
        shutil.copytree(other.data / "log", tmp_path / "log")
    status, found = _verified(kept, "--checkpoint", str(kept.checkpoint), log=tmp_path / "log")
    assert status == 1
    assert "another log" in _failed(found)


@pytest.mark.parametrize("missing", ["place", "receipts", "policy", "checkpoint"])
def test_what_is_not_there_is_unread_and_no_verdict(kept: Kept, tmp_path: Path, missing: str):
    nothing = str(tmp_path / "nothing")
    more = [] if missing == "place" else [f"--{missing}", nothing]
    place = Path(nothing) if missing == "place" else kept.log
    status, found = _verified(kept, *more, log=place)
    assert (status, found["outcome"]) == (2, "unread")


def test_a_tile_that_is_gone_is_unread(kept: Kept, tmp_path: Path):
    log = tmp_path / "log"
    shutil.copytree(kept.log, log)
    shutil.rmtree(log / "tile" / "entries")
    status, _ = _verified(kept, log=log)
    assert status == 2
