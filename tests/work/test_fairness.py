"""What the fair rule promises, whatever the queues look like."""

from itertools import combinations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from evenhand.work.assignments.fairness import COST, Head, Queue, turns

WEIGHTS = st.sampled_from([0.5, 1.0, 2.0, 3.0])
TIMES = st.floats(min_value=0, max_value=1e6)
LOTS = st.uuids(version=4).map(lambda lot: lot.hex[:24])
HEADS = st.none() | st.builds(Head, position=st.integers(0, 5), lot=LOTS)
QUEUES = st.builds(Queue, weight=WEIGHTS, virtual_start=TIMES, virtual_finish=TIMES, head=HEADS)


def distinct_lots(queues: list[Queue]) -> bool:
    lots = [queue.head.lot for queue in queues if queue.head]
    return len(lots) == len(set(lots))


@given(st.lists(QUEUES, max_size=8).filter(distinct_lots), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_who_stands_where(queues, random):
    shuffled = list(range(len(queues)))
    random.shuffle(shuffled)

    before = [turn.index for turn in turns(queues)]
    after = [shuffled[turn.index] for turn in turns([queues[i] for i in shuffled])]

    assert before == after


@given(st.lists(QUEUES, max_size=8))
def test_every_queue_with_work_has_a_turn_and_no_other(queues):
    assert sorted(turn.index for turn in turns(queues)) == [
        index for index, queue in enumerate(queues) if queue.head is not None
    ]


@given(st.lists(WEIGHTS, min_size=2, max_size=5), st.integers(1, 200))
def test_envy_between_tenants_with_work_stays_within_one_task_each(weights, served):
    """Goyal et al. 1996, theorem 1: |W_i/w_i - W_j/w_j| <= l_i/w_i + l_j/w_j."""
    shares = _served(weights, served, waiting=lambda _index, _step: True)
    for (i, w_i), (j, w_j) in combinations(enumerate(weights), 2):
        envy = abs(shares[i] / w_i - shares[j] / w_j)
        assert envy <= COST / w_i + COST / w_j + 1e-9


@given(st.lists(WEIGHTS, min_size=2, max_size=5), st.integers(1, 100), st.integers(1, 100))
def test_a_tenant_that_was_idle_gets_no_credit_for_it(weights, alone, together):
    """The first tenant sleeps while the others are served; then all have work."""
    shares = _served(
        weights,
        alone + together,
        waiting=lambda index, step: index > 0 or step >= alone,
        count_from=alone,
    )
    for index, weight in enumerate(weights[1:], start=1):
        envy = shares[0] / weights[0] - shares[index] / weight
        assert envy <= COST / weights[0] + COST / weight + 1e-9


def _served(weights, steps, *, waiting, count_from=0):
    starts, finishes = [0.0] * len(weights), [0.0] * len(weights)
    counts = [0] * len(weights)
    for step in range(steps):
        queues = [
            Queue(
                weight=weight,
                virtual_start=starts[index],
                virtual_finish=finishes[index],
                head=Head(position=step, lot=UUID(int=index * 1000 + step).hex[:24])
                if waiting(index, step)
                else None,
            )
            for index, weight in enumerate(weights)
        ]
        order = turns(queues)
        if not order:
            continue
        first = order[0]
        if first.contested:
            starts[first.index], finishes[first.index] = first.start, first.finish
        counts[first.index] += step >= count_from
    return counts
