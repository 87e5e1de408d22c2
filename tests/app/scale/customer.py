"""A customer of the task API: through the official client, and by hand."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import requests
from scaleapi import ScaleClient
from scaleapi.tasks import TaskType

SECONDS_MAX = 60

CATEGORIZATION: dict[str, Any] = {
    "attachment": "The kitten sleeps.",
    "attachment_type": "text",
    "categories": ["cat", "dog"],
}

# What the official client is asked to create, for each type that there is.
PARAMS: dict[TaskType, dict[str, Any]] = {
    TaskType.Categorization: CATEGORIZATION,
    TaskType.Comparison: {
        "attachments": ["first text", "second text"],
        "attachment_type": "text",
        "choices": ["the first", "the second"],
    },
    TaskType.ImageAnnotation: {
        "attachment": "PICTURE",
        "geometries": {"box": {"objects_to_annotate": ["car"]}},
    },
    TaskType.NamedEntityRecognition: {
        "text": "Anna lives in Rome.",
        "labels": [{"name": "person"}, {"name": "place"}],
    },
    TaskType.TextCollection: {
        "attachments": [{"type": "text", "content": "What is it about?"}],
        "fields": [{"field_id": "topic", "type": "TextField", "title": "Topic"}],
    },
    TaskType.Transcription: {
        "attachment": "Invoice 7",
        "attachment_type": "text",
        "fields": {"number": "The number of the invoice"},
    },
}


# One dot: a picture that is a real one.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763"
    "f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def params_for(task_type: TaskType, picture: str) -> dict[str, Any]:
    """What to create a task of this type with, showing this picture where it shows one."""
    return {
        name: picture if value == "PICTURE" else value for name, value in PARAMS[task_type].items()
    }


@dataclass(frozen=True)
class Customer:
    """A tenant's two keys and the server that they open."""

    origin: str
    tenant_id: UUID
    live_key: str
    test_key: str
    admin: str

    @property
    def base(self) -> str:
        return f"{self.origin}/v1"

    @property
    def live(self) -> ScaleClient:
        return ScaleClient(self.live_key, api_instance_url=self.base)

    @property
    def test(self) -> ScaleClient:
        return ScaleClient(self.test_key, api_instance_url=self.base)

    def send(
        self, method: str, path: str, *, key: str | None = None, **more: Any
    ) -> requests.Response:
        """Send a request by hand, with the live key unless told otherwise."""
        more.setdefault("auth", (key or self.live_key, ""))
        return requests.request(method, self.base + path, timeout=SECONDS_MAX, **more)

    def create(self, *, key: str | None = None, **said: Any) -> dict[str, Any]:
        """Create a categorization by hand and return the task."""
        sent = self.send("POST", "/task/categorization", key=key, json={**CATEGORIZATION, **said})
        assert sent.status_code == 200, sent.text
        return sent.json()

    def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Look into the database past every policy; %s stands first for the tenant."""
        with psycopg.connect(self.admin) as connection:
            return connection.execute(statement, [self.tenant_id, *arguments]).fetchall()


def error_of(reply: requests.Response) -> str:
    """The sentence of an error, once its shape is proven to be the contract's."""
    told = reply.json()
    assert set(told) == {"status_code", "error"}, told
    assert told["status_code"] == reply.status_code
    assert isinstance(told["error"], str)
    assert told["error"].strip()
    return told["error"]
