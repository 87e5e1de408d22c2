"""The fair rule, written down a second time: it replays decisions from the record alone.

It uses none of the server's code: only entries, the published weights and who reviews. What it
finds wrong it says, with the decision and both values.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COST, UNIT, HORIZON, BEACON = 1_000, 2**20, 1_000, b"fair/2"
OPENED, WITHDRAWN = ("opened", "reviews_opened"), ("withdrawn", "reviews_withdrawn")

Entry = tuple[str, Mapping[str, Any]]  # of which tenant, and what


@dataclass
class Queue:
    """What the record says of one tenant: its work by task, its tag, who had what."""

    weight: int
    tag: int = 0
    served: int = 0
    waiting: bool = False
    open: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    came: dict[str, str] = field(default_factory=dict[str, str])
    had: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    lent: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    paused: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def of_role(self, review: bool) -> list[str]:
        return [task for task, counts in self.open.items() if counts[review] > 0]

    def head(self, reviewer: bool) -> str | None:
        for review in [True, False] if reviewer else [False]:
            if found := self.of_role(review):
                return min(found, key=lambda task: (self.came.get(task, ""), task))
        return None

    @property
    def has_work(self) -> bool:
        return any(sum(counts) > 0 for counts in self.open.values())

    @property
    def step(self) -> int:
        return -(-COST * UNIT // self.weight)

    def stands_at(self, now: int) -> int:
        return max(self.tag, now - HORIZON * self.step if self.waiting else now)


class Replay:
    """All queues from the first entry on; `faults` says what does not follow from the rule."""

    def __init__(self, weights: Mapping[str, int], reviewers: set[str]) -> None:
        self.queues = {tenant: Queue(weight) for tenant, weight in weights.items()}
        self.reviewers = reviewers
        self.decisions = self.contested = self.ties = 0
        self.reasons: set[str] = set()
        self.seen: dict[str, list[str]] = {}
        self.faults: list[str] = []

    def run(self, entries: Sequence[Entry]) -> list[str]:
        passed: dict[str, dict[str, Mapping[str, Any]]] = {}
        for tenant, event in entries:
            if event["kind"] == "queue.passed":
                passed.setdefault(event["decision_id"], {})[tenant] = event
        for tenant, event in entries:
            if event["kind"] == "assignment.leased":
                self._decision(tenant, event, passed.get(event["decision_id"], {}))
            self._follow(self.queues[tenant], event)
        return self.faults

    def _decision(
        self, tenant: str, event: Mapping[str, Any], passed: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.decisions += 1
        now = max(queue.served for queue in self.queues.values())
        contest = sum(queue.has_work for queue in self.queues.values()) > 1
        order = self._order(event["annotator_id"] in self.reviewers, now)
        lines: list[str] = []
        for tag, tie, one in order:
            why = passed[one]["reason"] if one in passed else ""
            handle = hashlib.sha256(f"{event['decision_id']} {one}".encode()).hexdigest()
            lines.append(f"{handle} {tag} {self.queues[one].weight} {tie} {why}")
        self.seen[event["decision_id"]] = lines
        names = [one for *_, one in order]
        if tenant not in names:
            self._fault(event, f"{tenant} had nothing to lend")
            return
        before = names[: names.index(tenant)]
        queue = self.queues[tenant]
        stands, tie, _ = order[len(before)]
        self.ties += sum(tag == stands for tag, *_ in order) > 1
        self._same(event, "virtual_time", now)
        self._same(event, "has_competition", contest)
        self._same(event, "weight", queue.weight)
        self._same(event, "tag", stands)
        self._same(event, "tag_after", stands + (queue.step if contest else 0))
        self._same(event, "tie", tie)
        self._same(event, "order", digest(lines))
        if contest:
            self.contested += 1
            for one in before:
                self._passing(event, one, passed.get(one))
            self._note(now)
            queue.tag, queue.waiting = event["tag_after"], True
            queue.served = max(queue.served, event["tag"])

    def _order(self, reviewer: bool, now: int) -> list[tuple[int, str, str]]:
        found: list[tuple[int, str, str]] = []
        for tenant, queue in self.queues.items():
            if (head := queue.head(reviewer)) is not None:
                tie = hashlib.sha256(BEACON + head.encode()).hexdigest()
                found.append((queue.stands_at(now), tie, tenant))
        return sorted(found)

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

    def _note(self, now: int) -> None:
        for queue in self.queues.values():
            if queue.has_work and not queue.waiting:
                queue.tag = max(queue.tag, now)
            queue.waiting = queue.has_work

    def _follow(self, queue: Queue, event: Mapping[str, Any]) -> None:
        kind, task = event["kind"], event.get("task_id")
        if kind == "task.submitted":
            queue.came[task] = event["at"]
        if kind in ("annotator.paused", "annotator.resumed"):
            pair = (event["annotator_id"], event["project_id"])
            (queue.paused.add if kind.endswith("paused") else queue.paused.discard)(pair)
        if kind == "assignment.leased":
            queue.had.add((task, event["annotator_id"]))
            queue.lent[event["assignment_id"]] = (task, event["annotator_id"])
            if event["purpose"] == "live":
                queue.open.setdefault(task, [0, 0])[event["review"]] -= 1
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
        self.faults.append(f"decision {self.decisions} ({event['decision_id']}): {words}")


def digest(lines: Sequence[str]) -> str:
    """What a decision commits to of all queues that it saw."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
