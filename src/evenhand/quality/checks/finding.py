"""A suspicion that a person can read and contest, and how often such are false."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evenhand.quality.codes import Bools, Floats

FALSE_DISCOVERY_RATE = 0.05  # of those accused by one check, at most this share wrongly
VOTES_MIN = 30  # nobody is accused on fewer votes; below it a bad hour looks like a bad worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: on whom or what, how strong it is, and the reason in a sentence.

    `score` is the size of the effect, in the unit that the check names; `p_value` is how
    probable so much would be if nothing were wrong (of a label error, that the label is right);
    `votes` is how many the finding rests on.
    """

    check: str
    task: object | None = None
    annotators: tuple[object, ...] = ()
    score: float
    p_value: float
    votes: int
    sentence: str
    evidence: Mapping[str, float] = field(default_factory=dict[str, float])


def discoveries(p_values: Floats, rate: float) -> Bools:
    """Mark the p-values to act on so that at most this share of them is false in the mean.

    Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", Journal of the Royal
    Statistical Society B 57 (1995), 289-300, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    if not p_values.size:
        return np.zeros(0, dtype=np.bool_)
    ranked = np.sort(p_values)
    allowed = rate * np.arange(1, ranked.size + 1) / ranked.size
    passed = np.flatnonzero(ranked <= allowed)
    return p_values <= (ranked[passed[-1]] if passed.size else -1.0)


def tail(share: Floats, expected: Floats, votes: Floats) -> Floats:
    """Bound how probable so far a share from the expected one is, on the side it lies.

    The votes are independent and may each have another chance, of which `expected` is the mean:
    W. Hoeffding, "Probability Inequalities for Sums of Bounded Random Variables", Journal of the
    American Statistical Association 58 (1963), 13-30, doi:10.1080/01621459.1963.10500830.
    """
    expected = np.clip(expected, 1e-9, 1 - 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.where(share > 0, share * np.log(share / expected), 0.0)
        less = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - expected)), 0.0)
    return np.asarray(np.exp(-votes * (more + less)))


def told(
    p_values: Floats, tested: Bools, rate: float, tell: Callable[[int], Finding]
) -> list[Finding]:
    """Tell what was found of each that was tested and is a discovery, the surest first."""
    rows = np.flatnonzero(tested)
    found = rows[discoveries(p_values[rows], rate)]
    return surest_first([tell(int(row)) for row in found])


def surest_first(findings: Sequence[Finding]) -> list[Finding]:
    """Sort findings by how improbable they are by chance, then by size."""
    return sorted(findings, key=lambda one: (one.p_value, -abs(one.score), one.sentence))
