"""The parts that answers are made of, where they have parts."""

from typing import TypeAlias

Span: TypeAlias = tuple[int, int, str]
Shape: TypeAlias = tuple[str, str, tuple[float, ...]]
