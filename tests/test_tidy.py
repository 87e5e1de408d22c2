"""Properties of the code itself: names that say something, pieces that fit on a screen."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from shelves import ROOT

VAGUE = {
    "base", "common", "constants", "core", "handler", "handlers", "helper", "helpers", "lib",
    "manager", "managers", "misc", "model", "models", "repositories", "repository", "service",
    "services", "shared", "stuff", "tools", "types", "util", "utils",
}  # fmt: skip
# A verb that says what changes would stand here instead.
VAGUE_VERB = re.compile(r"^_?(get|handle|process|do|manage)_")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
ARGUMENTS_MAX = 6
LINE_MAX = 100

OURS = ("src", "tests", "bench", ".ci", "web/src")
NOT_OURS = {".envs", "node_modules", "static", "__pycache__"}
# What the workbench, the console and the editors have in common on the browser's side.
BOTH_USE = ("web", "src", "shared")
# Dumped from the migrations: as long as the schema is wide.
DUMPED = {"schema.sql"}
STATEMENT_LINES_MAX = 60
NAMES_MAX = 40  # that a room shows; more are two rooms

SQL = re.compile(
    r"\s*(SELECT\s|INSERT INTO\s|UPDATE\s+[\w.]+\s+(AS \w+\s+)?SET\s|DELETE FROM\s|WITH\s+\w+\s+AS|"
    r"MERGE INTO\s|TRUNCATE\s|COPY\s|LOCK TABLE\s|GRANT\s|REVOKE\s|SET\s+(LOCAL|ROLE)\s|"
    r"(CREATE|ALTER|DROP)\s+(TABLE|ROLE|SCHEMA|DATABASE|INDEX|FUNCTION|POLICY|VIEW)\s)"
)
# The door to the data and its guard speak SQL of their own; all others keep it in `queries.sql`.
# The demo's intruder takes the names of its tables from the catalogue.
SPEAK_SQL = ("foundation/", "tenants/firewall.py", "demo/intrusion.py")
# One way to ask the database fixes what a row is and whose it is: `foundation.rows`.
RAW_ROWS = {
    "execute", "executemany", "fetchone", "fetchall", "args_row", "class_row", "dict_row",
    "kwargs_row", "namedtuple_row", "scalar_row", "tuple_row",
}  # fmt: skip
# The canary is looked at before an event loop runs. An export is a stream, read by its own cursor.
ASK_BY_THEMSELVES = ("foundation/", "tenants/canary.py", "delivery/exports.py")
WALL_CLOCKS = ("datetime.now", "datetime.utcnow", "date.today", "time.time", "time.time_ns")
# A customer's receiver and a witness go by their own clocks, and so does the name of the demo's
# folder.
READ_THE_WALL_CLOCK = {
    "app/commands/verification.py", "app/commands/witness.py", "demo/receiver.py", "demo/run.py",
}  # fmt: skip

COMMENT = {".py": "#", ".sql": "--", ".ts": "//", ".tsx": "//", ".css": r"/\*"}
DRAWN = {
    suffix: re.compile(rf"^\s*{mark}\s*[-=#*~_]{{3,}}", re.MULTILINE)
    for suffix, mark in COMMENT.items()
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def code(root: Path) -> list[Path]:
    """Every file of ours that a person writes, in any language."""
    return [
        path
        for folder in OURS
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in COMMENT
        and path.name not in DUMPED
        and not NOT_OURS & set(path.relative_to(root).parts)
    ]


def functions(root: Path) -> Iterator[tuple[str, Function]]:
    """Every function with the place where it stands."""
    for path in code(root):
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, Function):
                    yield f"{path.relative_to(root)}:{node.lineno} {node.name}", node


def vague_files(root: Path) -> list[str]:
    """Files and folders whose names say nothing about what they do."""
    return [
        str(path.relative_to(root))
        for path in code(root)
        if VAGUE & {Path(part).stem.lower() for part in _naming_parts(path.relative_to(root))}
    ]


def _naming_parts(path: Path) -> tuple[str, ...]:
    return path.parts[len(BOTH_USE) :] if path.parts[: len(BOTH_USE)] == BOTH_USE else path.parts


def vague_functions(root: Path) -> list[str]:
    """Functions of the product that begin with a verb for anything."""
    return [
        place
        for place, node in functions(root)
        if place.startswith("src/") and VAGUE_VERB.match(node.name)
    ]


def long_files(root: Path) -> list[str]:
    """Files over the limit."""
    return [
        f"{path.relative_to(root)} {lines}"
        for path in code(root)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES_MAX
    ]


def long_statements(root: Path) -> list[str]:
    """Statements that do not fit on a screen, comments not counted."""
    return [
        f"{path.relative_to(root)} {name}"
        for path in sorted((root / "src").rglob("queries.sql"))
        for name, text in _statements(path.read_text(encoding="utf-8"))
        if sum(not line.lstrip().startswith("--") for line in text.strip().splitlines())
        > STATEMENT_LINES_MAX
    ]


def _statements(text: str) -> list[tuple[str, str]]:
    _, *parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return list(zip(parts[::2], parts[1::2], strict=True))


def long_lines(root: Path) -> list[str]:
    """Lines over the limit in languages that no linter of ours measures."""
    return [
        f"{path.relative_to(root)}:{number}"
        for path in code(root)
        if path.suffix != ".py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LINE_MAX
    ]


def long_functions(root: Path) -> list[str]:
    """Functions that do not fit on a screen."""
    return [
        place
        for place, node in functions(root)
        if (node.end_lineno or 0) - node.lineno - _help_lines(place, node) >= FUNCTION_LINES_MAX
    ]


def wide_functions(root: Path) -> list[str]:
    """Functions of the product that ask for too much."""
    return [
        place
        for place, node in functions(root)
        if not place.startswith("tests/")
        and not _is_command(place, node)
        and len(_asked(node.args)) > ARGUMENTS_MAX
    ]


def _is_command(place: str, node: Function) -> bool:
    # What a command of the command line asks for are its options, and its docstring is its help.
    return ("/commands/" in place and not node.name.startswith("_")) or any(
        ".command" in ast.unparse(decorator) for decorator in node.decorator_list
    )


def _help_lines(place: str, node: Function) -> int:
    return len((ast.get_docstring(node) or "").splitlines()) if _is_command(place, node) else 0


def _asked(arguments: ast.arguments) -> list[str]:
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument.arg for argument in given if argument.arg not in {"self", "cls"}]


def wide_rooms(root: Path) -> list[str]:
    """Rooms of a part that show more names than can be kept in mind."""
    return [
        f"{path.relative_to(root)} {len(shown)}"
        for path in sorted((root / "src" / "evenhand" / "work").rglob("__init__.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.List)
        and len(shown := node.value.elts) > NAMES_MAX
    ]


def sql_in_python(root: Path) -> list[str]:
    """SQL outside the files that hold it."""
    package = root / "src" / "evenhand"
    return [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in sorted(package.rglob("*.py"))
        if not path.relative_to(package).as_posix().startswith(SPEAK_SQL)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]


def raw_rows(root: Path) -> list[str]:
    """Statements run, rows fetched and tenants written beside the one way to do so."""
    package = root / "src" / "evenhand"
    return [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in sorted(package.rglob("*.py"))
        if not path.relative_to(package).as_posix().startswith("foundation/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _writes_the_tenant(node)
        or (
            _asks_raw(node)
            and not path.relative_to(package).as_posix().startswith(ASK_BY_THEMSELVES)
        )
    ]


def _asks_raw(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name) | ast.alias(name=name):
            return name in RAW_ROWS
        case _:
            return False


def _writes_the_tenant(node: ast.AST) -> bool:
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant)
        and key.value == "tenant_id"
        and ast.unparse(value) == "tx.tenant_id"
        for key, value in zip(node.keys, node.values, strict=True)
    )


def wall_clocks(root: Path) -> list[str]:
    """Readings of a machine's own clock, which may be hours off and be set at any time."""
    package = root / "src" / "evenhand"
    return [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in sorted(package.rglob("*.py"))
        if path.relative_to(package).as_posix() not in READ_THE_WALL_CLOCK
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and ast.unparse(node).endswith(WALL_CLOCKS))
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "time"
            and {one.name for one in node.names} & {"time", "time_ns"}
        )
    ]


