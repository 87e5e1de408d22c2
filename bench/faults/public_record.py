"""Whether the public log goes on as one history, and says all that was acknowledged.

It is read as anybody reads it: its files, and receipts over the API. Nothing of it comes from the
database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError
from evenhand.tlog.policy import Policy
from evenhand.tlog.verification import Outcome, published, verify_log
from evenhand.verifier.receipts_file import read_receipts

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from bench.faults.load import Promised
    from evenhand.receipts.receipt import Receipt
    from evenhand.tlog.store import Store

PAGE = 100
ANSWER_SECONDS_MAX = 30
# Two epochs, and another process may take over before them.
RECEIPT_SECONDS_MAX = 15.0
# However many receipts are to be read.
LOOK_SECONDS_MAX = 300.0
RECORDED = {"kind": ("task.submitted", "tasks.submitted", "annotation.accepted")}
SAMPLE = 20


@dataclass(kw_only=True)
class PublicRecord:
    """What somebody outside has seen of a log so far."""

    files: Store
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

    def look(self, promised: Promised, chance: random.Random) -> None:
        """Verify the log by its files, and wait for receipts of some tasks acknowledged by now."""
        self._verify()
        some = chance.sample(sorted(promised.single), min(SAMPLE, len(promised.single)))
        began = time.monotonic()
        missing = set(some)
        while missing and time.monotonic() - began < RECEIPT_SECONDS_MAX:
            for task_id in sorted(missing):
                found = self._held(self._asked(f"/v1/task/{task_id}/receipts", {}))
                if any(receipt.told["kind"] == "task.submitted" for receipt in found):
                    missing.discard(task_id)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.broken["receipts missing"] += len(missing)

    def look_at_all(self, promised: Promised) -> None:
        """Read the receipts of all there is, and count what was acknowledged and has none."""
        self._verify()
        wanted, began = acknowledged(promised), time.monotonic()
        while wanted - self.told and time.monotonic() - began < LOOK_SECONDS_MAX:
            page = self._asked("/api/receipts", {"start": self._start, "limit": PAGE, **RECORDED})
            for receipt in self._held(page):
                self.told.update(_said(receipt.told))
            self._start = page[-1].index + 1 if page else self._start
        self.broken["receipts missing"] += len(wanted - self.told)

    def _verify(self) -> None:
        # The first that is seen is kept, as by whoever has it from elsewhere.
        if self._policy is None:
            reply = requests.get(f"{self.origin}/log/policy", timeout=ANSWER_SECONDS_MAX)
            self._policy = Policy.parse(reply.content)
        files = self.files
        checkpoint = files.read("checkpoint")

        def read(path: str) -> bytes:
            # It goes on meanwhile: what is read is the log of one checkpoint.
            return checkpoint if path == "checkpoint" else files.read(path)

        report = verify_log(read, self._policy, earlier=self.earlier)
        if report.outcome is not Outcome.HELD:
            self.broken["public log: does not verify"] += 1
            return
        self.earlier = [*self.earlier[-20:], Checkpoint.parse(published(read).text)]

    def _held(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """Those of the receipts that hold."""
        assert self._policy is not None, "the log was verified before"
        held: list[Receipt] = []
        for receipt in receipts:
            try:
                receipt.verify(self._policy)
            except LogError:
                self.broken["receipts that do not hold"] += 1
            else:
                held.append(receipt)
        self.receipts += len(held)
        return held

    def _asked(self, path: str, query: Mapping[str, Any]) -> Sequence[Receipt]:
        try:
            reply = requests.get(
                f"{self.origin}{path}",
                params=query,
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
    if event["kind"] not in RECORDED["kind"]:
        return []
    names = ("annotation_id",) if event["kind"] == "annotation.accepted" else ("task_id", "sha256")
    return [str(event[name]) for name in names if name in event]
