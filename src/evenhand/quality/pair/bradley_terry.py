"""Strengths of items from comparisons in pairs: Bradley and Terry (1952), Davidson (1970).

With d the left item's score less the right one's, plus what standing on the left is worth, the
left item wins in proportion to exp(d / 2) and the right one to exp(-d / 2). Ties are half a win
each (Bradley-Terry), or come in proportion to a constant (Davidson's model). The likelihood is
concave and depends on the counts alone, so Newton's method finds its one maximum in a few steps.

Bradley and Terry: doi:10.2307/2334029. Davidson: doi:10.1080/01621459.1970.10481082.
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Floats, Ints
from evenhand.quality.pair.cholesky import inverse_diagonal, solved
from evenhand.quality.pair.comparisons import PairCounts, folded
from evenhand.quality.pair.connected import groups, is_strong
from evenhand.quality.request import Limits

# Where no finite maximum exists, scores have a normal prior of variance 10: a lead of six is
# then surprising, and of ten as good as excluded. What standing on the left is worth always has
# it, for it may be without bounds where scores alone are not; and the tie's constant where no
# vote is decided.
PRIOR_PRECISION = 0.1
# A Newton step below this moves no digit that is shown.
STEP_MIN = 1e-10
# Up to so many items the information is a matrix; past it, equations are solved by conjugate
# gradients, and an error comes from the item's own information alone, so it is a little small.
DENSE_MAX = 2000
HALVINGS_MAX = 40
LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strengths:
    """What was found.

    `scores` have the mean 0 in each of the `groups` that comparisons connect, and mean nothing
    across them; `errors` are their standard errors. `position` is what standing on the left is
    worth, `tie` the logarithm of how common ties are (None where they are half wins).
    `regularised` says that no finite maximum exists without the prior.
    """

    scores: Floats
    errors: Floats
    groups: Ints
    position: float
    tie: float | None
    regularised: bool
    log_likelihood: float
    iterations: int
    converged: bool


def bradley_terry(
    tally: PairCounts,
    *,
    ties: bool = False,
    position: bool = False,
    limits: Limits = LIMITS,
    start: Floats | None = None,
) -> Strengths:
    """Fit scores to counts, with ties and the left's advantage as parameters if so asked."""
    problem = _problem(tally, ties=ties, position=position)
    point = np.zeros(tally.item_count + 2)
    if start is not None:
        point[: tally.item_count] = start
    value, derivatives = problem.at(point)
    iteration, converged = 0, tally.left.size == 0
    while not converged and iteration < limits.max_iterations:
        iteration += 1
        step = problem.step(derivatives)
        reached, there = problem.at(point + step)
        for _ in range(HALVINGS_MAX):
            if reached >= value - 1e-12 * abs(value):
                break
            step = step / 2
            reached, there = problem.at(point + step)
        point, value, derivatives = point + step, reached, there
        converged = bool(np.abs(step).max() <= STEP_MIN)
    scores = point[:-2]
    return Strengths(
        scores=scores - problem.means(scores)[problem.groups],
        errors=problem.errors(derivatives),
        groups=problem.groups,
        position=float(point[-2]),
        tie=float(point[-1]) if ties else None,
        regularised=problem.prior > 0,
        log_likelihood=problem.likelihood(point),
        iterations=iteration,
        converged=converged,
    )


@dataclass(frozen=True, slots=True)
class _Derivatives:
    """Slope, and the information of each pair: of d, of the tie's constant, and of both."""

    slope: Floats
    d: Floats
    tie: Floats
    both: Floats


