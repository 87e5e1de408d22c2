-- work: lists of tasks that take as long for a million as for a thousand: kept counts, and an
-- index for each filter.

-- What changed the number of tasks, one row a statement or a task, only ever added: who creates and
-- who completes tasks never wait for each other. A round folds the rows into the counts below, and
-- whoever counts adds those that are not folded yet.
CREATE TABLE work.count_change (
    tenant_id    uuid    NOT NULL,
    change_id    uuid    NOT NULL DEFAULT gen_random_uuid(),
    is_test      boolean NOT NULL,
    project_key  uuid    NOT NULL,
    batch_id     uuid,
    type         text    NOT NULL,
    status       text    NOT NULL,
    created_at   timestamptz,
    tasks        bigint  NOT NULL,
    PRIMARY KEY (tenant_id, change_id)
);
COMMENT ON COLUMN work.count_change.created_at IS
    'The second in which the tasks were created; empty where only their status changed.';
COMMENT ON COLUMN work.count_change.project_key IS 'The project, or zeros where there is none.';

CREATE TABLE work.count_of_project (
    tenant_id    uuid    NOT NULL,
    is_test      boolean NOT NULL,
    project_key  uuid    NOT NULL,
    type         text    NOT NULL,
    status       text    NOT NULL,
    tasks        bigint  NOT NULL,
    PRIMARY KEY (tenant_id, is_test, project_key, type, status)
);

CREATE TABLE work.count_of_batch (
    tenant_id    uuid    NOT NULL,
    batch_id     uuid    NOT NULL,
    is_test      boolean NOT NULL,
    project_key  uuid    NOT NULL,
    type         text    NOT NULL,
    status       text    NOT NULL,
    tasks        bigint  NOT NULL,
    PRIMARY KEY (tenant_id, batch_id, is_test, project_key, type, status)
);

CREATE TABLE work.count_of_time (
    tenant_id    uuid        NOT NULL,
    is_test      boolean     NOT NULL,
    seconds      int         NOT NULL CHECK (seconds IN (1, 60, 86400)),
    starts_at    timestamptz NOT NULL,
    tasks        bigint      NOT NULL,
    PRIMARY KEY (tenant_id, is_test, seconds, starts_at)
);
COMMENT ON TABLE work.count_of_time IS
    'How many tasks were created in each day, minute and second: a place far down the list is '
    'found in three steps instead of a walk.';

