"""Annotators who slip at known rates over real answers, so that what they meant is known."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

DATA = Path(os.environ.get("EVENHAND_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))

NOTHING_TO_MARK = 0.17  # of sentences
LETTERS = list("abcdefghijklmnopqrstuvwxyz")

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of a sentence, where each begins and ends, and what is marked in it."""

    words: list[str]
    places: list[tuple[int, int]]
    gold: list[Span]


def sentences(name: str, count: int) -> list[Sentence]:
    """Read the first sentences of a file of bc5cdr, or make as many where it is not there."""
    if (DATA / "bc5cdr" / name).exists():
        return public_sentences(name, count)
    return made_sentences(count, seed=len(name))


def public_sentences(name: str, count: int) -> list[Sentence]:
    """Read the first sentences of a file of bc5cdr, or skip the test where it is not there."""
    file = DATA / "bc5cdr" / name
    if not file.exists():
        pytest.skip("needs the data set bc5cdr; set EVENHAND_TEST_DATA to the folder of all")
    blocks = file.read_text(encoding="utf-8").split("\n\n")
    return [_sentence(block) for block in blocks[:count] if block.strip()]


def made_sentences(count: int, *, seed: int) -> list[Sentence]:
    """Make sentences as those are: some 25 words, and one or two marks of a word or a few."""
    chance = np.random.default_rng(seed)
    made: list[Sentence] = []
    for _ in range(count):
        words = ["".join(chance.choice(LETTERS, size)) for size in chance.integers(1, 12, 25)]
        ends = np.cumsum([len(word) + 1 for word in words]) - 1
        places = [(int(end) - len(word), int(end)) for word, end in zip(words, ends, strict=True)]
        gold: list[Span] = []
        at = len(words) if chance.random() < NOTHING_TO_MARK else int(chance.integers(0, 12))
        while at < len(words):
            last = min(at + int(chance.geometric(0.6)), len(words)) - 1
            label = str(chance.choice(["Chemical", "Disease"]))
            gold.append((places[at][0], places[last][1], label))
            at = last + 2 + int(chance.geometric(0.1))
        made.append(Sentence(words, places, gold))
    return made


def _sentence(block: str) -> Sentence:
    words: list[str] = []
    places: list[tuple[int, int]] = []
    gold: list[Span] = []
    at = 0
    for line in block.strip().split("\n"):
        word, tag = line.split("\t")
        words.append(word)
        places.append((at, at + len(word)))
        if tag.startswith("B-"):
            gold.append((at, at + len(word), tag[2:]))
        elif tag.startswith("I-") and gold:
            gold[-1] = (gold[-1][0], at + len(word), gold[-1][2])
        at += len(word) + 1
    return Sentence(words, places, gold)


@dataclass(frozen=True, slots=True)
class Skill:
    """How often an annotator misses a mark, moves an end, errs in the label, or sees things."""

    missed: float
    moved: float
    mislabelled: float
    invented: float


GOOD = Skill(0.08, 0.08, 0.03, 0.03)
FAIR = Skill(0.2, 0.2, 0.1, 0.1)
POOR = Skill(0.4, 0.35, 0.25, 0.4)


def marked(chance: np.random.Generator, sentence: Sentence, skill: Skill) -> list[Span]:
    """Mark a sentence with slips; ends move by whole words."""
    marks: list[Span] = []
    for start, end, label in sentence.gold:
        if chance.random() < skill.missed:
            continue
        first = next(at for at, (here, _) in enumerate(sentence.places) if here == start)
        last = next(at for at, (_, stop) in enumerate(sentence.places) if stop == end)
        if chance.random() < skill.moved:
            first = max(0, min(last, first + int(chance.choice([-1, 1]))))
        if chance.random() < skill.moved:
            last = min(len(sentence.words) - 1, max(first, last + int(chance.choice([-1, 1]))))
        wrong = chance.random() < skill.mislabelled
        said = {"Disease": "Chemical", "Chemical": "Disease"}[label] if wrong else label
        marks.append((sentence.places[first][0], sentence.places[last][1], said))
    if chance.random() < skill.invented:
        at = int(chance.integers(len(sentence.words)))
        last = min(len(sentence.words) - 1, at + int(chance.integers(2)))
        label = str(chance.choice(["Chemical", "Disease"]))
        marks.append((sentence.places[at][0], sentence.places[last][1], label))
    kept: list[Span] = []
    for span in sorted(set(marks)):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
