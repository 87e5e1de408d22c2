"""What measuring agreement comes to: a value with its interval, or why there is none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How well annotators agree: 1 wholly, and for all measures but percent, 0 as by chance.

    `lower` and `upper` bound a 95 % bootstrap interval over tasks; None when it was not asked
    for or cannot be had. `value` is None where the question has no answer, and `undefined` then
    says in a sentence why. `tasks` and `votes` count what was compared: tasks with two votes or
    more, and the votes on them. `notes` are sentences about what a reader should know.
    """

    measure: str
    distance: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    undefined: str | None = None
    tasks: int
    votes: int
    notes: tuple[str, ...] = ()
