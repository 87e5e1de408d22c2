"""The way back: answers corrected before they are weighed, skips undone, work that came late."""

from evenhand.work.corrections.answers import (
    AlreadyWeighed,
    Answer,
    Correction,
    StaleRevision,
    answer_of,
    hold_from_weighing,
    is_said_already,
    require_unweighed,
    revise,
)
from evenhand.work.corrections.late import place_for_late
from evenhand.work.corrections.skips import TakenBack, TooLate, take_back_skip

__all__ = [
    "AlreadyWeighed",
    "Answer",
    "Correction",
    "StaleRevision",
    "TakenBack",
    "TooLate",
    "answer_of",
    "is_said_already",
    "hold_from_weighing",
    "place_for_late",
    "require_unweighed",
    "revise",
    "take_back_skip",
]
