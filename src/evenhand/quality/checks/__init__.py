"""What looks wrong: labels, annotators that drift, copy or do not read."""
