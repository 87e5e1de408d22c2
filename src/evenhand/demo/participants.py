"""The demo's participants: two rival tenants, what each asks, and the annotators."""

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.demo import annotators, digits, passages, photographs, words
from evenhand.demo.annotators import Annotator
from evenhand.demo.questions import Project

ASKED = 350  # tasks a tenant: with three annotations each, more than 2,000 in all
BY_HAND = 24  # easy tasks of a kind, kept open for a person
# People read only words that ten people found no harsher than this.
HARSH = -1.5
# Words before this place are for asking, those after it for learning.
LEARNT_FROM = 1_000

# Three annotations at first; then one more while the answer is in doubt. Seven can hardly tie.
CONSENSUS: dict[str, object] = {"annotations": 3, "annotations_max": 7, "confidence": 0.9}
ONE_PERSON: dict[str, object] = {"annotations": 1, "annotations_max": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A tenant of the demo: what annotators work through, and what waits for a person."""

    name: str
    address: str
    material: str
    project: Project
    by_hand: Sequence[Project]


@dataclass(frozen=True, slots=True)
class Cast:
    """All who take part."""

    tenants: Sequence[Role]
    annotators: Sequence[Annotator]


def gather() -> Cast:
    """Read the material and train the annotators; takes a few seconds of one core."""
    pictures = digits.load()
    rated = words.load()
    asked, kept = rated[:ASKED], rated[ASKED:LEARNT_FROM]
    gentle = [word for word in kept if word.warmth >= HARSH]
    vision = Role(
        name="Aurora Vision",
        address="aurora",
        material=f"{ASKED} handwritten digits, from scikit-learn",
        project=digits.project("Handwritten digits", pictures.asked[:ASKED], CONSENSUS),
        by_hand=[
            photographs.boxes("Things on photographs", ONE_PERSON),
            digits.project("Digits by hand", pictures.asked[ASKED : ASKED + BY_HAND], ONE_PERSON),
            photographs.pages("Printed lines", ONE_PERSON),
        ],
    )
    language = Role(
        name="Borealis Language",
        address="borealis",
        material=f"{ASKED} words that ten people rated, from VADER",
        project=words.project("Moods of words", asked, CONSENSUS),
        by_hand=[
            passages.project("Names in passages", ONE_PERSON),
            words.project("Moods by hand", gentle[:BY_HAND], ONE_PERSON),
            words.pairs("Which is more positive", gentle[BY_HAND : 2 * BY_HAND], ONE_PERSON),
        ],
    )
    return Cast(
        tenants=[vision, language],
        annotators=annotators.train(pictures, asked, rated[LEARNT_FROM:]),
    )
