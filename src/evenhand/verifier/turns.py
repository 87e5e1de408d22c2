"""A tenant's own turns, from its receipts alone: that each followed by the rule from those before.

What others did is in their logs, so whether it was this tenant's turn takes a transcript. Its own
entries say enough for the rest: by what its tags and ties were moved, that no work of its own was
left out of the order, and how often somebody who stood behind it had been served before it.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from evenhand.receipts.receipt import Receipt
from evenhand.tlog import tree
from evenhand.tlog.errors import Malformed
from evenhand.tlog.verification import Check
from evenhand.verifier.transcripts import Watched, check_of
from evenhand.verifier.verify import Checks, Entry, Event, Queue

# The rule as docs/transcript.md tells it; weights come from the tenant's own log.
TERMS: Event = {"rule": "fair/4", "cost": 1000, "tag_unit": 2**20, "horizon_assignments": 1000}
CHECKED = ("rule and weights", "tags", "ties", "work in the queue", "virtual time")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTurns:
    """What the receipts of one log say of its tenant's turns; waits in seconds, sorted.

    `overtaken` counts decisions before which others had been served who stood behind: by annotators
    who could not take this tenant's work, of which `passed` tells reasons where it may.
    """

    log: str
    checks: Sequence[Check]
    decisions: int
    in_competition: int
    overtaken: int
    passed: dict[str, int]
    waits: Sequence[float]


def own_turns(receipts: Sequence[Receipt], leaves: Sequence[bytes]) -> OwnTurns | None:
    """Follow the rule through all entries of one log; None where they are not all there.

    `leaves` are those of the public log's epochs, from the first on. Raises `Malformed` for entries
    that no server of this rule writes.
    """
    of_log = {one.index: one for one in receipts}
    if not of_log or set(of_log) != set(range(len(of_log))):
        return None
    checks = Checks()
    replay = _Own(TERMS, list(_roots(leaves)), checks, whole=True)
    try:
        replay.run([_entry(of_log[index]) for index in range(len(of_log))])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Malformed(f"An entry is none of the rule {TERMS['rule']}: {error!r}.") from error
    log = of_log[0].log.origin
    return OwnTurns(
        log=log,
        checks=[check_of(f"own {name}", *checks[name]) for name in CHECKED if name in checks],
        decisions=replay.decisions,
        in_competition=sum(replay.served.values()),
        overtaken=replay.overtaken,
        passed=dict(replay.passed.most_common()),
        waits=sorted(replay.waits[log]),
    )


class _Own(Watched):
    """The replay of one tenant's entries, which expects nothing of what others did."""

    def __init__(self, terms: Event, roots: list[str], checks: Checks, *, whole: bool) -> None:
        super().__init__(terms, roots, checks, whole=whole)
        self.decisions = self.overtaken = 0
        self.passed = Counter[str]()
        self._told = deque([(0.0, 0)])  # virtual times that were told, each larger, and when

    def _leased(self, queue: Queue, entry: Entry, event: Event) -> None:
        self.decisions += 1
        # Alone it has no tag to speak of: virtual time stands still, and its tag with it.
        self.overtaken += (
            bool(event["has_competition"]) and event["virtual_time"] > event["tag_seen"]
        )
        super()._leased(queue, entry, event)

    def _passed(self, queue: Queue, entry: Entry, event: Event) -> None:
        self.passed[str(event["reason"])] += 1
        super()._passed(queue, entry, event)

    def _at_its_time(self, entry: Entry) -> None:
        told, before = int(entry.event["virtual_time"]), self._told
        while len(before) > 1 and not self._raced(entry, before[1][0]):
            before.popleft()
        words = f"virtual time fell from {before[-1][1]:,} to {told:,}"
        raced = told >= before[0][1]
        self._that("virtual time", entry, told >= before[-1][1], words, raced)
        if told > before[-1][1]:
            before.append((entry.time, told))

    def _same(self, name: str, one: Entry, key: str, expected: object, raced: bool = False) -> None:
        # Whether others had work too is for their logs to say.
        if key != "has_competition":
            super()._same(name, one, key, expected, raced)


def _roots(leaves: Sequence[bytes]) -> Iterator[str]:
    frontier: list[bytes] = []
    for size, leaf in enumerate(leaves):
        yield tree.root_of(frontier).hex()
        frontier = tree.extend(frontier, size, [tree.leaf_hash(leaf)])
    yield tree.root_of(frontier).hex()


def _entry(receipt: Receipt) -> Entry:
    event = receipt.told
    micros = round(datetime.fromisoformat(event["at"]).timestamp() * 1_000_000)
    millis, rest = divmod(micros, 1000)
    # As ids are made: milliseconds, 4096ths of one, and here the place in the log.
    made = f"{millis:012x}7{rest * 4096 // 1000:03x}{receipt.index:016x}"
    return Entry(made, receipt.log.origin, receipt.epoch.number, event, b"")
