"""Aggregation of texts: the one most like all others, or the words that most of them have.

`rover` aligns the texts word by word into a network and lets annotators vote on each place,
after J. G. Fiscus, "A post-processing system to yield reduced word error rates: Recognizer
Output Voting Error Reduction (ROVER)", ASRU 1997, doi:10.1109/ASRU.1997.659110.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np

from evenhand.quality.aggregation import Aggregation, Chosen
from evenhand.quality.arrow import Table, pa
from evenhand.quality.choice.known import HISTORY_COLUMNS
from evenhand.quality.codes import Bools, Codes, Floats, Ints
from evenhand.quality.compiled import compiled
from evenhand.quality.frame import BadTable, Frame, as_arrow
from evenhand.quality.mark.grouping import sums
from evenhand.quality.mark.held_out import Likeness, chosen, folds, foretold
from evenhand.quality.request import Request, UnknownMethod
from evenhand.quality.share import wilson

WORDS_MAX = 5_000  # of a text; a table of words by words of this size takes 0.1 s
_TIE = 1e-9
_ROUNDS = 3  # of finding texts and skill in turn; more changes no word
_SHRINKAGE = 20.0  # words by everyone that count beside an annotator's own
_RIVALS = 10.0  # other words that an annotator who errs may put; sets how sharply skill weighs

Words: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A text, None where others have as much for them, and the share of the vote behind it."""

    words: Words | None
    confidence: float


def network(texts: Sequence[Words], weights: Sequence[float]) -> list[dict[str, float]]:
    """Align texts in the order given; each place has the weight of each word, "" of none."""
    places = [{word: weights[0]} for word in texts[0]]
    before = weights[0]
    for words, weight in zip(texts[1:], weights[1:], strict=True):
        number = {
            word: at for at, word in enumerate(sorted({*words, *(w for p in places for w in p)}))
        }
        allowed = np.zeros((len(places), len(number) + 1), dtype=np.bool_)
        for at, place in enumerate(places):
            allowed[at, [number[word] for word in place]] = True
        skips = np.array(["" in place for place in places], dtype=np.bool_)
        codes = np.array([number[word] for word in words], dtype=np.int64)
        merged: list[dict[str, float]] = []
        for place, word in cast("list[tuple[int, int]]", _aligned(allowed, skips, codes).tolist()):
            edges = dict(places[place]) if place >= 0 else {"": before}
            said = words[word] if word >= 0 else ""
            edges[said] = edges.get(said, 0.0) + weight
            merged.append(edges)
        places = merged
        before += weight
    return places


@compiled
def _aligned(allowed: Bools, skips: Bools, codes: Ints) -> Ints:
    """Pair places and words at the least cost; -1 stands for none."""
    rows, columns = codes.size, skips.size
    cost = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    for row in range(1, rows + 1):
        cost[row, 0] = row
    for column in range(1, columns + 1):
        # At the start even a place that some leave out costs, so that words rather match late.
        cost[0, column] = column
    for row in range(1, rows + 1):
        for column in range(1, columns + 1):
            change = 0 if allowed[column - 1, codes[row - 1]] else 1
            skip = 0 if skips[column - 1] else 1
            cost[row, column] = min(
                cost[row - 1, column - 1] + change,
                cost[row, column - 1] + skip,
                cost[row - 1, column] + 1,
            )
    pairs = np.full((rows + columns, 2), -1, dtype=np.int64)
    row, column, size = rows, columns, 0
    while row > 0 or column > 0:
        both = row > 0 and column > 0
        if both and cost[row, column] == cost[row - 1, column - 1] + (
            0 if allowed[column - 1, codes[row - 1]] else 1
        ):
            row, column = row - 1, column - 1
            pairs[size, 0], pairs[size, 1] = column, row
        elif column > 0 and (
            row == 0 or cost[row, column] == cost[row, column - 1] + (0 if skips[column - 1] else 1)
        ):
            column -= 1
            pairs[size, 0] = column
        else:
            row -= 1
            pairs[size, 1] = row
        size += 1
    return pairs[:size][::-1]


def distance(one: Words, other: Words) -> int:
    """Count the words to change, leave out or put in."""
    if one == other or not one or not other:
        return 0 if one == other else len(one) + len(other)
    return sum(
        place < 0 or word < 0 or one[place] != other[word] for place, word in _alignment(one, other)
    )


def _alignment(one: Words, other: Words) -> list[tuple[int, int]]:
    number = {word: at for at, word in enumerate(sorted({*one, *other}))}
    allowed = np.zeros((len(one), len(number) + 1), dtype=np.bool_)
    allowed[np.arange(len(one)), [number[word] for word in one]] = True
    codes = np.array([number[word] for word in other], dtype=np.int64)
    return cast(
        "list[tuple[int, int]]", _aligned(allowed, np.zeros(len(one), np.bool_), codes).tolist()
    )


