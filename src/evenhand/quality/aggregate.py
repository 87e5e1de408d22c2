"""Labels out of annotations: the one call, whatever kind of label they are."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeAlias, TypedDict, Unpack, cast

from evenhand.quality.aggregation import Aggregation
from evenhand.quality.arrow import Column, pa
from evenhand.quality.choice.label_sets import aggregate_choices
from evenhand.quality.choice.methods import aggregate_choice
from evenhand.quality.frame import COLUMNS, Frame, as_arrow, read
from evenhand.quality.mark.masks import aggregate_masks
from evenhand.quality.mark.shape_methods import aggregate_shapes
from evenhand.quality.mark.span_methods import aggregate_spans
from evenhand.quality.number.numbers import aggregate_number
from evenhand.quality.number.ordinal import aggregate_ordinal
from evenhand.quality.pair.pairs import aggregate_pairs
from evenhand.quality.pair.rankings import aggregate_rankings
from evenhand.quality.request import Limits, Request
from evenhand.quality.text.transcripts import aggregate_text

Aggregator: TypeAlias = Callable[[Frame, Request], Aggregation]

KINDS: Mapping[str, Aggregator] = {
    "choice": aggregate_choice,
    "choices": aggregate_choices,
    "number": aggregate_number,
    "ordinal": aggregate_ordinal,
    "rankings": aggregate_rankings,
    "spans": aggregate_spans,
    "masks": aggregate_masks,
    "text": aggregate_text,
    "shapes": aggregate_shapes,
}

# Kinds whose tables have other columns than `task, annotator, label`, and are read by them.
READING: Mapping[str, Callable[[object, Request], Aggregation]] = {
    "pairs": aggregate_pairs,
}


class Stops(TypedDict, total=False):
    """When an estimator stops, where its chance begins, and the order of grades with names."""

    max_iterations: int
    tolerance: float
    seed: int
    order: Sequence[object] | None


class UnknownKind(ValueError):
    """There is no such kind of label; the message names those there are."""

    def __init__(self, kind: str) -> None:
        known = ", ".join((*KINDS, *READING))
        super().__init__(f"There is no kind of label {kind!r}; choose from {known}.")


def aggregate(
    table: object,
    method: str = "auto",
    *,
    kind: str | None = None,
    gold: object = None,
    history: object = None,
    **stops: Unpack[Stops],
) -> Aggregation:
    """Find the label of each task in a table `task, annotator, label`, a row for each annotation.

    The table is a pyarrow table, a pandas or polars frame, or a mapping of columns. `kind` is
    taken from the type of the labels; whole numbers are names unless "number" or "ordinal" is
    said. `gold`, a table `task, label` or a mapping, has labels that are known; `history`, a table
    as an earlier aggregation's `annotators`, what was learnt of annotators. An estimator stops
    after `max_iterations` (100), or when the log-likelihood per vote rises by less than
    `tolerance` (1e-5); `seed` (0) is where chance begins in methods that need any. `order`
    lists ordinal grades that are no numbers, the lowest first.

    Raises BadTable, UnknownKind or UnknownMethod, saying how to mend it.
    """
    request = Request(
        method=method,
        gold=_gold(gold),
        history=history,
        limits=Limits(
            max_iterations=stops.get("max_iterations", 100),
            tolerance=stops.get("tolerance", 1e-5),
        ),
        seed=stops.get("seed", 0),
        order=stops.get("order"),
    )
    if kind is not None and kind in READING:
        return READING[kind](table, request)
    arrow = as_arrow(table, COLUMNS)
    found = kind_of(arrow.column("label")) if kind is None else kind
    if found not in KINDS:
        raise UnknownKind(found)
    # Nobody here keeps what was read, so that the kind can let go of it.
    return KINDS[found](read(arrow), request)


def kind_of(labels: Column) -> str:
    """Tell the kind of label by the type of the column."""
    kind = labels.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_struct(kind):
        return "masks"
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return "choice"
    part = kind.value_type
    if not pa.types.is_struct(part):
        return "choices"
    fields = {part.field(place).name for place in range(part.num_fields)}
    return "spans" if {"start", "end"} <= fields else "shapes"


def _gold(gold: object) -> Mapping[Hashable, object]:
    if gold is None:
        return {}
    if isinstance(gold, Mapping):
        by_task = cast("Mapping[Hashable, object]", gold)
        if set(by_task) != {"task", "label"}:
            return by_task
    table = as_arrow(cast("object", gold), ("task", "label"))
    tasks = cast("list[Hashable]", table.column("task").to_pylist())
    return dict(zip(tasks, cast("list[object]", table.column("label").to_pylist()), strict=True))
