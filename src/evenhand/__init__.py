"""Evenhand, the neutral data engine."""
