"""What a server did is replayed from its transcript, and each cheat is found by the check named."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from app.commands import run
from app.served import Served, serving
from forged import Entered, World, forged
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evenhand import tenants, verifier
from evenhand.receipts.receipt import Receipt
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import LogError
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Policy
from evenhand.tlog.reading import LogReader
from evenhand.tlog.sources import source
from evenhand.tlog.verification import Outcome
from evenhand.verifier import verify
from evenhand.work import assignments

SECONDS_MAX = 60
PUBLISHED_SECONDS_MAX = 30
TASKS = 12
TENANTS = ("acme", "beta", "gamma")
BODY = {"attachment": "The kitten sleeps.", "attachment_type": "text", "categories": ["cat", "dog"]}


def _keys(served: Served) -> dict[str, str]:
    keys = {name: served.command("tenant", "create", name)["live_key"] for name in TENANTS}
    served.command("tenant", "weigh", "gamma", "double")
    served.command("conflict", "declare", "acme", "beta")
    return keys


def _submit(served: Served, key: str, count: int) -> None:
    for number in range(count):
        body = BODY | {"attachment": f"Kitten {number} sleeps."}
        address = f"{served.origin}/v1/task/categorization"
        requests.post(address, json=body, auth=(key, ""), timeout=SECONDS_MAX).raise_for_status()


def _annotate(served: Served, tokens: list[str], count: int) -> None:
    for number in range(count):
        headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
        lent = requests.post(
            f"{served.origin}/api/assignments/next", headers=headers, timeout=SECONDS_MAX
        )
        if lent.status_code == requests.codes.no_content:
            continue
        answer = {"annotation_id": str(uuid4()), "response": {"category": "cat"}}
        requests.post(
            f"{served.origin}/api/assignments/{lent.json()['assignment_id']}/submit",
            json=answer,
            headers=headers,
            timeout=SECONDS_MAX,
        ).raise_for_status()


def _got(served: Served, path: str, key: str) -> requests.Response:
    shown = requests.get(f"{served.origin}{path}", auth=(key, ""), timeout=SECONDS_MAX)
    shown.raise_for_status()
    return shown


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three tenants' tasks, worked off by three annotators, and then the server is gone."""
    folder = tmp_path_factory.mktemp("honest")
    with serving("transcript") as served:
        keys = _keys(served)
        tokens = [
            served.command("annotator", "create", f"{name}@example.org")["token"] for name in "abc"
        ]
        for key in keys.values():
            _submit(served, key, TASKS)
        _annotate(served, tokens, 2)
        # Work that came more than a second ago was seen by every decision after it.
        time.sleep(1.2)
        _annotate(served, tokens, 3 * len(TENANTS) * TASKS)
        receipts = [folder / f"{name}.jsonl" for name in TENANTS]
        deadline = time.monotonic() + PUBLISHED_SECONDS_MAX
        for key, path in zip(keys.values(), receipts, strict=True):
            while _got(served, "/api/receipts?limit=1", key).json()["waiting"]:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            path.write_bytes(_got(served, "/api/receipts/file", key).content)
        transcript = folder / "transcript.gz"
        served.command("log", "transcript", str(transcript))
        (served.data / "log" / "policy").write_bytes(_got(served, "/log/policy", "").content)
        shutil.copytree(served.data / "log", folder / "log")
    return World(folder / "log", transcript, receipts)


