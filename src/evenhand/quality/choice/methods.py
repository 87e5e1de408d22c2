"""The estimators of choices by name, and a table of choices put through one of them."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.choice.auto import auto
from evenhand.quality.choice.dawid_skene import dawid_skene
from evenhand.quality.choice.ebcc import ebcc
from evenhand.quality.choice.fit import Fit, Known, Limits
from evenhand.quality.choice.glad import glad
from evenhand.quality.choice.hierarchical import hierarchical
from evenhand.quality.choice.ibcc import ibcc
from evenhand.quality.choice.kos import kos
from evenhand.quality.choice.labels import gathered, named
from evenhand.quality.choice.mace import mace
from evenhand.quality.choice.majority import majority_vote
from evenhand.quality.choice.map import map_dawid_skene
from evenhand.quality.choice.one_coin import one_coin
from evenhand.quality.choice.wawa import wawa
from evenhand.quality.choice.zero_based import zero_based
from evenhand.quality.frame import Frame
from evenhand.quality.request import Request, UnknownMethod
from evenhand.quality.votes import Votes

Estimator: TypeAlias = Callable[[Votes, Known, Limits], Fit]
# One that decides among others, by a seed if it needs chance, and says how it decided.
Chooser: TypeAlias = Callable[[Votes, Known, Limits, int], tuple[Fit, Chosen]]

METHODS: Mapping[str, Estimator] = {
    "majority": majority_vote,
    "dawid-skene": dawid_skene,
    "one-coin": one_coin,
    "map": map_dawid_skene,
    "hierarchical": hierarchical,
    "ibcc": ibcc,
    "ebcc": ebcc,
    "mace": mace,
    "glad": glad,
    "kos": kos,
    "wawa": wawa,
    "zero-based-skill": zero_based,
}
CHOOSERS: Mapping[str, Chooser] = {"auto": auto}


def aggregate_choice(frame: Frame, request: Request) -> Aggregation:
    """Find each task's label among those that its annotators chose."""
    name = request.method
    if name not in METHODS and name not in CHOOSERS:
        raise UnknownMethod(name, "choice", [*CHOOSERS, *METHODS])
    votes, known, labels = gathered(frame, request)
    names = frame.tasks.names, frame.annotators.names, labels
    # The columns as they came are as large as the votes, which are all that is needed from here.
    del frame
    if name in CHOOSERS:
        fit, chosen = CHOOSERS[name](votes, known, request.limits, request.seed)
    else:
        fit = METHODS[name](votes, known, request.limits)
        chosen = Chosen(name=name, reason="it was asked for")
    return named(fit, votes.by_annotator(), names, chosen)
