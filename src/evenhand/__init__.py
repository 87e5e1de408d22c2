"""Evenhand, the neutral data engine."""

from importlib.metadata import version

__version__ = version("evenhand")
