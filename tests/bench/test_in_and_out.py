"""What the benchmarks of exports and of single creates make of their measurements."""

import re

from bench import creates, exports
from bench.create_calls import Created
from bench.report import EVENHAND, LABEL_STUDIO


def _export(seconds: float, growth: float = 0.0) -> exports.Export:
    return exports.Export(
        rows=1_000_000,
        size=1,
        seconds=[seconds],
        first_seconds=[1.0],
        cpu_seconds=[1.0],
        growth_mebibytes=growth,
    )


def test_an_export_is_held_against_its_peer_and_its_other_form() -> None:
    found = {
        (LABEL_STUDIO, "json"): _export(1_000),
        (EVENHAND, "json"): _export(10),
        (EVENHAND, "parquet"): _export(10),
    }
    assert [bar.kept for bar in exports.bars(found)] == [True] * 4
    found[EVENHAND, "json"] = _export(10.1, growth=101)
    assert [bar.kept for bar in exports.bars(found)] == [False, True, False, False]
    found[EVENHAND, "parquet"] = _export(10.2)
    assert [bar.kept for bar in exports.bars(found)] == [False, False, False, False]


def test_creates_are_held_against_the_peer_where_there_is_one() -> None:
    def rounds(tasks: int) -> list[creates.Creates]:
        created = Created(milliseconds=[1.0] * tasks, seconds=1.0)
        return [creates.Creates(created=created, server_cpu_seconds=0.1)]

    assert [bar.kept for bar in creates.bars({EVENHAND: rounds(1)})] == [True]
    found = {LABEL_STUDIO: rounds(10), EVENHAND: rounds(250)}
    assert [bar.kept for bar in creates.bars(found)] == [True, True]
    found[EVENHAND] = rounds(249)
    assert [bar.kept for bar in creates.bars(found)] == [True, False]
    found[EVENHAND][0].created.errors["500"] = 1
    assert [bar.kept for bar in creates.bars(found)] == [False, False]


def test_pictures_show_each_figure_beside_the_bar() -> None:
    found = {(LABEL_STUDIO, "json"): _export(1_000), (EVENHAND, "json"): _export(10)}
    picture = exports.drawn(found)
    assert re.findall('fill="(#[a-f0-9]+)"', picture) == ["#c44", "#4a7"]
    widths = [float(width) for width in re.findall(r'" width="([\d.]+)"', picture)]
    bar = float(re.findall(r'line x1="([\d.]+)"', picture)[0])
    assert widths[1] == widths[0] + 168  # a hundred times as many are two of five powers of ten
    assert bar == 260 + widths[1]
