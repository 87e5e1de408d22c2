"""Three guards over every `queries.sql`, and the form that its statements are written in.

What a statement touches is asked of PostgreSQL itself and not guessed from the text: it is
planned as the application's role, which needs every name, type and privilege to be right,
and it is made the body of a function, whose dependencies the catalogue then lists.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from given import Database
from psycopg import Connection, sql
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH
from shelves import SOURCE, may_use

from evenhand.foundation.sql import beside

# Tables of libraries live here, on the lowest shelf; the catalogue is everyone's.
FREE_SCHEMAS = {"public", "pg_catalog", "information_schema", "pg_temp"}
NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
PARAMETER = re.compile(r"%\((\w+)\)[sbt]")
COMMENT_OR_QUOTED = re.compile(r"--.*|(?P<quoted>'(?:[^']|'')*')")
LOWER_KEYWORD = re.compile(
    r"\b(select|from|where|insert into|delete from|returning|order by|group by|join|limit)\b"
)
STAR = re.compile(r"(\b(SELECT|RETURNING)\s+|\w\.)\*")

TOUCHED = """
SELECT DISTINCT coalesce(relation.relnamespace, function.pronamespace)::regnamespace::text,
       coalesce(relation.relname, function.proname),
       EXISTS (SELECT FROM pg_attribute
                WHERE attrelid = relation.oid AND attname = 'tenant_id')
  FROM pg_depend
  LEFT JOIN pg_class AS relation ON refclassid = 'pg_class'::regclass AND relation.oid = refobjid
  LEFT JOIN pg_proc AS function ON refclassid = 'pg_proc'::regclass AND function.oid = refobjid
 WHERE classid = 'pg_proc'::regclass
   AND objid = 'pg_temp.probe'::regproc
   AND coalesce(relation.oid, function.oid) IS NOT NULL
"""


@dataclass(frozen=True)
class Statement:
    """One statement of a part, with the comment that stands over it."""

    part: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.part}.{self.name}"

    def numbered(self) -> bytes:
        """The statement with $1, $2 … for its parameters, as psycopg sends it."""
        text = COMMENT_OR_QUOTED.sub(lambda found: found["quoted"] or "", self.text)
        order = list(dict.fromkeys(PARAMETER.findall(text)))
        numbered = PARAMETER.sub(lambda found: f"${order.index(found[1]) + 1}", text)
        return numbered.replace("%%", "%").strip().rstrip(";").encode()

    def bare(self) -> str:
        """The statement without comments, quoted text and parameters."""
        return PARAMETER.sub("?", COMMENT_OR_QUOTED.sub("", self.text))


def statements(source: Path) -> list[Statement]:
    """Every statement of every part under a folder."""
    return [
        Statement(path.parent.relative_to(source).parts[0], name, text)
        for path in sorted(source.rglob("queries.sql"))
        for name, text in _named(path)
    ]


def _named(path: Path) -> list[tuple[str, str]]:
    _, *parts = NAME.split(path.read_text(encoding="utf-8"))
    return list(zip(parts[::2], parts[1::2], strict=True))


def unfit(app: str, written: list[Statement]) -> list[str]:
    """Which statements the application's role could not run, and why."""
    with psycopg.connect(app, autocommit=True) as connection:
        return [f"{one}: {why}" for one in written if (why := _plan(connection, one)[1])]


def _plan(connection: Connection, statement: Statement) -> tuple[dict[str, Any], str]:
    try:
        found = connection.execute(
            b"EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) " + statement.numbered()
        ).fetchone()
    except psycopg.Error as error:
        return {}, str(error)
    assert found is not None, "EXPLAIN always says something"
    return found[0][0]["Plan"], ""


def trespassing(admin: str, written: list[Statement]) -> list[str]:
    """Which statements write outside their own schema, or read beside or above it."""
    with psycopg.connect(admin, autocommit=True) as connection:
        return [fault for one in written for fault in _intrusions(connection, one)]


def _intrusions(connection: Connection, statement: Statement) -> Iterator[str]:
    plan, misfit = _plan(connection, statement)
    if misfit:
        yield f"{statement} does not fit"
        return
    for schema, table in _written(plan):
        if schema not in FREE_SCHEMAS | {statement.part}:
            yield f"{statement} writes {schema}.{table}"
    for schema, name, _ in _touched(connection, statement):
        if schema not in FREE_SCHEMAS and not may_use(statement.part, schema):
            yield f"{statement} reads {schema}.{name}"


def _written(plan: dict[str, Any]) -> set[tuple[str, str]]:
    nodes = [plan]
    found: set[tuple[str, str]] = set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node["Node Type"] == "ModifyTable":
            targets = node.get("Target Tables", [node])
            found |= {(target["Schema"], target["Relation Name"]) for target in targets}
    return found


def _touched(connection: Connection, statement: Statement) -> list[tuple[str, str, bool]]:
    with connection.transaction(force_rollback=True):
        connection.execute(b"PREPARE probe AS " + statement.numbered())
        types = connection.execute(
            "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'probe'"
        ).fetchone()
        connection.execute("DEALLOCATE probe")
        assert types is not None, "it was prepared above"
        connection.execute(
            sql.SQL("CREATE FUNCTION pg_temp.probe({}) RETURNS void BEGIN ATOMIC ")
            .format(sql.SQL(", ").join(map(sql.SQL, types[0])))
            .as_bytes()
            + statement.numbered()
            + b"; END"
        )
        return connection.execute(TOUCHED).fetchall()


def tenantless(admin: str, written: list[Statement]) -> list[str]:
    """Which statements touch a table of tenants without naming the tenant."""
    with psycopg.connect(admin, autocommit=True) as connection:
        return [
            str(one)
            for one in written
            if "tenant_id" not in one.bare()
            and any(has_tenant for _, _, has_tenant in _touched(connection, one))
        ]


