"""An answer that nobody takes is given up, and what it held is free for others."""

import asyncio
from typing import Any

import pytest

from evenhand.app.door.answers import AnswerNotTaken, taken_in_time
from evenhand.app.door.callers import TURN_OUT

START = {"type": "http.response.start", "status": 200, "headers": []}
PIECE = {"type": "http.response.body", "body": b"x", "more_body": True}
END = {"type": "http.response.body", "body": b"", "more_body": False}


async def _app(_scope: Any, _receive: Any, send: Any) -> None:
    for message in (START, PIECE, PIECE, END):
        await send(message)


async def test_whoever_takes_nothing_is_turned_out():
    turned_out: list[bool] = []
    scope = {"type": "http", TURN_OUT: lambda: turned_out.append(True)}
    taken: list[Any] = []

    async def send(message: Any) -> None:
        taken.append(message)
        if len(taken) == 3:
            await asyncio.sleep(3600)

    app: Any = taken_in_time(_app, seconds=0.05)
    with pytest.raises(AnswerNotTaken):
        await app(scope, None, send)
    assert turned_out == [True]


async def test_whoever_takes_each_piece_in_time_gets_all():
    taken: list[Any] = []

    async def send(message: Any) -> None:
        taken.append(message)

    app: Any = taken_in_time(_app, seconds=5)
    await app({"type": "http"}, None, send)
    assert taken == [START, PIECE, PIECE, END]
