"""Small pictures as SVG, with their words for those who cannot see them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.quality.report.markup import Markup, Value, element, joined, shortened

WIDTH = 720.0
_ROW = 22.0
_NAME_WIDTH = 150.0
_NAME_LENGTH = 20
_CELL_MAX = 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A point with its interval, and words to the right."""

    name: str
    value: float
    lower: float
    upper: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar from the smallest value on, and words at its end."""

    name: str
    value: float
    words: str
    chosen: bool = False


def dots(title: str, told: str, rows: Sequence[Dot], *, share: bool = True) -> Markup:
    """Draw points with whiskers, a row each, on a scale that ends at 1; shares as percentages."""
    low = min((row.lower for row in rows), default=0.0)
    # A scale begins at a tenth, so that two pictures are more often alike.
    low = min(math.floor(low * 10) / 10, 0.9)
    left, right = _NAME_WIDTH + 12, WIDTH - 110
    parts: list[Markup] = []

    def across(value: float) -> float:
        return left + (value - low) / (1 - low) * (right - left)

    bottom = 8 + _ROW * len(rows)
    for tick in _ticks(low, 1.0):
        parts += [
            _line(across(tick), 4, across(tick), bottom, "grid"),
            _text(
                f"{tick:.0%}" if share else f"{tick:.1f}",
                across(tick),
                bottom + 14,
                "tick",
                "middle",
            ),
        ]
    for number, row in enumerate(rows):
        middle = 8 + _ROW * (number + 0.5)
        parts += [
            _name(row.name, _NAME_WIDTH, middle),
            _line(across(row.lower), middle, across(row.upper), middle, "whisker"),
            element("circle", {"cx": across(row.value), "cy": middle, "r": 4.0, "class": "mark"}),
            _text(row.words, right + 10, middle + 4, "words", "start"),
        ]
    return _picture(title, told, bottom + 22, parts)


def heat_map(
    title: str, told: str, names: Sequence[str], shares: Sequence[Sequence[float]]
) -> Markup:
    """Draw a table of shares, the darker the more; rows are what is true, columns what is said."""
    cell = min(_CELL_MAX, (WIDTH - _NAME_WIDTH - 40) / max(len(names), 1))
    height = min(cell, 40.0)
    left, top = _NAME_WIDTH + 12, 46.0
    parts = [
        _text("said", left, 14, "axis", "start"),
        _text("true", _NAME_WIDTH, top - 10, "axis", "end"),
    ]
    length = max(int(cell / 7.5), 2)
    for number, name in enumerate(names):
        parts += [
            _name(name, _NAME_WIDTH, top + height * (number + 0.5)),
            _text(
                shortened(name, length), left + cell * (number + 0.5), top - 10, "tick", "middle"
            ),
        ]
    for row, line in enumerate(shares):
        for column, share in enumerate(line):
            x, y = left + cell * column, top + height * row
            parts.append(
                element(
                    "rect",
                    {
                        "x": x + 1, "y": y + 1, "width": cell - 2, "height": height - 2, "rx": 3,
                        "class": "heat", "fill-opacity": _shade(share),
                    },
                )
            )  # fmt: skip
            # Where there is no room for numbers, the table below the picture has them.
            if cell >= 30 and share >= 0.005:
                ink = "light" if share > 0.55 else "dark"
                words = f"{share:.0%}"
                parts.append(_text(words, x + cell / 2, y + height / 2 + 4, ink, "middle"))
    return _picture(title, told, top + height * len(names) + 8, parts)


def bars(title: str, told: str, rows: Sequence[Bar], *, from_zero: bool = False) -> Markup:
    """Draw bars, a row each, of which only the differences mean anything, or also the lengths."""
    values = [row.value for row in rows]
    low, high = min(values, default=0.0), max(values, default=1.0)
    low = 0.0 if from_zero else low
    reach = (high - low) or 1.0
    left, right = _NAME_WIDTH + 12, WIDTH - 110
    parts: list[Markup] = []
    for number, row in enumerate(rows):
        middle = 8 + _ROW * (number + 0.5)
        # The smallest bar is still one to see.
        wide = (0.04 + 0.96 * (row.value - low) / reach) * (right - left)
        parts += [
            _name(row.name, _NAME_WIDTH, middle),
            element(
                "rect",
                {
                    "x": left, "y": middle - 7, "width": wide, "height": 14, "rx": 3,
                    "class": "chosen" if row.chosen else "bar",
                },
            ),
            _text(row.words, left + wide + 8, middle + 4, "words", "start"),
        ]  # fmt: skip
    return _picture(title, told, 16 + _ROW * len(rows), parts)


def line(title: str, told: str, axis: str, points: Sequence[tuple[float, Dot]]) -> Markup:
    """Draw a line through points with whiskers; each has its place across, its name on the axis."""
    left, right, top, bottom = 56.0, WIDTH - 30, 14.0, 220.0
    places = [place for place, _ in points]
    low = min(dot.lower for _, dot in points)
    high = max(dot.upper for _, dot in points)
    margin = max((high - low) * 0.08, 0.005)
    low, high = max(low - margin, 0.0), min(high + margin, 1.0)

    def across(place: float) -> float:
        reach = (places[-1] - places[0]) or 1.0
        return left + 14 + (place - places[0]) / reach * (right - left - 28)

    def down(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    parts: list[Markup] = []
    digits = 0 if high - low > 0.05 else 1
    for tick in _ticks(low, high):
        parts += [
            _line(left, down(tick), right, down(tick), "grid"),
            _text(f"{tick:.{digits}%}", left - 8, down(tick) + 4, "tick", "end"),
        ]
    path = " ".join(f"{across(place):.1f},{down(dot.value):.1f}" for place, dot in points)
    parts.append(element("polyline", {"points": path, "class": "path"}))
    for place, dot in points:
        x = across(place)
        parts += [
            _line(x, down(dot.lower), x, down(dot.upper), "whisker"),
            element("circle", {"cx": x, "cy": down(dot.value), "r": 4.0, "class": "mark"}),
            _text(dot.name, x, bottom + 18, "tick", "middle"),
        ]
    parts.append(_text(axis, (left + right) / 2, bottom + 38, "axis", "middle"))
    return _picture(title, told, bottom + 46, parts)


def _picture(title: str, told: str, height: float, parts: Sequence[Markup]) -> Markup:
    attributes: dict[str, Value] = {
        "viewBox": f"0 0 {WIDTH:.0f} {height:.0f}",
        "role": "img",
        "aria-label": f"{title}. {told}",
    }
    return element("svg", attributes, element("title", None, title), joined(*parts))


def _ticks(low: float, high: float) -> list[float]:
    """Choose round places on a scale, five or so."""
    steps = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
    step = next((one for one in steps if (high - low) / one <= 6), 1.0)
    first = int(-(-low // step))
    return [number * step for number in range(first, int(high / step + 1e-9) + 1)]


def _shade(share: float) -> float:
    return 0.05 + 0.95 * share


def _name(name: str, right: float, middle: float) -> Markup:
    return _text(shortened(name, _NAME_LENGTH), right, middle + 4, "name", "end")


def _text(words: str, x: float, y: float, kind: str, anchor: str) -> Markup:
    return element("text", {"x": x, "y": y, "class": kind, "text-anchor": anchor}, words)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": kind})
