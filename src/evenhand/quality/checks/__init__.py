"""Suspicions: labels, annotators and pairs of annotators that a person should look at."""

from evenhand.quality.checks.bots import always_the_same, periodic, random_clicks, too_fast
from evenhand.quality.checks.changes import drift
from evenhand.quality.checks.contradictions import label_errors
from evenhand.quality.checks.copiers import copying
from evenhand.quality.checks.finding import Finding
from evenhand.quality.checks.judged import Judged

__all__ = [
    "Finding",
    "Judged",
    "always_the_same",
    "copying",
    "drift",
    "label_errors",
    "periodic",
    "random_clicks",
    "too_fast",
]
