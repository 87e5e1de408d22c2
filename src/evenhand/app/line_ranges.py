"""Which lines something holds for, as ranges: a million lines that follow each other are one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

# Some 200 KB of JSON; lines that lie so scattered can be sent in smaller parts.
RANGES_MAX = 10_000


@dataclass(slots=True)
class LineRanges:
    """The first and the last line of each range, and how many lines lie in ranges beyond."""

    ranges: list[list[int]] = field(default_factory=list[list[int]])
    left_off: int = 0

    def add(self, numbers: Iterable[int]) -> None:
        """Add lines in ascending order, each behind those that are there."""
        for number in numbers:
            self._add(number, number)

    def take(self, others: "LineRanges") -> None:
        """Add the lines of others, all behind those that are there."""
        for first, last in others.ranges:
            self._add(first, last)
        self.left_off += others.left_off

    def _add(self, first: int, last: int) -> None:
        if self.ranges and not self.left_off and self.ranges[-1][1] + 1 == first:
            self.ranges[-1][1] = last
        elif len(self.ranges) < RANGES_MAX:
            self.ranges.append([first, last])
        else:
            self.left_off += last - first + 1

    def told(self, name: str) -> dict[str, object]:
        """The ranges under a name and, where there are more, how many lines lie in those."""
        told: dict[str, object] = {name: self.ranges}
        if self.left_off:
            told[f"{name}_left_off"] = self.left_off
        return told
