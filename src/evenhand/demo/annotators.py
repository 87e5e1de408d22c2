"""The demo's annotators: software of differing skill, and entered as such.

Each looks at pictures with a classifier of its own, which learnt from a part of the digits
that no tenant asks about. On words, five of them repeat what real people said when the
lexicon was made, and three guess from the spelling, having learnt from other words. None
of them knows whose task it is looking at.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from evenhand.demo import digits, words
from evenhand.demo.digits import Digits
from evenhand.demo.words import REPLAYED, Word


class Classifier(Protocol):
    """What every classifier of scikit-learn can do."""

    def fit(self, X: Any, y: Any) -> object:  # noqa: N803 - scikit-learn's own name
        """Learn from examples."""
        ...

    def predict(self, X: Any) -> Any:  # noqa: N803
        """Name the class of each row."""
        ...


@dataclass(frozen=True, slots=True)
class Reader:
    """One who says which digit a picture shows."""

    name: str
    classifier: Classifier

    def answer(self, png: bytes) -> str:
        """Look at the picture's pixels and name the digit."""
        return str(self.classifier.predict(digits.read(png)[None, :])[0])


@dataclass(frozen=True, slots=True)
class Replayer:
    """One who says again what a person once said about a word."""

    name: str
    ratings: Mapping[str, str]

    def answer(self, word: str) -> str:
        """Repeat the recorded rating of the word."""
        return self.ratings[word]


@dataclass(frozen=True, slots=True)
class Speller:
    """One who guesses a word's mood from its spelling."""

    name: str
    classifier: Classifier

    def answer(self, word: str) -> str:
        """Guess from the letters."""
        return str(self.classifier.predict([word])[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator:
    """One annotator of the demo, able to answer both tenants."""

    email: str
    name: str
    pictures: Reader
    words: Replayer | Speller


def train(learnt: Digits, asked: Sequence[Word], others: Sequence[Word]) -> list[Annotator]:
    """Make the annotators; those who guess learn from words that nobody is asked about."""
    readers = _readers(learnt)
    speakers = [*_replayers(asked), *_spellers(others)]
    return [
        Annotator(
            email=f"annotator-{number}@demo.invalid",
            name=f"{reader.name} / {speaker.name}",
            pictures=reader,
            words=speaker,
        )
        for number, (reader, speaker) in enumerate(zip(readers, speakers, strict=True), 1)
    ]


def _readers(learnt: Digits) -> list[Reader]:
    # Each learns from a part only: as among people, nobody is nearly perfect alone.
    plans: list[tuple[str, Any, slice]] = [
        ("nearest neighbours", KNeighborsClassifier(3), slice(0, 100)),
        ("support vectors", SVC(gamma=cast("Any", 0.001)), slice(100, 200)),
        ("logistic regression", LogisticRegression(max_iter=2000), slice(200, 300)),
        ("linear discriminant", LinearDiscriminantAnalysis(), slice(300, 600)),
        ("perceptron", Perceptron(random_state=0), slice(600, 800)),
        ("naive Bayes", GaussianNB(), slice(None)),
        ("decision tree", DecisionTreeClassifier(random_state=0), slice(None)),
        ("short decision tree", DecisionTreeClassifier(max_depth=5, random_state=0), slice(None)),
    ]
    readers = [Reader(name, cast("Classifier", classifier)) for name, classifier, _ in plans]
    for reader, (_, _, part) in zip(readers, plans, strict=True):
        _ = reader.classifier.fit(learnt.learnt_pixels[part], learnt.learnt_labels[part])
    return readers


def _replayers(asked: Sequence[Word]) -> list[Replayer]:
    return [
        Replayer(
            f"recorded human rating {column + 1}",
            {word.text: word.replayed[column] for word in asked},
        )
        for column in range(REPLAYED)
    ]


def _spellers(others: Sequence[Word]) -> list[Speller]:
    plans: list[tuple[str, tuple[int, int], Any]] = [
        ("regression on 2 to 4 letters", (2, 4), LogisticRegression(max_iter=500)),
        ("naive Bayes on 3 to 5 letters", (3, 5), MultinomialNB()),
        ("naive Bayes on pairs of letters", (2, 2), MultinomialNB()),
    ]
    texts = [word.text for word in others]
    moods = np.array([_mood(word) for word in others])
    spellers: list[Speller] = []
    for name, letters, classifier in plans:
        counted: Any = Pipeline(
            [
                ("letters", CountVectorizer(analyzer="char_wb", ngram_range=letters)),
                ("mood", classifier),
            ]
        )
        _ = counted.fit(texts, moods)
        spellers.append(Speller(name, cast("Classifier", counted)))
    return spellers


def _mood(word: Word) -> str:
    tally = Counter(map(words.category, word.ratings))
    # Equally frequent ones fall by name, so that two runs learn the same.
    return min(tally, key=lambda mood: (-tally[mood], mood))
