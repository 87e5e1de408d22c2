"""What the benchmark makes of its measurements."""

import io
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench import report
from bench.generator import Tally
from bench.peers import Limits, Measured, Plan, Round, Run
from bench.raw_sql import Limit
from rich.console import Console

PLAN = Plan(
    tasks=100,
    annotators=8,
    seconds=1,
    warm_up_seconds=0,
    rounds=1,
    restarts=1,
    raw_seconds=1,
    label_studio_version="1.23.2",
)


def test_a_percentile_is_the_smallest_value_that_covers_its_share() -> None:
    hundred = [float(n) for n in range(100, 0, -1)]
    assert report.percentile(hundred, 0.5) == 50
    assert report.percentile(hundred, 0.99) == 99
    assert report.percentile(hundred, 1.0) == 100
    assert report.percentile([7.0], 0.99) == 7


def test_a_percentile_of_nothing_is_not_a_number() -> None:
    assert math.isnan(report.percentile([], 0.5))


def test_a_figure_is_the_median_over_rounds() -> None:
    seen = _measured("Evenhand", loops=[100, 300, 200])
    assert report.figures_of(seen)["loops_per_second"] == 200


def test_what_a_server_puts_off_is_charged_to_its_loops() -> None:
    seen = _measured("Evenhand", loops=[100])
    figures = report.figures_of(seen)
    assert figures["cpu_ms_per_loop"] == pytest.approx(1.9)
    assert figures["settled_cpu_ms_per_loop"] == pytest.approx(2.9)


def test_bars_are_held_against_the_same_run() -> None:
    theirs = report.figures_of(_measured("Label Studio", loops=[10], imported=1000))
    kept = report.bars(report.figures_of(_measured("Evenhand", [200], imported=5000)), theirs)
    missed = report.bars(report.figures_of(_measured("Evenhand", [199], imported=4999)), theirs)
    assert [bar.kept for bar in kept] == [True, True, True, True]
    assert [bar.kept for bar in missed] == [False, False, True, True]


def test_one_task_given_to_two_annotators_misses_a_bar() -> None:
    theirs = report.figures_of(_measured("Label Studio", loops=[10]))
    ours = _measured("Evenhand", loops=[1000], imported=10_000)
    ours.rounds[0].tally.double_handed = 1
    assert not report.bars(report.figures_of(ours), theirs)[-1].kept


def test_the_table_shows_each_column_and_the_ratios() -> None:
    columns = report.columns_of(_run())
    drawn = io.StringIO()
    Console(file=drawn, width=200).print(report.table(columns))
    shown = next(line for line in drawn.getvalue().splitlines() if "loops/s" in line)
    cells = [cell.strip() for cell in shown.strip("│ ").split("│")]
    assert cells == ["next + submit, loops/s", "10", "200", "2,000", "1,000", "20 x", "0.20 x"]


def test_a_run_is_written_with_its_machine_and_its_moment(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    path = report.written(tmp_path / "results", moment, PLAN, _run())
    told = json.loads(path.read_text())
    assert path.name == "2026-11-24T1230.json"
    assert told["moment"] == "2026-11-24T12:30:00+00:00"
    assert told["machine"]["cores"] >= 1
    assert told["median"]["Evenhand"]["loops_per_second"] == 200
    assert "next_ms" not in path.read_text()


def _run() -> Run:
    return Run(
        systems=[
            _measured("Label Studio", loops=[10], imported=1000),
            _measured("Evenhand", loops=[200], imported=9000),
        ],
        limits=[Limits(bare=_limit(2000), walled=_limit(1000))],
    )


def _measured(name: str, loops: list[int], imported: int = 1000) -> Measured:
    return Measured(
        name=name,
        version="1",
        imported_per_second=[float(imported)],
        restart_seconds=[1.0],
        rounds=[
            Round(
                tally=_tally(done),
                server_cpu_seconds=done * 0.0019,
                settle_seconds=0.5,
                settle_cpu_seconds=done * 0.001,
            )
            for done in loops
        ],
    )


def _limit(loops: int) -> Limit:
    return Limit(imported_per_second=100_000, tally=_tally(loops), database_cpu_seconds=1)


def _tally(loops: int) -> Tally:
    return Tally(loops=loops, seconds=1.0, next_ms=[1.0], submit_ms=[2.0])
