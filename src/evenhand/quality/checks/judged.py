"""Votes together with what they came to: all that a check looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.quality.agreement.tally import tally
from evenhand.quality.codes import Floats, Ints
from evenhand.quality.votes import Votes

# A vote's worth of guessing, so that who never met a label is not taken to know it.
_GUESSED = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Votes, how probable each label of each task is, and the names behind the codes."""

    votes: Votes
    posterior: Floats
    tasks: Sequence[object]
    annotators: Sequence[object]
    classes: Sequence[object]

    def vote_counts(self) -> Ints:
        """Count the votes of each annotator; one shared between labels counts once."""
        whole = tally(self.votes.annotators, self.votes.weight(), self.votes.annotator_count)
        return np.rint(whole).astype(np.int64)

    def support(self) -> Floats:
        """Return how probable the label of each vote is."""
        return self.posterior[self.votes.tasks(), self.votes.labels]

    def voters(self) -> Floats:
        """Count the annotators of each task."""
        return tally(self.votes.tasks(), self.votes.weight(), self.votes.task_count)

    def confusion(self) -> Floats:
        """Estimate how likely each annotator says one label where another is true."""
        votes, classes = self.votes, self.votes.label_count
        tasks, weight = votes.tasks(), votes.weight()
        said = votes.annotators.astype(np.int64) * classes + votes.labels
        cells = votes.annotator_count * classes
        counts = np.empty((votes.annotator_count, classes, classes))
        for truth in range(classes):
            seen = tally(said, self.posterior[tasks, truth] * weight, cells)
            counts[:, truth] = seen.reshape(votes.annotator_count, classes)
        # The guess leans to what the project as a whole says where that is true.
        crowd = counts.sum(axis=0) + 1 / max(classes, 1)
        counts += _GUESSED * crowd / crowd.sum(axis=1, keepdims=True)
        return np.asarray(counts / counts.sum(axis=2, keepdims=True))
