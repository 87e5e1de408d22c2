"""What the fair rule promises, whatever the queues look like and whoever may serve them."""

from dataclasses import dataclass, field, replace
from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.work.assignments.fairness import (
    COST,
    HORIZON_ASSIGNMENTS,
    TAG_UNIT,
    Queue,
    entry_tag,
    step_of,
    turns,
    virtual_time,
)

WEIGHTS = st.sampled_from([500, 1000, 1050, 2000, 3000])
TAGS = st.integers(0, 2**40)
HEADS = st.none() | st.uuids(version=4).map(lambda one: one.hex[:24])


@st.composite
def some_queues(draw) -> list[Queue]:
    heads = draw(st.lists(HEADS, max_size=8, unique_by=lambda one: one or object()))
    return [
        Queue(
            weight=draw(WEIGHTS),
            tag=draw(TAGS),
            served=draw(TAGS),
            waiting=draw(st.booleans()),
            has_work=head is not None or draw(st.booleans()),
            head=head,
        )
        for head in heads
    ]


@given(some_queues(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_who_stands_where(queues, dice):
    shuffled = list(range(len(queues)))
    dice.shuffle(shuffled)
    before = [turn.index for turn in turns(queues)]
    after = [shuffled[turn.index] for turn in turns([queues[i] for i in shuffled])]
    assert before == after


@given(some_queues())
def test_every_queue_with_work_for_the_role_has_a_turn_and_no_other(queues):
    assert sorted(turn.index for turn in turns(queues)) == [
        index for index, queue in enumerate(queues) if queue.head is not None
    ]


def test_a_weight_that_does_not_divide_is_rounded_up():
    assert step_of(1000) == TAG_UNIT * COST // 1000
    assert step_of(1050) * 1050 >= COST * TAG_UNIT > (step_of(1050) - 1) * 1050


def test_a_queue_that_nobody_served_for_long_lies_behind_by_no_more_than_the_horizon():
    far = Queue(weight=1000, tag=10**15, served=10**15, waiting=True, has_work=True, head="a")
    asleep = replace(far, tag=0, served=0, head="b")
    assert entry_tag(asleep, virtual_time([far])) == 10**15 - HORIZON_ASSIGNMENTS * step_of(1000)


@dataclass
class Floor:
    """Queues, whose work each annotator may take, and what the rule made of it."""

    weights: list[int]
    may_take: list[set[int]]
    work: list[int]
    salt: int = 0
    queues: list[Queue] = field(default_factory=list[Queue])
    counts: list[int] = field(default_factory=list[int])
    envied: int = 0

    def __post_init__(self) -> None:
        self.queues = [
            Queue(weight=weight, tag=0, served=0, waiting=False, has_work=False, head=None)
            for weight in self.weights
        ]
        self.counts = [0] * len(self.weights)

    def ask(self, annotator: int) -> int | None:
        """One request: what is served moves its queue on, as the database does."""
        self._look()
        for turn in turns(self.queues):
            if turn.index in self.may_take[annotator]:
                self._note_envy(annotator, turn.index)
                self._serve(turn)
                return turn.index
        return None

    def _look(self) -> None:
        now = virtual_time(self.queues)
        for index, queue in enumerate(self.queues):
            has_work = self.work[index] > 0
            tag = max(queue.tag, now) if has_work and not queue.waiting else queue.tag
            lot = UUID(int=(index + 1) * 10**9 + self.counts[index] + self.salt).hex[:24]
            self.queues[index] = replace(
                queue, tag=tag, waiting=has_work, has_work=has_work, head=lot if has_work else None
            )

    def _note_envy(self, annotator: int, served: int) -> None:
        """Whoever had work that the annotator may take must not stand at a smaller tag."""
        now = virtual_time(self.queues)
        mine = entry_tag(self.queues[served], now)
        for index in self.may_take[annotator] - {served}:
            queue = self.queues[index]
            self.envied += queue.has_work and entry_tag(queue, now) < mine

    def _serve(self, turn) -> None:
        queue = self.queues[turn.index]
        served = max(queue.served, turn.tag)
        self.counts[turn.index] += 1
        self.work[turn.index] -= 1
        if turn.has_competition:
            self.queues[turn.index] = replace(queue, tag=turn.tag + turn.step, served=served)


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
    st.lists(st.integers(0, 4), min_size=1, max_size=20),
    st.randoms(use_true_random=False),
)
def test_renaming_all_tenants_changes_nothing(weights, asks, dice):
    names = list(range(len(weights)))
    dice.shuffle(names)
    heads = [UUID(int=one + 1).hex[-24:] for one in range(len(weights))]

    def served(order: list[int]) -> list[int]:
        queues = {
            name: Queue(
                weight=weights[name], tag=0, served=0, waiting=True, has_work=True, head=heads[name]
            )
            for name in order
        }
        found: list[int] = []
        for _ in asks:
            here = [queues[name] for name in order]
            turn = turns(here)[0]
            name = order[turn.index]
            queues[name] = replace(queues[name], tag=turn.tag + turn.step, served=turn.tag)
            found.append(name)
        return found

    assert served(list(range(len(weights)))) == served(names)
