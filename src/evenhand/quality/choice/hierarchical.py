"""Dawid and Skene's model in which annotators learn from each other how people err.

Each annotator's error rates are drawn from a Dirichlet distribution round a centre that all share,
and how closely they lie round it is learnt too: from few votes an annotator is much like the
others, from many like nobody else. B. Carpenter, "Multilevel Bayesian Models of Categorical Data
Annotation" (2008); S. Paun and others, "Comparing Bayesian Models of Annotation", Transactions of
the ACL 6 (2018), 571-585, doi:10.1162/tacl_a_00040. The closeness is found by the fixed point of
T. P. Minka, "Estimating a Dirichlet distribution" (2000).
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.choice.counted import LEAST, Counted, Estimate, Parameters, skills
from evenhand.quality.choice.degenerate import degenerate
from evenhand.quality.choice.dirichlet import expect, gamma_logarithm
from evenhand.quality.choice.em import Passes
from evenhand.quality.choice.fit import NOTHING_KNOWN, Fit, Known, Limits
from evenhand.quality.choice.majority import vote_shares
from evenhand.quality.codes import Floats
from evenhand.quality.compiled import compiled
from evenhand.quality.votes import Votes

# Where the learnt closeness begins and what it may become, in votes on each label; it stays put
# while the first turns find out roughly what is true.
CLOSE_FIRST = 2.0
CLOSE_LEAST, CLOSE_MOST = 0.3, 1000.0
TURNS_BEFORE_LEARNING = 3
CLOSE_RESTS = 0.02  # what it may move in the last turn, as a share of itself
# The shared centre is held near "right equally often, whatever the label" as by so many votes.
CENTRE_VOTES = 30.0
TRUE_BEFORE = 1.0


def cautious(votes: Votes, known: Known = NOTHING_KNOWN, limits: Limits = Limits()) -> Fit:  # noqa: B008
    """Fit with doubt about every error rate, all expected to be right equally often.

    That expectation weighs one vote. Rates are not taken at their most probable, but averaged over
    what they may be, so few votes are not believed: hardly ever far below the majority.
    """
    return _fitted(votes, known, limits, _Crowd(close=1.0, learns=False, centre=np.inf))


def hierarchical(votes: Votes, known: Known = NOTHING_KNOWN, limits: Limits = Limits()) -> Fit:  # noqa: B008
    """Fit with doubt about error rates, round a centre and as close to it as the votes speak for.

    It starts from the cautious fit, since from the vote shares it may run away with spammers.
    """
    start = cautious(votes, known, limits).posterior
    return _fitted(votes, known, limits, _Crowd(close=1.0), start)


def alike(votes: Votes, known: Known = NOTHING_KNOWN, limits: Limits = Limits()) -> Fit:  # noqa: B008
    """Fit the most probable error rates round a centre, as close to it as votes speak for."""
    return _fitted(votes, known, limits, _Crowd(close=CLOSE_FIRST, doubts=False))


@dataclass(slots=True)
class _Crowd:
    """Turns counts into parameters, and learns by the way how alike annotators are."""

    close: float
    learns: bool = True
    doubts: bool = True
    centre: float = CENTRE_VOTES
    turns: int = 0
    resting: bool = False

    def __call__(self, counted: Counted) -> Parameters:
        self.turns += 1
        centre = centre_of(counted, self.centre)
        if self.learns and self.turns > TURNS_BEFORE_LEARNING:
            found = closeness(counted.said, centre, self.close)
            before, self.close = self.close, float(np.clip(found, CLOSE_LEAST, CLOSE_MOST))
            self.resting = abs(self.close - before) <= CLOSE_RESTS * before
        said = counted.said + self.close * centre
        truth = counted.truth + TRUE_BEFORE
        if not self.doubts:
            return Parameters(truth / truth.sum(), said / said.sum(axis=1, keepdims=True))
        return Parameters(_doubted(truth[None, :, None])[0, :, 0], _doubted(said))

    def means(self, counted: Counted) -> Parameters:
        """Return the mean error rates, which unlike doubted ones add up to one."""
        said = counted.said + self.close * centre_of(counted, self.centre)
        truth = counted.truth + TRUE_BEFORE
        return Parameters(truth / truth.sum(), said / said.sum(axis=1, keepdims=True))


def rates_of(counted: Counted) -> Parameters:
    """Estimate error rates at once, as close to each other as these counts speak for."""
    centre = centre_of(counted, CENTRE_VOTES)
    close = CLOSE_FIRST
    for _ in range(8):
        close = float(np.clip(closeness(counted.said, centre, close), CLOSE_LEAST, CLOSE_MOST))
    return _Crowd(close=close).means(counted)


def centre_of(counted: Counted, votes: float) -> Floats:
    """Return the error rates `[said, truth]` of all annotators together.

    They are held by so many votes, or wholly where that is infinite, near those of someone who is
    right equally often whatever the truth and otherwise says any label.
    """
    pooled: Floats = counted.said.sum(axis=0)
    width = pooled.shape[0]
    right = (float(np.trace(pooled)) + 1) / (float(pooled.sum()) + 2) if width > 1 else 1.0
    coin = np.full((width, width), (1 - right) / max(width - 1, 1))
    np.fill_diagonal(coin, right)
    if np.isinf(votes):
        return coin
    return (pooled + votes * coin) / (pooled.sum(axis=0) + votes)


def _doubted(said: Floats) -> Floats:
    """Return the exponential of the mean logarithm of each rate, given counts of all."""
    counts = np.ascontiguousarray(said)
    logs = np.empty_like(counts)
    expect(counts, counts, logs)
    return np.maximum(np.exp(logs), LEAST)


@compiled
def closeness(said: Floats, centre: Floats, close: float) -> float:
    """Take one step towards the closeness under which these counts are likeliest."""
    gained, spent = 0.0, 0.0
    whole = gamma_logarithm(close)[0]
    for truth in range(centre.shape[1]):
        for annotator in range(said.shape[0]):
            total = 0.0
            for label in range(centre.shape[0]):
                count = said[annotator, label, truth]
                total += count
                if count > 1e-9:
                    part = close * centre[label, truth]
                    slope = gamma_logarithm(count + part)[0] - gamma_logarithm(part)[0]
                    gained += centre[label, truth] * slope
            if total > 1e-9:
                spent += gamma_logarithm(total + close)[0] - whole
    return close * gained / spent if spent > 0 else close


def _fitted(
    votes: Votes, known: Known, limits: Limits, crowd: _Crowd, start: Floats | None = None
) -> Fit:
    """Fit by turns until what is counted stays put.

    The likelihood cannot tell: it falls rightly while annotators are found to be more alike. Near
    its top it grows as the square of a step, hence the root of the tolerance. A fit that starts
    from another's, at rest already, also waits for the closeness.
    """
    passes = Passes(votes, known)
    posterior = vote_shares(votes) if start is None else start.copy()
    told = passes.told() if start is None else None
    counted = passes.count(posterior) if told is None else told
    estimate: Estimate = crowd
    parameters = estimate(counted)
    enough = float(np.sqrt(max(limits.tolerance, 0.0))) * votes.size
    likelihood, iterations, converged = 0.0, 0, votes.size == 0
    while iterations < limits.max_iterations and not converged:
        before = counted.said
        counted, likelihood = passes.run(parameters, posterior)
        parameters = estimate(counted)
        iterations += 1
        moved = float(np.abs(counted.said - before).sum())
        converged = moved <= enough and (start is None or crowd.resting)
    means = crowd.means(counted)
    skill = skills(counted)
    return Fit(
        posterior=posterior,
        prior=means.prior,
        confusion=np.ascontiguousarray(means.said.transpose(0, 2, 1)),
        skill=skill,
        log_likelihood=likelihood,
        iterations=iterations,
        converged=converged,
        degenerate=degenerate(votes, known, posterior),
    )
