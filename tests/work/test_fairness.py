"""What the fair rule promises, whatever the queues look like and whoever may serve them."""

from dataclasses import dataclass, field, replace
from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.work.assignments.fairness import (
    COST,
    EARLIER_TERMS,
    HORIZON_ASSIGNMENTS,
    LONG_LOOK_MILLISECONDS,
    RESERVED,
    REST_LOOKS,
    TAG_UNIT,
    TERMS,
    Queue,
    entry_tag,
    place,
    rest_of,
    step_of,
    tie_of,
    turn_of,
)

WEIGHTS = st.sampled_from([500, 1000, 1050, 2000, 3000])


def test_a_weight_that_does_not_divide_is_rounded_up():
    assert step_of(1000) == TAG_UNIT * COST // 1000
    assert step_of(1050) * 1050 >= COST * TAG_UNIT > (step_of(1050) - 1) * 1050


def test_a_queue_that_nobody_served_for_long_is_served_as_if_no_further_behind_than_the_horizon():
    asleep = Queue(weight=1000, tag=0, tie=tie_of("beacon", "a"))
    turn = turn_of(asleep, virtual_time=10**15, has_competition=True)
    assert turn.start == 10**15 - HORIZON_ASSIGNMENTS * step_of(1000)


def test_whoever_is_alone_with_work_comes_out_of_it_neither_ahead_nor_behind():
    alone = Queue(weight=1000, tag=7, tie=tie_of("beacon", "a"))
    turn = turn_of(alone, virtual_time=10**15, has_competition=False)
    assert (turn.start, turn.step) == (7, 0)


@dataclass
class Floor:
    """Queues, whose work each annotator may take, and what the rule made of it."""

    weights: list[int]
    may_take: list[set[int]]
    work: list[int]
    salt: int = 0
    queues: list[Queue] = field(default_factory=list[Queue])
    waiting: list[bool] = field(default_factory=list[bool])
    counts: list[int] = field(default_factory=list[int])
    lots: int = 0
    now: int = 0
    envied: int = 0

    def __post_init__(self) -> None:
        self.queues = [Queue(weight=weight, tag=0, tie=self._lot()) for weight in self.weights]
        self.waiting = [False] * len(self.weights)
        self.counts = [0] * len(self.weights)

    def _lot(self) -> str:
        self.lots += 1
        return tie_of("beacon", str(UUID(int=self.lots * 10**9 + self.salt)))

    def ask(self, annotator: int) -> int | None:
        """One request: what is served moves its queue on, as the database does."""
        self._note()
        order = sorted(
            (index for index, waits in enumerate(self.waiting) if waits),
            key=lambda index: place(self.queues[index]),
        )
        for index in order:
            if self.work[index] == 0:
                self.waiting[index] = False
            elif index in self.may_take[annotator]:
                self._note_envy(annotator, index)
                self._serve(index, has_competition=sum(self.waiting) > 1)
                return index
        return None

    def _note(self) -> None:
        for index, queue in enumerate(self.queues):
            if self.work[index] > 0 and not self.waiting[index]:
                tag = entry_tag(queue.tag, self.now)
                self.queues[index] = replace(queue, tag=tag, tie=self._lot())
                self.waiting[index] = True

    def _note_envy(self, annotator: int, served: int) -> None:
        """Whoever had work that the annotator may take must not stand at a smaller tag."""
        for index in self.may_take[annotator] - {served}:
            is_before = self.queues[index].tag < self.queues[served].tag
            self.envied += self.work[index] > 0 and is_before

    def _serve(self, index: int, *, has_competition: bool) -> None:
        queue = self.queues[index]
        turn = turn_of(queue, virtual_time=self.now, has_competition=has_competition)
        self.counts[index] += 1
        self.work[index] -= 1
        if has_competition:
            self.now = max(self.now, turn.start)
            self.queues[index] = replace(queue, tag=turn.start + turn.step, tie=self._lot())


ENDLESS = 10**9


@settings(deadline=None)
@given(st.lists(WEIGHTS, min_size=2, max_size=5), st.integers(1, 200))
def test_envy_between_tenants_with_work_stays_within_one_task_each(weights, served):
    """Goyal et al. 1996, theorem 1: |W_i/w_i - W_j/w_j| <= l_i/w_i + l_j/w_j."""
    floor = Floor(weights, [set(range(len(weights)))], [ENDLESS] * len(weights))
    for _ in range(served):
        floor.ask(0)
    for (i, w_i), (j, w_j) in combinations(enumerate(weights), 2):
        envy = abs(floor.counts[i] / w_i - floor.counts[j] / w_j)
        assert envy <= 1 / w_i + 1 / w_j + 1e-6


@settings(deadline=None)
@given(st.lists(WEIGHTS, min_size=2, max_size=5), st.integers(1, 100), st.integers(1, 100))
def test_a_tenant_that_was_idle_gets_no_credit_for_it(weights, alone, together):
    """The first tenant sleeps while the others are served; then all have work."""
    floor = Floor(weights, [set(range(len(weights)))], [0, *[ENDLESS] * (len(weights) - 1)])
    for _ in range(alone):
        floor.ask(0)
    before = list(floor.counts)
    floor.work[0] = ENDLESS
    for _ in range(together):
        floor.ask(0)
    gained = [count - one for count, one in zip(floor.counts, before, strict=True)]
    for index, weight in enumerate(weights[1:], start=1):
        assert gained[0] / weights[0] - gained[index] / weight <= 1 / weights[0] + 1 / weight + 1e-6