def likeness(one: Words, other: Words) -> float:
    """Return 1 less the word distance over the longer length."""
    longest = max(len(one), len(other))
    return 1 - distance(one, other) / longest if longest else 1.0


def medoid(texts: Sequence[Words], weights: Sequence[float]) -> Found:
    """Keep the text most like all others, as it was written."""
    scores = _scores(texts, weights)
    best = max(scores.values())
    leaders = [text for text, score in scores.items() if score >= best - _TIE]
    return Found(leaders[0] if len(leaders) == 1 else None, min(best, 1.0))


def _scores(texts: Sequence[Words], weights: Sequence[float]) -> dict[Words, float]:
    share: dict[Words, float] = {}
    for text, weight in sorted(zip(texts, weights, strict=True)):
        share[text] = share.get(text, 0.0) + weight / sum(weights)
    return {
        text: round(sum(likeness(text, other) * part for other, part in share.items()), 12)
        for text in share
    }


def rover(texts: Sequence[Words], weights: Sequence[float]) -> Found:
    """Vote on each word, aligned to the text most like all others and then the next.

    Words with equal votes are decided by how like all others the texts are that have them; the
    text is None where that is equal too.
    """
    scores = _scores(texts, weights)
    order = sorted(range(len(texts)), key=lambda at: (-scores[texts[at]], texts[at], -weights[at]))
    ranked = [texts[at] for at in order]
    votes = network(ranked, [weights[at] for at in order])
    liked = network(ranked, [scores[texts[at]] for at in order])
    total = sum(weights)
    said: list[str] = []
    shares: list[float] = []
    for place, seconds in zip(votes, liked, strict=True):
        most = max(place.values())
        leaders = [word for word, vote in place.items() if vote >= most - _TIE * total]
        best = max(seconds[word] for word in leaders)
        leaders = [word for word in leaders if seconds[word] >= best - _TIE]
        if len(leaders) > 1:
            return Found(None, most / total)
        said += [word for word in leaders if word]
        shares.append(most / total)
    return Found(tuple(said), min(1.0, float(np.mean(shares))) if shares else 1.0)


METHODS: dict[str, Callable[[Sequence[Words], Sequence[float]], Found]] = {
    "rover": rover,
    "medoid": medoid,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    tasks: Codes
    annotators: Codes
    words: list[Words]
    task_count: int
    annotator_count: int


def aggregate_text(frame: Frame, request: Request) -> Aggregation:
    """Find the text of each task, annotators weighing by how often they get a word right.

    Skill is 1 less the word errors against what was found. The label is null where texts tie.
    """
    if request.method not in (*METHODS, "auto"):
        raise UnknownMethod(request.method, "Text", (*METHODS, "auto"))
    texts = _read(frame)
    everything = np.ones(texts.tasks.size, dtype=np.bool_)
    method = (
        _chosen(texts)
        if request.method == "auto"
        else Chosen(name=request.method, reason="It was asked for.")
    )
    gold = {name: str(text) for name, text in request.gold.items()}
    names = cast("list[object]", frame.tasks.names.to_pylist())
    known = {at: tuple(gold[name].split()) for at, name in enumerate(names) if name in gold}
    earlier = _earlier(frame, texts, request.history)
    found, hits, seen = _solved(texts, everything, METHODS[method.name], known, earlier)
    skill = np.divide(hits, seen, out=np.ones_like(seen), where=seen > 0)
    lower, upper = wilson(skill, seen)
    ordered = [found[task] for task in range(texts.task_count)]
    return Aggregation(
        table=pa.table(
            {
                "task": frame.tasks.names,
                "label": pa.array(
                    [None if one.words is None else " ".join(one.words) for one in ordered],
                    pa.string(),
                ),
                "confidence": pa.array([one.confidence for one in ordered], pa.float64()),
            }
        ),
        annotators=pa.table(
            {
                "annotator": frame.annotators.names,
                "skill": skill,
                "lower": lower,
                "upper": upper,
                "votes": np.bincount(texts.annotators, minlength=texts.annotator_count),
            }
        ),
        classes=None,
        method=method,
        converged=True,
        iterations=_ROUNDS,
        log_likelihood=None,
    )


def _read(frame: Frame) -> _Texts:
    kind = frame.labels.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or "string" in str(kind)):
        raise BadTable(f"The labels are {kind}; texts must be strings.")
    order = np.lexsort((frame.annotators.codes, frame.tasks.codes))
    tasks, annotators = frame.tasks.codes[order], frame.annotators.codes[order]
    twice = (tasks[1:] == tasks[:-1]) & (annotators[1:] == annotators[:-1])
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        raise BadTable(
            f"Annotator {frame.annotators.names[int(annotators[row])]} wrote several texts for "
            f"task {frame.tasks.names[int(tasks[row])]}; keep one row each."
        )
    given = cast("list[str]", frame.labels.to_pylist())
    words = [tuple(given[row].split()) for row in cast("list[int]", order.tolist())]
    longest = max((len(one) for one in words), default=0)
    if longest > WORDS_MAX:
        raise BadTable(f"A text has {longest:,} words; at most {WORDS_MAX:,} can be aligned.")
    return _Texts(
        tasks=tasks,
        annotators=annotators,
        words=words,
        task_count=len(frame.tasks.names),
        annotator_count=len(frame.annotators.names),
    )