-- What an array of a task holds, one row a tag, in the order of lists: row security keeps the
-- planner from an index on arrays, whose operators may leak.
CREATE TABLE work.task_tag (
    tenant_id   uuid        NOT NULL,
    is_test     boolean     NOT NULL,
    tag         text        COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL,
    task_id     text        COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, is_test, tag, created_at, task_id)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['count_change', 'count_of_project', 'count_of_batch',
                                'count_of_time', 'task_tag'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE work.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON work.%I USING '
                       '(tenant_id = nullif(current_setting(''evenhand.tenant_id'', true), '''')'
                       '::uuid)', name);
    END LOOP;
END
$$;
-- FOR UPDATE, by which two who fold take different rows, wants the privilege to update.
GRANT SELECT, INSERT, UPDATE, DELETE ON work.count_change TO evenhand_app;
GRANT SELECT, INSERT, UPDATE
   ON work.count_of_project, work.count_of_batch, work.count_of_time TO evenhand_app;
GRANT SELECT, INSERT, DELETE ON work.task_tag TO evenhand_app;
GRANT SELECT (tenant_id) ON work.count_change TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.count_change FOR SELECT TO evenhand_dispatcher USING (true);

-- By triggers, because a server of the version before writes tasks beside this one and knows
-- nothing of counts. Of what a task is counted by, only its status ever changes, and the server
-- may not delete tasks.
CREATE FUNCTION work.count_created() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status,
                                   created_at, tasks)
    SELECT t.tenant_id, t.is_test,
           coalesce(t.project_id, '00000000-0000-0000-0000-000000000000'), t.batch_id, t.type,
           t.status, date_bin('1 second', t.created_at, '2000-01-01 00:00:00+00'), count(*)
      FROM created AS t
     WHERE t.purpose = 'live'
     GROUP BY 1, 2, 3, 4, 5, 6, 7;
    INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id)
    SELECT DISTINCT t.tenant_id, t.is_test, tag.name, t.created_at, t.task_id
      FROM created AS t
     CROSS JOIN LATERAL unnest(t.tags) AS tag (name)
     WHERE t.purpose = 'live'
       AND tag.name IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER task_created AFTER INSERT ON work.task
    REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION work.count_created();

CREATE FUNCTION work.count_moved() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status, tasks)
    VALUES (OLD.tenant_id, OLD.is_test,
            coalesce(OLD.project_id, '00000000-0000-0000-0000-000000000000'), OLD.batch_id,
            OLD.type, OLD.status, -1),
           (NEW.tenant_id, NEW.is_test,
            coalesce(NEW.project_id, '00000000-0000-0000-0000-000000000000'), NEW.batch_id,
            NEW.type, NEW.status, 1);
    RETURN NULL;
END
$$;
CREATE TRIGGER task_moved AFTER UPDATE OF status ON work.task
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.purpose = 'live')
    EXECUTE FUNCTION work.count_moved();

CREATE FUNCTION work.tag_anew() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM work.task_tag
     WHERE tenant_id = OLD.tenant_id
       AND is_test = OLD.is_test
       AND tag = ANY(OLD.tags)
       AND created_at = OLD.created_at
       AND task_id = OLD.task_id;
    INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id)
    SELECT DISTINCT NEW.tenant_id, NEW.is_test, tag.name, NEW.created_at, NEW.task_id
      FROM unnest(NEW.tags) AS tag (name)
     WHERE tag.name IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER task_tagged AFTER UPDATE OF tags ON work.task
    FOR EACH ROW WHEN (OLD.tags IS DISTINCT FROM NEW.tags AND NEW.purpose = 'live')
    EXECUTE FUNCTION work.tag_anew();
REVOKE ALL ON FUNCTION work.count_created(), work.count_moved(), work.tag_anew() FROM PUBLIC;

-- What there is already. Making the triggers has locked out whoever writes tasks until this has
-- ended, so that none is counted twice or not at all. Of all tenants, so the policies that show one
-- alone are set aside for this transaction.
ALTER TABLE work.task NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_project NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_batch NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_time NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.task_tag NO FORCE ROW LEVEL SECURITY;
INSERT INTO work.count_of_project (tenant_id, is_test, project_key, type, status, tasks)
SELECT tenant_id, is_test, coalesce(project_id, '00000000-0000-0000-0000-000000000000'), type,
       status, count(*)
  FROM work.task
 WHERE purpose = 'live'
 GROUP BY 1, 2, 3, 4, 5;
INSERT INTO work.count_of_batch (tenant_id, batch_id, is_test, project_key, type, status, tasks)
SELECT tenant_id, batch_id, is_test,
       coalesce(project_id, '00000000-0000-0000-0000-000000000000'), type, status, count(*)
  FROM work.task
 WHERE purpose = 'live'
   AND batch_id IS NOT NULL
 GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO work.count_of_time (tenant_id, is_test, seconds, starts_at, tasks)
SELECT t.tenant_id, t.is_test, width.seconds,
       date_bin(make_interval(secs => width.seconds), t.created_at, '2000-01-01 00:00:00+00'),
       count(*)
  FROM work.task AS t
 CROSS JOIN (VALUES (1), (60), (86400)) AS width (seconds)
 WHERE t.purpose = 'live'
 GROUP BY 1, 2, 3, 4;
INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id)
SELECT DISTINCT t.tenant_id, t.is_test, tag.name, t.created_at, t.task_id
  FROM work.task AS t
 CROSS JOIN LATERAL unnest(t.tags) AS tag (name)
 WHERE t.purpose = 'live'
   AND tag.name IS NOT NULL;
ALTER TABLE work.task FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_project FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_batch FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_time FORCE ROW LEVEL SECURITY;
ALTER TABLE work.task_tag FORCE ROW LEVEL SECURITY;

-- Each holds all that a page is found by, in the order of lists, so that a walk along it need not
-- look at the tasks themselves. Two take the places of older ones that they answer for.
CREATE INDEX task_live_newest ON work.task (tenant_id, is_test, created_at DESC, task_id DESC)
    WHERE purpose = 'live';
DROP INDEX work.task_newest;
CREATE INDEX task_of_batch_status
    ON work.task (tenant_id, batch_id, status, created_at DESC, task_id DESC)
    WHERE batch_id IS NOT NULL;
DROP INDEX work.task_of_batch;
CREATE INDEX task_of_status
    ON work.task (tenant_id, is_test, status, created_at DESC, task_id DESC)
    WHERE purpose = 'live';
CREATE INDEX task_of_type ON work.task (tenant_id, is_test, type, created_at DESC, task_id DESC)
    WHERE purpose = 'live';
CREATE INDEX task_of_project_status
    ON work.task (tenant_id, project_id, status, created_at DESC, task_id DESC)
    WHERE purpose = 'live';
CREATE INDEX task_completed
    ON work.task (tenant_id, is_test, completed_at, created_at DESC, task_id DESC)
    WHERE purpose = 'live' AND completed_at IS NOT NULL;
CREATE INDEX task_updated
    ON work.task (tenant_id, is_test, updated_at, created_at DESC, task_id DESC)
    WHERE purpose = 'live';

-- Of the days, minutes or seconds between two moments: the one in which a place of the list lies,
-- and how far into it, counted from the newest.
CREATE FUNCTION work.time_of_place(tenant uuid, test boolean, width int, low timestamptz,
                                   high timestamptz, place bigint)
    RETURNS TABLE (starts_at timestamptz, skip bigint)
    LANGUAGE sql STABLE AS
$$
SELECT summed.starts_at, (place - summed.newer)::bigint
  FROM (SELECT counted.starts_at, sum(counted.tasks) AS tasks,
               sum(sum(counted.tasks)) OVER (ORDER BY counted.starts_at DESC)
             - sum(counted.tasks) AS newer
          FROM (SELECT c.starts_at, c.tasks
                  FROM work.count_of_time AS c
                 WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = width
                   AND c.starts_at >= low AND c.starts_at < high
                 UNION ALL
                SELECT date_bin(make_interval(secs => width), c.created_at,
                                '2000-01-01 00:00:00+00'), c.tasks
                  FROM work.count_change AS c
                 WHERE c.tenant_id = tenant AND c.is_test = test
                   AND c.created_at >= low AND c.created_at < high) AS counted
         GROUP BY counted.starts_at) AS summed
 WHERE place >= summed.newer AND place < summed.newer + summed.tasks
$$;

-- How many tasks were created at a moment or later: days, minutes and seconds as they are kept, and
-- only within the moment's own second one by one.
CREATE FUNCTION work.tasks_since(tenant uuid, test boolean, moment timestamptz) RETURNS bigint
    LANGUAGE sql STABLE AS
$$
SELECT coalesce(sum(counted.tasks), 0)::bigint
  FROM (SELECT date_bin('24 hours', moment, '2000-01-01 00:00:00+00') AS day,
               date_bin('1 minute', moment, '2000-01-01 00:00:00+00') AS minute,
               date_bin('1 second', moment, '2000-01-01 00:00:00+00') AS second) AS start
 CROSS JOIN LATERAL (
       SELECT c.tasks
         FROM work.count_of_time AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = 86400
          AND c.starts_at > start.day
        UNION ALL
       SELECT c.tasks
         FROM work.count_of_time AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = 60
          AND c.starts_at > start.minute AND c.starts_at < start.day + interval '24 hours'
        UNION ALL
       SELECT c.tasks
         FROM work.count_of_time AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = 1
          AND c.starts_at > start.second AND c.starts_at < start.minute + interval '1 minute'
        UNION ALL
       SELECT c.tasks
         FROM work.count_change AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.created_at > start.second
        UNION ALL
       SELECT count(*)
         FROM work.task AS t
        WHERE t.tenant_id = tenant AND t.is_test = test AND t.purpose = 'live'
          AND t.created_at >= moment AND t.created_at < start.second + interval '1 second')
    AS counted
$$;
REVOKE ALL
    ON FUNCTION work.time_of_place(uuid, boolean, int, timestamptz, timestamptz, bigint),
       work.tasks_since(uuid, boolean, timestamptz)
  FROM PUBLIC;
GRANT EXECUTE
   ON FUNCTION work.time_of_place(uuid, boolean, int, timestamptz, timestamptz, bigint),
      work.tasks_since(uuid, boolean, timestamptz)
   TO evenhand_app;

-- Tenants whose counts have changes to fold in.
CREATE FUNCTION work.tenants_to_count() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.count_change AS c WHERE c.tenant_id = t.tenant_id)
$$;
GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
REVOKE ALL ON FUNCTION work.tenants_to_count() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.tenants_to_count() TO evenhand_app;
ALTER FUNCTION work.tenants_to_count() OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
