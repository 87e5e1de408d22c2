"""Attempts to see past row security: each a statement, written by chance from what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

RIVAL = "'00000000-0000-0000-0000-000000000002'::uuid"
MINE = "'00000000-0000-0000-0000-000000000001'::uuid"
ARGUMENTS = {
    "uuid": (MINE, RIVAL, RIVAL), "uuid[]": (f"ARRAY[{MINE}, {RIVAL}]", "'{}'::uuid[]"),
    "boolean": ("true", "false"), "date": ("current_date", "'2026-03-04'"),
    "timestamp with time zone": ("now()", "'2026-03-04T12:00Z'"), "text": ("'mine'", "''"),
    "jsonb": ("'{}'", "'[]'"), "bytea": ("'\\x00'",),
}  # fmt: skip
LEAKY = """CREATE FUNCTION pg_temp.tell(anyelement) RETURNS boolean LANGUAGE plpgsql
 COST 0.0000001 AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$"""
SETTINGS = ("row_security = off", "session_replication_role = replica", "role = evenhand_owner",
            "role = evenhand_dispatcher", "session_authorization = postgres",
            "search_path = pg_temp, work, tenants", "plan_cache_mode = force_generic_plan",
            "enable_seqscan = off", "debug_print_plan = on", "log_statement = 'all'",
            "client_min_messages = debug5", "default_transaction_read_only = off",
            "constraint_exclusion = off", "max_parallel_workers_per_gather = 4",
            "jit = on", "track_functions = 'all'", "local_preload_libraries = 'x'")  # fmt: skip
PEEKS = (
    "SELECT query_to_xml('SELECT * FROM {t}', true, true, '')",
    "SELECT table_to_xml('{t}', true, true, '')", "SELECT schema_to_xml('work', true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "SELECT * FROM ts_stat('SELECT ({c})::text::tsvector FROM {t}')",
    "SELECT pg_read_file('PG_VERSION')", "SELECT pg_ls_dir('.')", "SELECT lo_import('/etc/passwd')",
    "SELECT pg_get_viewdef('pg_stats'::regclass)", "SELECT pg_relation_filepath('{t}'::regclass)",
    "SELECT pg_relation_size('{t}'::regclass)", "SELECT * FROM pg_get_keywords() LIMIT 1",
    "SELECT heap_page_items(get_raw_page('{t}', 0))", "SELECT currtid2('{t}', '(0,2)'::tid)",
    "SELECT * FROM pg_logical_slot_get_changes('x', NULL, NULL)", "SELECT pg_current_xact_id()",
    "SELECT pg_stat_get_live_tuples('{t}'::regclass)", "SELECT pg_export_snapshot()",
    "SELECT brin_summarize_new_values('{t}'::regclass)", "SELECT * FROM pg_stat_statements",
    "SELECT most_common_vals FROM pg_stats WHERE schemaname || '.' || tablename = '{t}'",
    "SELECT stavalues1 FROM pg_statistic", "SELECT stxdmcv FROM pg_statistic_ext_data",
    "SELECT query FROM pg_stat_activity", "SELECT * FROM pg_largeobject",
    "LISTEN work; NOTIFY work, 'x'",
    "SELECT amcheck.bt_index_check('{t}')", "SELECT txid_status(1)",
    "SELECT has_table_privilege('{t}', 'SELECT')",
    "SELECT pg_input_error_info(({c})::text, 'int') FROM {t}",
    "VALUES ((SELECT {c} FROM {t} LIMIT 1))",
)  # fmt: skip
# Ways to be somebody else: the first two need whole statements, the others one expression.
BE_RIVAL = (
    "SET LOCAL evenhand.tenant_id = '{r}'", "SET SESSION evenhand.tenant_id = '{r}'",
    "SET LOCAL backtrace_functions = '{h}'", "SET backtrace_functions = '{h}'",
    "RESET ALL; SET LOCAL evenhand.tenant_id = '{r}'", "RESET backtrace_functions",
    "UPDATE pg_settings SET setting = '{h}' WHERE name = 'backtrace_functions'",
    "ALTER ROLE evenhand_app SET backtrace_functions = '{h}'",
    "GRANT SET ON PARAMETER backtrace_functions TO evenhand_app",
    "SET LOCAL ROLE evenhand_doorkeeper", "SET SESSION AUTHORIZATION evenhand_doorkeeper",
    "UPDATE tenants.door SET is_closed = false", "UPDATE tenants.door SET key = NULL",
    "DELETE FROM tenants.door", "TABLE tenants.door", "SELECT tenants.keep_door_key('\\x00')",
    "SELECT tenants.keep_door_key(decode(repeat('00', 32), 'hex'))",
    ("CREATE FUNCTION pg_temp.be() RETURNS int LANGUAGE sql SET backtrace_functions = '{h}'"
    " AS 'SELECT 1'; SELECT pg_temp.be()"),
    ("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $y$SELECT NULL::bytea$y$;"
    " SET LOCAL search_path = pg_temp, pg_catalog; SELECT tenants.become('{r}', '', true)"),
)  # fmt: skip
BE_RIVAL_INSIDE = (
    "set_config('evenhand.tenant_id', '{r}', true)", "tenants.become('{r}')",
    "set_config('backtrace_functions', '{h}', true)",
    "set_config('backtrace_functions', '{h}', false)",
    "tenants.become('{r}', NULL, false)", "tenants.become('{r}', '', true)",
    "tenants.become('{r}', sha256('{r}'), true)", "tenants.become('{r}', uuid_send('{r}'), false)",
    "tenants.become('{r}', decode(substr(current_query(), 1, 0), 'hex'), false)",
    "tenants.become(NULL, NULL, NULL)", "(SELECT key FROM tenants.door)",
)  # fmt: skip
CHANGES = (
    "ALTER TABLE {t} DISABLE ROW LEVEL SECURITY", "ALTER TABLE {t} NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY one_tenant ON {t}", "CREATE POLICY all_of_it ON {t} USING (true)",
    "CREATE VIEW work.peek AS SELECT * FROM {t}", "CREATE TABLE work.peek AS SELECT * FROM {t}",
    "CREATE RULE peek AS ON SELECT TO {t} DO INSTEAD SELECT 1", "TRUNCATE {t}", "VACUUM {t}",
    "CREATE TRIGGER peek AFTER INSERT ON {t} EXECUTE FUNCTION work.hold_the_wall()",
    "CREATE INDEX ON {t} ({c})", "CREATE STATISTICS peek ON tenant_id, {c} FROM {t}", "ANALYZE {t}",
    "CLUSTER {t}", "REINDEX TABLE {t}", "COMMENT ON TABLE {t} IS 'x'",
    "GRANT SELECT ON {t} TO PUBLIC",
    "ALTER TABLE {t} OWNER TO evenhand_app", "CREATE PUBLICATION peek FOR TABLE {t}",
    "CREATE EVENT TRIGGER peek ON ddl_command_end EXECUTE FUNCTION work.hold_the_wall()",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", "CREATE EXTENSION dblink",
    "CREATE SERVER peek FOREIGN DATA WRAPPER postgres_fdw", "CREATE SCHEMA peek", "CHECKPOINT",
    "ALTER ROLE evenhand_app BYPASSRLS", "CREATE ROLE peek SUPERUSER", "LOAD 'x'",
    "COPY {t} TO PROGRAM 'cat'", "COPY {t} TO '/tmp/peek'", "COPY {t} FROM PROGRAM 'true'",
    "LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE {t} IN ROW SHARE MODE; SELECT * FROM {t}",
    "CREATE TEMP TABLE peek (LIKE {t}); INSERT INTO peek SELECT * FROM {t}; TABLE peek",
    "CREATE TEMP VIEW peek AS SELECT * FROM {t}; SELECT * FROM peek",
    "CREATE TEMP TABLE peek () INHERITS ({t})",
    "ALTER TABLE {t} ATTACH PARTITION pg_temp.x DEFAULT",
    "CREATE CAST (uuid AS bytea) WITHOUT FUNCTION", "SECURITY LABEL ON TABLE {t} IS 'x'",
    "CREATE TEMP TABLE peek (id uuid, a uuid, FOREIGN KEY (id, a) REFERENCES {t})",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column: of which table, of what type, and whether the dispatcher may tell it."""

    table: str
    name: str
    type: str
    is_generated: bool
    is_told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What statements can name."""

    tables: dict[str, list[Column]]
    functions: list[tuple[str, list[str]]]
    views: list[str]


def one(there: Catalogue, chance: random.Random) -> tuple[str, str]:
    """Write one statement, and say of what kind it is."""
    kind = chance.choice(list(KINDS))
    return kind, KINDS[kind](there, chance)


def _table(there: Catalogue, chance: random.Random) -> tuple[str, str, str]:
    """Draw a table and one of its columns, by itself and as text."""
    name = chance.choice(list(there.tables))
    column = f'"{chance.choice(there.tables[name]).name}"'
    return name, column, f"{column}::text"


def _condition(column: str, chance: random.Random) -> str:
    return chance.choice((
        "true", f"tenant_id = {RIVAL}", f"tenant_id <> {MINE}", f"{column} IS NOT NULL",
        f"{column} LIKE '%rival%'", f"({column})::int > 0", f"1/(length({column})-9) > 0",
        f"{column}::xml IS NOT NULL", f"{column}::numeric > 1", f"{column} ~ '^r(.*)k$'",
        f"CASE WHEN {column} LIKE 'r%' THEN {column}::int > 0 ELSE true END",
        f"NOT tenant_id = {MINE} OR 1/(ascii({column})-114) > 0", f"{column}::inet IS NULL",
        f"{column}::date > now()", "ctid = '(0,2)'", "ctid > '(0,0)' AND xmin::text <> '0'",
        f"nullif({column}, '')::uuid IS NOT NULL", f"repeat({column}, 2)::bigint = 1",
        "tableoid IS NOT NULL OR random() < 2", f"tenant_id IN ({MINE}, {RIVAL})",
    ))  # fmt: skip


def select(there: Catalogue, chance: random.Random) -> str:
    """Ask, in one of many shapes, for all that a table holds."""
    table, column, text = _table(there, chance)
    other, its, _ = _table(there, chance)
    where = _condition(text, chance)
    shapes = (
        f"SELECT * FROM {table} WHERE {where}",
        f"SELECT {column} FROM {table} WHERE {where} ORDER BY 1 DESC LIMIT 5",
        f"SELECT count(*), min({text}), max({text}), string_agg({text}, ',') FROM {table}",
        f"SELECT tenant_id, count(*) FROM {table} GROUP BY ROLLUP (1) HAVING count(*) > 0",
        f"SELECT a.*, b.* FROM {table} a FULL JOIN {other} b ON true WHERE a.{column} IS NOT NULL",
        f"SELECT (SELECT x.{its}::text FROM {other} x LIMIT 1 OFFSET 1), {text} FROM {table}",
        f"WITH RECURSIVE r AS (SELECT {text} v FROM {table} UNION SELECT v FROM r) SELECT * FROM r",
        f"SELECT {text} FROM {table} EXCEPT SELECT 'mine'",
        f"SELECT * FROM {table} TABLESAMPLE SYSTEM (100) WHERE {where}",
        f"SELECT {column} FROM ONLY {table} FOR UPDATE SKIP LOCKED",
        f"SELECT to_jsonb(t), row_to_json(t), t::text FROM {table} t WHERE {where}",
        f"SELECT l.* FROM {table} t CROSS JOIN LATERAL (SELECT t.{column}, x.* FROM {other} x) l",
        f"SELECT lag({text}) OVER (ORDER BY tenant_id DESC) FROM {table}",
        f"SELECT ({text})::int FROM {table} WHERE {where}",
        f"TABLE {table}",
        (
            f"SELECT EXISTS (SELECT FROM {table} WHERE tenant_id = {RIVAL}), percentile_disc(0.9) "
            f"WITHIN GROUP (ORDER BY {text}) FROM {table}"
        ),
    )
    return chance.choice(shapes)


def change(there: Catalogue, chance: random.Random) -> str:
    """Change what is not one's own, or see it in what comes back."""
    table, column, text = _table(there, chance)
    names = [f'"{c.name}"' for c in there.tables[table] if not c.is_generated]
    columns = ", ".join(names)
    where = _condition(text, chance)
    copied = ", ".join(RIVAL if name == '"tenant_id"' else name for name in names)
    shapes = (
        f"UPDATE {table} SET {column} = {column} WHERE {where} RETURNING *",
        f"UPDATE {table} SET tenant_id = {RIVAL} RETURNING *",
        f"UPDATE {table} SET tenant_id = {MINE} WHERE {where} RETURNING *",
        f"DELETE FROM {table} WHERE {where} RETURNING *",
        f"DELETE FROM {table} a USING {table} b WHERE a.tenant_id <> b.tenant_id RETURNING b.*",
        (
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} ON CONFLICT DO NOTHING "
            "RETURNING *"
        ),
        f"INSERT INTO {table} ({columns}) SELECT {copied} FROM {table} RETURNING *",
        f"INSERT INTO {table} ({columns}) SELECT {copied} FROM {table} ON CONFLICT DO NOTHING",
        f"INSERT INTO {table} (tenant_id) VALUES ({chance.choice((MINE, RIVAL))}) RETURNING *",
        (
            f"MERGE INTO {table} t USING {table} s ON t.tenant_id <> s.tenant_id "
            f"WHEN MATCHED THEN UPDATE SET {column} = s.{column} WHEN NOT MATCHED THEN DO NOTHING"
        ),
        f"WITH gone AS (DELETE FROM {table} RETURNING *) SELECT * FROM gone WHERE {where}",
    )
    return chance.choice(shapes)


