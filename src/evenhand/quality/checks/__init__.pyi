from .bots import always_the_same, periodic, random_clicks, too_fast
from .changes import drift
from .contradictions import label_errors
from .copiers import copying
from .finding import Finding
from .judged import Judged

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
