"""What aggregating a table comes to, for every kind of label."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenhand.quality.arrow import Names, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which method was used and why.

    `evidence` has what the candidates scored where the choice was made by evidence (the mean
    log-likelihood of held-out votes, say: higher is better) and `weights` their shares in a blend.
    """

    name: str
    reason: str
    evidence: Mapping[str, float] = field(default_factory=dict[str, float])
    weights: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    """Labels out of annotations.

    `table` has a row for each task, in ascending order: `task, label, confidence`; the label is
    null where candidates tie, and `confidence` lies between 0 and 1. `annotators` has a row
    each: `annotator, skill, lower, upper, votes` (a 95 % interval), and what a kind adds, such as
    `confusion` for choices, by true class and then given class in the order of `classes`.
    `notes` are sentences about what a reader should know: a degenerate solution, say.
    """

    table: "Table"
    annotators: "Table"
    classes: "Names | None"
    method: Chosen
    converged: bool
    iterations: int
    log_likelihood: float | None
    notes: tuple[str, ...] = ()