def leaky(there: Catalogue, chance: random.Random) -> str:
    """Let a cheap function of one's own look at rows before the policy does."""
    table, column, _ = _table(there, chance)
    used = chance.choice((
        f"SELECT 1 FROM {table} WHERE pg_temp.tell({column})",
        f"SELECT 1 FROM {table} WHERE pg_temp.tell({column}) AND tenant_id = {RIVAL}",
        f"UPDATE {table} SET {column} = {column} WHERE pg_temp.tell({column})",
        f"SELECT 1 FROM {table} a JOIN {table} b ON pg_temp.tell(a.{column}) AND a.ctid = b.ctid",
        f"SELECT count(*) FILTER (WHERE pg_temp.tell({column})) FROM {table}",
        f"SELECT 1 FROM {table} ORDER BY pg_temp.tell({column})",
        (f"CREATE OPERATOR pg_temp.=== (PROCEDURE = pg_temp.tell, RIGHTARG = anyelement); "
        f"SELECT 1 FROM {table} WHERE OPERATOR(pg_temp.===) {column}"),
        (f"CREATE TEMP VIEW v WITH (security_barrier = false) AS SELECT * FROM {table}; "
        f"SELECT 1 FROM v WHERE pg_temp.tell({column})"),
    ))  # fmt: skip
    leakproof = " LEAKPROOF" if chance.random() < 0.1 else ""
    definer = " SECURITY DEFINER" if chance.random() < 0.3 else ""
    return LEAKY.replace(" COST", leakproof + definer + " COST") + "; " + used


