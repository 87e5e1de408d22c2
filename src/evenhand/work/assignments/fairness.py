"""The fair rule: whose turn it is. It sees weights, tags and ties, never ids or names.

Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996, doi:10.1145/248156.248171) with tags that
are kept: the queue with the smallest tag is served, and its tag grows by the cost over its weight.
A queue keeps its tag for as long as it has work, so whoever only few annotators may serve loses no
credit; one that gets work anew begins at the virtual time, the largest tag served so far. Integers
only, so that another language replays each decision to the bit.

No tag depends on the moment of the look, so the queues lie in order in an index, and a decision
looks at the first of them alone, however many wait.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from evenhand.tenants import WEIGHTS
from evenhand.work.skills import KNOWN_LEAST, SKILLED_PERCENT

RULE = "fair/4"
COST = 1_000  # of one assignment; a later rule may weigh long task types more
TAG_UNIT = 2**20  # so that a weight in thousandths divides with little rounding
# A queue that is served counts as no further behind the virtual time than so many of its own
# assignments: one that nobody could serve all night does not take the whole morning.
HORIZON_ASSIGNMENTS = 1_000
# One more annotation is kept for the skilled so long: some of them ask every few seconds where many
# are at work, and where none is, the others must not stand idle before it.
RESERVED = timedelta(seconds=3)
# A look for work that takes longer than this has walked past many assignments that are not for this
# annotator: those of a project in which they are paused, or whose course they have not passed.
LONG_LOOK_MILLISECONDS = 5
REST_LOOKS = 50  # a queue rests so many times the look: a fiftieth of anybody's time is in vain
REST_SECONDS_MAX = 60
# What the rule is made of before it said for whom work is reserved and how long a queue rests.
_FIRST_TERMS = {
    "rule": RULE,
    "cost": COST,
    "tag_unit": TAG_UNIT,
    "horizon_assignments": HORIZON_ASSIGNMENTS,
    "weights": WEIGHTS,
}
# What the rule is made of, as each epoch's record commits to it.
TERMS = {
    **_FIRST_TERMS,
    "reserved_seconds": int(RESERVED.total_seconds()),
    "skilled_percent": SKILLED_PERCENT,
    "skilled_from_annotators": KNOWN_LEAST,
    "long_look_milliseconds": LONG_LOOK_MILLISECONDS,
    "rest_looks": REST_LOOKS,
    "rest_seconds_max": REST_SECONDS_MAX,
}
# What records of earlier epochs commit to: less was said, and nothing was otherwise.
EARLIER_TERMS = (_FIRST_TERMS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One tenant's queue that has work, as the rule sees it; the weight is in thousandths."""

    weight: int
    tag: int
    tie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What serving a queue starts from and costs.

    Virtual time measures shares: whoever is alone with work has no competition, takes nothing from
    anyone, and comes out of it neither ahead nor behind.
    """

    start: int
    step: int


def place(queue: Queue) -> tuple[int, str]:
    """Return a queue's place in the order: by its tag, and of equal tags by its tie."""
    return queue.tag, queue.tie


def step_of(weight: int) -> int:
    """Return by how much serving one assignment moves a queue's tag, rounded up."""
    return -(-COST * TAG_UNIT // weight)


def entry_tag(tag: int, virtual_time: int) -> int:
    """Return the tag at which a queue stands that gets work anew."""
    return max(tag, virtual_time)


def turn_of(queue: Queue, *, virtual_time: int, has_competition: bool) -> Turn:
    """Say from where serving a queue moves its tag on, and how far."""
    step = step_of(queue.weight)
    start = max(queue.tag, virtual_time - HORIZON_ASSIGNMENTS * step)
    return Turn(start=start, step=step) if has_competition else Turn(start=queue.tag, step=0)


def rest_of(look_seconds: float) -> float:
    """Return for how many seconds a queue rests in which a look so long found nothing."""
    is_long = look_seconds * 1_000 >= LONG_LOOK_MILLISECONDS
    return min(look_seconds * REST_LOOKS, REST_SECONDS_MAX) if is_long else 0.0


def tie_of(beacon: str, handle: str) -> str:
    """Return the tie of a queue whose tag is moved in the epoch of a beacon, in lower case.

    The beacon is the root of the public log before that epoch, in hex, and nobody knew it when the
    queue's handle went on record. The database makes ties in the step that moves the tag:
    `work.note_opened` and `work.advance`.
    """
    return hashlib.sha256(f"{beacon}{handle}".encode()).hexdigest()
