"""Marks: spans of a text, shapes on a picture; which mean the same, and what they come to."""
