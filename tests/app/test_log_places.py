"""The public log in a bucket and on a disk of its own: when these are away or full, it waits."""

import asyncio
import random
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from app.served import Served, serving, small_disk
from app.test_no_fork import lines, until_ready, until_size, until_told
from bench.faults.neighbours import Neighbours

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.policy import Policy
from evenhand.tlog.sources import source
from evenhand.tlog.store import Folder
from evenhand.tlog.verification import Outcome, published, verify_log

SMALL_BYTES = 2 * 1024 * 1024
SECONDS_MAX = 60


class Bucket:
    """An object store that speaks S3, in a thread, which can go away and come back."""

    def __init__(self) -> None:
        self.neighbours = Neighbours(chance=random.Random(1))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "EVENHAND_LOG_URL": "s3://bucket/log",
            "AWS_ENDPOINT": f"http://127.0.0.1:{self.neighbours.store_port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_REGION": "here",
        }

    def open(self) -> None:
        self._do(self.neighbours.open_store())

    def shut(self) -> None:
        self._do(self.neighbours.close_store())

    def close(self) -> None:
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, step: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result(10)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    made = Bucket()
    made.open()
    yield made
    made.close()


def test_a_log_in_a_bucket_waits_while_the_bucket_is_away_and_misses_nothing(bucket: Bucket):
    with serving("bucket", **bucket.environment) as served:
        before = until_size(served, 3)
        bucket.shut()
        found = until_told(served, "does not answer")
        assert found["away"] == ["log"]
        until_line(served, "record.log_stopped")
        held = dict(bucket.neighbours.objects)
        bucket.open()
        after = until_size(served, before.size + 3)
        until_ready(served)
        require_one_history(f"{served.origin}/log", before, after)
        # Only the checkpoint was ever written again.
        kept = bucket.neighbours.objects
        assert {path for path in held if kept[path] != held[path]} <= {"/bucket/log/checkpoint"}
        assert {line["error"] for line in lines(served, "record.log_stopped")} == {"LogUnreachable"}

        # Whoever comes next finds it there, killed or not.
        served.kill()
        served.start()
        until_size(served, after.size + 2)
        require_one_history(f"{served.origin}/log", before, after)
        assert "Traceback" not in served.log.read_text()


def require_one_history(place: str, *earlier: Checkpoint) -> None:
    with source(place) as read:
        checkpoint = read("checkpoint")
        policy = Policy.parse(read("policy"))
        report = verify_log(
            lambda path: checkpoint if path == "checkpoint" else read(path), policy, earlier=earlier
        )
    assert report.outcome is Outcome.HELD, report


def test_a_log_on_a_full_disk_waits_for_room_and_misses_nothing():
    with small_disk(SMALL_BYTES) as disk, serving("room", EVENHAND_LOG_URL=str(disk)) as served:
        before = until_size(served, 2)
        filler = disk / "filler"
        filled(filler)
        found = until_told(served, "whether the disk is full")
        assert found["away"] == ["log"]
        until_line(served, "record.log_stopped")
        stands = Checkpoint.parse(published(Folder(disk).read).text)
        (told,) = lines(served, "record.log_stopped")
        assert (told["error"], told["trouble"]) == ("LogUnreachable", "No space left on device")
        # Killed meanwhile, it begins all the same, and publishes once there is room.
        served.kill()
        served.start()
        filler.unlink()
        until_size(served, stands.size + 3)
        until_ready(served)
        require_one_history(str(disk), before, stands)
        assert not list(disk.rglob(".*")), "drafts that did not fit are gone"
        assert "Traceback" not in served.log.read_text()


def until_line(served: Served, event: str) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not lines(served, event):
        assert time.monotonic() < deadline, served.log.read_text()[-4000:]
        time.sleep(0.1)


def filled(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