@dataclass(frozen=True, slots=True)
class _Problem:
    """The counts; a point is all scores, then position, then the tie's constant."""

    tally: PairCounts
    ties: bool
    position: bool
    groups: Ints
    prior: float
    prior_of_extra: Floats

    @property
    def free(self) -> Ints:
        """Name the parameters that are fitted."""
        count = self.tally.item_count
        extra = [count] * self.position + [count + 1] * self.ties
        return np.concatenate((np.arange(count), np.array(extra, dtype=np.int64)))

    def means(self, scores: Floats) -> Floats:
        """Average scores by group."""
        return np.bincount(self.groups, scores) / np.bincount(self.groups)

    def likelihood(self, point: Floats) -> float:
        """Return the log-likelihood without the prior."""
        value, _ = self.at(point)
        return value + self._penalty(point)

    def _penalty(self, point: Floats) -> float:
        scores = self.prior * float(np.sum(point[:-2] ** 2))
        return 0.5 * (scores + float(np.sum(self.prior_of_extra * point[-2:] ** 2)))

    def at(self, point: Floats) -> tuple[float, _Derivatives]:
        """Return the logarithm to be maximised, and its derivatives."""
        tally = self.tally
        d = point[tally.left] - point[tally.right] + point[-2]
        drawn = tally.ties if self.ties else np.zeros_like(tally.ties)
        half = np.zeros_like(tally.ties) if self.ties else tally.ties / 2
        won, lost = tally.left_wins + half, tally.right_wins + half
        total = won + lost + drawn
        constant = point[-1] if self.ties else -np.inf
        top = np.maximum(np.abs(d) / 2, constant)
        left, right = np.exp(d / 2 - top), np.exp(-d / 2 - top)
        tie = np.exp(constant - top)
        whole = left + right + tie
        lead, tied = (left - right) / whole / 2, tie / whole
        value = float(
            np.sum((won - lost) * d / 2 - total * (np.log(whole) + top))
            + (drawn.sum() * point[-1] if self.ties else 0.0)
        )
        pull = (won - lost) / 2 - total * lead
        count = tally.item_count
        slope = np.bincount(tally.left, pull, count) - np.bincount(tally.right, pull, count)
        extra = np.array([pull.sum(), (drawn - total * tied).sum()])
        slope = np.concatenate(
            (slope - self.prior * point[:-2], extra - self.prior_of_extra * point[-2:])
        )
        return value - self._penalty(point), _Derivatives(
            slope,
            total * ((left + right) / whole / 4 - lead**2),
            total * tied * (1 - tied),
            -total * lead * tied,
        )

    def step(self, derivatives: _Derivatives) -> Floats:
        """Solve for Newton's step; the sum of each group's scores is left as it is."""
        free = self.free
        step = np.zeros(self.tally.item_count + 2)
        if self.tally.item_count <= DENSE_MAX:
            step[free] = solved(self._grounded(derivatives), derivatives.slope[free])
        else:
            step[free] = self._conjugate_gradients(derivatives, derivatives.slope[free])
        return step

    def errors(self, derivatives: _Derivatives) -> Floats:
        """Return standard errors of the scores, as differences from their group's mean."""
        count = self.tally.item_count
        if not count:
            return np.zeros(0)
        if count > DENSE_MAX:
            own = np.bincount(self.tally.left, derivatives.d, count)
            own += np.bincount(self.tally.right, derivatives.d, count) + self.prior
            return 1 / np.sqrt(np.maximum(own, 1e-300))
        variance = inverse_diagonal(self._grounded(derivatives))[:count]
        if not self.prior:
            variance = variance - 1 / np.bincount(self.groups)[self.groups]
        return np.sqrt(np.maximum(variance, 0.0))

    def _grounded(self, derivatives: _Derivatives) -> Floats:
        """Return the information, with a bar on moving all scores of a group together."""
        tally, count = self.tally, self.tally.item_count
        across = np.bincount(tally.left * count + tally.right, derivatives.d, count * count)
        across = across.reshape(count, count)
        across = across + across.T
        whole = np.zeros((count + 2, count + 2))
        whole[:count, :count] = np.diag(across.sum(axis=1) + self.prior) - across
        if not self.prior:
            size = np.bincount(self.groups)[self.groups]
            whole[:count, :count] += (self.groups[:, None] == self.groups) / size[:, None]
        for place, part in ((count, derivatives.d), (count + 1, derivatives.both)):
            edge = np.bincount(tally.left, part, count) - np.bincount(tally.right, part, count)
            whole[place, :count] = whole[:count, place] = edge
        whole[count, count] = derivatives.d.sum() + self.prior_of_extra[0]
        whole[count, count + 1] = whole[count + 1, count] = derivatives.both.sum()
        whole[count + 1, count + 1] = derivatives.tie.sum() + self.prior_of_extra[1]
        return whole[np.ix_(self.free, self.free)]

    def _times(self, derivatives: _Derivatives, vector: Floats) -> Floats:
        tally, count = self.tally, self.tally.item_count
        d = vector[tally.left] - vector[tally.right] + vector[-2]
        pull = derivatives.d * d + derivatives.both * vector[-1]
        scores = np.bincount(tally.left, pull, count) - np.bincount(tally.right, pull, count)
        tie = np.sum(derivatives.both * d + derivatives.tie * vector[-1])
        extra = np.array([pull.sum(), tie]) + self.prior_of_extra * vector[-2:]
        return np.concatenate((scores + self.prior * vector[:-2], extra))

    def _conjugate_gradients(self, derivatives: _Derivatives, slope: Floats) -> Floats:
        free, count = self.free, self.tally.item_count
        own = np.bincount(self.tally.left, derivatives.d, count)
        own = own + np.bincount(self.tally.right, derivatives.d, count) + self.prior
        own = np.concatenate((own, [derivatives.d.sum(), derivatives.tie.sum()]))[free]
        own = np.maximum(own, 1e-12)
        found, left = np.zeros_like(slope), slope.copy()
        if not self.prior:
            # Rounding leaves a trace of moving a group as a whole, which nothing holds back.
            left[:count] -= self.means(left[:count])[self.groups]
        direction = ready = left / own
        size = float(left @ ready)
        goal = 1e-20 * size
        for _ in range(4 * free.size):
            if size <= goal:
                break
            vector = np.zeros(count + 2)
            vector[free] = direction
            image = self._times(derivatives, vector)[free]
            bend = float(direction @ image)
            if bend <= 0:
                break
            length = size / bend
            found, left = found + length * direction, left - length * image
            ready = left / own
            size, before = float(left @ ready), size
            direction = ready + size / before * direction
        return found


def _problem(tally: PairCounts, *, ties: bool, position: bool) -> _Problem:
    if not position:
        tally = folded(tally)
    group = groups(tally.left, tally.right, tally.item_count)
    won, lost = tally.left_wins + tally.ties > 0, tally.right_wins + tally.ties > 0
    winner = np.concatenate((tally.left[won], tally.right[lost]))
    loser = np.concatenate((tally.right[won], tally.left[lost]))
    strong = is_strong(winner, loser, group)
    decided = bool((tally.left_wins + tally.right_wins).any())
    # Without a tie its constant has no finite estimate, and is left out.
    return _Problem(
        tally,
        ties and bool(tally.ties.any()),
        position and tally.left.size > 0,
        group,
        0.0 if strong else PRIOR_PRECISION,
        np.array([PRIOR_PRECISION, 0.0 if decided else PRIOR_PRECISION]),
    )
