"""Spans as a hidden sequence of tags, seen through annotators who each slip in their own way.

The text is cut wherever a span begins or ends, and each piece that somebody marked has a tag:
outside, or the beginning or the inside of a span with some label. The true tags follow each
other as in a Markov chain; what an annotator says depends on the true tag and on the tag that
the annotator gave before. This is the model of E. Simpson and I. Gurevych, "A Bayesian Approach
for Sequence Tagging with Crowds", EMNLP 2019, doi:10.18653/v1/D19-1101, fitted by EM with
forward-backward as in A. T. Nguyen et al., "Aggregating and Predicting Sequence Labels from Crowd
Annotations", ACL 2017, doi:10.18653/v1/P17-1028, with every annotator drawn towards the mean.

Pieces that nobody marked are outside, which cuts the text into short chains; they count as
places where nothing was there, as many as spans of the usual length would fit in.
"""

from dataclasses import dataclass

import numpy as np

from evenhand.quality.codes import Bools, Floats, Ints
from evenhand.quality.mark.columns import Spans
from evenhand.quality.mark.held_out import folds
from evenhand.quality.mark.span_clusters import FoundSpans, weighted
from evenhand.quality.mark.tag_chains import Expected, Rates, Views, best_paths, forward_backward
from evenhand.quality.mark.tempering import expect, power_of, tempered
from evenhand.quality.request import Limits

CELLS_MAX = 20_000_000  # of annotators' error rates, 8 bytes each; beyond, labels go one by one
SHRINKAGE = 8.0  # observations of everyone together that count beside an annotator's own
_LEAST = 1e-9
_RIGHT = 2.0  # observations assumed of the right tag, beside a quarter of each other one
_OTHER = 0.25
_BESIDE = 2.0  # assumed right beside a span for each that was seen
_HEAD_START = 0.8  # the part of the first guess that comes from groups of spans
_GAP_PLACES_MAX = 50.0  # a long silence proves no more than so many places


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """The pieces that somebody marked, chain by chain, and what each annotator said of each.

    `quiet` counts for each task the places where nobody marked anything.
    """

    tasks: Ints
    starts: Ints
    ends: Ints
    seen: Views
    quiet: Floats


def sequence(spans: Spans, limits: Limits) -> FoundSpans:
    """Keep the spans of the most probable sequence of tags.

    Labels are tags of one sequence where no annotator lets spans of different labels overlap;
    else, or where there are too many labels, every label is a sequence of its own.
    """
    labels = len(spans.names)
    cells = spans.answers.annotator_count * (labels + 1) * (2 * labels + 1) ** 2
    if labels <= 1 or (cells <= CELLS_MAX and not _nested(spans)):
        return _one_sequence(spans, limits)
    found: list[FoundSpans] = []
    for label in range(labels):
        rows = spans.labels == label
        alone = Spans(
            answers=spans.answers,
            whose=spans.whose[rows],
            starts=spans.starts[rows],
            ends=spans.ends[rows],
            labels=np.zeros(int(rows.sum()), dtype=np.int64),
            names=spans.names.slice(label, 1),
        )
        found.append(_one_sequence(alone, limits))
    return _together(found)


def _nested(spans: Spans) -> bool:
    """Say whether an annotator let spans of different labels overlap."""
    order = np.lexsort((spans.ends, spans.starts, spans.whose))
    whose, starts, ends = spans.whose[order], spans.starts[order], spans.ends[order]
    labels = spans.labels[order]
    meets = (whose[1:] == whose[:-1]) & (starts[1:] < ends[:-1]) & (labels[1:] != labels[:-1])
    return bool(meets.any())


def _together(found: list[FoundSpans]) -> FoundSpans:
    labels = np.concatenate([np.full(one.tasks.size, at) for at, one in enumerate(found)])
    likelihoods = [one.log_likelihood or 0.0 for one in found]
    return FoundSpans(
        tasks=np.concatenate([one.tasks for one in found]),
        starts=np.concatenate([one.starts for one in found]),
        ends=np.concatenate([one.ends for one in found]),
        labels=labels.astype(np.int64),
        confidence=np.concatenate([one.confidence for one in found]),
        tied=np.any([one.tied for one in found], axis=0),
        least_sure=np.min([one.least_sure for one in found], axis=0),
        iterations=max(one.iterations for one in found),
        converged=all(one.converged for one in found),
        log_likelihood=float(np.sum(likelihoods)),
    )


