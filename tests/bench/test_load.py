"""What the benchmarks of many tenants and of an hour make of their measurements."""

from bench import hour, tenants
from bench.generator import Tally


def _seen(size: tenants.Size, *, times: float = 1.0, idle: float = 0.01) -> tenants.Seen:
    return tenants.Seen(
        size=size,
        idle_cpu_share=idle,
        memory_mebibytes=100 * times,
        tallies=[Tally(loops=100, next_ms=[10 * times] * 100, submit_ms=[5 * times] * 100)],
        cpu_seconds=[0.5 * times],
    )


FEW, MANY = tenants.Size(tenants=10, each=100), tenants.Size(tenants=1_000, each=100)


def test_many_tenants_are_held_against_few_and_their_idling_against_a_share() -> None:
    assert all(bar.kept for bar in tenants.bars([_seen(FEW), _seen(MANY, times=1.19)]))
    missed = [
        bar.promise for bar in tenants.bars([_seen(FEW), _seen(MANY, times=1.4, idle=0.021)])
        if not bar.kept
    ]  # fmt: skip
    assert [promise.split(":")[0] for promise in missed] == [
        "next p50, ms", "next + submit p50, ms", "CPU ms a loop, all processes", "idle",
    ]  # fmt: skip


def test_many_tasks_are_held_to_memory_too() -> None:
    larger = tenants.Size(tenants=1_000, each=10_000)
    missed = [bar.promise for bar in tenants.bars([_seen(MANY), _seen(larger, times=1.15)])
              if not bar.kept]  # fmt: skip
    assert [promise.split(",")[0] for promise in missed] == ["memory after it"]


def test_tenants_who_were_not_asked_are_held_to_their_idling_alone() -> None:
    quiet = [tenants.Seen(size=size, idle_cpu_share=0.03) for size in (FEW, MANY)]
    assert [bar.kept for bar in tenants.bars(quiet)] == [False]
    assert "<svg" in tenants.drawn(quiet)


def _hour(*, held_ms: float, think_seconds: float = 0.0) -> hour.Seen:
    plan = hour.Plan(
        minutes=4, hold_minutes=2, tenants=1, annotators=1, think_seconds=think_seconds
    )
    moments = [float(second) for second in range(240)]
    return hour.Seen(
        plan=plan,
        pace_seconds=1.0,
        tally=Tally(
            next_at=moments, next_ms=[held_ms if 60 <= at < 180 else 10.0 for at in moments]
        ),
        looks=[
            hour.Look(at=at, cpu_seconds=at / 2, memory_mebibytes=1.0, dead_rows={"work.task": 7})
            for at in moments[::10]
        ],
    )


def test_the_time_in_which_vacuum_is_held_back_is_held_against_the_time_before() -> None:
    assert [bar.kept for bar in hour.bars(_hour(held_ms=20.0))] == [True, True, True, True]
    assert [bar.kept for bar in hour.bars(_hour(held_ms=20.1))] == [False, False, True, True]


def test_annotators_who_think_are_held_to_a_wait_and_to_half_of_two_cores() -> None:
    seen = _hour(held_ms=20.0, think_seconds=20.0)
    assert [bar.kept for bar in hour.bars(seen)] == [True] * 6
    assert seen.cpu_share(0, 240) == 0.5
    slow = _hour(held_ms=101.0, think_seconds=20.0)
    assert [bar.kept for bar in hour.bars(slow)] == [False, False, True, False, True, True]


def test_an_hour_is_drawn_with_the_tables_that_had_the_most_dead_rows() -> None:
    drawn = hour.drawn(_hour(held_ms=20.0))
    assert "work.task" in drawn
    assert "vacuum is held back" in drawn
