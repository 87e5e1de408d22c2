"""Free text: which of several texts, or which words of them, to keep."""
