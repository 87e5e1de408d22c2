"""Kinds of answers: what several come to, and how alike two are; a file for each."""
