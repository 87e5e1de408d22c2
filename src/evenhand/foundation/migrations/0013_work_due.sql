-- work: rows say what is to be done in the background and when; no job is needed for it.

-- The default is for a server of the version before, which knows nothing of these columns: what it
-- adds is due at once, and so is what waited when this was applied.
ALTER TABLE work.task_file
    ADD COLUMN due_at     timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN busy_until timestamptz,
    ADD COLUMN attempts   int         NOT NULL DEFAULT 0 CHECK (attempts >= 0);
COMMENT ON COLUMN work.task_file.due_at IS
    'When it may be fetched next; moved ahead by whoever fetches it; infinity where nobody need.';
CREATE INDEX task_file_due ON work.task_file (tenant_id, due_at, task_id, number)
    WHERE file_id IS NULL AND due_at < 'infinity';
CREATE INDEX task_file_busy ON work.task_file (tenant_id, busy_until)
    WHERE busy_until IS NOT NULL;

ALTER TABLE work.standing ADD COLUMN judge_at timestamptz;
COMMENT ON COLUMN work.standing.judge_at IS
    'After which hour the annotator''s answers to gold tasks are to be judged.';
CREATE INDEX standing_judge ON work.standing (tenant_id, judge_at) WHERE judge_at IS NOT NULL;

-- Whoever waited for a job to judge them is judged once more; it changes nothing where the last
-- word was right.
ALTER TABLE work.standing NO FORCE ROW LEVEL SECURITY;
UPDATE work.standing SET judge_at = now();
ALTER TABLE work.standing FORCE ROW LEVEL SECURITY;

-- What a project knows is fitted and added to outside of transactions, by one worker at a time.
ALTER TABLE work.experience
    ADD COLUMN busy_until timestamptz,
    ADD COLUMN fit_for    uuid[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN work.experience.fit_for IS
    'Annotators whose answers are judged otherwise by now; until all is fitted anew they count.';

GRANT SELECT (tenant_id, file_id, due_at) ON work.task_file TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.task_file FOR SELECT TO evenhand_dispatcher USING (true);
GRANT SELECT (judge_at) ON work.standing TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_fetch(moment timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.task_file AS f
                WHERE f.tenant_id = t.tenant_id AND f.file_id IS NULL
                  AND f.due_at < 'infinity' AND f.due_at <= moment)
$$;

CREATE FUNCTION work.tenants_to_judge(moment timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.standing AS s
                WHERE s.tenant_id = t.tenant_id AND s.judge_at <= moment)
$$;

GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
REVOKE ALL ON FUNCTION work.tenants_to_fetch(timestamptz), work.tenants_to_judge(timestamptz)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.tenants_to_fetch(timestamptz), work.tenants_to_judge(timestamptz)
   TO evenhand_app;
ALTER FUNCTION work.tenants_to_fetch(timestamptz) OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_to_judge(timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
