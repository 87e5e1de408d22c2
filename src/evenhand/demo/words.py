"""Words rated by ten people each, from the VADER lexicon inside `vaderSentiment`.

A rating goes from -4 to 4; its sign says whether the person found the word negative,
neutral or positive. The first five ratings of a word are replayed by annotators. The
truth is what most of the other five say, which no annotator and no model has seen.
The file does not tell which person gave a rating, so the ratings in one column need not
all be the same person's.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from evenhand.demo.questions import Project, Question

REPLAYED = 5  # ratings of each word that annotators give again; the rest is the truth
CATEGORIES = ["positive", "negative", "neutral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word and what ten people found it to be."""

    text: str
    ratings: tuple[int, ...]

    @property
    def replayed(self) -> tuple[str, ...]:
        """What the first five people said."""
        return tuple(map(category, self.ratings[:REPLAYED]))

    @property
    def truth(self) -> str | None:
        """What most of the other five said, or nothing when they are divided."""
        tally = Counter(map(category, self.ratings[REPLAYED:])).most_common(2)
        if len(tally) > 1 and tally[0][1] == tally[1][1]:
            return None
        return tally[0][0]

    @property
    def warmth(self) -> float:
        """How positive all ten found it."""
        return sum(self.ratings) / len(self.ratings)


def category(rating: int) -> str:
    """Name the sign of a rating."""
    if rating == 0:
        return "neutral"
    return "positive" if rating > 0 else "negative"


def load() -> list[Word]:
    """Read the words whose truth is clear, shuffled once and for all; no emoticons, no twins."""
    found: dict[str, Word] = {}
    for line in _lexicon().read_text(encoding="utf-8").splitlines():
        text, _, _, ratings = line.split("\t")
        word = Word(text=text, ratings=tuple(json.loads(ratings)))
        if text.isascii() and text.isalpha() and word.truth is not None:
            _ = found.setdefault(text, word)
    words = [found[text] for text in sorted(found)]
    return [words[index] for index in np.random.default_rng(2).permutation(len(words))]


def project(name: str, words: Sequence[Word], policy: dict[str, object]) -> Project:
    """Ask for the mood of each word."""
    return Project(
        name=name,
        type="categorization",
        params={
            "instruction": "What mood does this word carry, taken by itself?",
            "categories": CATEGORIES,
            "attachment_type": "text",
        },
        questions=[
            Question(
                unique_id=f"word-{word.text}", params={"attachment": word.text}, truth=word.truth
            )
            for word in words
        ],
        policy=policy,
    )


def pairs(name: str, words: Sequence[Word], policy: dict[str, object]) -> Project:
    """Ask which of two words is the more positive one; ten people's mean is the truth."""
    both = [(a, b) for a, b in zip(words[::2], words[1::2], strict=True) if a.warmth != b.warmth]
    return Project(
        name=name,
        type="comparison",
        params={
            "instruction": "Which of the two words is the more positive one?",
            "attachment_type": "text",
            "choices": ["the first", "the second"],
        },
        questions=[
            Question(
                unique_id=f"pair-{a.text}-{b.text}",
                params={"attachments": [a.text, b.text]},
                truth="the first" if a.warmth > b.warmth else "the second",
            )
            for a, b in both
        ],
        policy=policy,
    )


def _lexicon() -> Path:
    spec = find_spec("vaderSentiment")
    assert spec is not None, "the demo's extra was looked for at the start"
    assert spec.submodule_search_locations is not None, "it is a package"
    return Path(next(iter(spec.submodule_search_locations))) / "vader_lexicon.txt"