def _one_sequence(spans: Spans, limits: Limits) -> FoundSpans:
    labels = len(spans.names)
    tags = 2 * labels + 3
    pieces = _cut(spans)
    expected = _first_guess(spans, pieces, weighted(spans, limits))
    rates = _estimated(spans, pieces, expected)
    before, iterations, converged, gained = -np.inf, 0, False, 0.0
    while iterations < limits.max_iterations and not converged:
        expected = Expected(
            np.zeros((pieces.tasks.size, tags)),
            np.zeros((pieces.tasks.size, tags)),
            np.zeros((tags, tags)),
            np.zeros_like(expected.said),
        )
        gained = forward_backward(pieces.seen, rates, expected)
        # Rounded, so that the order of a sum cannot grow into a choice between equals.
        np.round(expected.said, 9, out=expected.said)
        np.round(expected.follows, 9, out=expected.follows)
        iterations += 1
        converged = abs(gained - before) <= limits.tolerance * max(spans.whose.size, 1)
        before = gained
        if not converged:
            rates = _estimated(spans, pieces, expected)
    cautious = _cautious(spans, pieces, rates)
    return _decoded(spans, pieces, rates, cautious, (iterations, converged, gained))


def _cautious(spans: Spans, pieces: _Pieces, rates: Rates) -> Expected:
    """Expect no more of annotators together than they have foretold of each other."""
    answers = spans.answers
    parts = folds(answers.annotators.astype(np.int64), spans.prints, answers.annotator_count)
    groups: list[Bools] = []
    for part in parts:
        group = np.zeros(answers.annotator_count, dtype=np.bool_)
        group[answers.annotators[part]] = True
        if answers.known is not None:
            group[answers.known] = False
        groups.append(group)
    power = power_of(pieces.seen, rates, groups, answers.known)
    return expect(pieces.seen, tempered(rates, power, answers.known))


def _cut(spans: Spans) -> _Pieces:
    """Cut each text wherever a span begins or ends, and list the pieces that somebody marked."""
    task = spans.tasks
    width = int(spans.ends.max(initial=0)) + 1
    keys = np.concatenate([task * width + spans.starts, task * width + spans.ends])
    cuts, which = np.unique(keys, return_inverse=True)
    first, last = which[: task.size], which[task.size :]
    depth = np.zeros(cuts.size + 1, dtype=np.int64)
    np.add.at(depth, first, 1)
    np.add.at(depth, last, -1)
    marked = np.cumsum(depth)[:-1] > 0
    goes_before = np.append(False, marked[:-1])
    used = marked | goes_before
    piece = np.cumsum(used) - 1
    where = np.flatnonzero(used)
    opens = (marked & ~goes_before)[where]
    chains = np.append(np.flatnonzero(opens), where.size).astype(np.int64)
    tasks = cuts[where] // width
    starts = spans.answers.starts
    size = np.diff(starts)[tasks]
    views = np.zeros(where.size + 1, dtype=np.int64)
    np.cumsum(size, out=views[1:])
    owner = np.repeat(np.arange(where.size), size)
    answer = starts[tasks][owner] + np.arange(owner.size) - views[owner]
    said = _said(spans, (piece[first], last - first), views, opens)
    return _Pieces(
        tasks=tasks,
        starts=cuts[where] % width,
        ends=np.append(cuts, 0)[where + 1] % width,
        seen=Views(chains, views, spans.answers.annotators[answer].astype(np.int64), said),
        quiet=_quiet(spans, cuts, marked, width),
    )


