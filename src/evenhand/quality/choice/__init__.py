"""Choices: which of several labels is a task's, and how often each annotator is right."""
