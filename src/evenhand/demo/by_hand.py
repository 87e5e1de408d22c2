"""What is left for a person: open tasks, a link into the workbench, and replies as they come."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from evenhand.demo.customer import Customer, Submitted
from evenhand.demo.questions import Project, Question, answer_of
from evenhand.demo.score import Hits

ROUND = 2  # tasks of a kind one after another, then the next kind
SHOWN_CHARACTERS_MAX = 200


class Replies:
    """Tells of every response that a tenant receives from now on, and keeps the score."""

    def __init__(self, console: Console, names: dict[str, str]) -> None:
        self.console = console
        self.names = names
        self.questions: dict[str, Question] = {}
        self.hits = Hits(0, 0)
        self.count = 0

    def expect(self, submitted: Submitted) -> None:
        """Remember what was asked, so that the answer can be judged."""
        self.questions.update(submitted.by_task)

    def __call__(self, address: str, task: dict[str, Any]) -> None:
        """Say who received what, and whether it is right where the truth is known."""
        self.count += 1
        question = self.questions.get(task["task_id"])
        told = _told(task["type"], task.get("response") or {})
        self.console.print(
            f"[green]→[/green] {self.names[address]} received {told}{_of(question)}"
            f"{self._judged(question, task)}"
        )

    def _judged(self, question: Question | None, task: dict[str, Any]) -> str:
        if question is None or question.truth is None:
            return ""
        right = answer_of(task.get("response")) == question.truth
        self.hits += Hits(int(right), 1)
        verdict = "right" if right else f"the truth is {question.truth}"
        return f" [dim]({verdict}; {self.hits.right} of {self.hits.of} so far)[/dim]"


async def open_tasks(
    offered: Sequence[tuple[Customer, Sequence[Project]]],
    on_submitted: Callable[[Submitted], None],
) -> int:
    """Submit what waits for a person, kinds mixed, and say how many tasks it is."""
    count = 0
    for customer, projects in offered:
        for project in projects:
            await customer.create(project)
        rounds = max(len(project.questions) for project in projects) // ROUND + 1
        for number in range(rounds):
            for project in projects:
                questions = project.questions[number * ROUND : (number + 1) * ROUND]
                if questions:
                    submitted = await customer.add(project, questions)
                    on_submitted(submitted)
                    count += len(submitted.by_task)
    return count


def invite(console: Console, link: str, tasks: int, reviews: int) -> None:
    """Say how a person can take part."""
    also = f", and {reviews} that the annotators could not settle" if reviews else ""
    console.rule("Your turn", align="left", style="green")
    console.print(f"\n{tasks} tasks are open for you{also}. Label them by hand at\n")
    # In one piece however narrow the terminal is, or it could not be copied.
    console.print(f"  [bold]{escape(link)}[/bold]\n", soft_wrap=True)
    console.print("Each response appears here as its tenant receives it. Ctrl+C ends the demo.\n")


def _told(kind: str, response: Mapping[str, Any]) -> str:
    """Put a response in a few words."""
    answer = answer_of(response)
    if answer is not None:
        return f'"{escape(answer)}"'
    fields: dict[str, Any] | None = response.get("fields")
    if fields is not None:
        return escape(", ".join(f'"{typed}"' for typed in fields.values()))[:SHOWN_CHARACTERS_MAX]
    annotations: list[dict[str, Any]] = response.get("annotations") or []
    labels = Counter(str(one["label"]) for one in annotations)
    counted = ", ".join(f"{times} × {label}" for label, times in labels.items())
    return escape(counted or f"{kind} with nothing marked")


def _of(question: Question | None) -> str:
    """Name what was asked about, where it is a word."""
    word = question.params.get("attachment") if question is not None else None
    return f' for "{escape(word)}"' if isinstance(word, str) else ""