def block(there: Catalogue, chance: random.Random) -> str:
    """Read in a block, and tell what was read in a notice or an error."""
    inner = chance.choice((select, change))(there, chance)
    tell = chance.choice(("RAISE NOTICE '%', r", "RAISE EXCEPTION '%', r", "PERFORM r::text::int"))
    set_first = f"SET LOCAL {chance.choice(SETTINGS)}"
    return (
        f"DO $x$ DECLARE r record; BEGIN BEGIN EXECUTE $y${set_first}$y$; "
        "EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END; "
        f"FOR r IN EXECUTE $y${inner}$y$ LOOP {tell}; END LOOP; END $x$"
    )


def setting(there: Catalogue, chance: random.Random) -> str:
    """Set something first, by which row security might look away."""
    return f"SET LOCAL {chance.choice(SETTINGS)}; {select(there, chance)}"


def prepared(there: Catalogue, chance: random.Random) -> str:
    """Prepare, declare or explain instead of asking."""
    asked = select(there, chance)
    table, _, text = _table(there, chance)
    return chance.choice((
        f"DEALLOCATE ALL; PREPARE p AS {asked}; EXECUTE p; TABLE pg_prepared_statements",
        f"DECLARE c SCROLL CURSOR FOR {asked}; FETCH ALL FROM c; FETCH FIRST FROM c",
        f"DECLARE c CURSOR WITH HOLD FOR {asked}; FETCH ALL FROM c; SELECT * FROM pg_cursors",
        f"EXPLAIN (VERBOSE, FORMAT JSON) {asked}",
        f"EXPLAIN (ANALYZE, VERBOSE, TIMING OFF) {asked}",
        f"EXPLAIN (GENERIC_PLAN) SELECT {text} FROM {table} WHERE {text} = $1",
        (f"DECLARE c CURSOR FOR SELECT * FROM {table} FOR UPDATE; FETCH 1 FROM c; "
        f"UPDATE {table} SET tenant_id = tenant_id WHERE CURRENT OF c RETURNING *"),
    ))  # fmt: skip


