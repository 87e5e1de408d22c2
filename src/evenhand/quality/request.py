"""What a call of `aggregate` asks for, beside the annotations themselves."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenhand.quality.arrow import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When an estimator stops: after so many iterations, or when it gains less than that."""

    max_iterations: int = 100
    tolerance: float = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How to aggregate.

    `gold` has the known labels by task; `history` is a table `annotator, skill, votes` of
    earlier work, such as an earlier aggregation's `annotators`, or None. `order` names ordered
    grades that are no numbers, the lowest first.
    """

    method: str = "auto"
    gold: Mapping[Hashable, object] = field(default_factory=dict[Hashable, object])
    history: "Table | None" = None
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    order: Sequence[object] | None = None


class UnknownMethod(ValueError):
    """There is no such method for this kind of label; the message names those there are."""

    def __init__(self, method: str, kind: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{kind} labels have no method {method!r}; choose from {', '.join(known)}."
        )


class UnusedHistory(ValueError):
    """An earlier record was handed in for labels whose methods cannot use it."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"{kind} labels are aggregated without `history`, which would be ignored; leave it out."
        )
