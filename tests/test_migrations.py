"""The migrations: never changed once applied, and the shape they give is checked in."""

import re
import shutil
from pathlib import Path

import psycopg
import pytest
from given import Database
from shelves import may_use, shelf, shelves

from evenhand.foundation import migrate, schema_dump

RENEW = "`uv run python -m evenhand.foundation.schema_dump` writes it anew"

# A key of a table in one schema that refers to a table in another.
FOREIGN_KEYS = """
SELECT DISTINCT referring.relnamespace::regnamespace::text,
       referred.relnamespace::regnamespace::text
  FROM pg_constraint
  JOIN pg_class AS referring ON referring.oid = conrelid
  JOIN pg_class AS referred ON referred.oid = confrelid
 WHERE contype = 'f' AND referring.relnamespace <> referred.relnamespace
"""


def upward_keys(admin: str) -> list[tuple[str, str]]:
    """Which schemas have a key into one that stands beside or above."""
    with psycopg.connect(admin) as connection:
        pairs = connection.execute(FOREIGN_KEYS).fetchall()
    return [(part, other) for part, other in pairs if not may_use(part, other)]


def test_migrations_are_what_their_checksums_say():
    assert schema_dump.CHECKSUMS.read_text() == schema_dump.checksums(), RENEW


def test_a_changed_migration_is_noticed(tmp_path: Path):
    copy = shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations")
    file = min(copy.glob("*.sql"))
    file.write_text(file.read_text() + "\n")
    assert schema_dump.checksums(copy) != schema_dump.CHECKSUMS.read_text()


def test_migrations_are_numbered_without_gap_and_named_after_a_part():
    names = [path.stem for path in sorted(migrate.MIGRATIONS.glob("*.sql"))]
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    parts = set.union(*shelves())
    assert not [
        name
        for name in names
        if not any(re.fullmatch(rf"\d{{4}}_{part}(_\w+)?", name) for part in parts)
    ]


def test_the_schema_on_file_is_what_the_migrations_give(shared_database: Database):
    given = schema_dump.schema(shared_database.admin)
    assert schema_dump.SCHEMA.read_text(encoding="utf-8") == given, RENEW


def test_a_changed_table_is_noticed(database: Database):
    with psycopg.connect(database.admin) as connection:
        connection.execute("ALTER TABLE work.task ADD COLUMN planted int")
    assert schema_dump.SCHEMA.read_text(encoding="utf-8") != schema_dump.schema(database.admin)


def test_migrating_again_changes_nothing(database: Database):
    before = schema_dump.schema(database.admin)
    migrate.migrate(database.admin)
    assert schema_dump.schema(database.admin) == before


def test_keys_between_parts_point_down(shared_database: Database):
    assert upward_keys(shared_database.admin) == []


def test_a_key_that_points_up_is_noticed(database: Database):
    with psycopg.connect(database.admin) as connection:
        connection.execute(
            "ALTER TABLE datasets.file ADD COLUMN batch_id uuid,"
            " ADD FOREIGN KEY (tenant_id, batch_id) REFERENCES work.batch (tenant_id, batch_id)"
        )
    assert upward_keys(database.admin) == [("datasets", "work")]


@pytest.mark.parametrize(
    ("upper", "lower"), [("app", "pipeline"), ("work", "datasets"), ("tenants", "public")]
)
def test_shelves_are_read_from_the_layers(upper: str, lower: str):
    assert shelf(upper) < shelf(lower)