def copied(there: Catalogue, chance: random.Random) -> str:
    """Take everything out at once."""
    table, _, text = _table(there, chance)
    asked = f"SELECT * FROM {table} WHERE {_condition(text, chance)}"
    return chance.choice((f"COPY {table} TO STDOUT", f"COPY ({asked}) TO STDOUT"))


def called(there: Catalogue, chance: random.Random) -> str:
    """Call a function of ours with one's own ids and the rival's."""
    name, types = chance.choice(there.functions)
    given = ", ".join(
        f"({chance.choice((*ARGUMENTS.get(one, ('0', '7', '100')), 'NULL'))})::{one}"
        for one in types
    )
    return f"SELECT * FROM {name}({given}) AS told"


def peek(there: Catalogue, chance: random.Random) -> str:
    """Ask PostgreSQL's own views and functions."""
    table, column, _ = _table(there, chance)
    if chance.random() < 0.4:
        return f"SELECT * FROM {chance.choice(there.views)} LIMIT 500"
    return chance.choice(PEEKS).replace("{t}", table).replace("{c}", column)


def taken_down(there: Catalogue, chance: random.Random) -> str:
    """Take the wall down, or build something that stands outside it."""
    table, column, _ = _table(there, chance)
    return chance.choice(CHANGES).replace("{t}", table).replace("{c}", column)


