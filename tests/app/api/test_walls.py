"""Walls over HTTP: rivals named by key, work refused without a word, and no time that tells."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from app.api.workbench import SECONDS_MAX, Workbench, is_problem, new_tenant
from app.served import Served, serving
from scipy.stats import ks_2samp

from evenhand.app.auth_cache import TRUST_SECONDS

# Two thousand of each were heard once; so many are each time.
HEARD = int(os.environ.get("EVENHAND_TEST_HEARD", "300"))


def rival(name: str, **more: object) -> dict[str, object]:
    return {"other": name, **more}


def test_a_tenant_names_lists_and_takes_back_its_rivals_and_nobody_elses(
    workbench: Workbench, other_workbench: Workbench
) -> None:
    made = workbench.as_tenant("POST", "/api/conflicts", json=rival("Bramble AI"))
    assert made.status_code == 200
    again = workbench.as_tenant("POST", "/api/conflicts", json=rival("bramble, ai"))
    assert again.json() == made.json()
    assert made.json()["cooling_off_days"] == 180
    assert made.json()["declared_by"] == "tenant"
    assert workbench.as_tenant("GET", "/api/conflicts").json() == {"conflicts": [made.json()]}
    assert other_workbench.as_tenant("GET", "/api/conflicts").json() == {"conflicts": []}

    longer = rival("Bramble AI", cooling_off_days=365)
    changed = workbench.as_tenant("POST", "/api/conflicts", json=longer).json()
    assert workbench.as_tenant("GET", "/api/conflicts").json() == {"conflicts": [changed]}
    at = f"/api/conflicts/{changed['conflict_id']}"
    assert is_problem(other_workbench.as_tenant("DELETE", at), 404, "no-such-conflict")
    assert workbench.as_tenant("DELETE", at).status_code == 204
    assert is_problem(workbench.as_tenant("DELETE", at), 404, "no-such-conflict")


@pytest.mark.parametrize(
    "body",
    [{"other": ""}, {"other": "x" * 201}, rival("x", cooling_off_days=-1), {"other": " "}],
)
def test_what_is_no_rival_is_refused(workbench: Workbench, body: dict[str, object]) -> None:
    reply = workbench.as_tenant("POST", "/api/conflicts", json=body)
    assert reply.status_code in (400, 422)


def test_whoever_saw_a_rival_gets_the_same_nothing_as_when_there_is_nothing(
    workbench: Workbench, other_workbench: Workbench, served: Served
) -> None:
    mine = Workbench(workbench.origin, workbench.person, other_workbench.owner)
    workbench.send()
    workbench.submit(workbench.take()["assignment_id"])
    empty = [*refusals(workbench)]
    names = served.command("tenant", "list")
    (name,) = [
        one["name"] for one in names if one["tenant_id"] == str(other_workbench.owner.tenant_id)
    ]
    workbench.as_tenant("POST", "/api/conflicts", json=rival(name.upper()))
    mine.send()
    walled = [*refusals(workbench)]
    assert walled == empty
    assert other_workbench.take()["lesson"] is False


def refusals(workbench: Workbench) -> Iterator[tuple[int, bytes, dict[str, str]]]:
    """All that says "nothing", whole but for the time of day."""
    for path in ("/assignments/next", "/assignments/take?count=3"):
        reply = workbench.call("POST", path)
        yield reply.status_code, reply.content, {**reply.headers, "date": ""}
    reply = workbench.call("GET", "/assignments")
    yield reply.status_code, reply.content, {**reply.headers, "date": ""}


def test_a_wall_raised_late_takes_what_is_held_off_the_list_and_shuts_its_files(
    workbench: Workbench, other_workbench: Workbench, served: Served
) -> None:
    mine = Workbench(workbench.origin, workbench.person, other_workbench.owner)
    workbench.send()
    mine.send()
    held = [workbench.take(), workbench.take()]
    assert len(workbench.call("GET", "/assignments").json()["assignments"]) == 2
    served.command("conflict", "declare", str(workbench.owner.tenant_id), str(mine.owner.tenant_id))
    assert workbench.call("GET", "/assignments").json() == {"assignments": []}
    for one in held:
        handle = one["assignment_id"]
        shown = workbench.call("GET", f"/assignments/{handle}/files/0")
        assert is_problem(shown, 409, "lease-lost")
        assert workbench.submit(handle).status_code == 200
    told = served.command("conflict", "list", str(mine.owner.tenant_id))
    (standing,) = told["walls"]
    assert standing["exposed_to_both"] == 1
    assert told["declared"] == []


def test_of_what_is_held_ahead_a_tenant_is_told_when_it_is_shown(workbench: Workbench) -> None:
    for _ in range(2):
        workbench.send()
    first, second = workbench.call("POST", "/assignments/take?count=2").json()["assignments"]
    assert (first["shown"], second["shown"]) == (True, False)
    assert len(disclosed(workbench, 1)) == 1
    at = f"/assignments/{second['assignment_id']}/shown"
    assert workbench.call("POST", at).status_code == 204
    assert workbench.call("POST", at).status_code == 204
    assert len(disclosed(workbench, 2)) == 2
    assert workbench.submit(second["assignment_id"]).status_code == 200


def disclosed(workbench: Workbench, expected: int) -> list[dict[str, object]]:
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        found = workbench.as_tenant("GET", "/api/disclosures").json()["disclosures"]
        if len(found) >= expected or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


@pytest.mark.timeout(120 + HEARD // 10)
def test_a_refusal_takes_as_long_as_an_empty_queue() -> None:
    with serving("walled") as walled, serving("empty") as empty:
        callers = [_exposed(walled, with_work=True), _exposed(empty, with_work=False)]
        heard: list[list[float]] = [[], []]
        for _ in range(HEARD):
            for caller, times in zip(callers, heard, strict=True):
                began = time.perf_counter()
                reply = caller.post(f"{caller.headers['X-Origin']}/api/assignments/next")
                times.append(time.perf_counter() - began)
                assert reply.status_code == 204
    told = ks_2samp(*heard)
    print(f"{HEARD} of each: p = {told.pvalue:.3f}, D = {told.statistic:.3f}")
    assert told.pvalue > 0.01


def _exposed(served: Served, *, with_work: bool) -> requests.Session:
    """Somebody who saw a tenant's task, where a rival has work for others, or none."""
    owner = served.command("tenant", "create", "Acorn")
    other = served.command("tenant", "create", "Bramble")
    token = served.command("annotator", "create", f"{uuid4().hex}@example.org")["token"]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    session.headers["X-Origin"] = served.origin
    body = {"attachment": "x", "attachment_type": "text", "categories": ["cat", "dog"]}
    keys = [owner["live_key"], *([other["live_key"]] * 20 if with_work else [])]
    for key in keys[:1]:
        _send(served, key, body)
    lent = session.post(f"{served.origin}/api/assignments/next").json()
    answer = {"annotation_id": str(uuid4()), "response": {"category": "cat"}, "active_ms": 1}
    at = f"{served.origin}/api/assignments/{lent['assignment_id']}/submit"
    assert session.post(at, json=answer).status_code == 200
    served.command("conflict", "declare", "Acorn", "Bramble")
    for key in keys[1:]:
        _send(served, key, body)
    return session


