"""SQL statements, kept by name in `queries.sql` beside the code that runs them."""

import re
from pathlib import Path
from typing import LiteralString, cast

# The sentence on top is for readers: psycopg looks for the parameters of a statement of more than
# 4,096 characters anew each time.
_NAME = re.compile(r"^-- name: (\w+)\n(?:--.*\n)*", re.MULTILINE)


def beside(module_file: str, name: str = "queries.sql") -> dict[str, LiteralString]:
    """Read the `queries.sql` that lies beside a module into name -> statement."""
    text = Path(module_file).with_name(name).read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    # The files ship with the package, so they are as trustworthy as its code.
    return cast("dict[str, LiteralString]", dict(zip(parts[::2], parts[1::2], strict=True)))
