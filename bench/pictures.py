"""Figures drawn as bars beside a bar that was promised, on a scale of logarithms, as SVG."""

from __future__ import annotations

import html
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW_HIGH = 16
_NAME_WIDE, _DRAWN_WIDE, _FIGURE_WIDE = 260, 420, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One bar: what it stands for, how long it is, and whether it keeps what was promised."""

    name: str
    value: float
    shown: str
    is_kept: bool
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where bars begin and end, and where what was promised stands."""

    least: float
    most: float
    promised: float
    promise: str

    def across(self, value: float) -> float:
        """How long a bar is, in pixels."""
        share = math.log(max(value, self.least) / self.least) / math.log(self.most / self.least)
        return round(_DRAWN_WIDE * min(max(share, 0.01), 1.0), 1)


def drawn(figures: Sequence[Figure], scale: Scale) -> str:
    """Draw figures one under the other, and across them what was promised."""
    high = _ROW_HIGH * (len(figures) + 2)
    rows = "".join(
        _row(y, figure, scale.across(figure.value))
        for y, figure in zip(itertools.count(_ROW_HIGH, _ROW_HIGH), figures, strict=False)
    )
    bar = _NAME_WIDE + scale.across(scale.promised)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {_NAME_WIDE + _DRAWN_WIDE + _FIGURE_WIDE} {high}" '
        f'font-family="sans-serif" font-size="11">{rows}'
        f'<line x1="{bar}" x2="{bar}" y1="{_ROW_HIGH}" y2="{high}" stroke="#333" '
        f'stroke-dasharray="4 3"/><text x="{bar}" y="12" text-anchor="middle">'
        f"{html.escape(scale.promise)}</text></svg>\n"
    )


def _row(y: int, figure: Figure, long: float) -> str:
    title = f"<title>{html.escape(figure.more)}</title>" if figure.more else ""
    return (
        f'<text x="{_NAME_WIDE - 6}" y="{y + 11}" text-anchor="end">{html.escape(figure.name)}'
        f'</text><rect x="{_NAME_WIDE}" y="{y + 2}" width="{long}" height="{_ROW_HIGH - 4}" '
        f'fill="{"#4a7" if figure.is_kept else "#c44"}">{title}</rect>'
        f'<text x="{_NAME_WIDE + long + 4}" y="{y + 11}">{html.escape(figure.shown)}</text>'
    )