def another(there: Catalogue, chance: random.Random) -> str:
    """Be the rival, by a statement before or by an expression inside, and then look."""
    table, column, text = _table(there, chance)
    if chance.random() < 0.5:
        before = f"SAVEPOINT s; {_named(chance.choice(BE_RIVAL))}"
        return f"{before}; {chance.choice((select, change))(there, chance)}"
    be = _named(chance.choice(BE_RIVAL_INSIDE))
    return chance.choice((
        (f"SELECT t.* FROM (SELECT {be} AS me OFFSET 0) m CROSS JOIN LATERAL "
        f"(SELECT x.*, m.me FROM {table} x OFFSET 0) t"),
        f"WITH m AS MATERIALIZED (SELECT {be} AS me) SELECT {text}, me FROM m, {table}",
        f"SELECT {column} FROM {table} WHERE ({be}) IS NOT NULL",
        f"SELECT {be}, (SELECT string_agg({text}, ',') FROM {table})",
        (f"DO $x$ DECLARE r record; BEGIN BEGIN PERFORM {be}; EXCEPTION WHEN OTHERS THEN NULL; END;"
        f" FOR r IN SELECT * FROM {table} LOOP RAISE NOTICE '%', r; END LOOP; END $x$"),
    ))  # fmt: skip


def _named(way: str) -> str:
    """Put the rival's id into it, and the same without hyphens."""
    name = RIVAL.split("'")[1]
    return way.replace("{r}", name).replace("{h}", name.replace("-", ""))


KINDS: dict[str, Callable[[Catalogue, random.Random], str]] = {
    kind.__name__: kind
    for kind in (
        select, change, leaky, block, setting, prepared, copied, called, peek, taken_down, another,
    )
}  # fmt: skip