def _solved(
    texts: _Texts,
    kept: Bools,
    method: Callable[[Sequence[Words], Sequence[float]], Found],
    known: dict[int, Words],
    earlier: tuple[Floats, Floats],
) -> tuple[dict[int, Found], Floats, Floats]:
    """Find texts and skill in turn; return texts, and the words right and seen by annotator.

    `earlier` has words right and seen before, which count as if they were here.
    """
    by_task: dict[int, list[int]] = {}
    for row in np.flatnonzero(kept).tolist():
        by_task.setdefault(int(texts.tasks[row]), []).append(row)
    hits, seen = earlier
    weight = _weights(hits, seen) if seen.any() else np.ones(texts.annotator_count)
    found: dict[int, Found] = {}
    for _ in range(_ROUNDS):
        size = kept.size
        right, of = np.zeros(size), np.zeros(size)
        for task, rows in by_task.items():
            words = [texts.words[row] for row in rows]
            voices = [float(weight[texts.annotators[row]]) for row in rows]
            found[task] = Found(known[task], 1.0) if task in known else method(words, voices)
            truth = found[task].words
            if truth is None or (len(rows) < 2 and task not in known):
                continue
            for row, said in zip(rows, words, strict=True):
                of[row] = max(len(truth), len(said))
                right[row] = of[row] * likeness(truth, said)
        hits = earlier[0] + sums(texts.annotators, right, texts.annotator_count)
        seen = earlier[1] + sums(texts.annotators, of, texts.annotator_count)
        weight = _weights(hits, seen)
    return found, hits, seen


def _weights(hits: Floats, seen: Floats) -> Floats:
    """Weigh annotators by the logarithm of their odds to get a word right."""
    mean = (hits.sum() + 8.0) / (seen.sum() + 10.0)
    rate = np.clip((hits + _SHRINKAGE * mean) / (seen + _SHRINKAGE), 0.05, 0.99)
    odds: Floats = np.log(_RIVALS * rate / (1 - rate))
    return cast("Floats", np.round(np.maximum(odds, 0.05), 6))


def _earlier(frame: Frame, texts: _Texts, history: Table | None) -> tuple[Floats, Floats]:
    """Turn an earlier record into words right and seen, a vote being a text of the mean length."""
    right, seen = np.zeros(texts.annotator_count), np.zeros(texts.annotator_count)
    if history is None:
        return right, seen
    rows = as_arrow(history, HISTORY_COLUMNS)
    length = float(np.mean([len(one) for one in texts.words])) if texts.words else 0.0
    code = {name: at for at, name in enumerate(frame.annotators.names.to_pylist())}
    for row in rows.to_pylist():
        if not (0 <= row["skill"] <= 1 and row["votes"] >= 0):
            raise BadTable("In a history, a skill lies between 0 and 1, and votes are not below 0.")
        if row["annotator"] in code:
            seen[code[row["annotator"]]] += row["votes"] * length
            right[code[row["annotator"]]] += row["skill"] * row["votes"] * length
    return right, seen


def _chosen(texts: _Texts) -> Chosen:
    prints = np.array([sum(map(len, words)) % 97 for words in texts.words], dtype=np.float64)
    parts = folds(texts.annotators.astype(np.int64), prints, texts.annotator_count)

    def compare(found: dict[int, Found], part: Bools) -> Likeness:
        shared, whole = np.zeros(texts.task_count), np.zeros(texts.task_count)
        for row in np.flatnonzero(part).tolist():
            task = int(texts.tasks[row])
            if task in found:
                ours = found[task].words or ()
                size = max(len(ours), len(texts.words[row]))
                whole[task] += size
                shared[task] += size * likeness(ours, texts.words[row])
        return Likeness(shared, whole)

    nothing = np.zeros(texts.annotator_count), np.zeros(texts.annotator_count)
    evidence = foretold(
        {
            name: lambda kept, method=method: _solved(texts, kept, method, {}, nothing)[0]
            for name, method in METHODS.items()
        },
        parts,
        compare,
    )
    return chosen(evidence, list(METHODS), "the words")
