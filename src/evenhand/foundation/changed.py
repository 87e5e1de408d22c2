"""What is computed outside of a transaction is kept only if what it rests on still stands."""


class Changed(Exception):
    """What was read has changed meanwhile, so nothing is kept: it is still due."""
