"""Whether the public log goes on as one history, and says all that was acknowledged.

It is read as anybody reads it: its files, and receipts over the API. Nothing of it comes from the
database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError
from evenhand.tlog.policy import Policy
from evenhand.tlog.store import Folder
from evenhand.tlog.verification import Outcome, published, verify_log
from evenhand.verifier.receipts_file import read_receipts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.faults.load import Promised
    from evenhand.receipts.receipt import Receipt

PAGE = 100
ANSWER_SECONDS_MAX = 30
# Two epochs, and another process may take over before them.
RECEIPT_SECONDS_MAX = 15.0
RECORDED = ("task.submitted", "tasks.submitted", "annotation.accepted")


@dataclass(kw_only=True)
class PublicRecord:
    """What somebody outside has seen of a log so far."""

    folder: Path
    origin: str
    key: str
    earlier: list[Checkpoint] = field(default_factory=list)
    # What receipts that hold say of: tasks, lists of tasks by their digest, annotations.
    told: set[str] = field(default_factory=set)
    receipts: int = 0
    broken: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("public log: does not verify", "receipts that do not hold", "receipts missing"), 0
        )
    )
    slowest: float = 0.0
    _policy: Policy | None = field(default=None, init=False)
    _start: int = field(default=0, init=False)

    def look(self, promised: Promised) -> None:
        """Verify the log by its files, and wait for receipts of all that is acknowledged now."""
        wanted = acknowledged(promised)
        self._verify()
        began = time.monotonic()
        while True:
            self._take_receipts()
            missing = wanted - self.told
            spent = time.monotonic() - began
            if not missing or spent > RECEIPT_SECONDS_MAX:
                break
            time.sleep(0.2)
        self.slowest = max(self.slowest, spent)
        self.broken["receipts missing"] = len(missing)

    def _verify(self) -> None:
        # The first that is seen is kept, as by whoever has it from elsewhere.
        if self._policy is None:
            reply = requests.get(f"{self.origin}/log/policy", timeout=ANSWER_SECONDS_MAX)
            self._policy = Policy.parse(reply.content)
        files = Folder(self.folder)
        checkpoint = files.read("checkpoint")

        def read(path: str) -> bytes:
            # It goes on meanwhile: what is read is the log of one checkpoint.
            return checkpoint if path == "checkpoint" else files.read(path)

        report = verify_log(read, self._policy, earlier=self.earlier)
        if report.outcome is not Outcome.HELD:
            self.broken["public log: does not verify"] += 1
            return
        self.earlier = [*self.earlier[-20:], Checkpoint.parse(published(read).text)]

    def _take_receipts(self) -> None:
        assert self._policy is not None, "the log was verified before"
        more = True
        while more:
            receipts = self._page()
            for receipt in receipts:
                try:
                    receipt.verify(self._policy)
                except LogError:
                    self.broken["receipts that do not hold"] += 1
                else:
                    self.told.update(_said(receipt.told))
                    self.receipts += 1
                self._start = receipt.index + 1
            more = len(receipts) == PAGE

    def _page(self) -> Sequence[Receipt]:
        try:
            reply = requests.get(
                f"{self.origin}/api/receipts",
                params={"start": self._start, "limit": PAGE},
                auth=(self.key, ""),
                timeout=ANSWER_SECONDS_MAX,
            )
        except requests.RequestException:
            return []
        return read_receipts(reply.content).receipts if reply.status_code == 200 else []


def acknowledged(promised: Promised) -> set[str]:
    """What receipts must say: each as an event of the record names it."""
    return promised.single | promised.lists | promised.annotations


def _said(event: dict[str, object]) -> list[str]:
    if event["kind"] not in RECORDED:
        return []
    names = ("annotation_id",) if event["kind"] == "annotation.accepted" else ("task_id", "sha256")
    return [str(event[name]) for name in names if name in event]