def hidden_modules(root: Path) -> list[str]:
    """Modules that nobody reaches by name, since their package shows something so called."""
    return [
        f"{path.relative_to(root)} {alias.name}"
        for path in sorted((root / "src").rglob("__init__.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and _is_below(node.module, path)
        for alias in node.names
        if (path.parent / f"{alias.name}.py").exists() or (path.parent / alias.name).is_dir()
    ]


def _is_below(module: str | None, package: Path) -> bool:
    """Tell whether a module stands inside the package, and is not the package itself."""
    return f".{package.parent.name}." in f".{module}"


def banners(root: Path) -> list[str]:
    """Comments that are drawn and not written."""
    return [
        str(path.relative_to(root))
        for path in code(root)
        if DRAWN[path.suffix].search(path.read_text(encoding="utf-8"))
    ]


CHECKS = [
    vague_files, vague_functions, long_files, long_lines, long_statements, long_functions,
    wide_functions, wide_rooms, hidden_modules, sql_in_python, raw_rows, wall_clocks, banners,
]  # fmt: skip

ARGUMENTS_TOO_MANY = ", ".join(f"a{n}" for n in range(ARGUMENTS_MAX + 1))
PLANTED = {
    vague_files: ("src/evenhand/work/utils.py", ""),
    vague_functions: ("src/evenhand/work/tasks.py", "def get_next(): ..."),
    long_files: ("web/src/App.tsx", "\n" * (FILE_LINES_MAX + 1)),
    long_lines: ("web/src/App.tsx", "x" * (LINE_MAX + 1)),
    long_statements: (
        "src/evenhand/ledger/queries.sql",
        "-- name: all\n" + "SELECT 1;\n" * (STATEMENT_LINES_MAX + 1),
    ),
    wide_rooms: (
        "src/evenhand/work/tasks/__init__.py",
        f"__all__ = {[f'name_{n}' for n in range(NAMES_MAX + 1)]}",
    ),
    hidden_modules: (
        "src/evenhand/pipeline/__init__.py",
        "from evenhand.pipeline.submit import submit\n",
    ),
    long_functions: ("bench/peers.py", "def run():\n" + "    run()\n" * FUNCTION_LINES_MAX),
    wide_functions: ("src/evenhand/work/tasks.py", f"def close(*, {ARGUMENTS_TOO_MANY}): ..."),
    sql_in_python: ("src/evenhand/work/tasks.py", 'run("UPDATE work.task SET priority = 1")'),
    raw_rows: ("src/evenhand/datasets/files.py", "await tx.connection.execute(QUERIES['task_of'])"),
    wall_clocks: ("src/evenhand/delivery/exports.py", "moment = datetime.datetime.now(UTC)"),
    banners: ("src/evenhand/work/queries.sql", "-- " + "-" * 20),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_code_has_none_of(check):
    assert check(ROOT) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_planted_fault_is_found_by(check, tmp_path: Path):
    name, text = PLANTED[check]
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    (file.parent / "submit").mkdir(exist_ok=True)  # the module that the planted name hides
    found = check(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(name)


@pytest.mark.parametrize(
    ("name", "line", "faults"),
    [
        ("work/tasks.py", "row = await cursor.fetchone()", 1),
        ("work/tasks.py", "from psycopg.rows import class_row", 1),
        ("work/tasks.py", 'arguments = {"tenant_id": tx.tenant_id, "now": now}', 1),
        ("work/tasks.py", 'told = {"tenant_id": str(tx.tenant_id)}', 0),
        ("delivery/exports.py", "await cursor.execute(statement, arguments)", 0),
        ("delivery/exports.py", 'arguments = {"tenant_id": tx.tenant_id}', 1),
        ("foundation/rows.py", 'given = {"tenant_id": tx.tenant_id}', 0),
    ],
)
def test_every_way_around_the_one_way_to_ask_is_found(
    name: str, line: str, faults: int, tmp_path: Path
):
    file = tmp_path / "src" / "evenhand" / name
    file.parent.mkdir(parents=True)
    file.write_text(line)
    assert len(raw_rows(tmp_path)) == faults


def test_the_limits_are_those_of_the_tidiest_code(tmp_path: Path):
    file = tmp_path / "src" / "evenhand" / "work" / "tasks.py"
    file.parent.mkdir(parents=True)
    arguments = ", ".join(f"a{n}" for n in range(ARGUMENTS_MAX))
    body = "    close()\n" * (FUNCTION_LINES_MAX - 1)
    file.write_text(f'"""Select what is open."""\n\n\ndef close({arguments}):\n{body}')
    assert [fault for check in CHECKS for fault in check(tmp_path)] == []
