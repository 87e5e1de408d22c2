"""What the steps of a task's life are made of; `life.py` tells them in order."""