def _send(served: Served, key: str, body: dict[str, object]) -> None:
    at = f"{served.origin}/v1/task/categorization"
    reply = requests.post(at, json=body, auth=(key, ""), timeout=SECONDS_MAX)
    assert reply.status_code == 200, reply.text


def test_the_operator_is_told_who_saw_what_and_why_somebody_gets_nothing(
    workbench: Workbench, other_workbench: Workbench, served: Served, tmp_path: Path
) -> None:
    mine, theirs = str(workbench.owner.tenant_id), str(other_workbench.owner.tenant_id)
    who = workbench.person.email
    workbench.send()
    workbench.take()
    other_workbench.send()
    assert served.command("wall", "explain", who, theirs) == []
    served.command("conflict", "alias", theirs, "The Other Ones")
    served.command("conflict", "declare", mine, "the other ones", "--cooling-off", "9")
    (barred,) = served.command("wall", "explain", who, theirs)
    assert (barred["policy"], barred["cooling_off_days"]) == ("cooling-off", 9)
    (seen,) = served.command("exposure", who)
    assert seen["tenant_id"] == mine

    page = tmp_path / "report.html"
    left = served.command("annotator", "off-board", who, "--report", str(page))
    assert (left["returned"], left["exposures"]) == (1, [seen])
    assert seen["tenant"] in page.read_text(encoding="utf-8")
    time.sleep(TRUST_SECONDS)
    assert workbench.call("POST", "/assignments/next").status_code == 401
    assert other_workbench.call("POST", "/assignments/take?count=8").json()["assignments"]
    served.command("conflict", "withdraw", mine, "the other ones")
    assert served.command("conflict", "list", mine) == {"declared": [], "walls": []}


def test_staff_see_a_task_by_two_of_them_and_the_tenant_is_told(
    workbench: Workbench, served: Served
) -> None:
    owner = str(workbench.owner.tenant_id)
    task_id = workbench.send()
    ada, bob = (f"{name} {uuid4().hex}" for name in ("Ada", "Bob"))
    for name in (ada, bob):
        served.command("staff", "add", name)
    reason = ("--by", ada, "--reason", "A ticket.")
    grant = served.command("break-glass", "request", owner, *reason)["grant_id"]
    served.command("break-glass", "approve", owner, grant, "--by", bob)
    shown = served.command("break-glass", "show", owner, grant, task_id, "--by", ada)
    assert shown["task_id"] == task_id
    (told,) = disclosed(workbench, 1)
    assert (told["staff"], told["task_id"]) == (True, task_id)
    page = workbench.as_tenant("GET", "/api/disclosures?format=html").text
    assert "the operator&#x27;s staff" in page
    served.command("break-glass", "end", owner, grant)
    (over,) = served.command("break-glass", "list", owner)
    assert (over["requested_by"], over["approved_by"]) == (ada, bob)
    served.command("staff", "remove", ada)
    assert ada not in [one["name"] for one in served.command("staff", "list")]


def test_a_class_is_its_pairs(served: Served, admin: str) -> None:
    of_it = [str(new_tenant(served, admin).tenant_id) for _ in range(3)]
    assert len(served.command("conflict", "class", *of_it)) == 3
    for one in of_it:
        assert len(served.command("conflict", "list", one)["walls"]) == 2


def test_stakes_are_listed(served: Served) -> None:
    served.command("stake", "declare", "Bramble AI", "Evenhand", "49")
    held = [(one["owner"], one["owned"], one["percent"]) for one in served.command("stake", "list")]
    assert ("Bramble AI", "Evenhand", "49") in held
