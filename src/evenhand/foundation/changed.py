"""Optimistic results: kept only if what they were computed from has not changed."""


class Changed(Exception):
    """What was read has changed meanwhile, so nothing is kept: it is still due."""
