"""What is made so that comparing it would take long is not compared at all."""


class TooMuchToCompare(ValueError):
    """The answers to a task would take longer to compare than any honest ones do."""
