"""What the demo counts: how right the annotators and their consensus were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evenhand.demo.annotating import Labour
from evenhand.demo.questions import Question
from evenhand.quality import krippendorff_alpha


@dataclass(frozen=True, slots=True)
class Hits:
    """How many answers were right, of how many whose truth is known."""

    right: int
    of: int

    @property
    def share(self) -> float | None:
        """The share of right answers, or nothing when there were none to judge."""
        return self.right / self.of if self.of else None

    def __add__(self, other: "Hits") -> "Hits":
        return Hits(self.right + other.right, self.of + other.of)


def hits(answers: Mapping[str, str | None], truths: Mapping[str, str]) -> Hits:
    """Compare answers with the truth where it is known; an answer left open is not right."""
    known = answers.keys() & truths.keys()
    return Hits(right=sum(answers[key] == truths[key] for key in known), of=len(known))


def truths_of(questions: Mapping[str, Question]) -> dict[str, str]:
    """The truth by whatever names the questions, where there is one."""
    return {key: question.truth for key, question in questions.items() if question.truth}


def agreement(labours: Iterable[Labour], attachments: Iterable[str]) -> float | None:
    """Krippendorff's alpha of the annotators over these attachments: 1 perfect, 0 chance."""
    asked = set(attachments)
    given = [
        (attachment, answer)
        for labour in labours
        for attachment, answer in labour.given.items()
        if attachment in asked
    ]
    if not given:
        return None
    tasks, labels = zip(*given, strict=True)
    return krippendorff_alpha(_codes(tasks), _codes(labels))


def _codes(names: Sequence[str]) -> list[int]:
    places = {name: code for code, name in enumerate(sorted(set(names)))}
    return [places[name] for name in names]


def annotations_on(labours: Sequence[Labour], attachments: Iterable[str]) -> int:
    """How many annotations these attachments got."""
    asked = set(attachments)
    return sum(len(labour.given.keys() & asked) for labour in labours)
