"""An answer that breaks off half way is one line of the log, and no end that looks whole."""

from typing import Any

import pytest

from evenhand.app import aborted_replies as module
from evenhand.app.aborted_replies import aborting
from evenhand.datasets.storage import StorageUnreachable
from evenhand.foundation import telemetry
from evenhand.foundation.telemetry import Seldom

START = {"type": "http.response.start", "status": 200, "headers": []}


async def _run(error: Exception, *sent: dict[str, Any]) -> list[dict[str, Any]]:
    passed: list[dict[str, Any]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for message in sent:
            await send(message)
        raise error

    async def send(message: Any) -> None:
        passed.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read here")

    await aborting(app, Seldom())({"type": "http", "path": "/files/1"}, receive, send)
    return passed


@pytest.fixture
def said(monkeypatch) -> list[str]:
    """What the log was told, trouble that passes and mistakes of ours."""
    told: list[str] = []
    monkeypatch.setattr(telemetry.log, "warning", lambda event, **_: told.append(event))
    monkeypatch.setattr(module.log, "exception", lambda event, **_: told.append(event + "!"))
    return told


async def test_trouble_that_passes_is_a_line(said):
    piece = {"type": "http.response.body", "body": b"half", "more_body": True}
    assert await _run(StorageUnreachable(), START, piece) == [START, piece]
    assert said == ["answer.broken_off"]


async def test_a_mistake_of_ours_keeps_its_reason(said):
    await _run(ZeroDivisionError("ours"), START)
    assert said == ["answer.broken_off!"]


async def test_before_an_answer_has_begun_others_word_the_error():
    with pytest.raises(StorageUnreachable):
        await _run(StorageUnreachable())