def _said(spans: Spans, extents: tuple[Ints, Ints], views: Ints, opens: Bools) -> Ints:
    """Number what each annotator says of each piece: what was open before, and the tag now.

    Spans of one label that overlap in one answer are cut where the later one begins.
    """
    labels = len(spans.names)
    begins, sizes = extents
    # A mark covers consecutive pieces, for it itself leaves no gap in them.
    mark = np.repeat(np.arange(begins.size), sizes)
    piece = begins[mark] + np.arange(mark.size) - (np.cumsum(sizes) - sizes)[mark]
    place = spans.whose - spans.answers.starts[spans.tasks]
    tag = np.zeros(int(views[-1]), dtype=np.int64)
    tag[views[piece] + place[mark]] = 1 + labels + spans.labels[mark]
    tag[views[begins] + place] = 1 + spans.labels
    opened = np.where(tag == 0, 0, (tag - 1) % max(labels, 1) + 1)
    size = np.diff(views)
    owner = np.repeat(np.arange(size.size), size)
    inner = ~opens[owner]
    before = np.zeros_like(tag)
    rows = np.flatnonzero(inner)
    before[rows] = opened[rows - size[owner[rows]]]
    # Where a span was cut, what goes on after it has nothing to go on from.
    stray = (tag > labels) & (before != tag - labels)
    return before * (2 * labels + 1) + np.where(stray, tag - labels, tag)


def _quiet(spans: Spans, cuts: Ints, marked: Bools, width: int) -> Floats:
    """Count for each task how many spans of the usual length fit where nobody marked any."""
    places = np.ones(spans.answers.task_count)
    if not cuts.size:
        return places
    usual = float(np.median(spans.ends - spans.starts))
    task, at = cuts // width, cuts % width
    gap = np.flatnonzero(~marked[:-1] & (task[1:] == task[:-1]))
    lengths = (at[gap + 1] - at[gap]) / usual
    np.add.at(places, task[gap], np.clip(lengths, 1.0, _GAP_PLACES_MAX))
    opening = np.flatnonzero(np.append(True, task[1:] != task[:-1]))
    np.add.at(places, task[opening], np.minimum(at[opening] / usual, _GAP_PLACES_MAX))
    return places


def _first_guess(spans: Spans, pieces: _Pieces, found: FoundSpans) -> Expected:
    """Begin from spans that were found by their groups, as far as from what annotators said.

    From the shares of what was said alone, the fit can come to rest where every start is early.
    """
    given, count = 2 * len(spans.names) + 1, spans.answers.annotator_count
    size = np.diff(pieces.seen.views)
    owner = np.repeat(np.arange(size.size), size)
    cells = owner * given + pieces.seen.said % given
    shares = np.zeros((size.size, given + 2))
    shares[:, :given] = np.bincount(cells, minlength=size.size * given).reshape(-1, given)
    shares *= (1 - _HEAD_START) / np.maximum(size, 1)[:, None]
    tag = _tags_of(pieces, found, len(spans.names))
    shares[np.arange(size.size), tag] += _HEAD_START
    inner = np.ones(size.size, dtype=np.bool_)
    inner[pieces.seen.chains[:-1]] = False
    later = np.flatnonzero(inner)
    outside = shares[:, 0].copy()
    came, comes = np.zeros(size.size), np.zeros(size.size)
    came[later], comes[later - 1] = 1 - outside[later - 1], 1 - outside[later]
    shares[:, given] = outside * came * (1 - comes / 2)
    shares[:, given + 1] = outside * comes * (1 - came / 2)
    shares[:, 0] = outside * (1 - came) * (1 - comes)
    follows = shares[later - 1].T @ shares[later]
    follows[0] += shares[~inner].sum(axis=0)
    wide = (len(spans.names) + 1) * given
    said = np.zeros((count * wide, given + 2))
    for tag in range(given + 2):
        said[:, tag] = np.bincount(
            pieces.seen.annotators * wide + pieces.seen.said,
            weights=shares[owner, tag],
            minlength=count * wide,
        )
    return Expected(shares, shares, follows, said.reshape(count, wide, given + 2))


