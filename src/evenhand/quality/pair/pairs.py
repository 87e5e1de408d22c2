"""Items put in order by comparisons of two."""

from collections.abc import Mapping

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Table, pa
from evenhand.quality.pair.bradley_terry import Strengths, bradley_terry
from evenhand.quality.pair.comparisons import TIE, Comparisons, comparisons, tallied
from evenhand.quality.pair.crowd import Crowd, chance_of_named, crowd
from evenhand.quality.pair.standing import standing, warnings
from evenhand.quality.request import Request, UnknownMethod, UnusedHistory
from evenhand.quality.share import wilson

METHODS = ("auto", "bradley-terry", "davidson", "position", "crowd")


def aggregate_pairs(table: object, request: Request) -> Aggregation:
    """Find how strong each item is from a table `left, right, label`, perhaps `annotator`.

    The label says which was preferred: "left", "right" or "tie". `table` has
    `item, score, lower, upper, rank, group`; a difference of scores is the logarithm of the odds,
    and scores average 0 in each group of items that comparisons connect. Methods:
    "bradley-terry" (a tie is half a win each), "davidson" (ties are modelled), "position" (and
    the left item has an advantage), "crowd" (annotators differ in skill), or "auto".
    """
    if request.method not in METHODS:
        raise UnknownMethod(request.method, "pairs", METHODS)
    if request.history is not None:
        raise UnusedHistory("Pairs")
    votes = comparisons(table)
    if request.method == "crowd" and votes.annotators is None:
        raise UnknownMethod("crowd", "pairs without a column annotator,", METHODS[:-1])
    fits = _Fits(votes, request)
    if request.method == "auto":
        chosen = _chosen(fits)
    else:
        chosen = Chosen(name=request.method, reason="It was asked for.")
    known = fits.crowd() if chosen.name == "crowd" else None
    strengths = known.strengths if known else fits.plain(chosen.name)
    return Aggregation(
        table=standing(votes.items, strengths.scores, strengths.errors, strengths.groups),
        annotators=_annotators(votes, strengths, known),
        classes=None,
        method=chosen,
        converged=known.converged if known else strengths.converged,
        iterations=known.iterations if known else strengths.iterations,
        log_likelihood=known.log_likelihood if known else strengths.log_likelihood,
        notes=(*warnings(strengths.groups, regularised=strengths.regularised), *_told(strengths)),
    )


class _Fits:
    """The fits of one set of votes, each made once, when it is asked for."""

    def __init__(self, votes: Comparisons, request: Request) -> None:
        self.votes, self.limits = votes, request.limits
        self.tally = tallied(votes.left, votes.right, votes.outcomes, votes.item_count)
        self._plain: dict[str, Strengths] = {}
        self._crowd: Crowd | None = None

    def plain(self, name: str) -> Strengths:
        """Fit one of the methods that know no annotators."""
        if name not in self._plain:
            self._plain[name] = bradley_terry(
                self.tally,
                ties=name != "bradley-terry",
                position=name == "position",
                limits=self.limits,
            )
        return self._plain[name]

    def crowd(self) -> Crowd:
        """Fit scores and skills."""
        if self._crowd is None:
            self._crowd = crowd(self.votes, self.limits)
        return self._crowd


def _chosen(fits: _Fits) -> Chosen:
    """Let skills, then the left's advantage, in where they pay for their parameters (BIC)."""
    votes = fits.votes
    simple = "davidson" if bool(fits.tally.ties.any()) else "bradley-terry"
    evidence: dict[str, float] = {}
    decisive = votes.outcomes != TIE
    if votes.annotators is not None and len(votes.annotators.names) > 1 and decisive.any():
        named = chance_of_named(votes, fits.plain("bradley-terry").scores)[decisive]
        evidence["equal skills"] = float(np.sum(np.log(named)))
        skilled = fits.crowd()
        price = 0.5 * float((skilled.votes > 0).sum()) * np.log(decisive.sum())
        evidence["crowd"] = skilled.log_likelihood - float(price)
        if evidence["crowd"] > evidence["equal skills"]:
            reason = "Annotators differ in skill by more than chance (BIC on decided votes)."
            return Chosen(name="crowd", reason=reason, evidence=evidence)
    evidence[simple] = fits.plain(simple).log_likelihood
    price = 0.5 * float(np.log(max(votes.left.size, 1)))
    evidence["position"] = fits.plain("position").log_likelihood - price
    if evidence["position"] > evidence[simple]:
        reason = "The left item is preferred by more than chance (BIC)."
        return Chosen(name="position", reason=reason, evidence=evidence)
    reason = "Neither skills nor the left item's advantage pay for their parameters (BIC)."
    return Chosen(name=simple, reason=reason, evidence=evidence)


def _told(strengths: Strengths) -> tuple[str, ...]:
    found: list[str] = []
    if strengths.position:
        found.append(f"Standing on the left is worth {strengths.position:+.3f} in score.")
    if strengths.tie is not None:
        chance = np.exp(strengths.tie) / (2 + np.exp(strengths.tie))
        found.append(f"Two equal items tie with a probability of {chance:.3f}.")
    return tuple(found)


def _annotators(votes: Comparisons, strengths: Strengths, known: Crowd | None) -> Table:
    """Return how often each named the better item: by the model, or by the scores as found."""
    if votes.annotators is None:
        empty: Mapping[str, object] = {
            "annotator": pa.array([], pa.string()),
            "skill": pa.array([], pa.float64()),
            "lower": pa.array([], pa.float64()),
            "upper": pa.array([], pa.float64()),
            "votes": pa.array([], pa.int64()),
        }
        return pa.table(empty)
    who, people = votes.annotators.codes, len(votes.annotators.names)
    decisive = votes.outcomes != TIE
    seen = np.bincount(who[decisive], minlength=people).astype(np.float64)
    if known is not None:
        skill = known.skill
    else:
        named = chance_of_named(votes, strengths.scores)[decisive]
        right = np.where(np.abs(named - 0.5) < 1e-9, 0.5, named > 0.5)
        total = np.bincount(who[decisive], right, people)
        skill = np.where(seen > 0, total / np.maximum(seen, 1), 0.5)
    lower, upper = wilson(skill, seen)
    return pa.table(
        {
            "annotator": votes.annotators.names,
            "skill": pa.array(skill),
            "lower": pa.array(lower),
            "upper": pa.array(upper),
            "votes": pa.array(np.bincount(who, minlength=people).astype(np.int64)),
        }
    )
