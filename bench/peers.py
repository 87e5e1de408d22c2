"""Evenhand beside Label Studio and beside PostgreSQL alone, measured in turn in one run."""

from __future__ import annotations

import random
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench import label_studio, raw_sql
from bench.evenhand_server import EvenhandServer
from bench.generator import Shift, Stream, Tally, work
from bench.label_studio import LabelStudio
from bench.process_cpu import cpu_seconds, memory_mebibytes, wait_until_idle

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from bench.create_calls import Creation

ENVIRONMENTS = Path(__file__).with_name(".envs")
SETTLE_SECONDS_MAX = 120  # for the work that a server has put off until after the submit
IDLE_SECONDS = 3.0
RAW_LOOPS_A_SECOND_MAX = 8_000  # more than PostgreSQL gives on any two cores seen so far
_WORDS = (
    "the call was clear and short but my bill came late again so please look at it and tell "
    "me why this good phone never works when rain falls over our small town near that lake"
)


class System(Protocol):
    """What the benchmark needs to know of a system under test."""

    name: str
    version: str

    def start(self) -> float:
        """Start on the data folder and return the seconds to the first healthy answer."""
        ...

    def stop(self) -> None:
        """End the server; the data folder stays."""
        ...

    def processes(self) -> list[int]:
        """Name the roots of all process trees that are the server or its database."""
        ...

    def prepare(self, annotators: int) -> None:
        """Create a project and the annotators."""
        ...

    def import_body(self, texts: Sequence[str]) -> bytes:
        """Write the texts as the body of one bulk import."""
        ...

    def import_tasks(self, body: bytes) -> int:
        """Send one bulk import and return how many tasks it made."""
        ...

    def import_answered(self, texts: Sequence[str]) -> int:
        """Import tasks that have their answers already, and return how many."""
        ...

    def export(self, form: str, take: Callable[[bytes], None]) -> None:
        """Take all tasks with their answers out, piece by piece."""
        ...

    def creation(self) -> Creation:
        """Tell how a task is created by a call of its own."""
        ...

    def annotations(self) -> int:
        """Count the annotations that the server holds."""
        ...

    def stream(self) -> Stream:
        """Tell the generator how to be these annotators."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of everything."""

    tasks: int
    annotators: int
    seconds: float
    warm_up_seconds: float
    rounds: int
    restarts: int
    raw_seconds: float
    label_studio_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One stretch of labelling, with what it cost the server until all of it was worked off."""

    tally: Tally
    server_cpu_seconds: float
    settle_seconds: float
    settle_cpu_seconds: float


@dataclass(slots=True, kw_only=True)
class Measured:
    """Everything that was measured of one system."""

    name: str
    version: str
    first_start_seconds: float = 0.0
    restart_seconds: list[float] = field(default_factory=list[float])
    imported_per_second: list[float] = field(default_factory=list[float])
    import_cpu_ms_per_task: list[float] = field(default_factory=list[float])
    idle_cpu_share: float = 0.0
    idle_memory_mebibytes: float = 0.0
    rounds: list[Round] = field(default_factory=list[Round])
    lost_annotations: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What PostgreSQL alone allows, without and with the walls between tenants."""

    bare: raw_sql.Limit
    walled: raw_sql.Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All that one run measured."""

    systems: list[Measured]
    limits: list[Limits]


def run(plan: Plan, names: Sequence[str], say: Callable[[str], None]) -> Run:
    """Measure the named systems and the limits in turn, round by round."""
    with scratch() as folder, ExitStack() as servers:
        trials = [
            Trial(system, plan, say)
            for system in systems(plan.label_studio_version, names, folder, say)
        ]
        for trial in trials:
            servers.callback(trial.tear_down)
            trial.set_up()
        found: list[Limits] = []
        for number in range(plan.rounds):
            for trial in trials:
                trial.label(number)
            # In each round, since a machine that others use gives now more and now less.
            found += _limits(plan, folder / "limits", say)
        for trial in trials:
            trial.restart()
        return Run(systems=[trial.seen for trial in trials], limits=found)


def _limits(plan: Plan, folder: Path, say: Callable[[str], None]) -> list[Limits]:
    if not plan.raw_seconds:
        return []
    loaded = list(texts(0, max(plan.tasks, int(plan.raw_seconds * RAW_LOOPS_A_SECOND_MAX))))
    found: list[raw_sql.Limit] = []
    for walled in (False, True):
        say(f"PostgreSQL alone, {'walled' if walled else 'bare'}: {plan.raw_seconds:g} s")
        found.append(
            raw_sql.measure(
                folder,
                loaded,
                annotators=plan.annotators,
                seconds=plan.raw_seconds,
                walled=walled,
            )
        )
    return [Limits(bare=found[0], walled=found[1])]


def systems(
    label_studio_version: str, names: Sequence[str], folder: Path, say: Callable[[str], None]
) -> Iterator[System]:
    """Make the named systems ready to start, each on a folder of its own."""
    if "label-studio" in names:
        environment = ENVIRONMENTS / "label-studio"
        say(f"Label Studio {label_studio_version}: installing into {environment}")
        label_studio.install(environment, label_studio_version)
        own = folder / "label-studio"
        own.mkdir()
        yield LabelStudio(environment, own, version=label_studio_version)
    if "evenhand" in names:
        own = folder / "evenhand"
        own.mkdir()
        yield EvenhandServer(own)


@contextmanager
def scratch() -> Generator[Path]:
    """Give a folder that PostgreSQL can use too, and take it away in the end."""
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
        # Under root, PostgreSQL runs as a system user who must be able to pass.
        Path(folder).chmod(0o711)
        yield Path(folder)


class Trial:
    """One system going through the plan."""

    def __init__(self, system: System, plan: Plan, say: Callable[[str], None]) -> None:
        """Take a system that is not started yet."""
        self.seen = Measured(name=system.name, version=system.version)
        self._system = system
        self._plan = plan
        self._tell = say
        self._made = 0
        self._up = False

    def set_up(self) -> None:
        """Start it, and watch it idle."""
        self._say("first start on an empty folder")
        self.seen.first_start_seconds = self._start()
        self._system.prepare(self._plan.annotators)
        self._settled()
        before, begun = self._cpu(), time.perf_counter()
        time.sleep(IDLE_SECONDS)
        spent = self._cpu() - before
        self.seen.idle_cpu_share = spent / (time.perf_counter() - begun)
        self.seen.idle_memory_mebibytes = memory_mebibytes(self._system.processes())

    def label(self, number: int) -> None:
        """Import tasks, and have annotators at them."""
        self._say(f"round {number + 1}: bulk import of {self._plan.tasks:,} tasks")
        self._import(self._plan.tasks)
        self._settled()
        self._say(f"round {number + 1}: {self._plan.annotators} annotators")
        held = self._system.annotations()
        warm_up = self._shift(self._plan.warm_up_seconds)
        self._settled()
        before = self._cpu()
        tally = self._shift(self._plan.seconds)
        after = self._cpu()
        settle_seconds = self._settled()
        self.seen.rounds.append(
            Round(
                tally=tally,
                server_cpu_seconds=after - before,
                settle_seconds=settle_seconds,
                settle_cpu_seconds=self._cpu() - after,
            )
        )
        done = warm_up.loops + tally.loops
        self.seen.lost_annotations += max(0, held + done - self._system.annotations())

    def restart(self) -> None:
        """Start it again on its data."""
        for _ in range(self._plan.restarts):
            self.tear_down()
            self.seen.restart_seconds.append(self._start())
        self.tear_down()

    def tear_down(self) -> None:
        """End it if it runs."""
        if self._up:
            self._system.stop()
            self._up = False

    def _say(self, words: str) -> None:
        self._tell(f"{self.seen.name}: {words}")

    def _start(self) -> float:
        seconds = self._system.start()
        self._up = True
        return seconds

    def _import(self, tasks: int) -> None:
        body = self._system.import_body(list(texts(self._made, self._made + tasks)))
        before, begun = self._cpu(), time.perf_counter()
        made = self._system.import_tasks(body)
        seconds = time.perf_counter() - begun
        assert made == tasks, f"{made} of {tasks} tasks were imported"
        self._made += made
        self.seen.imported_per_second.append(made / seconds)
        self.seen.import_cpu_ms_per_task.append((self._cpu() - before) / made * 1000)

    def _shift(self, seconds: float) -> Tally:
        return work(Shift(stream=self._system.stream(), seconds=seconds))

    def _cpu(self) -> float:
        return cpu_seconds(self._system.processes())

    def _settled(self) -> float:
        return wait_until_idle(self._cpu, seconds_max=SETTLE_SECONDS_MAX)


def texts(first: int, after: int) -> Iterator[str]:
    """Make short texts, each of them unique and the same in every run."""
    words_to_choose = _WORDS.split()
    for number in range(first, after):
        words = random.Random(number).choices(words_to_choose, k=12)  # noqa: S311 - not a secret
        yield f"No. {number}: {' '.join(words)}."
