"""Whether the bench of gold's secrecy finds a leak that is there, and none that is not."""

import numpy as np
from bench.secrecy import telling

ROWS = 600


def notes(*, leak: float) -> tuple[list[dict[str, float | str]], np.ndarray]:
    """Rows of times and forms; on gold one of the times is longer by so many milliseconds."""
    lot = np.random.default_rng(3)
    is_gold = lot.random(ROWS) < 0.3
    rows: list[dict[str, float | str]] = [
        {
            "next ms": float(lot.normal(5, 1) + leak * gold),
            "submit ms": float(lot.normal(3, 1)),
            "submit form": str(lot.choice(["200 a", "200 b"])),
            "always": 1.0,
        }
        for gold in is_gold
    ]
    return rows, is_gold


def groups() -> np.ndarray:
    return np.arange(ROWS) % 6


def test_what_tells_is_found_by_itself_and_among_all():
    rows, is_gold = notes(leak=4.0)
    columns = telling.columns_of(rows)

    best = telling.alone(columns, is_gold)[0]

    assert best.name == "next ms"
    assert best.lower > 0.95
    assert all(told.auc > 0.95 for told in telling.together(columns, is_gold, groups()))


def test_noise_tells_nothing_to_a_classifier_that_is_asked_of_rows_it_has_not_seen():
    rows, is_gold = notes(leak=0.0)
    columns = telling.columns_of(rows)

    for told in telling.together(columns, is_gold, groups()):
        assert told.lower <= 0.55, told


def test_a_form_that_only_gold_has_is_a_column_and_what_never_varies_is_none():
    rows, is_gold = notes(leak=0.0)
    for row, gold in zip(rows, is_gold, strict=True):
        row["renew form"] = "200" if gold else "409"

    columns = telling.columns_of(rows)

    assert "always" not in columns
    assert telling.alone(columns, is_gold)[0].auc == 1.0


def test_what_only_gold_leaves_unnoted_tells_too():
    rows, is_gold = notes(leak=0.0)
    for row, gold in zip(rows, is_gold, strict=True):
        if not gold:
            row["draft ms"] = 1.0

    for told in telling.together(telling.columns_of(rows), is_gold, groups()):
        assert told.auc > 0.95
