"""The fair rule, written down a second time: it replays decisions from the record alone.

It uses none of the server's code: only entries, the published weights and who reviews. What it
finds wrong it says, with the decision and both values.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COST, UNIT, HORIZON, BEACON = 1_000, 2**20, 1_000, "fair/3"
OPENED, WITHDRAWN = ("opened", "reviews_opened"), ("withdrawn", "reviews_withdrawn")

Entry = tuple[str, Mapping[str, Any]]  # of which tenant, and what


@dataclass
class Queue:
    """What the record says of one tenant: its work, its place in the order, who had what."""

    weight: int
    tag: int = 0
    tie: str = ""
    served: int = 0
    has_open: bool = False
    has_reviews: bool = False
    open: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    had: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    lent: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    paused: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def of_role(self, review: bool) -> list[str]:
        return [task for task, counts in self.open.items() if counts[review] > 0]

    @property
    def waits(self) -> bool:
        return self.has_open or self.has_reviews

    @property
    def step(self) -> int:
        return -(-COST * UNIT // self.weight)


class Replay:
    """All queues from the first entry on; `faults` says what does not follow from the rule."""

    def __init__(self, weights: Mapping[str, int], reviewers: set[str]) -> None:
        self.queues = {tenant: Queue(weight) for tenant, weight in weights.items()}
        self.reviewers = reviewers
        self.decisions = self.contested = self.ties = self.noted = 0
        self.reasons: set[str] = set()
        self.seen: dict[str, list[str]] = {}
        self.emptied: dict[str, dict[str, tuple[bool, bool]]] = {}
        self.faults: list[str] = []

    def run(self, entries: Sequence[Entry]) -> list[str]:
        passed: dict[str, dict[str, Mapping[str, Any]]] = {}
        for tenant, event in entries:
            if event["kind"] == "queue.passed":
                passed.setdefault(event["decision_id"], {})[tenant] = event
        for tenant, event in entries:
            if event["kind"] == "assignment.leased":
                self._unnoted(event)
                self._decision(tenant, event, passed.get(event["decision_id"], {}))
            self._follow(tenant, event)
        return self.faults

    @property
    def now(self) -> int:
        return max(queue.served for queue in self.queues.values())

    def _decision(
        self, tenant: str, event: Mapping[str, Any], passed: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.decisions += 1
        now, queue = self.now, self.queues[tenant]
        # What the decision itself found empty it had looked at first.
        emptied = self.emptied.get(event["decision_id"], {})
        has = {
            one: emptied.get(one, (queue.has_open, queue.has_reviews))
            for one, queue in self.queues.items()
        }
        contest = sum(any(kinds) for kinds in has.values()) > 1
        order = self._order(has, event["annotator_id"] in self.reviewers)
        names = [one for *_, one in order]
        if tenant not in names:
            self._fault(event, f"{tenant} had nothing to lend")
            return
        before = names[: names.index(tenant)]
        lines: list[str] = []
        for one in [*before, tenant]:
            why = passed[one]["reason"] if one in passed and one != tenant else ""
            handle = hashlib.sha256(f"{event['decision_id']} {one}".encode()).hexdigest()
            stands = self.queues[one]
            lines.append(f"{handle} {stands.tag} {stands.weight} {stands.tie} {why}")
        self.seen[event["decision_id"]] = lines
        start = max(queue.tag, now - HORIZON * queue.step) if contest else queue.tag
        self.ties += sum(tag == queue.tag for tag, *_ in order) > 1
        self._same(event, "virtual_time", now)
        self._same(event, "has_competition", contest)
        self._same(event, "weight", queue.weight)
        self._same(event, "tag", start)
        self._same(event, "tag_after", start + (queue.step if contest else 0))
        self._same(event, "tie", queue.tie)
        self._same(event, "order", digest(lines))
        if contest:
            self.contested += 1
            for one in before:
                self._passing(event, one, passed.get(one))
            queue.tag, queue.tie = event["tag_after"], tie_of(event["assignment_id"])
            queue.served = max(queue.served, event["tag"])

    def _order(
        self, has: Mapping[str, tuple[bool, bool]], reviewer: bool
    ) -> list[tuple[int, str, str]]:
        return sorted(
            (queue.tag, queue.tie, tenant)
            for tenant, queue in self.queues.items()
            if any(has[tenant][: 1 + reviewer])
        )

    def _unnoted(self, event: Mapping[str, Any]) -> None:
        """Nobody's work waits without a place in the order once the next decision has been made."""
        for tenant, queue in self.queues.items():
            if queue.of_role(False) and not queue.has_open:
                self._fault(event, f"{tenant} had work that nobody noted")

    def _passing(
        self, event: Mapping[str, Any], tenant: str, why: Mapping[str, Any] | None
    ) -> None:
        """A queue that stood before the one that was served must say why it was not."""
        if why is None:
            self._fault(event, f"{tenant} was passed over without a word")
            return
        self.reasons |= set(why["reason"].split(", "))
        who, queue = event["annotator_id"], self.queues[tenant]
        reviewer = who in self.reviewers
        if why["reason"] == "had":
            takes = queue.of_role(False) + (queue.of_role(True) if reviewer else [])
            if any((task, who) not in queue.had for task in takes):
                self._fault(event, f"{who} had not had all of {tenant}")
        if why["reason"] == "paused" and not any(one == who for one, _ in queue.paused):
            self._fault(event, f"{who} was not paused by {tenant}")

    def _note(self, queue: Queue, event: Mapping[str, Any]) -> None:
        """A queue that had no work begins at the virtual time; one that had some keeps its tag."""
        self.noted += 1
        self._same(event, "virtual_time", self.now)
        if queue.waits:
            self._same(event, "tag", queue.tag)
            self._same(event, "tie", queue.tie)
        else:
            self._same(event, "tag", max(queue.tag, event["virtual_time"]))
        queue.tag, queue.tie = event["tag"], event["tie"]
        queue.has_open, queue.has_reviews = event["has_open"], event["has_reviews"]

    def _empty(self, tenant: str, event: Mapping[str, Any]) -> None:
        queue = self.queues[tenant]
        before = self.emptied.setdefault(event["decision_id"], {})
        before[tenant] = (queue.has_open, queue.has_reviews)
        for review, name in enumerate(("has_open", "has_reviews")):
            if getattr(queue, name) and not event[name] and queue.of_role(bool(review)):
                self._fault(event, f"work was left, and {name} taken back")
        queue.has_open, queue.has_reviews = event["has_open"], event["has_reviews"]

    def _follow(self, tenant: str, event: Mapping[str, Any]) -> None:
        queue = self.queues[tenant]
        kind, task = event["kind"], event.get("task_id")
        if kind == "queue.noted":
            self._note(queue, event)
        if kind == "queue.emptied":
            self._empty(tenant, event)
        if kind in ("annotator.paused", "annotator.resumed"):
            pair = (event["annotator_id"], event["project_id"])
            (queue.paused.add if kind.endswith("paused") else queue.paused.discard)(pair)
        if kind == "assignment.leased":
            queue.had.add((task, event["annotator_id"]))
            queue.lent[event["assignment_id"]] = (task, event["annotator_id"])
            if event["purpose"] == "live":
                left = queue.open.setdefault(task, [0, 0])
                left[event["review"]] -= 1
                if left[event["review"]] < 0:
                    self._fault(event, f"{tenant} lent what was not open")
        if kind == "assignment.expired":
            queue.had.discard(queue.lent[event["assignment_id"]])
        for review in (0, 1):
            change = event.get(OPENED[review], 0) - event.get(WITHDRAWN[review], 0)
            if change:
                queue.open.setdefault(task, [0, 0])[review] += change

    def _same(self, event: Mapping[str, Any], name: str, expected: object) -> None:
        if event[name] != expected:
            self._fault(event, f"{name} is {event[name]} and follows to be {expected}")

    def _fault(self, event: Mapping[str, Any], words: str) -> None:
        self.faults.append(f"decision {self.decisions} ({event['kind']}): {words}")


def tie_of(lot: str) -> str:
    """What equal tags fall by."""
    return hashlib.sha256(f"{BEACON}{lot}".encode()).hexdigest()


def digest(lines: Sequence[str]) -> str:
    """What a decision commits to of all queues that it saw."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
