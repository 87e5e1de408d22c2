"""Handwritten digits from scikit-learn: real pictures whose truth is known.

The first half of the set trains the classifiers, the second half is what the tenant asks
about, so that no model is asked about a picture it has learnt.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from evenhand.demo.questions import Picture, Project, Question

SIDE = 8  # pixels a side, as they were scanned
BLOT = 16  # each of them is shown as a square of so many, or nobody could see the digit
INK_MAX = 16  # the data set counts ink from 0 to 16

CATEGORIES = [str(digit) for digit in range(10)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """The two halves: pictures to learn from, and pictures to ask about."""

    learnt_pixels: NDArray[np.float64]
    learnt_labels: NDArray[np.str_]
    asked: Sequence[Question]


def load() -> Digits:
    """Read the digits, shuffled once and for all, and draw the second half as pictures."""
    pixels, labels = cast(
        "tuple[NDArray[np.float64], NDArray[np.int64]]", load_digits(return_X_y=True)
    )
    order = np.random.default_rng(1).permutation(len(labels))
    half = len(order) // 2
    learnt, asked = order[:half], order[half:]
    return Digits(
        learnt_pixels=pixels[learnt],
        learnt_labels=labels[learnt].astype(np.str_),
        asked=[_question(int(index), pixels[index], str(labels[index])) for index in asked],
    )


def project(name: str, questions: Sequence[Question], policy: dict[str, object]) -> Project:
    """Ask which digit each picture shows."""
    return Project(
        name=name,
        type="categorization",
        params={
            "instruction": "Which digit is written here?",
            "categories": CATEGORIES,
            "attachment_type": "image",
        },
        questions=questions,
        policy=policy,
    )


def _question(index: int, pixels: NDArray[np.float64], truth: str) -> Question:
    name = f"digit-{index:04}"
    picture = Picture(name=f"{name}.png", content=draw(pixels))
    return Question(unique_id=name, params={}, picture=picture, truth=truth)


def draw(pixels: NDArray[np.float64]) -> bytes:
    """Draw the scanned pixels as a PNG file, dark ink on white, every pixel a square."""
    paper = np.rint(255 - pixels.reshape(SIDE, SIDE) * 255 / INK_MAX).astype(np.uint8)
    shown = np.kron(paper, np.ones((BLOT, BLOT), dtype=np.uint8))
    file = io.BytesIO()
    Image.fromarray(shown).save(file, format="PNG")
    return file.getvalue()


def read(png: bytes) -> NDArray[np.float64]:
    """Find the scanned pixels again in a picture that `draw` made."""
    shown = np.asarray(Image.open(io.BytesIO(png)).convert("L"), dtype=np.float64)
    middle = shown[BLOT // 2 :: BLOT, BLOT // 2 :: BLOT]
    return np.rint((255 - middle) * INK_MAX / 255).reshape(-1)
