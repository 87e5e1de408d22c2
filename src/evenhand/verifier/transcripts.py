"""Transcripts: what was dispatched, replayed by the rule as `verify.py` writes it down.

The one file that an auditor reads is the one that is run here; what is added is what people look
at: how long work waited, and which share each tenant got.
"""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    """What one tenant got: of contested decisions, against its weight; and how long work waited."""

    log: str
    weight: int
    served: int
    entitled: float
    waits: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribed:
    """What was found of a transcript."""

    checks: Sequence[Check]
    shares: Sequence[Share]
    decisions: int


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
    """The replay, which notes what each queue was served and how long its work waited."""

    def __init__(self, terms: Event, roots: list[str], checks: Checks, *, whole: bool) -> None:
        super().__init__(terms, roots, checks, whole=whole)
        self.served: Counter[str] = Counter()
        self.entitled: defaultdict[str, float] = defaultdict(float)
        self.waits: defaultdict[str, list[float]] = defaultdict(list)
        self._open_since: dict[tuple[str, str], float] = {}

    def take(self, entry: Entry) -> None:
        """Follow one entry; what each queue is entitled to is what its weight is of all there."""
        event = entry.event
        if event["kind"] == "assignment.leased" and event["has_competition"]:
            self.served[entry.log] += 1
            there = [queue for queue in self._there(event) if queue.weight]
            whole = sum(queue.weight for queue in there)
            for queue in there:
                self.entitled[queue.log] += queue.weight / whole
        task = (entry.log, str(event.get("task_id", "")))
        if event["kind"] == "assignment.leased" and task in self._open_since:
            self.waits[entry.log].append(entry.time - self._open_since.pop(task))
        super().take(entry)
        if event.get("opened", 0) > 0:
            self._open_since.setdefault(task, entry.time)

    def _there(self, event: Event) -> list[Queue]:
        who, reviewer = event["annotator_id"], event["reviewer"]
        queues = (self.queues[log] for _, _, log in self.order)
        return [one for one in queues if one.has(reviewer) and not self._is_walled(who, one, event)]


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
        entries = verify.entries_of(epochs, log, head["terms"], checks)
        replay = Watched(head["terms"], log.roots, checks, whole=head["first"] == 0)
        for entry in entries:
            replay.take(entry)
        replay.finish()
        verify.check_receipts([*receipts], log, entries, checks, complete=complete)
    except (ValueError, KeyError, TypeError, IndexError, EOFError) as error:
        raise Malformed(f"The transcript or a file of receipts is malformed: {error!r}.") from error
    return Transcribed(
        checks=[*_checks(checks.values_of_json())],
        shares=[_share(queue, replay) for queue in replay.queues.values()],
        decisions=checks.get("no envy", [0])[0],
    )


def _checks(found: Iterable[Mapping[str, object]]) -> Iterable[Check]:
    for one in found:
        raced = f", {one['raced']:,} at the same moment" if one["raced"] else ""
        name = f"{one['name']} ({one['checked']:,}{raced})"
        problem = None if one["problem"] is None else f"{one['problem']} ({one['faults']:,} in all)"
        yield Check(name, Outcome.HELD if problem is None else Outcome.FAILED, problem)


def _share(queue: Queue, replay: Watched) -> Share:
    return Share(
        log=queue.log,
        weight=queue.weight,
        served=replay.served[queue.log],
        entitled=replay.entitled[queue.log],
        waits=sorted(replay.waits[queue.log]),
    )
