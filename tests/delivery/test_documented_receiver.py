"""The receiver in the documentation works as it stands there."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evenhand.delivery.signatures import signed, webhook_secret

DOCUMENT = Path(__file__).parents[2] / "docs" / "delivery.md"
KEY = "a callback auth key"
BODY = '{"task_id": "1", "name": "Zoë"}'.encode()


def _documented() -> Any:
    (block,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)
    return names["is_genuine"]


def _headers(seconds_ago: float) -> dict[str, str]:
    at = datetime.fromtimestamp(time.time() - seconds_ago, UTC)
    return signed(BODY, webhook_secret(KEY), webhook_id="1", at=at)


def test_it_takes_what_we_send():
    assert _documented()(_headers(1), BODY, KEY)


def test_it_refuses_a_changed_body_another_key_and_an_old_request():
    is_genuine = _documented()
    assert not is_genuine(_headers(1), BODY + b" ", KEY)
    assert not is_genuine(_headers(1), BODY, "another")
    assert not is_genuine(_headers(600), BODY, KEY)
