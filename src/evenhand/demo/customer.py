"""A tenant of the demo, speaking to the customers' API as any customer would."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
from pyarrow import parquet

from evenhand.demo.questions import Picture, Project, Question
from evenhand.foundation.errors import Unprocessable

UPLOADS_AT_ONCE = 8
REFUSAL_CHARACTERS_MAX = 500
PAGE = 100  # what the contract allows at most


class Refused(Unprocessable):
    """The server refused what the demo asked of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """Which question became which task, and under which attachment it is shown."""

    by_task: Mapping[str, Question]
    by_attachment: Mapping[str, Question]


@dataclass(frozen=True, slots=True)
class Customer:
    """One tenant with its key, its address for callbacks and a connection to the server."""

    name: str
    tenant_id: UUID
    live_key: str
    callback_url: str
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, **request: Any) -> Any:
        """Make a request and return the JSON of its reply; a refusal is an error."""
        async with self.session.request(method, path, **request) as reply:
            text = await reply.text()
            if reply.status != 200:
                raise Refused(
                    f"{method} {path} was answered {reply.status}: {text[:REFUSAL_CHARACTERS_MAX]}"
                )
            return json.loads(text)

    async def status_of(self, path: str) -> int:
        """Which status a request for something is answered with."""
        async with self.session.get(path) as reply:
            _ = await reply.read()
            return reply.status

    async def submit(
        self, project: Project, *, on_upload: Callable[[], None] = lambda: None
    ) -> Submitted:
        """Make the project, upload its pictures and submit its tasks in one request."""
        await self.create(project)
        return await self.add(project, project.questions, on_upload=on_upload)

    async def create(self, project: Project) -> None:
        """Make the project."""
        _ = await self.call(
            "POST",
            "/v1/projects",
            json={
                "name": project.name,
                "type": project.type,
                "params": dict(project.params),
                "policy": dict(project.policy),
            },
        )

    async def add(
        self,
        project: Project,
        questions: Sequence[Question],
        *,
        on_upload: Callable[[], None] = lambda: None,
    ) -> Submitted:
        """Submit questions to a project that is there."""
        attached = await self._upload(project, questions, on_upload)
        tasks = [
            self._task(project, question, attached.get(question.unique_id))
            for question in questions
        ]
        made = await self.call(
            "POST",
            "/v1/tasks/bulk",
            params={"atomic": "true"},
            data="\n".join(map(json.dumps, tasks)).encode(),
            headers={"Content-Type": "application/x-ndjson"},
        )
        task_ids: list[str] = made["task_ids"]
        pairs = list(zip(task_ids, tasks, questions, strict=True))
        return Submitted(
            by_task={task_id: question for task_id, _, question in pairs},
            by_attachment={str(task.get("attachment")): question for _, task, question in pairs},
        )

    def _task(self, project: Project, question: Question, attachment: str | None) -> dict[str, Any]:
        task: dict[str, Any] = {
            "type": project.type,
            "project": project.name,
            "unique_id": question.unique_id,
            "callback_url": self.callback_url,
            **question.params,
        }
        if attachment is not None:
            task["attachment"] = attachment
        return task

    async def _upload(
        self, project: Project, questions: Sequence[Question], on_upload: Callable[[], None]
    ) -> dict[str, str]:
        room = asyncio.Semaphore(UPLOADS_AT_ONCE)

        async def upload(unique_id: str, picture: Picture) -> tuple[str, str]:
            async with room:
                file = await self._upload_one(project.name, picture)
            on_upload()
            return unique_id, file["attachment_url"]

        return dict(
            await asyncio.gather(
                *(
                    upload(question.unique_id, question.picture)
                    for question in questions
                    if question.picture is not None
                )
            )
        )

    async def _upload_one(self, project: str, picture: Picture) -> dict[str, Any]:
        form = aiohttp.FormData()
        form.add_field("project_name", project)
        form.add_field("display_name", picture.name)
        form.add_field(
            "file", picture.content, filename=picture.name, content_type=picture.mime_type
        )
        return await self.call("POST", "/v1/files/upload", data=form)

    async def count(self, **filters: str) -> int:
        """How many of its tasks there are."""
        page = await self.call("GET", "/v1/tasks", params={**filters, "limit": "1"})
        return int(page["total"])

    async def tasks(self) -> AsyncGenerator[dict[str, Any]]:
        """All tasks that the tenant can list, newest first."""
        after: dict[str, str] = {}
        while True:
            page = await self.call("GET", "/v1/tasks", params={"limit": str(PAGE), **after})
            for task in page["docs"]:
                yield task
            if not page["has_more"]:
                return
            after = {"next_token": page["next_token"]}

    async def exported(self, project: str) -> int:
        """Export the project's responses as JSON lines and as Parquet; how many both hold."""
        lines = await self._export(project, "jsonl")
        table: Any = parquet.ParquetFile(io.BytesIO(await self._export(project, "parquet")))
        rows = int(table.metadata.num_rows)
        count = len([json.loads(line) for line in lines.splitlines()])
        assert rows == count, "both forms hold the same tasks"
        return count

    async def _export(self, project: str, form: str) -> bytes:
        path = "/api/export"
        wanted = {"project": project, "status": "completed", "format": form}
        async with self.session.get(path, params=wanted) as reply:
            content = await reply.read()
            if reply.status != 200:
                told = content[:REFUSAL_CHARACTERS_MAX].decode(errors="replace")
                raise Refused(f"GET {path} was answered {reply.status}: {told}")
            return content

    async def files(self) -> list[dict[str, Any]]:
        """All files that the tenant can list."""
        found: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = await self.call("GET", "/v1/files", params={"limit": str(PAGE), **after})
            found.extend(page["docs"])
            if not page.get("next_token"):
                return found
            after = {"next_token": page["next_token"]}


@asynccontextmanager
async def customer(
    address: str, name: str, tenant_id: UUID, live_key: str, callback_url: str
) -> AsyncGenerator[Customer]:
    """Connect a tenant to the server with its live key."""
    async with aiohttp.ClientSession(
        address, auth=aiohttp.BasicAuth(live_key), timeout=aiohttp.ClientTimeout(total=120)
    ) as session:
        yield Customer(name, tenant_id, live_key, callback_url, session)
