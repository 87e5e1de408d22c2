"""Kinds of answers, a file for each: what several come to, how alike two are, how one is told."""
