"""A tenant's receipts and disclosures, and the public log that they lead to, over HTTP."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from app.api.workbench import SECONDS_MAX, Workbench

from evenhand.receipts.receipt import Receipt
from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Policy
from evenhand.tlog.sources import source
from evenhand.tlog.verification import Outcome, verify_log

PUBLISHED_SECONDS_MAX = 20


def _when(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PUBLISHED_SECONDS_MAX
    while not (value := found()):
        assert time.monotonic() < deadline, "it was published in time"
        time.sleep(0.2)
    return value


def _get(origin: str, path: str) -> requests.Response:
    return requests.get(f"{origin}{path}", timeout=SECONDS_MAX)


def _receipts(workbench: Workbench, task_id: str) -> list[Receipt]:
    def found() -> list[dict[str, Any]] | None:
        told = workbench.as_tenant("GET", f"/v1/task/{task_id}/receipts").json()
        return told["receipts"] if told["receipts"] and not told["waiting"] else None

    return [Receipt.of_json(one) for one in _when(found)]


def test_whatever_happened_to_a_task_has_receipts_that_hold_without_the_server(
    workbench: Workbench,
):
    task_id = workbench.send()
    lent = workbench.take()
    assert workbench.submit(lent["assignment_id"]).status_code == 200
    kinds = {"task.submitted", "assignment.leased", "annotation.accepted", "task.settled"}

    def settled() -> list[Receipt] | None:
        found = _receipts(workbench, task_id)
        return found if {one.told["kind"] for one in found} >= kinds else None

    receipts = _when(settled)
    policy = Policy.parse(_get(workbench.origin, "/log/policy").content)
    log = workbench.as_tenant("GET", "/api/log").json()
    for receipt in receipts:
        trusted = receipt.verify(policy, key=bytes.fromhex(log["key"]))
        assert trusted.checkpoint.origin == log["public_log"]
        assert receipt.log.origin == log["log"]
        assert receipt.told["task_id"] == task_id


def test_anyone_can_check_the_whole_public_log(workbench: Workbench):
    _receipts(workbench, workbench.send())
    policy = Policy.parse(_get(workbench.origin, "/log/policy").content)
    with source(f"{workbench.origin}/log") as read:
        report = verify_log(read, policy)
    assert report.outcome is Outcome.HELD, report.checks


def test_the_public_log_gets_a_leaf_each_second_whatever_happens(workbench: Workbench):
    def size() -> int:
        note = Note.parse(_get(workbench.origin, "/log/checkpoint").content)
        return Checkpoint.parse(note.text).size

    before, begun = size(), time.monotonic()
    _when(lambda: size() >= before + 4)
    assert time.monotonic() - begun > 2.5


@pytest.mark.parametrize(
    "path",
    ["", "/", "/nothing", "/tile/0/1", "/tile/64/000", "/tile/0/000.p/256", "/tile/0/000.p/0",
     "/tile/0/../../secret.key", "/%2e%2e/secret.key", "/tile/0/999", "/tile/entries/000x"],
)  # fmt: skip
def test_nothing_but_files_of_the_log_is_served(workbench: Workbench, path: str):
    assert _get(workbench.origin, f"/log{path}").status_code == 404


def test_many_who_read_the_log_at_once_are_all_answered(workbench: Workbench):
    with ThreadPoolExecutor(16) as readers:
        replies = list(readers.map(lambda _: _get(workbench.origin, "/log/checkpoint"), range(64)))
    assert {reply.status_code for reply in replies} == {200}


def test_tiles_may_be_kept_and_the_checkpoint_is_asked_for_anew(workbench: Workbench):
    _receipts(workbench, workbench.send())
    tile = _get(workbench.origin, "/log/tile/entries/000.p/1")
    if tile.status_code == 404:
        tile = _get(workbench.origin, "/log/tile/entries/000")
    assert "immutable" in tile.headers["cache-control"]
    checkpoint = _get(workbench.origin, "/log/checkpoint")
    assert checkpoint.headers["cache-control"] == "no-cache"
    assert checkpoint.headers["access-control-allow-origin"] == "*"


def test_receipts_come_in_pages_and_by_kind(workbench: Workbench):
    for _ in range(3):
        task_id = workbench.send()
    _receipts(workbench, task_id)
    seen: list[int] = []
    start: int | None = 0
    while start is not None:
        page = workbench.as_tenant("GET", f"/api/receipts?start={start}&limit=2").json()
        seen += [one["index"] for one in page["receipts"]]
        start = page["next"]
    assert seen == list(range(len(seen)))
    of_kind = workbench.as_tenant("GET", "/api/receipts?kind=task.submitted").json()["receipts"]
    assert [Receipt.of_json(one).told["kind"] for one in of_kind] == ["task.submitted"] * 3


def test_whoever_was_sent_a_task_is_told_to_its_tenant_under_the_name_of_its_exports(
    workbench: Workbench,
):
    task_id = workbench.send()
    assert workbench.submit(workbench.take()["assignment_id"]).status_code == 200
    _receipts(workbench, task_id)
    told = workbench.as_tenant("GET", "/api/disclosures").json()["disclosures"]
    assert [one["task_id"] for one in told] == [task_id]
    lines = workbench.as_tenant("GET", "/api/export?annotations=true").json()
    assert told[0]["annotator"] == lines["annotations"][0]["annotator"]
    receipt = workbench.as_tenant("GET", told[0]["receipt"]).json()["receipts"][0]
    assert Receipt.of_json(receipt).told["kind"] == "assignment.leased"
    page = workbench.as_tenant("GET", "/api/disclosures?format=html")
    assert told[0]["annotator"] in page.text
    assert task_id in page.text
    assert workbench.person.email not in page.text
