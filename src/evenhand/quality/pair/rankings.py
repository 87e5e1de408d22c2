"""Rankings of items into one ranking for each task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Names, Table, pa, pc
from evenhand.quality.codes import Floats, Ints
from evenhand.quality.frame import BadTable, Frame, encoded
from evenhand.quality.pair.orders import EXACT_MAX, borda, kemeny, plackett_luce
from evenhand.quality.pair.standing import EQUAL
from evenhand.quality.request import Request, UnknownMethod, UnusedHistory
from evenhand.quality.share import wilson

Method = Callable[[list[Ints], int], Floats]

METHODS: Mapping[str, Method] = {
    "borda": borda,
    "kemeny": kemeny,
    "plackett-luce": plackett_luce,
}
# Choosing fits every method once without each ranking; past this, it would take minutes.
HIDDEN_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """The rankings of one task, sorted, with its own items as codes from 0."""

    items: Ints
    rankings: list[Ints]
    annotators: list[int]


def aggregate_rankings(frame: Frame, request: Request) -> Aggregation:
    """Find the order of each task's items from lists, best first, that may leave items out.

    `table` has `task, label, scores, confidence`: the items, best first, and their scores. Where
    two items are equally good, or several orders are, the label is null. The confidence is the
    share of compared pairs that agree with the order. Methods: "borda" (mean share of the items
    beaten), "kemeny" (fewest disagreements), "plackett-luce", or "auto", by hidden rankings.
    """
    if request.method != "auto" and request.method not in METHODS:
        raise UnknownMethod(request.method, "rankings", ("auto", *METHODS))
    if request.history is not None:
        raise UnusedHistory("Rankings")
    items, tasks = _tasks(frame)
    chosen = Chosen(name=request.method, reason="It was asked for.")
    if request.method == "auto":
        chosen = _chosen(tasks)
    method = METHODS[chosen.name]
    scores = [method(task.rankings, task.items.size) for task in tasks]
    return Aggregation(
        table=_table(frame, items, tasks, scores),
        annotators=_annotators(frame, tasks, scores),
        classes=items,
        method=chosen,
        converged=True,
        iterations=1,
        log_likelihood=None,
        notes=_notes(tasks, chosen),
    )


def _tasks(frame: Frame) -> tuple[Names, list[_Task]]:
    lists = frame.labels.combine_chunks()
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], lists.type)
    if not (pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)):
        raise BadTable(f"Labels of the type {lists.type} are no rankings; give each row a list.")
    found = encoded(pa.chunked_array([pc.list_flatten(lists)]))
    edges = np.concatenate(([0], np.cumsum(np.asarray(pc.list_value_length(lists)))))
    rows: list[tuple[int, int, tuple[int, ...]]] = []
    for row, (task, who) in enumerate(
        zip(frame.tasks.codes.tolist(), frame.annotators.codes.tolist(), strict=True)
    ):
        ranking = tuple(found.codes[int(edges[row]) : int(edges[row + 1])].tolist())
        if len(set(ranking)) < len(ranking):
            raise BadTable(f"The ranking in row {row:,} names an item twice; name each once.")
        rows.append((task, who, ranking))
    by_task: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in frame.tasks.names]
    for task, who, ranking in sorted(set(rows)):
        by_task[task].append((who, ranking))
    return found.names, [_task(given) for given in by_task]


def _task(given: list[tuple[int, tuple[int, ...]]]) -> _Task:
    items = np.array(sorted({item for _, ranking in given for item in ranking}), dtype=np.int64)
    return _Task(
        items=items,
        rankings=[np.searchsorted(items, np.array(one, dtype=np.int64)) for _, one in given],
        annotators=[who for who, _ in given],
    )


def _chosen(tasks: list[_Task]) -> Chosen:
    """Prefer the method whose order of the other rankings agrees best with a hidden one."""
    hidden = [task for task in tasks if len(task.rankings) > 1]
    count = sum(len(task.rankings) for task in hidden)
    if not 0 < count <= HIDDEN_MAX:
        return Chosen(name="borda", reason="There are too few or too many rankings to hide each.")
    evidence: dict[str, float] = {}
    for name, method in METHODS.items():
        agreed, pairs = 0.0, 0
        for task in hidden:
            for place, ranking in enumerate(task.rankings):
                others = task.rankings[:place] + task.rankings[place + 1 :]
                right, of = _agreement(method(others, task.items.size), ranking)
                agreed, pairs = agreed + right, pairs + of
        evidence[name] = agreed / max(pairs, 1)
    name = max(evidence, key=lambda one: (round(evidence[one], 9), one == "borda"))
    reason = "Its order of the other rankings agrees with most pairs of a hidden one."
    return Chosen(name=name, reason=reason, evidence=evidence)


def _agreement(scores: Floats, ranking: Ints) -> tuple[float, int]:
    """Count the pairs of a ranking that scores put the same way; equal scores agree by half."""
    if ranking.size < 2:
        return 0.0, 0
    lead = (scores[ranking][:, None] - scores[ranking])[np.triu_indices(ranking.size, 1)]
    return float((lead > EQUAL).sum() + (np.abs(lead) <= EQUAL).sum() / 2), lead.size


def _order(scores: Floats) -> Ints | None:
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    return None if bool((ranked[:-1] - ranked[1:] <= EQUAL).any()) else order


def _table(frame: Frame, items: Names, tasks: list[_Task], scores: list[Floats]) -> Table:
    names = items.to_pylist()
    labels: list[list[object] | None] = []
    sorted_scores: list[list[float]] = []
    confidence: list[float] = []
    for task, score in zip(tasks, scores, strict=True):
        order = _order(score)
        labels.append(None if order is None else [names[one] for one in task.items[order]])
        sorted_scores.append((-np.sort(-score)).tolist())
        counts = [_agreement(score, ranking) for ranking in task.rankings]
        pairs = sum(of for _, of in counts)
        confidence.append(sum(right for right, _ in counts) / pairs if pairs else 1.0)
    return pa.table(
        {
            "task": frame.tasks.names,
            "label": pa.array(labels, pa.list_(items.type)),
            "scores": pa.array(sorted_scores, pa.list_(pa.float64())),
            "confidence": pa.array(confidence, pa.float64()),
        }
    )


def _annotators(frame: Frame, tasks: list[_Task], scores: list[Floats]) -> Table:
    """Return the share of each annotator's pairs that agree; n items tell as n - 1 votes do."""
    people = len(frame.annotators.names)
    right, pairs, told, seen = (np.zeros(people) for _ in range(4))
    for task, score in zip(tasks, scores, strict=True):
        for who, ranking in zip(task.annotators, task.rankings, strict=True):
            agreed, of = _agreement(score, ranking)
            right[who] += agreed
            pairs[who] += of
            told[who] += max(ranking.size - 1, 0)
            seen[who] += 1
    skill = np.where(pairs > 0, right / np.maximum(pairs, 1), 0.5)
    lower, upper = wilson(skill, told)
    return pa.table(
        {
            "annotator": frame.annotators.names,
            "skill": pa.array(skill),
            "lower": pa.array(lower),
            "upper": pa.array(upper),
            "votes": pa.array(seen.astype(np.int64)),
        }
    )


def _notes(tasks: list[_Task], chosen: Chosen) -> tuple[str, ...]:
    if chosen.name == "kemeny" and any(task.items.size > EXACT_MAX for task in tasks):
        return (f"Past {EXACT_MAX} items an order is the best found nearby, not surely the best.",)
    return ()