def unmatched(source: Path) -> list[str]:
    """Which statements nobody calls, and which calls name no statement."""
    there = Counter((one.part, one.name) for one in statements(source))
    called = {(part, name) for part, name in _calls(source) if name}
    return [
        *(f"{part}.{name} is there twice" for (part, name), n in there.items() if n > 1),
        *(f"{part}.{name} has no caller" for part, name in sorted(there.keys() - called)),
        *(f"{part}.{name} is called and not there" for part, name in sorted(called - there.keys())),
        *(
            f"{part} picks a statement by a computed name"
            for part, name in _calls(source)
            if not name
        ),
    ]


def _calls(source: Path) -> Iterator[tuple[str, str]]:
    for path in source.rglob("*.py"):
        part = path.relative_to(source).parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Subscript(
                    value=ast.Name(id="QUERIES"), slice=ast.Constant(value=str(name))
                ):
                    yield part, name
                case ast.Subscript(value=ast.Name(id="QUERIES")):
                    yield part, ""
                case _:
                    pass


def misformed(written: list[Statement]) -> list[str]:
    """Which statements break the form: a sentence on top, capitals, named columns."""
    return [
        f"{one} {fault}"
        for one in written
        for fault, found in {
            "has no sentence on top": not re.match(r"-- \S", one.text),
            "has a keyword in small letters": LOWER_KEYWORD.search(one.bare()),
            "does not name its columns": STAR.search(one.bare()),
            "has a line over 100": any(len(line) > 100 for line in one.text.splitlines()),
        }.items()
        if found
    ]


def test_every_statement_can_be_run_by_the_application(shared_database: Database):
    assert unfit(shared_database.app, statements(SOURCE)) == []


def test_every_statement_has_a_caller_and_every_caller_a_statement():
    assert unmatched(SOURCE) == []


def test_every_statement_writes_its_own_schema_and_reads_no_higher_one(shared_database: Database):
    assert trespassing(shared_database.admin, statements(SOURCE)) == []


def test_every_statement_is_short_enough_to_be_read_for_its_parameters_once():
    read = [(path, beside(str(path))) for path in SOURCE.rglob("queries.sql")]
    long = [
        f"{path.parent.name}.{name}"
        for path, named in read
        for name, text in named.items()
        if len(text) > MAX_CACHED_STATEMENT_LENGTH
    ]
    assert read
    assert not long


def test_every_statement_on_tenants_rows_names_the_tenant(shared_database: Database):
    assert tenantless(shared_database.admin, statements(SOURCE)) == []


def test_every_statement_is_written_in_one_form():
    assert misformed(statements(SOURCE)) == []


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("SELECT taks_id FROM work.task", "does not exist"),
        (
            "SELECT task_id FROM work.task WHERE created_at > %(now)s::int",
            "operator does not exist",
        ),
        ("DELETE FROM work.verdict WHERE tenant_id = %(tenant_id)s", "permission denied"),
        ("SELECT task_id FRM work.task", "syntax error"),
    ],
)
def test_a_statement_that_does_not_fit_is_noticed(
    shared_database: Database, planted: str, said: str
):
    assert said in unfit(shared_database.app, [Statement("work", "planted", planted)])[0]


@pytest.mark.parametrize(
    ("part", "planted", "fault"),
    [
        (
            "work",
            "UPDATE tenants.tenant SET weight = 2 WHERE tenant_id = %(tenant_id)s",
            "work.planted writes tenants.tenant",
        ),
        (
            "work",
            "WITH gone AS (DELETE FROM workforce.token RETURNING purpose) SELECT purpose FROM gone",
            "work.planted writes workforce.token",
        ),
        (
            "datasets",
            "SELECT file_id FROM datasets.file WHERE EXISTS (SELECT FROM work.task_file)",
            "datasets.planted reads work.task_file",
        ),
        (
            "ledger",
            "SELECT tenant_id FROM tenants.tenant_ids() AS t (tenant_id)",
            "ledger.planted reads tenants.tenant_ids",
        ),
    ],
)
def test_a_statement_that_trespasses_is_noticed(
    shared_database: Database, part: str, planted: str, fault: str
):
    assert fault in trespassing(shared_database.admin, [Statement(part, "planted", planted)])


def test_a_statement_that_forgets_the_tenant_is_noticed(shared_database: Database):
    planted = Statement("work", "planted", "SELECT task_id FROM work.task WHERE priority > 1")
    assert tenantless(shared_database.admin, [planted]) == ["work.planted"]


def test_statements_and_callers_without_each_other_are_noticed(tmp_path: Path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "queries.sql").write_text(
        "-- name: used\n-- One.\nSELECT 1;\n\n-- name: idle\n-- Two.\nSELECT 2;\n"
    )
    (tmp_path / "work" / "tasks.py").write_text(
        'QUERIES["used"], QUERIES["missing"], QUERIES[chosen]\n'
    )
    assert unmatched(tmp_path) == [
        "work.idle has no caller",
        "work.missing is called and not there",
        "work picks a statement by a computed name",
    ]


@pytest.mark.parametrize(
    "planted",
    [
        "SELECT 1;",
        "-- A sentence.\nselect 1;",
        "-- A sentence.\nSELECT * FROM work.task;",
        "-- A sentence.\nUPDATE work.task SET priority = 1 RETURNING task.*;",
        "-- A sentence.\nSELECT " + "1, " * 40 + "1;",
    ],
)
def test_a_statement_out_of_form_is_noticed(planted: str):
    assert misformed([Statement("work", "planted", planted)])