@settings(deadline=None)
@given(
    st.lists(WEIGHTS, min_size=2, max_size=6),
    st.integers(0, 200),
    st.integers(1, 50),
)
def test_nobody_waits_longer_than_at_a_server_of_their_own_and_a_task_of_each_other(
    weights, before, wanted
):
    """Goyal et al. 1996, theorem 4: later than at a server of one's share by one task of each."""
    floor = Floor(weights, [set(range(len(weights)))], [0, *[ENDLESS] * (len(weights) - 1)])
    for _ in range(before):
        floor.ask(0)
    floor.work[0] = wanted
    asked = 0
    for served in range(1, wanted + 1):
        while floor.counts[0] < served:
            floor.ask(0)
            asked += 1
        alone = served * sum(weights) / weights[0]
        assert asked <= alone + len(weights)


def test_whoever_only_one_annotator_may_serve_gets_all_of_their_requests():
    floor = Floor([1000] * 3, [{0, 2}, {0, 2}, {0, 2}, {0, 1, 2}], [ENDLESS] * 3)
    served = [floor.ask(request % 4) for request in range(6000)]
    assert served[3::4] == [1] * 1500
    assert floor.counts[1] == 1500
    assert abs(floor.counts[0] - floor.counts[2]) <= 1
    assert floor.envied == 0


@st.composite
def workloads(draw):
    tenants = draw(st.integers(2, 6))
    some = st.sets(st.integers(0, tenants - 1), min_size=1)
    return (
        draw(st.lists(WEIGHTS, min_size=tenants, max_size=tenants)),
        draw(st.lists(some, min_size=1, max_size=5)),
        draw(st.randoms(use_true_random=False)),
    )


def played(weights, may_take, dice, salt=0) -> Floor:
    """Work comes in bursts, annotators ask in any order."""
    floor = Floor(weights, may_take, [0] * len(weights), salt=salt)
    for _ in range(120):
        if dice.random() < 0.15:
            floor.work[dice.randrange(len(weights))] += dice.randrange(1, 20)
        floor.ask(dice.randrange(len(may_take)))
    return floor


@settings(max_examples=300, deadline=None)
@given(workloads())
def test_no_decision_is_envied_with_reason_whoever_may_take_what(workload):
    assert played(*workload).envied == 0


@settings(max_examples=1000, deadline=None)
@given(
    st.lists(WEIGHTS, min_size=2, max_size=5),
    st.integers(1, 20),
    st.randoms(use_true_random=False),
)
def test_renaming_all_tenants_changes_nothing(weights, asks, dice):
    names = list(range(len(weights)))
    dice.shuffle(names)
    lots = [tie_of("beacon", str(UUID(int=one + 1))) for one in range(len(weights))]

    def served(order: list[int]) -> list[int]:
        queues = {name: Queue(weight=weights[name], tag=0, tie=lots[name]) for name in order}
        found: list[int] = []
        now = 0
        for number in range(asks):
            name = min(order, key=lambda one: place(queues[one]))
            turn = turn_of(queues[name], virtual_time=now, has_competition=True)
            now = max(now, turn.start)
            lot = tie_of(f"beacon {number}", str(UUID(int=name + 1)))
            queues[name] = replace(queues[name], tag=turn.start + turn.step, tie=lot)
            found.append(name)
        return found

    assert served(list(range(len(weights)))) == served(names)


@settings(max_examples=20, deadline=None)
@given(st.lists(WEIGHTS, min_size=2, max_size=4), st.integers(0, 3), st.integers(1, 2000))
def test_nobody_takes_more_in_a_row_than_the_horizon_and_a_share(weights, asleep, missed):
    """A queue that could not be served while others were is served alone, but not without end."""
    asleep %= len(weights)
    others = set(range(len(weights))) - {asleep}
    floor = Floor(weights, [set(range(len(weights))), others], [ENDLESS] * len(weights))
    for _ in range(missed):
        floor.ask(1)
    in_a_row = 0
    while floor.ask(0) == asleep:
        in_a_row += 1
    share = max(step_of(weight) for weight in weights) / step_of(weights[asleep])
    assert in_a_row <= HORIZON_ASSIGNMENTS + share + 1


def test_the_terms_say_how_long_work_is_kept_for_whom_and_how_long_queues_rest():
    assert TERMS["reserved_seconds"] == RESERVED.total_seconds()
    assert (TERMS["skilled_percent"], TERMS["skilled_from_annotators"]) == (50, 3)
    long = LONG_LOOK_MILLISECONDS / 1_000
    assert rest_of(long * 0.99) == 0
    assert rest_of(long) == long * REST_LOOKS
    assert rest_of(1e9) == TERMS["rest_seconds_max"]


def test_earlier_terms_say_less_and_nothing_else():
    assert all(earlier.items() < TERMS.items() for earlier in EARLIER_TERMS)
