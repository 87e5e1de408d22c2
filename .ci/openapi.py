"""Write down what the API under /api promises, for the browser's side to be built against.

The build makes TypeScript types of it without the server's packages, and a reviewer sees in the
diff what callers will see. Run it with `uv run python .ci/openapi.py` when a route changed; a
test compares it with the routes.
"""

import json
import re
from pathlib import Path
from typing import Any, cast

from evenhand.app.context import Context
from evenhand.app.server import routed

DOCUMENT = Path(__file__).parent.parent / "web" / "openapi.json"
REFERENCE = re.compile(r'"#/components/schemas/(\w+)"')


def main() -> None:
    """Rewrite the document."""
    DOCUMENT.write_text(document(), encoding="utf-8")


def document() -> str:
    """Describe the calls under /api as the server does at /api/schema/openapi.json."""
    # Routes are put together without a running server; none of them is called here.
    whole = routed(cast("Context", None)).openapi_schema.to_schema()
    paths = {
        path: {method: _promised(call) for method, call in calls.items()}
        for path, calls in whole["paths"].items()
        if path.startswith("/api/")
    }
    schemas = whole["components"]["schemas"]
    described = {name: schemas[name] for name in sorted(_used(json.dumps(paths), schemas))}
    about = {"title": "Evenhand's own API", "version": "0"}
    plain = {"openapi": whole["openapi"], "info": about, "paths": paths}
    return json.dumps({**plain, "components": {"schemas": described}}, indent=1) + "\n"


def _promised(call: dict[str, Any]) -> dict[str, Any]:
    # Every error is a problem document, while the server's document has its framework's own form.
    replies = {status: reply for status, reply in call["responses"].items() if status < "400"}
    return {**call, "responses": replies}


def _used(text: str, schemas: dict[str, Any]) -> set[str]:
    names = set(REFERENCE.findall(text))
    while (
        more := {found for name in names for found in REFERENCE.findall(json.dumps(schemas[name]))}
        - names
    ):
        names |= more
    return names


if __name__ == "__main__":
    main()
