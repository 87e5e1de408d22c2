"""Transcripts: what was dispatched, replayed by the rule as `verify.py` writes it down.

The one file that an auditor reads is the one that is run here; what is added is what people look
at: how long work waited, and which share each tenant got.
"""

import gzip
import json
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from evenhand.tlog import tree
from evenhand.tlog.errors import Malformed
from evenhand.tlog.verification import Check, Outcome
from evenhand.verifier import verify
from evenhand.verifier.verify import Checks, Entry, Event, Queue, Replay

ALONE = Path(verify.__file__)
FORMAT = "evenhand-transcript/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one tenant got where tenants competed, and how long its work waited, in seconds."""

    log: str
    weight: int
    decisions: int
    served: int
    waits: Sequence[float]

    @property
    def per_weight(self) -> float:
        """How many assignments it got for a weight of one."""
        return 1000 * self.served / self.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribed:
    """What was found of a transcript."""

    checks: Sequence[Check]
    shares: Sequence[Share]
    decisions: int
    at_same_moment: int
    envy: int
    terms: str


class ReadLog(verify.Log):
    """A log of which the epochs' leaves were read already."""

    def __init__(self, leaves: Sequence[bytes], origin: str) -> None:
        self.leaves, self.roots, self.origin = list(leaves), list[str](), origin
        frontier: list[bytes] = []
        for size, leaf in enumerate(leaves):
            self.roots.append(tree.root_of(frontier).hex())
            frontier = tree.extend(frontier, size, [tree.leaf_hash(leaf)])
        self.roots.append(tree.root_of(frontier).hex())


class Watched(Replay):
    """The replay, which notes what each queue was served, how long its work waited, and envy."""

    def __init__(self, terms: Event, roots: list[str], checks: Checks, *, whole: bool) -> None:
        super().__init__(terms, roots, checks, whole=whole)
        self.served: Counter[str] = Counter()
        self.decided: Counter[str] = Counter()
        # Decisions by their ids: what a race explains, and where somebody was passed over silently.
        self.raced: set[str] = set()
        self.envied: set[str] = set()
        self.waits: defaultdict[str, list[float]] = defaultdict(list)
        self._open_since: dict[tuple[str, str], float] = {}
        # Of tasks that came in by the many, whose entry names none: since when, and how many.
        self._unnamed: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._lent: set[tuple[str, str]] = set()

    def _leased(self, queue: Queue, entry: Entry, event: Event) -> None:
        self.decided[queue.log] += 1
        self.served[queue.log] += bool(event["has_competition"])
        since = self._since(queue.log, event)
        if since is not None:
            self.waits[queue.log].append(entry.time - since)
        super()._leased(queue, entry, event)

    def _follow(self, queue: Queue, entry: Entry, event: Event) -> None:
        super()._follow(queue, entry, event)
        if event.get("opened", 0) <= 0:
            return
        if "task_id" in event:
            self._open_since.setdefault((queue.log, event["task_id"]), entry.time)
        else:
            self._unnamed[queue.log].append((entry.time, event["opened"]))

    def _that(self, name: str, one: Entry, holds: bool, words: str, raced: bool = False) -> None:
        super()._that(name, one, holds, words, raced)
        if holds:
            return
        decision = str(one.event.get("decision_id", one.entry_id))
        if name == "no envy":
            self.envied.add(decision)
        elif raced and one.event["kind"] == "assignment.leased":
            self.raced.add(decision)

    def _since(self, log: str, event: Event) -> float | None:
        """Since when a task was open; of those without a name, in the order in which they came."""
        task = (log, str(event["task_id"]))
        if event["purpose"] != "live" or task in self._lent:
            return self._open_since.pop(task, None)
        self._lent.add(task)
        unnamed = self._unnamed[log]
        if task in self._open_since or not unnamed:
            return self._open_since.pop(task, None)
        since, left = unnamed[0]
        if left > 1:
            unnamed[0] = since, left - 1
        else:
            unnamed.popleft()
        return since


def check_transcript(
    path: Path, leaves: Sequence[bytes], origin: str, receipts: Sequence[Path], *, complete: bool
) -> Transcribed:
    """Replay a transcript, and hold it against the log and against what tenants know.

    `complete` says that the receipts are those of all tenants. Raises `Malformed`, `OSError`.
    """
    log, checks = ReadLog(leaves, origin), Checks()
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            head, *epochs = cast("list[Event]", [json.loads(line) for line in lines])
        if head.get("format") != FORMAT:
            raise Malformed(f"This is no transcript: its first line says no {FORMAT}.", path=path)
        entries = verify.entries_of(epochs, log, head, checks)
        replay = Watched(head["terms"], log.roots, checks, whole=head["first"] == 0)
        replay.run(entries)
        verify.check_receipts(log, [*receipts], entries, checks, complete=complete)
        terms = json.dumps(head["terms"], sort_keys=True, separators=(",", ":")).encode()
    except (
        ValueError, KeyError, TypeError, IndexError, EOFError, AttributeError
    ) as error:  # fmt: skip
        raise Malformed(f"The transcript or a file of receipts is malformed: {error!r}.") from error
    return Transcribed(
        checks=[check_of(name, *found) for name, found in checks.items()],
        shares=[_share(queue, replay) for queue in replay.queues.values()],
        decisions=checks.get("walls", [0])[0],
        at_same_moment=len(replay.raced),
        envy=len(replay.envied),
        terms=verify.sha256(terms).hex(),
    )


def check_of(name: str, count: int, raced: int, faults: Sequence[str]) -> Check:
    """Say how often something was checked, and what was found wrong."""
    told = f"{name} ({count:,}, {raced:,} at the same moment)" if raced else f"{name} ({count:,})"
    if not faults:
        return Check(told)
    return Check(told, Outcome.FAILED, f"{faults[0]} ({len(faults):,} in all)")


def _share(queue: Queue, replay: Watched) -> Share:
    return Share(
        log=queue.log,
        weight=queue.weight,
        decisions=replay.decided[queue.log],
        served=replay.served[queue.log],
        waits=sorted(replay.waits[queue.log]),
    )
