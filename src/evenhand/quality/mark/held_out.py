"""Evidence by held-out annotators: how well a method predicts those it has not seen.

Annotators are dealt into folds; the method sees the others, and what it finds is compared with
what those of the fold said about the same tasks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from evenhand.quality.aggregation import Chosen
from evenhand.quality.codes import Bools, Floats, Ints

FOLDS = 5
# A method is left for another that foretells this much more. Held-out annotators are fewer than
# all, which favours the methods that need few: differences below say little of the whole.
MARGIN = 0.08

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Likeness:
    """For each task: how much what was found has in common with the answers left out, and of what.

    The evidence of a method is the sum of what is shared over the sum of what there was.
    """

    shared: Floats
    whole: Floats

    @property
    def share(self) -> float:
        """How much was foretold, of all."""
        whole = float(self.whole.sum())
        return float(self.shared.sum()) / whole if whole else 1.0


def folds(annotators: Ints, fingerprints: Floats, annotator_count: int) -> list[Bools]:
    """Mark for each fold the answers of its annotators.

    Annotators are dealt by how much they did, and what, never by their names: `fingerprints`
    has a number for each answer that follows from its content.
    """
    work = np.bincount(annotators, minlength=annotator_count)
    print_ = np.bincount(annotators, weights=fingerprints, minlength=annotator_count)
    active = np.flatnonzero(work)
    order = active[np.lexsort((np.round(print_[active], 6), work[active]))]
    count = min(FOLDS, active.size)
    fold = np.full(annotator_count, -1, dtype=np.int64)
    fold[order] = np.arange(order.size) % max(count, 1)
    return [fold[annotators] == at for at in range(count)]


def chosen(likeness: Mapping[str, Likeness], order: Sequence[str], what: str) -> Chosen:
    """Choose the method that foretells best; of those that are not clearly worse, the first.

    `order` has the methods as they are to be preferred where the evidence does not tell.
    """
    evidence = {name: likeness[name].share for name in order}
    if all(not float(one.whole.sum()) for one in likeness.values()):
        return Chosen(
            name=order[0],
            reason="No task has answers of several annotators, so that nothing can be compared.",
        )
    best = max(order, key=lambda name: evidence[name])
    name = next(name for name in order if evidence[name] * (1 + MARGIN) >= evidence[best])
    close = "" if name == best else f"; {best} is not clearly better"
    return Chosen(
        name=name,
        reason=f"It foretells {100 * evidence[name]:.1f} % of {what} of those left out{close}.",
        evidence=evidence,
    )


def foretold(
    methods: Mapping[str, Callable[[Bools], _Found]],
    parts: Sequence[Bools],
    compare: Callable[[_Found, Bools], Likeness],
) -> dict[str, Likeness]:
    """Run each method on the answers outside each fold, and compare with those inside."""
    likeness: dict[str, Likeness] = {}
    for name, method in methods.items():
        each = [compare(method(~part), part) for part in parts]
        likeness[name] = Likeness(
            np.sum([one.shared for one in each], axis=0),
            np.sum([one.whole for one in each], axis=0),
        )
    return likeness
