"""Limits on what is compared: content made to take long is refused instead."""


class TooMuchToCompare(ValueError):
    """The answers to a task would take longer to compare than any honest ones do."""