def _tags_of(pieces: _Pieces, found: FoundSpans, labels: int) -> Ints:
    """Tag the pieces by the spans found; where these overlap, the later ones hold."""
    width = int(max(pieces.ends.max(initial=0), pieces.starts.max(initial=0))) + 1
    keys = pieces.tasks * width + pieces.starts
    order = np.lexsort((found.starts, found.tasks))
    first = np.searchsorted(keys, (found.tasks * width + found.starts)[order])
    last = np.searchsorted(keys, (found.tasks * width + found.ends)[order])
    label = found.labels[order]
    sizes = np.maximum(last - first, 1)
    mark = np.repeat(np.arange(first.size), sizes)
    piece = first[mark] + np.arange(mark.size) - (np.cumsum(sizes) - sizes)[mark]
    tag = np.zeros(keys.size, dtype=np.int64)
    tag[piece] = 1 + labels + label[mark]
    tag[first] = 1 + label
    return tag


def _estimated(spans: Spans, pieces: _Pieces, expected: Expected) -> Rates:
    """Estimate each annotator's errors, drawn towards everyone's, and what follows what."""
    labels, answers = len(spans.names), spans.answers
    given, count = 2 * labels + 1, answers.annotator_count
    said = expected.said.reshape(count, labels + 1, given, given + 2).copy()
    said[:, 0, 0, 0] += np.bincount(
        answers.annotators, weights=pieces.quiet[answers.tasks], minlength=count
    )
    right, possible = _expectations(labels)
    everyone = np.delete(said, answers.known, axis=0) if answers.known is not None else said
    mean = everyone.sum(axis=0) + _RIGHT * right + _OTHER * possible
    # Beside a span, more annotators are taken to have seen that it is not there: else every span
    # could as well begin a word later, and everyone be early.
    beside = mean[:, :, given:].sum(axis=1, keepdims=True)
    mean[:, :, given:] += _BESIDE * beside * right[:, :, given:]
    mean /= mean.sum(axis=1, keepdims=True)
    rates = said + SHRINKAGE * mean + _earlier(spans, everyone, mean, right)
    rates /= rates.sum(axis=2, keepdims=True)
    if answers.known is not None:
        rates[answers.known] = np.where(right > 0, 1.0, _LEAST)
    logs = np.log(np.maximum(rates, _LEAST)).reshape(count, -1, given + 2)
    return Rates(logs, _followers(pieces, expected, labels))


def _earlier(spans: Spans, everyone: Floats, mean: Floats, right: Floats) -> Floats:
    """Count what an earlier record stands for: answers with as many pieces as are usual now.

    Recall says how often what is there was called rightly, precision how often what is not there
    was left alone. Of how someone erred it says nothing, so that is as everyone errs.
    """
    earlier, answers = spans.answers.earlier, spans.answers
    if earlier is None:
        return np.zeros_like(mean)
    own = max(int((answers.annotators != answers.known).sum()), 1)
    pieces = everyone.sum(axis=(0, 2)) / own
    outside = np.zeros(right.shape[2], dtype=np.bool_)
    outside[[0, -2, -1]] = True
    marks = everyone[:, :, 1:].sum() / own
    lured = np.minimum(marks * (1 - earlier.precision) / max(pieces[:, outside].sum(), 1e-9), 0.95)
    faultless = right * mean
    total = faultless.sum(axis=1, keepdims=True)
    # Where nothing that can be said is right, it is said as by everyone.
    faultless = np.where(total > 0, faultless / np.where(total > 0, total, 1.0), mean)
    wrong = np.where(right > 0, 0.0, mean)
    wrong /= np.maximum(wrong.sum(axis=1, keepdims=True), _LEAST)
    rate = np.where(outside, 1 - lured[:, None], earlier.recall[:, None])[:, None, None, :]
    said = rate * faultless + (1 - rate) * wrong
    return earlier.answers[:, None, None, None] * pieces[None, :, None, :] * said


