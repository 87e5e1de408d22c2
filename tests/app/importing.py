"""Files brought into a database by `evenhand import`, and what comes out of it again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from given import NOW

from evenhand import delivery, tenants
from evenhand.app.commands.imports import Reading, Tally, import_file
from evenhand.app.context import Context
from evenhand.app.scale.projects import enter
from evenhand.foundation.database import as_tenant

TEXTS = {"categories": ["cat", "dog"], "attachment_type": "text"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A tenant whose files are imported."""

    context: Context
    tenant_id: UUID

    async def project(self, name: str, type_name: str = "categorization", **params: Any) -> None:
        """Make a project whose tasks need nothing but a text."""
        body = {"name": name, "type": type_name, "params": params or TEXTS}
        async with as_tenant(self.context.pool, self.tenant_id) as tx:
            await enter(tx, body, is_test=False, now=NOW)

    async def imports(self, file: Path, project: str = "p", **how: Any) -> Tally:
        """Import a file and return the tally."""
        tally = Tally(file)
        async for _ in import_file(self.context, self.tenant_id, tally, project, Reading(**how)):
            pass
        return tally

    async def exported(self, project: str | None = "p") -> list[dict[str, Any]]:
        """All tasks of a project as an export has them."""
        selection = delivery.Selection(is_test=False, project=project, with_params=True)
        pieces = delivery.export(self.context.pool, self.tenant_id, selection, form="jsonl")
        content = b"".join([piece async for piece in pieces])
        return [json.loads(line) for line in content.splitlines()]


async def customer_of(context: Context) -> Customer:
    """A new tenant with the project `p`."""
    made = await tenants.create(context.pool, context.secret, f"T {uuid4()}", now=NOW)
    customer = Customer(context, made.tenant_id)
    await customer.project("p")
    return customer


def counted(tally: Tally) -> tuple[int, int, int]:
    """How many rows were created, existed and failed."""
    return tally.created, tally.existing_count, tally.failed


def failed_lines(tally: Tally) -> list[int]:
    """The lines of rows that failed, once it is proven that each names its file."""
    assert all(told["file"] == str(tally.file) for told in tally.errors)
    assert all(str(told["error"]).endswith((".", "?", "!")) for told in tally.errors), tally.errors
    return [int(str(told["line"])) for told in tally.errors]
