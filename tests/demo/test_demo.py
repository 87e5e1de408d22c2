"""The demo from end to end, as a visitor runs it: the figures, the link, and the end.

It is one test, for a run does the main job of the whole platform and takes a minute: several
tests would fall to several workers, each with a run of its own.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from evenhand.receipts.statement import opened
from evenhand.tlog.signatures import VerifierKey

PLAY_SECONDS_MAX = 180
REPLY_SECONDS_MAX = 30
LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/sign-in#token=(\S+)")

pytestmark = pytest.mark.timeout(PLAY_SECONDS_MAX + 120)


@dataclass(frozen=True)
class Visit:
    """A demo that has played, and stays up until its visitor leaves."""

    process: subprocess.Popen[bytes]
    folder: Path
    figures: dict[str, Any]
    origin: str
    token: str

    def told(self) -> str:
        return (self.folder / "told").read_text(encoding="utf-8")

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = Request(
            f"{self.origin}{path}",
            data=json.dumps(body or {}).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-Evenhand-Request": "1",
            },
        )
        with urlopen(request, timeout=REPLY_SECONDS_MAX) as reply:
            return json.loads(reply.read())


@pytest.fixture
def visit() -> Iterator[Visit]:
    folder = Path(tempfile.mkdtemp(prefix="evenhand-demo-"))
    # Under root PostgreSQL runs as another user, who must be able to pass.
    folder.chmod(0o711)
    with (folder / "told").open("wb") as told, (folder / "figures").open("wb") as figures:
        process = subprocess.Popen(
            [sys.executable, "-m", "evenhand.app.cli", "demo", "--json"],
            env={**os.environ, "EVENHAND_DATA_DIR": str(folder / "data")},
            stdout=figures,
            stderr=told,
        )
    try:
        link = LINK.search(_once(process, folder / "told", LINK.search))
        assert link is not None
        yield Visit(
            process=process,
            folder=folder,
            figures=json.loads((folder / "figures").read_text().splitlines()[-1]),
            origin=link[1],
            token=link[2],
        )
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


def _once(
    process: subprocess.Popen[bytes], file: Path, said: Callable[[str], object], seconds: float = 0
) -> str:
    deadline = time.monotonic() + (seconds or PLAY_SECONDS_MAX)
    while not said(text := file.read_text(encoding="utf-8")):
        assert process.poll() is None, text
        assert time.monotonic() < deadline, text
        time.sleep(0.2)
    return text


def test_the_demo_does_what_it_promises(visit: Visit):
    two_tenants_had_enough_tasks_settled_delivered_and_exported(visit)
    nobody_saw_anything_of_a_rival_and_the_ledger_is_sound(visit)
    what_its_audit_found_is_shown_to_anyone(visit)
    the_consensus_is_more_often_right_than_any_annotator_alone(visit)
    it_came_to_its_end_in_good_time(visit)
    a_person_labels_by_hand_and_the_tenant_receives_it(visit)
    what_was_labelled_is_kept_when_the_visitor_leaves(visit)


def two_tenants_had_enough_tasks_settled_delivered_and_exported(visit: Visit):
    figures = visit.figures
    assert figures["tenants"] == 2
    assert figures["tasks"] >= 500
    assert figures["annotations"] >= 2_000
    assert figures["completed"] >= 0.95 * figures["tasks"]
    assert figures["delivered"] == figures["exported"] == figures["completed"]


def nobody_saw_anything_of_a_rival_and_the_ledger_is_sound(visit: Visit):
    figures = visit.figures
    assert figures["foreign_rows_seen"] == 0
    assert figures["requests_for_rivals"] > figures["tasks"]
    assert figures["tables_looked_through"] > 15
    assert figures["ledger_verified"] is True
    assert figures["decisions_held"] is True
    assert figures["decisions"] >= figures["annotations"]
    # At the least, each task was submitted and each annotation leased and accepted.
    assert figures["ledger_entries"] >= figures["tasks"] + 2 * figures["annotations"]


def what_its_audit_found_is_shown_to_anyone(visit: Visit):
    with urlopen(f"{visit.origin}/log/verifications", timeout=REPLY_SECONDS_MAX) as reply:
        (shown,) = json.loads(reply.read())
    said = opened(shown["note"].encode(), VerifierKey.parse(shown["key"]))
    assert (said.outcome, said.replayed.envy) == ("held", 0)
    # Of two tenants, each would know the other's.
    assert (said.replayed.decisions, said.replayed.waits) == (None, ())


def the_consensus_is_more_often_right_than_any_annotator_alone(visit: Visit):
    figures = visit.figures
    assert len(figures["annotators"]) == 8
    assert figures["accuracy"] > figures["best_single_annotator"] > 0.5
    assert "consensus" in visit.told()


def it_came_to_its_end_in_good_time(visit: Visit):
    assert visit.figures["seconds"] < PLAY_SECONDS_MAX


def a_person_labels_by_hand_and_the_tenant_receives_it(visit: Visit):
    def told(text: str) -> int:
        return text.count(" received ")

    before = told(visit.told())
    assignment = visit.call("/api/assignments/next")
    while assignment["type"] != "categorization":
        assignment = visit.call("/api/assignments/next")
    submission = {
        "annotation_id": str(uuid4()),
        "response": {"category": assignment["params"]["categories"][0]},
        "active_ms": 900,
    }
    visit.call(f"/api/assignments/{assignment['assignment_id']}/submit", submission)
    _once(
        visit.process,
        visit.folder / "told",
        lambda text: told(text) > before,
        REPLY_SECONDS_MAX,
    )


def what_was_labelled_is_kept_when_the_visitor_leaves(visit: Visit):
    visit.process.send_signal(signal.SIGINT)
    assert visit.process.wait(60) == 0
    kept = re.search(r"EVENHAND_DATA_DIR=(\S+) evenhand serve", visit.told())
    assert kept is not None
    assert (Path(kept[1]) / "postgres" / "PG_VERSION").exists()
    assert not (Path(kept[1]) / "postgres" / "postmaster.pid").exists()
