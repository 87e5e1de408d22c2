"""How well what was noted tells gold from live: by each feature alone, and by all together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bench.secrecy.attacker import Features

FOLDS = 5
DRAWS = 1_000  # of the bootstrap
SEED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An area under the curve, from 0.5 for guessing to 1, with its 95 % interval."""

    name: str
    auc: float
    lower: float
    upper: float


def columns_of(notes: Sequence[Features]) -> dict[str, NDArray[np.float64]]:
    """Turn notes into columns of numbers: what is no number becomes a column for each value.

    What nobody noted in a row is NaN; columns that never vary tell nothing and are left out.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    for name in dict.fromkeys(name for note in notes for name in note):
        values = [note.get(name) for note in notes]
        texts = sorted({value for value in values if isinstance(value, str)})
        if texts:
            for number, text in enumerate(texts):
                columns[f"{name} #{number}"] = np.array([float(value == text) for value in values])
        else:
            columns[name] = np.array([np.nan if v is None else float(v) for v in values])
    return {name: column for name, column in columns.items() if _varies(column)}


def _varies(column: NDArray[np.float64]) -> bool:
    known = column[~np.isnan(column)]
    return len(known) > 0 and (known.min() < known.max() or len(known) < len(column))


def alone(columns: Mapping[str, NDArray[np.float64]], is_gold: NDArray[np.bool_]) -> list[Told]:
    """Say how well each column tells by itself, in whichever direction, the best first."""
    found: list[Told] = []
    for name, column in columns.items():
        known = ~np.isnan(column)
        if is_gold[known].all() or not is_gold[known].any():
            continue
        score = column[known]
        upward = roc_auc_score(is_gold[known], score) >= 0.5
        found.append(_told(name, is_gold[known], score if upward else -score))
    return sorted(found, key=lambda told: -told.auc)


def together(
    columns: Mapping[str, NDArray[np.float64]],
    is_gold: NDArray[np.bool_],
    groups: NDArray[np.int64],
) -> list[Told]:
    """Say how well all columns tell, on rows that the classifiers did not learn from.

    Folds are by annotator and, for whoever learns from their own past, by time.
    """
    table = np.column_stack(list(columns.values()))
    found: list[Told] = []
    for name, model in _models().items():
        found.append(_folded(f"{name}, by annotator", model, table, is_gold, groups))
        found.append(_forward(f"{name}, by time", model, table, is_gold))
    return found


def _models() -> dict[str, Any]:
    return {
        "logistic regression": make_pipeline(
            QuantileTransformer(n_quantiles=10, random_state=SEED),
            LogisticRegression(C=0.05, max_iter=2_000),
        ),
        "gradient boosting": HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.05, max_leaf_nodes=8, random_state=SEED
        ),
    }


def _folded(
    name: str,
    model: Any,
    table: NDArray[np.float64],
    is_gold: NDArray[np.bool_],
    groups: NDArray[np.int64],
) -> Told:
    score = np.zeros(len(is_gold))
    filled = np.nan_to_num(table, nan=-1.0)
    folds = GroupKFold(min(FOLDS, len(np.unique(groups))))
    for learnt, held_out in folds.split(filled, is_gold, groups):
        model.fit(filled[learnt], is_gold[learnt])
        # Each fold's own ranks, since the scores of two models have no common scale.
        score[held_out] = _ranks(model.predict_proba(filled[held_out])[:, 1])
    return _told(name, is_gold, score)


def _forward(
    name: str,
    model: Any,
    table: NDArray[np.float64],
    is_gold: NDArray[np.bool_],
) -> Told:
    filled = np.nan_to_num(table, nan=-1.0)
    ends = np.linspace(0, len(is_gold), FOLDS + 1).astype(int)
    score = np.zeros(len(is_gold))
    for begin, end in pairwise(ends[1:]):
        model.fit(filled[:begin], is_gold[:begin])
        score[begin:end] = _ranks(model.predict_proba(filled[begin:end])[:, 1])
    return _told(name, is_gold[ends[1] :], score[ends[1] :])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    order = np.searchsorted(np.sort(values), values, side="left")
    above = np.searchsorted(np.sort(values), values, side="right")
    return (order + above) / (2 * len(values))


def _told(name: str, is_gold: NDArray[np.bool_], score: NDArray[np.float64]) -> Told:
    lot = np.random.default_rng(SEED)
    drawn: list[float] = []
    for _ in range(DRAWS):
        rows = lot.integers(len(is_gold), size=len(is_gold))
        if is_gold[rows].any() and not is_gold[rows].all():
            drawn.append(_auc(is_gold[rows], score[rows]))
    lower, upper = np.quantile(drawn, (0.025, 0.975))
    return Told(name=name, auc=_auc(is_gold, score), lower=float(lower), upper=float(upper))


def _auc(is_gold: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """The area under the curve, by ranks: quicker than sorting a curve for each draw."""
    ranks = _ranks(score) * len(score) + 0.5
    gold = int(is_gold.sum())
    return float((ranks[is_gold].sum() - gold * (gold + 1) / 2) / (gold * (len(score) - gold)))
