"""Known labels and earlier confusions, in the codes of the votes at hand."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np

from evenhand.quality.arrow import Column, Names, Table, pa, pc
from evenhand.quality.codes import Codes, Floats, Ints
from evenhand.quality.frame import BadTable, as_arrow

HISTORY_COLUMNS = ("annotator", "skill", "votes")


@dataclass(frozen=True, slots=True)
class Gold:
    """Tasks at hand, as codes, whose label is known."""

    tasks: Ints
    labels: Column


def gold_among(gold: Mapping[Hashable, object], tasks: Names, kind: object) -> Gold:
    """Find the known labels, of this Arrow type, of the tasks at hand; others do not matter."""
    if not gold:
        # A look-up among millions of tasks costs as much as a fit, even of nothing.
        return Gold(np.zeros(0, dtype=np.int64), pa.array([], type=kind))
    at = pc.index_in(_as(list(gold), tasks.type, "task"), value_set=tasks)
    here = pc.is_valid(at)
    labels = _as(list(gold.values()), kind, "label")
    return Gold(np.asarray(at.drop_null(), dtype=np.int64), labels.filter(here))


def known_labels(gold: Gold, codes: Codes, task_count: int) -> Codes | None:
    """Lay the codes of gold labels out by task, -1 where a task has none."""
    if codes.size == 0:
        return None
    known = np.full(task_count, -1, dtype=np.int32)
    known[gold.tasks] = codes
    return known


def earlier_counts(history: object, annotators: Names, labels: Names, common: Floats) -> Floats:
    """Count `[annotator, truth, said]` as an earlier record has it.

    `common` says how common each label is, and so how often an annotator met it before. A record
    without confusions stands for wrong labels that are all as likely.
    """
    table = as_arrow(history, HISTORY_COLUMNS, ("confusion", "classes")).combine_chunks()
    who = pc.index_in(_cast(table.column("annotator"), annotators.type), value_set=annotators)
    table = table.append_column("code", who).filter(pc.is_valid(who))
    skill = np.asarray(table.column("skill").cast(pa.float64()))
    votes = np.asarray(table.column("votes").cast(pa.float64()))
    if not ((skill >= 0) & (skill <= 1) & (votes >= 0)).all():
        raise BadTable("In a history, a skill lies between 0 and 1, and votes are not below 0.")
    width = len(labels)
    counts = np.zeros((len(annotators), width, width))
    if {"confusion", "classes"} <= set(table.column_names):
        rates = _confusions(table, labels)
    else:
        coin = skill[:, None, None]
        wrong = (1 - coin) / max(width - 1, 1)
        rates = np.where(np.eye(width, dtype=np.bool_), coin, wrong)
    met = votes[:, None, None] * common[:, None]
    np.add.at(counts, np.asarray(table.column("code")), met * rates)
    return counts


def _confusions(table: Table, labels: Names) -> Floats:
    """Return earlier confusions in the order of these labels; of labels not known then, none."""
    code = {name: place for place, name in enumerate(labels.to_pylist())}
    rates = np.zeros((table.num_rows, len(labels), len(labels)))
    columns = table.column("classes").to_pylist(), table.column("confusion").to_pylist()
    for row, (classes, confusion) in enumerate(zip(*columns, strict=True)):
        then = [place for place, name in enumerate(classes) if name in code]
        now = [code[classes[place]] for place in then]
        earlier = np.asarray(confusion, dtype=np.float64).reshape(len(classes), len(classes))
        rates[row][np.ix_(now, now)] = earlier[np.ix_(then, then)]
    return rates


def _as(values: list[object], kind: object, what: str) -> Column:
    try:
        return pa.array(values, type=kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
        raise BadTable(f"A {what} in gold is not {kind} as in the table: {error}") from error


def _cast(column: Column, kind: object) -> Column:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadTable(f"An annotator in history is not {kind} as in the table: {error}") from error
