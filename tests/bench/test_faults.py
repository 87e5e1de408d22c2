"""What the bench of faults counts, and that it counts what is broken."""

import asyncio
import random
import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from bench.faults import kept, public_record, trial
from bench.faults.load import Promised
from bench.faults.neighbours import Neighbours
from given import Database
from logs import TRUSTED, entries, publish, written

from evenhand.tlog.store import Folder


def test_promises_that_nobody_kept_are_counted(shared_database: Database):
    promised = Promised(
        tasks={"a", "b"}, annotations={str(uuid4())}, files={str(uuid4()): "digest"}
    )
    neighbours = Neighbours(chance=random.Random(1))
    broken = kept.broken(shared_database.admin, promised, neighbours)
    assert (broken["tasks lost"], broken["annotations lost"], broken["files lost"]) == (2, 1, 1)
    assert not trial.Found(broken=broken).is_kept()
    assert not trial.Found(returned=[trial.RETURN_SECONDS_MAX + 1]).is_kept()
    assert trial.Found(broken=dict.fromkeys(broken, 0)).is_kept()


def test_a_public_log_that_forks_and_receipts_that_nobody_gave_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(public_record, "RECEIPT_SECONDS_MAX", 0.2)
    nobody = "http://127.0.0.1:1"
    record = public_record.PublicRecord(files=Folder(tmp_path / "log"), origin=nobody, key="none")
    record._policy = TRUSTED
    writer = written(tmp_path / "log", entries(300))
    record.look(Promised(), random.Random(1))
    writer.append(entries(5, 300))
    publish(writer)
    record.look(Promised(), random.Random(1))
    assert not any(record.broken.values())

    shutil.rmtree(tmp_path / "log")
    written(tmp_path / "log", [b"other", *entries(400)])
    record.look(Promised(single={"a", "b"}), random.Random(1))
    assert record.broken["public log: does not verify"] == 1
    assert record.broken["receipts missing"] == 2


@pytest.mark.timeout(600)
def test_processes_that_are_killed_and_stopped_under_load_lose_nothing(open_folder: Path):
    found = asyncio.run(trial.run("kills", open_folder, faults=4, seed=2, say=print))
    assert found.faults == 4
    assert found.is_kept(), found.broken
    assert all(found.counts[what] for what in ("tasks", "with a picture", "annotations", "files"))