def found_by_command(world: World, *more: str) -> dict[str, str]:
    """What `evenhand verify` finds wrong, by the check that found it."""
    receipts = [word for path in world.receipts for word in ("--receipts", str(path))]
    done = run(
        dict(os.environ), "verify", str(world.log), "--transcript", str(world.transcript),
        "--complete", "--json", *receipts, *more, timeout=SECONDS_MAX,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    checks = json.loads(done.stdout)["checks"]
    found = {one["name"].partition(" (")[0]: one["problem"] for one in checks if one["problem"]}
    assert bool(found) == bool(done.returncode)
    return found


def found_by_one_file(world: World) -> set[str]:
    """What the one file finds wrong, by the check that found it, with Python and nothing else."""
    receipts = [word for path in world.receipts for word in ("--receipts", str(path))]
    done = subprocess.run(
        [sys.executable, "-I", "-S", verifier.ALONE, world.log, "--transcript", world.transcript,
         "--complete", *receipts],
        capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.splitlines()
    found = {line[7:].partition(":")[0] for line in lines if line.startswith("FAILED ")}
    assert bool(found) == bool(done.returncode)
    return found


def test_all_that_an_honest_server_did_holds_with_the_server_gone(
    honest: World, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    assert found_by_command(honest, "--report", str(page)) == {}
    assert "Whose turn it was" in page.read_text("utf-8")
    assert found_by_one_file(honest) == set()


def test_a_world_that_is_only_committed_to_anew_holds_as_well(honest: World, tmp_path) -> None:
    same = forged(honest, tmp_path, lambda epochs: None)
    assert found_by_command(same) == {}
    assert found_by_one_file(same) == set()


def test_an_epoch_from_before_the_terms_said_more_holds(honest: World, tmp_path: Path) -> None:
    (before,) = assignments.EARLIER_TERMS
    world = forged(honest, tmp_path, lambda epochs: None, terms=before)
    assert found_by_command(world) == {}
    assert found_by_one_file(world) == set()


@pytest.mark.parametrize("other", [{"cost": 999}, {"reserved_seconds": 3600}, {"boost": 2}])
def test_an_epoch_that_went_by_other_terms_is_found(
    honest: World, tmp_path: Path, other: dict[str, Any]
) -> None:
    (before,) = assignments.EARLIER_TERMS
    world = forged(honest, tmp_path, lambda epochs: None, terms=before | other)
    assert set(found_by_command(world)) == {"terms"}
    assert found_by_one_file(world) == {"terms"}


def leases(epochs: list[Entered]) -> list[list[str]]:
    """The entries of leases for which queues competed, in their order."""
    entries = [entry for epoch in epochs for entry in epoch]
    return [
        entry
        for entry in sorted(entries, key=lambda entry: entry[1])
        if '"kind":"assignment.leased"' in entry[2] and '"has_competition":true' in entry[2]
    ]


def told(entry: list[str], **changes: Any) -> None:
    """Have an entry say something else."""
    entry[2] = json.dumps(
        json.loads(entry[2]) | changes, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )


def boosted(epochs: list[Entered]) -> None:
    """One tenant's tag moves as if it weighed 1.05 times what it does."""
    lease = leases(epochs)[-4]
    said = json.loads(lease[2])
    told(lease, tag_after=said["tag"] + (said["tag_after"] - said["tag"]) * 100 // 105)


def weighed(epochs: list[Entered]) -> None:
    """A weight that no class has."""
    lease = leases(epochs)[-4]
    told(lease, weight=json.loads(lease[2])["weight"] * 105 // 100)


def tied_by_name(epochs: list[Entered]) -> None:
    """Equal tags fall by who the tenant is."""
    noted = next(one for epoch in epochs for one in epoch if '"kind":"queue.noted"' in one[2])
    told(noted, tie="00" * 32)


def passed_silently(epochs: list[Entered]) -> None:
    """Somebody is served before a tenant whom all may serve, and that one is told nothing."""
    lent = [(entry, json.loads(entry[2])) for entry in leases(epochs)]
    said_why = "".join(one[2] for epoch in epochs for one in epoch if "queue.passed" in one[2])
    first, second = next(
        (one, other)
        for (one, said), (other, then) in combinations(lent, 2)
        if said["weight"] == tenants.WEIGHTS["double"] != then["weight"]
        and said["tag_seen"] < then["tag_seen"]
        and then["decision_id"] not in said_why
        and _milliseconds(one) > _milliseconds(lent[0][0]) + 1_100
    )
    second[1] = f"{int(first[1], 16) - 1:032x}"


def _milliseconds(entry: list[str]) -> int:
    return int(entry[1][:12], 16)


def left_out(epochs: list[Entered]) -> None:
    """A task that came in is left out of what the auditor is shown."""
    for epoch in epochs:
        for entry in epoch:
            if '"kind":"task.submitted"' in entry[2]:
                epoch.remove(entry)
                return


def put_in_late(epochs: list[Entered]) -> None:
    """A queue that had work is put into the order only when everything else is done."""
    last = max(entry[1] for epoch in epochs for entry in epoch)
    for epoch in epochs:
        for entry in epoch:
            if '"kind":"queue.noted"' in entry[2]:
                epoch.remove(entry)
                entry[1] = f"{int(last, 16) + 1:032x}"
                epochs[-1].append(entry)
                return


def phantom(epochs: list[Entered]) -> None:
    """A tenant who does not exist eats a share."""
    log = leases(epochs)[0][0]
    for epoch in epochs:
        for entry in [one for one in epoch if one[0] == log]:
            shifted = f"{int(entry[1], 16) + 1:032x}"
            epoch.append(["f" * 32, shifted, entry[2], entry[3]])


def walked_through_a_wall(epochs: list[Entered]) -> None:
    """Somebody who saw one tenant's tasks is lent one of its rival's."""
    entries = [(entry, json.loads(entry[2])) for epoch in epochs for entry in epoch]
    rival, key = next(
        (entry[0], said["other_key"]) for entry, said in entries if "other_key" in said
    )
    other = next(entry[0] for entry, said in entries if said.get("party_key") == key)
    lent = [(entry, said) for entry, said in entries if said["kind"] == "assignment.leased"]
    who = next(said["annotator_id"] for entry, said in lent if entry[0] == rival)
    last = [entry for entry, _ in lent if entry[0] == other][-1]
    told(last, annotator_id=who)


def recorded_late(epochs: list[Entered]) -> None:
    """Something was done, and entered only minutes after."""
    lease = leases(epochs)[0]
    milliseconds = int(lease[1][:12], 16) - 120_000
    lease[1] = f"{milliseconds:012x}{lease[1][12:]}"


CHEATS: list[tuple[Callable[[list[Entered]], None], str]] = [
    (boosted, "tags"),
    (weighed, "rule and weights"),
    (tied_by_name, "ties"),
    (passed_silently, "no envy"),
    (left_out, "complete"),
    (put_in_late, "work in the queue"),
    (phantom, "known to a tenant"),
    (recorded_late, "entered in time"),
    (walked_through_a_wall, "walls"),
]


@pytest.mark.parametrize(("cheat", "check"), CHEATS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_cheat_is_found_by_the_check_that_is_named_for_it(
    honest: World, tmp_path: Path, cheat: Callable[[list[Entered]], None], check: str
) -> None:
    world = forged(honest, tmp_path, cheat)
    by_command = found_by_command(world)
    assert check in by_command
    assert "epoch" in by_command[check].lower()
    # What a tenant's own turns say, the command alone tells: the file replays all of them.
    assert found_by_one_file(world) == {one for one in by_command if not one.startswith("own ")}


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_the_command_and_the_one_file_agree_on_whatever_bytes_are_changed(honest, data) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = _copied(honest, Path(folder))
        files = [world.receipts[0], world.log / "checkpoint", *sorted(world.log.rglob("entries/*"))]
        path = data.draw(st.sampled_from([one for one in files if one.is_file()]), label="file")
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1), label="byte")
        # The one file holds a receipt against the log itself, and does not read its proof; of the
        # log's two signatures it knows one, where the command is content with either.
        line = content[content.rfind(b"\n", 0, at) + 1 : at]
        assume(b'"proof"' not in line and "—".encode() not in content[:at])
        assume(path.suffix != ".jsonl" or b'"event":' in line)
        content[at] ^= 1 << data.draw(st.integers(0, 7), label="bit")
        path.write_bytes(content)
        words = [str(world.log), "--transcript", str(world.transcript)]
        words += ["--receipts", str(world.receipts[0])]
        assert (verify.main(words) == 0) == (_status_of_command(world) == 0)


def _own_turns(honest: World, path: Path) -> dict[str, object]:
    words = [str(honest.log), "--receipts", str(path), "--json"]
    done = run(dict(os.environ), "verify", *words, timeout=SECONDS_MAX)
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert [one["name"] for one in told["checks"] if one["name"].startswith("own tags")]
    (turns,) = told["own_turns"]
    return turns


def test_a_tenant_checks_its_own_turns_by_its_receipts_alone(honest: World, tmp_path: Path) -> None:
    for path in honest.receipts:
        turns = _own_turns(honest, path)
        assert turns["decisions"] == len(
            [one for one in _kept(path) if one.told["kind"] == "assignment.leased"]
        )
        assert turns["in_competition"]
    page = tmp_path / "report.html"
    words = [str(honest.log), "--receipts", str(honest.receipts[0]), "--report", str(page)]
    assert run(dict(os.environ), "verify", *words, timeout=SECONDS_MAX).returncode == 0
    assert "Your own turns" in page.read_text("utf-8")


def test_of_receipts_that_are_not_all_it_is_said_what_is_missing(
    honest: World, tmp_path: Path
) -> None:
    some = tmp_path / "some.jsonl"
    lines = honest.receipts[0].read_text("utf-8").splitlines(keepends=True)
    some.write_text("".join(lines[:5] + lines[6:]), "utf-8")
    words = [str(honest.log), "--receipts", str(some), "--json"]
    told = json.loads(run(dict(os.environ), "verify", *words, timeout=SECONDS_MAX).stdout)
    assert told["own_turns"] == []
    assert any("give receipts of all of it" in one for one in told["not_checked"])


def _kept(path: Path) -> list[Receipt]:
    return list(verifier.read_receipts(path.read_bytes()).receipts)


def _lease(told: dict[str, Any]) -> bool:
    return told["kind"] == "assignment.leased" and told["has_competition"]


OWN_CHEATS: dict[str, tuple[Callable[[dict[str, Any]], bool], Callable[[Any], dict[str, Any]]]] = {
    "own tags": (_lease, lambda told: {"tag_after": told["tag_after"] + 1}),
    "own rule and weights": (_lease, lambda told: {"weight": told["weight"] * 105 // 100}),
    "own ties": (lambda told: told["kind"] == "queue.noted", lambda _: {"tie": "00" * 32}),
    "own work in the queue": (
        lambda told: told["kind"] == "queue.noted",
        lambda _: {"has_open": False, "has_reviews": False},
    ),
    "own virtual time": (_lease, lambda _: {"virtual_time": -1}),
}


@pytest.mark.parametrize("check", OWN_CHEATS)
def test_a_cheat_on_a_tenants_own_turns_is_found_without_a_transcript(
    honest: World, check: str
) -> None:
    is_it, change = OWN_CHEATS[check]
    receipts = sorted(_kept(honest.receipts[0]), key=lambda one: one.index)
    at = [one.index for one in receipts if is_it(one.told)][-1]
    told = receipts[at].told | change(receipts[at].told)
    receipts[at] = replace(receipts[at], event=json.dumps(told))
    with source(str(honest.log)) as read:
        reader = LogReader(read, Checkpoint.parse(Note.parse(read("checkpoint")).text).size)
        leaves = [reader.entry(number) for number in range(reader.size)]
    turns = verifier.own_turns(receipts, leaves)
    assert turns is not None
    failed = [one.name.partition(" (")[0] for one in turns.checks if one.problem]
    assert check in failed


def _copied(honest: World, folder: Path) -> World:
    shutil.copytree(honest.log, folder / "log")
    shutil.copyfile(honest.transcript, folder / "transcript.gz")
    receipts = [Path(shutil.copyfile(one, folder / one.name)) for one in honest.receipts]
    return World(folder / "log", folder / "transcript.gz", receipts)


def _status_of_command(world: World) -> int:
    with suppress(LogError, OSError), source(str(world.log)) as read:
        found = verifier.check(
            read,
            Policy.parse(read("policy")),
            kept=[verifier.read_receipts(world.receipts[0].read_bytes())],
            transcript=partial(
                verifier.check_transcript,
                world.transcript,
                receipts=world.receipts[:1],
                complete=False,
            ),
        )
        return {Outcome.HELD: 0, Outcome.FAILED: 1, Outcome.UNREAD: 2}[found.outcome]
    return 2
