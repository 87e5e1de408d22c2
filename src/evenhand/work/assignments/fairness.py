"""The fair rule: whose turn it is. It sees queues, weights and tags, never ids or names.

Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996, doi:10.1145/248156.248171) with tags that
are kept: the queue with the smallest tag is served, and its tag grows by the cost over its weight.
A queue keeps its tag for as long as it has work, so whoever only few annotators may serve loses no
credit; one that gets work anew begins at the virtual time, the largest tag served so far. Integers
only, so that another language replays each decision to the bit.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

RULE = "fair/2"
COST = 1_000  # of one assignment; a later rule may weigh long task types more
TAG_UNIT = 2**20  # so that a weight in thousandths divides with little rounding
# So many of its own assignments a queue may lie behind the virtual time: one that nobody could
# serve all night does not take the whole morning.
HORIZON_ASSIGNMENTS = 1_000
# Ties fall by a hash of this and the queue's head. The public log will give a value for each epoch
# that nobody knew before; until then it is the rule's name.
BEACON = RULE.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One tenant's queue as the rule sees it; the weight is in thousandths.

    `served` is the largest tag at which it was served. `waiting` says whether it had work when this
    was last looked at, `has_work` whether it has now. The head is what names the first open
    assignment for the annotator's role, none where there is nothing for the role.
    """

    weight: int
    tag: int
    served: int
    waiting: bool
    has_work: bool
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A queue's place in the order: its tag, the step that serving it costs, the tie's hash.

    Virtual time measures shares: whoever is alone with work has no competition, takes nothing from
    anyone, and comes out of it neither ahead nor behind.
    """

    index: int
    tag: int
    step: int
    tie: str
    has_competition: bool


def virtual_time(queues: Sequence[Queue]) -> int:
    """Return the largest tag served so far."""
    return max((queue.served for queue in queues), default=0)


def step_of(weight: int) -> int:
    """Return by how much serving one assignment moves a queue's tag, rounded up."""
    return -(-COST * TAG_UNIT // weight)


def entry_tag(queue: Queue, now: int) -> int:
    """Return the tag at which a queue with work stands at this virtual time."""
    if not queue.waiting:
        return max(queue.tag, now)
    return max(queue.tag, now - HORIZON_ASSIGNMENTS * step_of(queue.weight))


def turns(queues: Sequence[Queue], beacon: bytes = BEACON) -> list[Turn]:
    """Say in which order the queues with work for the annotator's role are served."""
    now = virtual_time(queues)
    has_competition = sum(queue.has_work for queue in queues) > 1
    waiting = [
        Turn(
            index=index,
            tag=entry_tag(queue, now),
            step=step_of(queue.weight) if has_competition else 0,
            tie=hashlib.sha256(beacon + queue.head.encode()).hexdigest(),
            has_competition=has_competition,
        )
        for index, queue in enumerate(queues)
        if queue.head is not None
    ]
    return sorted(waiting, key=lambda turn: (turn.tag, turn.tie))


def order_digest(lines: Sequence[tuple[str, int, int, str, str]]) -> str:
    """Commit to what a decision saw of each queue with work, in the order of the rule.

    A line is the queue's blinded handle, its tag, its weight, its tie and why it was passed over.
    """
    text = "\n".join(" ".join(str(part) for part in line) for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()


def handle(decision_id: str, tenant_id: str) -> str:
    """Name a tenant within one decision so that only who knows the tenant's id can tell."""
    return hashlib.sha256(f"{decision_id} {tenant_id}".encode()).hexdigest()
