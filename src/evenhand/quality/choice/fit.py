"""What every estimator of choices is given, and what it returns."""

from dataclasses import dataclass

from evenhand.quality.codes import Codes, Floats
from evenhand.quality.request import Limits

__all__ = ["NOTHING_KNOWN", "Fit", "Known", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beforehand.

    `gold` has the label of each task, -1 where it is not known. `counts[a, truth, said]` is how
    often annotator `a` said one label where another was true, in earlier work (fractions are
    fine): it counts as if those votes were here.
    """

    gold: Codes | None = None
    counts: Floats | None = None


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What an estimator found.

    `posterior` (tasks by labels) is how probable each label is, all zero where nobody voted;
    `prior` (labels) how common each is; `confusion[a, truth, said]` how likely an annotator says
    one label where another is true, None for methods that know none; `skill` (annotators) how
    likely a vote is right. `log_likelihood` is that of the votes at the parameters found, None
    for methods that have no model. `degenerate` says in a sentence what is wrong with the
    solution, None when nothing is.
    """

    posterior: Floats
    prior: Floats
    confusion: Floats | None
    skill: Floats
    log_likelihood: float | None
    iterations: int
    converged: bool
    degenerate: str | None = None