def _followers(pieces: _Pieces, expected: Expected, labels: int) -> Floats:
    """Say which true tag follows which.

    That a span begins right where another ends is as likely as annotators say so themselves:
    left to itself, the fit would explain every slip of a start by one.
    """
    after = 2 * labels + 1
    ahead = after + 1
    possible = np.zeros((ahead + 1, ahead + 1))
    possible[:, 1 : labels + 1] = 1.0
    possible[[0, after], 0] = 1.0
    possible[[0, after, ahead], ahead] = 1.0
    possible[1:ahead, after] = 1.0
    for label in range(labels):
        possible[[1 + label, 1 + labels + label], 1 + labels + label] = 1.0
    follows = (expected.follows + 1.0) * possible
    follows[0, 0] += pieces.quiet.sum()
    open_ = slice(1, after)
    follows[open_, 1 : labels + 1] = 0.0
    follows /= follows.sum(axis=1, keepdims=True)
    given = pieces.seen.said % after
    was_open = pieces.seen.said >= after
    again = (was_open & (given > 0) & (given <= labels)).sum()
    rate = (again + 0.5) / (was_open.sum() + 50.0)
    follows[open_] *= 1 - rate
    follows[open_, 1 : labels + 1] = rate / max(labels, 1)
    return np.ascontiguousarray(follows)


def _expectations(labels: int) -> tuple[Floats, Floats]:
    """Say what a faultless annotator says of each tag, and what can be said, by what was open."""
    given = 2 * labels + 1
    right = np.zeros((labels + 1, given, given + 2))
    possible = np.ones((labels + 1, given, given + 2))
    right[:, 0, given:] = 1.0
    for opened in range(labels + 1):
        right[opened, range(labels + 1), range(labels + 1)] = 1.0
        for label in range(labels):
            inside = 1 + labels + label
            if opened == label + 1:
                right[opened, inside, inside] = 1.0
            else:
                possible[opened, inside] = 0.0
    return right, possible


def _decoded(
    spans: Spans,
    pieces: _Pieces,
    rates: Rates,
    expected: Expected,
    run: tuple[int, bool, float],
) -> FoundSpans:
    """Read the spans off the most probable tags; where two ways are equal, what both have."""
    tasks, labels = spans.answers.task_count, len(spans.names)
    paths = np.zeros((2, pieces.tasks.size), dtype=np.int64)
    best_paths(pieces.seen, rates, paths)
    one, other = (_runs(path, pieces, labels) for path in paths)
    wide = pieces.tasks.size + 1
    keys = [(first * wide + last) * (labels + 1) + label for first, last, label in (one, other)]
    both = np.isin(keys[0], keys[1])
    first, last, label = (side[both] for side in one)
    tied = np.zeros(tasks, dtype=np.bool_)
    tied[pieces.tasks[paths[0] != paths[1]]] = True
    confidence = _confidence(expected, (first, last, label), labels)
    least = np.ones(tasks)
    outside = (paths[0] == 0) | (paths[0] > 2 * labels)
    np.minimum.at(least, pieces.tasks[outside], expected.tags[outside][:, [0, -2, -1]].sum(axis=1))
    np.minimum.at(least, pieces.tasks[first], confidence)
    least[tied] = np.minimum(least[tied], 0.5)
    return FoundSpans(
        tasks=pieces.tasks[first],
        starts=pieces.starts[first],
        ends=pieces.ends[last],
        labels=label,
        confidence=confidence,
        tied=tied,
        least_sure=least,
        iterations=run[0],
        converged=run[1],
        log_likelihood=run[2],
    )


def _runs(path: Ints, pieces: _Pieces, labels: int) -> tuple[Ints, Ints, Ints]:
    """List the spans of a path: first piece, last piece and label."""
    begins = np.flatnonzero((path > 0) & (path <= labels))
    inside = (path > labels) & (path <= 2 * labels)
    goes_on = np.append(inside[1:], False)
    goes_on[pieces.seen.chains[1:] - 1] = False
    stops = np.flatnonzero(~goes_on)
    last = stops[np.searchsorted(stops, begins)] if begins.size else begins
    return begins, last, path[begins] - 1


def _confidence(expected: Expected, found: tuple[Ints, Ints, Ints], labels: int) -> Floats:
    """Return how probable exactly each span is: it begins here, goes on, and stops there."""
    first, last, label = found
    sure = expected.tags[first, 1 + label].copy()
    at, tag = first.copy(), 1 + label
    open_ = at < last
    while open_.any():
        sure[open_] *= expected.goes_on[at[open_], tag[open_]]
        at = at + open_
        tag = np.where(open_, 1 + labels + label, tag)
        open_ = at < last
    return np.clip(sure * (1 - expected.goes_on[at, tag]), 0.0, 1.0)
