"""Faults to plant in the catalogue, each with what the firewall's check must say of it."""

OWNER = "SET LOCAL ROLE evenhand_owner; "
BACK = "; RESET ROLE"
SOUND_TABLE = """
CREATE TABLE work.note (tenant_id uuid NOT NULL, note_id uuid NOT NULL, text text NOT NULL,
                        PRIMARY KEY (tenant_id, note_id));
ALTER TABLE work.note ENABLE ROW LEVEL SECURITY;
ALTER TABLE work.note FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON work.note
    USING (tenant_id = nullif(current_setting('backtrace_functions', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON work.note TO evenhand_app;
"""
FAULTS: dict[str, tuple[str, str]] = {
    "a table without a tenant": (
        OWNER + "CREATE TABLE work.note (note_id uuid PRIMARY KEY)" + BACK,
        "work.note has no column",
    ),
    "a tenant that may be missing": (
        OWNER + SOUND_TABLE
        + "ALTER TABLE work.note DROP CONSTRAINT note_pkey;"
        + "ALTER TABLE work.note ALTER tenant_id DROP NOT NULL" + BACK,
        "work.note has no column",
    ),
    "a table in a schema that nobody thought of": (
        "CREATE SCHEMA aside AUTHORIZATION evenhand_owner;" + OWNER
        + "CREATE TABLE aside.note (note_id uuid PRIMARY KEY)" + BACK,
        "aside.note has no column",
    ),
    "a table among those of the libraries": (
        OWNER + "CREATE TABLE public.procrastinate_leak (text text)" + BACK,
        "public.procrastinate_leak has no column",
    ),
    "a shared table that holds something of a tenant": (
        OWNER + "ALTER TABLE workforce.annotator ADD tenant_id uuid" + BACK,
        "named as belonging to no tenant",
    ),
    "a table without a policy": (
        OWNER + "DROP POLICY one_tenant ON work.task" + BACK,
        "work.task lacks the policy",
    ),
    "row security switched off": (
        OWNER + "ALTER TABLE work.task DISABLE ROW LEVEL SECURITY" + BACK,
        "Row security is off for work.task",
    ),
    "row security that the owner passes": (
        OWNER + "ALTER TABLE ledger.entry NO FORCE ROW LEVEL SECURITY" + BACK,
        "does not bind the owner of ledger.entry",
    ),
    "a second policy that admits more": (
        OWNER + "CREATE POLICY support ON work.task FOR SELECT USING (true)" + BACK,
        "support on work.task says something else",
    ),
    "the policy with another condition": (
        OWNER + "ALTER POLICY one_tenant ON work.task USING (true)" + BACK,
        "one_tenant on work.task says something else",
    ),
    "the policy with a looser condition for new rows": (
        OWNER + "ALTER POLICY one_tenant ON work.task WITH CHECK (true)" + BACK,
        "one_tenant on work.task says something else",
    ),
    "the policy for one role only": (
        OWNER + "ALTER POLICY one_tenant ON work.task TO evenhand_app" + BACK,
        "one_tenant on work.task says something else",
    ),
    "the dispatcher's policy on a table of content": (
        OWNER + "CREATE POLICY dispatcher ON work.annotation FOR SELECT "
        "TO evenhand_dispatcher USING (true)" + BACK,
        "dispatcher on work.annotation says something else",
    ),
    "the dispatcher's policy for everybody": (
        OWNER + "ALTER POLICY dispatcher ON work.assignment TO PUBLIC" + BACK,
        "dispatcher on work.assignment says something else",
    ),
    "a table of content without a wall": (
        OWNER + "DROP POLICY one_wall ON work.task" + BACK,
        "work.task lacks the policy one_wall",
    ),
    "a wall that lets somebody through": (
        OWNER + "ALTER POLICY one_wall ON work.task USING ((SELECT true))" + BACK,
        "one_wall on work.task says something else",
    ),
    "a wall that others may add to": (
        OWNER + "DROP POLICY one_wall ON work.task;"
        "CREATE POLICY one_wall ON work.task FOR SELECT USING (true)" + BACK,
        "one_wall on work.task says something else",
    ),
    "a wall where nothing is shown": (
        OWNER + "CREATE POLICY one_wall ON work.queue AS RESTRICTIVE FOR SELECT USING (true)"
        + BACK,
        "one_wall on work.queue says something else",
    ),
    "a lease that no wall is asked about": (
        OWNER + "DROP TRIGGER one_wall_lent ON work.assignment" + BACK,
        "one_wall_lent on work.assignment is missing",
    ),
    "a lease that asks no wall at the moment": (
        OWNER + "ALTER TABLE work.assignment DISABLE TRIGGER one_wall_lent_new" + BACK,
        "one_wall_lent_new on work.assignment is missing",
    ),
    "a stake shown to the dispatcher": (
        OWNER + "GRANT SELECT ON walls.stake TO evenhand_dispatcher" + BACK,
        "evenhand_dispatcher can read walls.stake.owner",
    ),
    "the name of a rival shown to the dispatcher": (
        OWNER + "GRANT SELECT (other_name) ON walls.declaration TO evenhand_dispatcher" + BACK,
        "evenhand_dispatcher can read walls.declaration.other_name",
    ),
    "a unique key without the tenant": (
        OWNER + "CREATE UNIQUE INDEX task_id_alone ON work.task (task_id)" + BACK,
        "task_id_alone of work.task does not begin with tenant_id",
    ),
    "a unique key with the tenant behind": (
        OWNER + "ALTER TABLE work.task ADD UNIQUE (task_id, tenant_id)" + BACK,
        "does not begin with tenant_id",
    ),
    "an exclusion without the tenant": (
        OWNER + "ALTER TABLE work.batch ADD EXCLUDE USING btree (name WITH =)" + BACK,
        "does not begin with tenant_id",
    ),
    "a plain foreign key": (
        OWNER + SOUND_TABLE
        + "ALTER TABLE work.note ADD CONSTRAINT plain FOREIGN KEY (note_id) "
        "REFERENCES tenants.tenant (tenant_id)" + BACK,
        "plain of work.note does not contain tenant_id on both sides",
    ),
    "a shared table that points at a tenant": (
        OWNER + "ALTER TABLE workforce.annotator ADD favourite uuid REFERENCES tenants.tenant"
        + BACK,
        "points at a tenant's row",
    ),
    "an owner's view": (
        OWNER + "CREATE VIEW work.everything AS SELECT task_id FROM work.task" + BACK,
        "work.everything reads as its owner",
    ),
    "an owner's view in public": (
        OWNER + "CREATE VIEW public.everything AS SELECT task_id FROM work.task" + BACK,
        "public.everything reads as its owner",
    ),
    "a materialised view": (
        OWNER + "CREATE MATERIALIZED VIEW work.everything AS SELECT task_id FROM work.task"
        + BACK,
        "materialised view",
    ),
    "a rule": (
        OWNER + "CREATE RULE copied AS ON INSERT TO work.draft DO ALSO NOTHING" + BACK,
        "copied on work.draft runs as the owner",
    ),
    "a function that runs as the owner": (
        OWNER + "CREATE FUNCTION work.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "SET search_path = pg_catalog AS 'SELECT count(*) FROM work.task';"
        "REVOKE ALL ON FUNCTION work.peek() FROM PUBLIC" + BACK,
        "work.peek() runs as evenhand_owner",
    ),
    "a dispatcher's function that follows its caller's path": (
        "ALTER FUNCTION work.tenants_to_assess() RESET search_path",
        "looks names up along its caller's path",
    ),
    "a dispatcher's function that everybody may call": (
        "GRANT EXECUTE ON FUNCTION tenants.tenant_ids() TO PUBLIC",
        "PUBLIC has EXECUTE on FUNCTION tenants.tenant_ids()",
    ),
    "a name shown to the dispatcher": (
        OWNER + "GRANT SELECT (name) ON tenants.tenant TO evenhand_dispatcher" + BACK,
        "evenhand_dispatcher can read tenants.tenant.name",
    ),
    "a whole table shown to the dispatcher": (
        OWNER + "GRANT SELECT ON work.annotation TO evenhand_dispatcher" + BACK,
        "evenhand_dispatcher can read work.annotation.response",
    ),
    "a dispatcher who writes": (
        OWNER + "GRANT UPDATE ON work.assignment TO evenhand_dispatcher" + BACK,
        "evenhand_dispatcher may UPDATE work.assignment",
    ),
    "a counter": (
        OWNER + "CREATE SEQUENCE work.counter" + BACK,
        "work.counter counts for all tenants",
    ),
    "a column that counts": (
        OWNER + "ALTER TABLE work.batch ADD number int GENERATED ALWAYS AS IDENTITY" + BACK,
        "counts for all tenants",
    ),
    "a partition that can be read directly": (
        OWNER + SOUND_TABLE.replace("note_id));", "note_id)) PARTITION BY HASH (tenant_id);")
        + "CREATE TABLE work.note_0 PARTITION OF work.note FOR VALUES WITH (MODULUS 1, "
        "REMAINDER 0); GRANT SELECT ON work.note_0 TO evenhand_app" + BACK,
        "partition work.note_0 can be read directly",
    ),
    "an application that may truncate": (
        OWNER + "GRANT TRUNCATE ON work.draft TO evenhand_app" + BACK,
        "evenhand_app may TRUNCATE work.draft",
    ),
    "an application that may create": (
        OWNER + "GRANT CREATE ON SCHEMA work TO evenhand_app" + BACK,
        "can create objects in the schema work",
    ),
    "an application that may create schemas": (
        ("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO evenhand_app', "
        "current_database()); END $$"),
        "can create schemas",
    ),
    "an application that owns a table": (
        OWNER + SOUND_TABLE + BACK + "; ALTER TABLE work.note OWNER TO evenhand_app",
        "evenhand_app owns the table work.note",
    ),
    "an application that owns a function": (
        "ALTER FUNCTION work.tenants_to_assess() OWNER TO evenhand_app",
        "evenhand_app owns the function",
    ),
    "a table of the superuser": (
        "ALTER TABLE work.draft OWNER TO postgres",
        "work.draft belongs to postgres",
    ),
    "a table of the dispatcher": (
        "ALTER TABLE work.queue OWNER TO evenhand_dispatcher",
        "evenhand_dispatcher owns work.queue",
    ),
    "an application above row security": (
        "ALTER ROLE evenhand_app BYPASSRLS", "evenhand_app has BYPASSRLS"),
    "an application that is superuser": (
        "ALTER ROLE evenhand_app SUPERUSER", "evenhand_app has SUPERUSER"),
    "an application that makes roles": (
        "ALTER ROLE evenhand_app CREATEROLE", "evenhand_app has CREATEROLE"),
    "a dispatcher above row security": (
        "ALTER ROLE evenhand_dispatcher BYPASSRLS", "evenhand_dispatcher has BYPASSRLS"),
    "an owner who logs in": (
        "ALTER ROLE evenhand_owner LOGIN", "evenhand_owner can log in"),
    "a dispatcher who logs in": (
        "ALTER ROLE evenhand_dispatcher LOGIN", "evenhand_dispatcher can log in"),
    "an application that can become the owner": (
        "GRANT evenhand_owner TO evenhand_app", "evenhand_app is a member of evenhand_owner"),
    "an application that reads all data": (
        "GRANT pg_read_all_data TO evenhand_app", "evenhand_app is a member of pg_read_all_data"),
    "a member of a role above row security": (
        "CREATE ROLE above BYPASSRLS; GRANT above TO evenhand_app",
        "evenhand_app is a member of above",
    ),
    "a tenant for every connection of the application": (
        "ALTER ROLE evenhand_app SET evenhand.tenant_id = '00000000-0000-0000-0000-000000000001'",
        "evenhand.tenant_id is set for evenhand_app in all databases",
    ),
    "a tenant for every connection to the database": (
        (
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET evenhand.tenant_id = %L', "
            "current_database(), 'x'); END $$"
        ),
        "evenhand.tenant_id is set for all roles in copy_",
    ),
    "a connection that has a tenant from the start": (
        "SET evenhand.tenant_id = '00000000-0000-0000-0000-000000000001'",
        "This connection has the tenant 0000",
    ),
    "a tenant by the name that the doorkeeper sets": (
        "ALTER ROLE evenhand_app SET backtrace_functions = '00000000000000000000000000000001'",
        "backtrace_functions is set for evenhand_app in all databases",
    ),
    "a key for everybody's proofs": (
        "GRANT SELECT (key) ON tenants.door TO evenhand_app",
        "evenhand_app may read key of tenants.door",
    ),
    "an application that sets its tenant": (
        "GRANT SET ON PARAMETER backtrace_functions TO evenhand_app",
        "evenhand_app may set backtrace_functions",
    ),
    "a doorkeeper who may not set a tenant": (
        "REVOKE SET ON PARAMETER backtrace_functions FROM evenhand_doorkeeper",
        "evenhand_doorkeeper may not set backtrace_functions",
    ),
    "a doorkeeper who may pass the privilege on": (
        "GRANT SET ON PARAMETER backtrace_functions TO evenhand_doorkeeper WITH GRANT OPTION",
        "evenhand_doorkeeper may set backtrace_functions",
    ),
    "a doorkeeper who reads content": (
        "GRANT SELECT (name) ON tenants.tenant TO evenhand_doorkeeper",
        "evenhand_doorkeeper can read tenants.tenant",
    ),
    "a doorkeeper who logs in": (
        "ALTER ROLE evenhand_doorkeeper LOGIN", "evenhand_doorkeeper can log in"),
    "a doorkeeper above row security": (
        "ALTER ROLE evenhand_doorkeeper BYPASSRLS", "evenhand_doorkeeper has BYPASSRLS"),
    "an application that can become the doorkeeper": (
        "GRANT evenhand_doorkeeper TO evenhand_app",
        "evenhand_app is a member of evenhand_doorkeeper",
    ),
    "a function more that runs as the doorkeeper": (
        ("CREATE FUNCTION tenants.peek() RETURNS bytea LANGUAGE sql SECURITY DEFINER "
        "SET search_path = pg_catalog AS 'SELECT key FROM tenants.door';"
        "ALTER FUNCTION tenants.peek() OWNER TO evenhand_doorkeeper"),
        "tenants.peek() runs as evenhand_doorkeeper",
    ),
    "a table that asks what anybody may set": (
        ("ALTER POLICY one_tenant ON work.task USING "
        "(tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid)"),
        "one_tenant on work.task says something else",
    ),
    "an open door": (
        "UPDATE tenants.door SET is_closed = false", "can set for itself whose rows it sees"),
    "statistics that everybody may read": (
        "GRANT SELECT ON pg_statistic TO PUBLIC", "evenhand_app can read pg_statistic"),
    "sessions that see each other's state": (
        "GRANT EXECUTE ON FUNCTION pg_stat_get_backend_pid(int) TO evenhand_app",
        "can call pg_stat_get_backend_pid,",
    ),
    "sessions that end each other": (
        "GRANT EXECUTE ON FUNCTION pg_terminate_backend(int, bigint) TO PUBLIC",
        "can call pg_terminate_backend,",
    ),
    "locks that can be seen": (
        "GRANT SELECT ON pg_locks TO PUBLIC", "can read pg_locks,"),
    "locks that can be signalled by": (
        "GRANT EXECUTE ON FUNCTION pg_try_advisory_lock(bigint) TO evenhand_app",
        "can call pg_try_advisory_lock,",
    ),
    "statistics of rows": (
        "GRANT SELECT ON pg_stats, pg_stats_ext TO evenhand_app",
        "can read pg_stats, pg_stats_ext,",
    ),
    "large objects that anybody may make": (
        "GRANT EXECUTE ON FUNCTION lo_creat(int) TO PUBLIC", "can call lo_creat,"),
    "a large object that the application may read": (
        "SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO evenhand_app",
        "large object 4711 can be read by evenhand_app",
    ),
    "a large object of the application's": (
        "SELECT lo_create(4711); ALTER LARGE OBJECT 4711 OWNER TO evenhand_app",
        "evenhand_app owns the large object 4711",
    ),
    "a function that runs as the owner, among PostgreSQL's own": (
        ("CREATE FUNCTION pg_catalog.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "SET search_path = pg_catalog AS 'SELECT count(*) FROM work.task'"),
        "peek() runs as postgres",
    ),
    "an owner's view, among PostgreSQL's own": (
        ("SET LOCAL allow_system_table_mods = on;"
        "CREATE VIEW pg_catalog.peek AS SELECT task_id FROM work.task;"
        "RESET allow_system_table_mods"),
        "pg_catalog.peek reads as its owner",
    ),
    "a function that is said to leak nothing": (
        ("CREATE FUNCTION public.tell(text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS "
        "'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'"),
        "tell(text) is said to leak nothing",
    ),
    "a setting that turns triggers off": (
        "GRANT SET ON PARAMETER session_replication_role TO evenhand_app",
        "evenhand_app may set session_replication_role",
    ),
    "a setting that keeps what is asked": (
        "GRANT ALTER SYSTEM ON PARAMETER log_statement TO PUBLIC", "PUBLIC may set log_statement"),
    "a foreign server": (
        ("CREATE FOREIGN DATA WRAPPER afar; CREATE SERVER afar FOREIGN DATA WRAPPER afar;"
        "GRANT USAGE ON FOREIGN SERVER afar TO evenhand_app"),
        "may use the foreign server afar",
    ),
    "an operator in the place of a comparison": (
        ("CREATE FUNCTION public.same(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
        "CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = uuid, RIGHTARG = uuid)"),
        "The operator public.=(uuid,uuid) was made by hand",
    ),
    "a cast made by hand": (
        "CREATE CAST (bigint AS uuid) WITH INOUT AS IMPLICIT", "was made by hand"),
    "a reference to one column": (
        OWNER + "GRANT REFERENCES (task_id) ON work.task TO evenhand_app" + BACK,
        "evenhand_app may REFERENCES work.task",
    ),
    "an event trigger": (
        ("CREATE FUNCTION public.look() RETURNS event_trigger LANGUAGE plpgsql AS "
        "'BEGIN END'; CREATE EVENT TRIGGER look ON ddl_command_end EXECUTE FUNCTION public.look()"),
        "event trigger look runs as whoever",
    ),
    "a publication": (
        "CREATE PUBLICATION everything FOR ALL TABLES", "publication everything sends rows"),
    "tables that are open as soon as they are made": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE evenhand_owner GRANT SELECT ON TABLES TO PUBLIC",
        "Objects that evenhand_owner makes are open to PUBLIC",
    ),
    "a missing role": (
        "ALTER ROLE evenhand_dispatcher RENAME TO somebody",
        "role evenhand_dispatcher is missing",
    ),
    "a foreign table": (
        ("CREATE FOREIGN DATA WRAPPER afar; CREATE SERVER afar FOREIGN DATA WRAPPER afar;"
        "CREATE FOREIGN TABLE work.note (tenant_id uuid NOT NULL) SERVER afar"),
        "work.note is a foreign table",
    ),
    "everybody": (
        OWNER + "GRANT SELECT ON work.task TO PUBLIC" + BACK, "PUBLIC has SELECT on work.task"),
    "everybody, in one column": (
        OWNER + "GRANT SELECT (params) ON work.task TO PUBLIC" + BACK,
        "PUBLIC has SELECT on work.task (params)",
    ),
    "everybody, in a schema": (
        OWNER + "GRANT USAGE ON SCHEMA work TO PUBLIC" + BACK,
        "PUBLIC has USAGE on SCHEMA work",
    ),
    "everybody, among the libraries": (
        OWNER + "GRANT SELECT ON public._yoyo_log TO PUBLIC" + BACK,
        "PUBLIC has SELECT on public._yoyo_log",
    ),
    "another role": (
        "CREATE ROLE analyst;" + OWNER + "GRANT SELECT ON work.task TO analyst" + BACK,
        "analyst has SELECT on work.task",
    ),
}  # fmt: skip
