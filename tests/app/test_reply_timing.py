"""Replies at an even pace: what is never sooner than a step tells nothing within it."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest
import requests
from app.served import Served, serving

from evenhand.app.reply_timing import STEP_SECONDS, pace_reply

QUESTION = {
    "project": "animals",
    "attachment_type": "text",
    "categories": ["cat", "dog"],
}


@pytest.mark.parametrize("spent", [0.0, 0.3, 0.9])
async def test_a_reply_comes_at_the_end_of_a_step_however_long_it_took_within_it(spent):
    began = time.perf_counter()
    await asyncio.sleep(spent * STEP_SECONDS)

    await pace_reply(began)

    # It never comes sooner; how much later is the machine's affair.
    assert time.perf_counter() - began >= STEP_SECONDS


async def test_what_took_longer_than_a_step_waits_for_the_end_of_a_later_one():
    began = time.perf_counter() - 2.5 * STEP_SECONDS

    await pace_reply(began)

    assert time.perf_counter() - began >= 3 * STEP_SECONDS


def test_among_gold_no_reply_from_which_it_could_be_heard_comes_within_a_step():
    with serving("even") as served:
        _filled(served)
        token = served.command("annotator", "create", "anna@example.org")["token"]
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {token}"
            least = _least_seconds(served, session)

    assert set(least) == {"next", "submit", "skip", "feedback", "contest"}
    assert not {name: seconds for name, seconds in least.items() if seconds < STEP_SECONDS}


def _filled(served: Served) -> None:
    auth = (served.command("tenant", "create", "customer")["live_key"], "")
    project = {"name": "animals", "type": "categorization", "policy": {"gold_share": 0.5}}

    def send(path: str, body: dict[str, Any]) -> None:
        reply = requests.post(f"{served.origin}/v1/{path}", json=body, auth=auth, timeout=30)
        assert reply.status_code == 200, reply.text

    send("projects", project)
    for number in range(20):
        task = {**QUESTION, "attachment": f"animal {number}"}
        send("task/categorization", task)
        known = {**task, "expected_response": {"category": "cat"}}
        send("evaluation_tasks/categorization", known)


def _least_seconds(served: Served, session: requests.Session) -> dict[str, float]:
    """The shortest time of each call."""
    least: dict[str, float] = {}

    def ask(name: str, method: str, path: str, body: object = None) -> requests.Response:
        began = time.perf_counter()
        reply = session.request(method, f"{served.origin}/api/{path}", json=body, timeout=30)
        spent = time.perf_counter() - began
        least[name] = min(spent, least.get(name, spent))
        return reply

    for number in range(16):
        at = "assignments/" + ask("next", "POST", "assignments/next").json()["assignment_id"]
        ask("feedback", "GET", f"{at}/feedback")
        contest = {"assignment_id": at.partition("/")[2], "reason": "It was right."}
        ask("contest", "POST", "me/contests", contest)
        if number % 2:
            ask("skip", "POST", f"{at}/skip", {"reason": "unclear"})
        else:
            answer = {"annotation_id": str(uuid4()), "response": {"category": "cat"}}
            ask("submit", "POST", f"{at}/submit", answer)
    return least
