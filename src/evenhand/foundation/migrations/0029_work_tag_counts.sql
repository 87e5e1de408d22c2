-- work: tasks of a tag are counted when they come and move, and no longer when a list of them is
-- asked for; one index of tags instead of two; a place far down a project's list is found in its
-- index alone.

-- Nobody writes tasks until this has ended, so that none is counted twice or not at all.
LOCK TABLE work.task IN SHARE ROW EXCLUSIVE MODE;

ALTER TABLE work.count_change ADD COLUMN tags text[], ADD COLUMN tagged int[];
COMMENT ON COLUMN work.count_change.tags IS 'The tags of the tasks, each once; may be empty.';
COMMENT ON COLUMN work.count_change.tagged IS
    'How many tasks have each of the tags; empty where all of them have.';

CREATE TABLE work.count_of_tag (
    tenant_id    uuid    NOT NULL,
    is_test      boolean NOT NULL,
    tag          text    COLLATE "C" NOT NULL,
    project_key  uuid    NOT NULL,
    batch_key    uuid    NOT NULL,
    type         text    NOT NULL,
    status       text    NOT NULL,
    tasks        bigint  NOT NULL,
    PRIMARY KEY (tenant_id, is_test, tag, project_key, batch_key, type, status)
);
COMMENT ON COLUMN work.count_of_tag.batch_key IS 'The batch, or zeros where there is none.';
ALTER TABLE work.count_of_tag ENABLE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_tag FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON work.count_of_tag USING
    (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON work.count_of_tag TO evenhand_app;

-- A row tells of all tags of a place, for a row of each would cost as much as a task that has a tag
-- of its own.
CREATE OR REPLACE FUNCTION work.count_created() RETURNS trigger LANGUAGE plpgsql AS
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
    IF NOT EXISTS (SELECT FROM created AS t WHERE t.tags IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    WITH tagged AS (
        INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id, status)
        SELECT DISTINCT t.tenant_id, t.is_test, tag.name, t.created_at, t.task_id, t.status
          FROM created AS t
         CROSS JOIN LATERAL unnest(t.tags) AS tag (name)
         WHERE t.purpose = 'live'
           AND tag.name IS NOT NULL
     RETURNING tag, task_id)
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status, tags,
                                   tagged, tasks)
    SELECT each.tenant_id, each.is_test, each.project_key, each.batch_id, each.type, each.status,
           array_agg(each.tag), array_agg(each.tasks), 0
      FROM (SELECT t.tenant_id, t.is_test,
                   coalesce(t.project_id, '00000000-0000-0000-0000-000000000000') AS project_key,
                   t.batch_id, t.type, t.status, tagged.tag, count(*)::int AS tasks
              FROM tagged
              JOIN created AS t ON t.task_id = tagged.task_id
             GROUP BY 1, 2, 3, 4, 5, 6, 7) AS each
     GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END
$$;

CREATE FUNCTION work.each_once(tags text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS
$$
SELECT array_agg(DISTINCT tag.name) FROM unnest(tags) AS tag (name) WHERE tag.name IS NOT NULL
$$;
REVOKE ALL ON FUNCTION work.each_once(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.each_once(text[]) TO evenhand_app;

CREATE OR REPLACE FUNCTION work.count_moved() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status, tags,
                                   tasks)
    VALUES (OLD.tenant_id, OLD.is_test,
            coalesce(OLD.project_id, '00000000-0000-0000-0000-000000000000'), OLD.batch_id,
            OLD.type, OLD.status, CASE WHEN OLD.tags <> '{}' THEN work.each_once(OLD.tags) END, -1),
           (NEW.tenant_id, NEW.is_test,
            coalesce(NEW.project_id, '00000000-0000-0000-0000-000000000000'), NEW.batch_id,
            NEW.type, NEW.status, CASE WHEN NEW.tags <> '{}' THEN work.each_once(NEW.tags) END, 1);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION work.tag_anew() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    DELETE FROM work.task_tag
     WHERE tenant_id = OLD.tenant_id
       AND is_test = OLD.is_test
       AND tag = ANY(OLD.tags)
       AND status = OLD.status
       AND created_at = OLD.created_at
       AND task_id = OLD.task_id;
    INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id, status)
    SELECT DISTINCT NEW.tenant_id, NEW.is_test, tag.name, NEW.created_at, NEW.task_id, NEW.status
      FROM unnest(NEW.tags) AS tag (name)
     WHERE tag.name IS NOT NULL;
    -- Whose status moved as well is counted by that. All else that it is counted by is the same.
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status, tags,
                                   tasks)
    SELECT NEW.tenant_id, NEW.is_test,
           coalesce(NEW.project_id, '00000000-0000-0000-0000-000000000000'), NEW.batch_id,
           NEW.type, NEW.status, moved.tags, moved.tasks
      FROM (SELECT work.each_once(OLD.tags) AS tags, -1 AS tasks
             UNION ALL
            SELECT work.each_once(NEW.tags), 1) AS moved
     WHERE OLD.status = NEW.status;
    RETURN NULL;
END
$$;

-- By a trigger of the changes and not by who folds them, because a server of the version before
-- folds them beside this one and knows nothing of tags. The order keeps two from waiting for each
-- other.
CREATE FUNCTION work.fold_tags() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    IF NOT EXISTS (SELECT FROM folded AS c WHERE c.tags IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO work.count_of_tag AS kept (tenant_id, is_test, tag, project_key, batch_key, type,
                                           status, tasks)
    SELECT c.tenant_id, c.is_test, tag.name, c.project_key,
           coalesce(c.batch_id, '00000000-0000-0000-0000-000000000000') AS batch_key, c.type,
           c.status, sum(coalesce(tag.tasks, c.tasks))
      FROM folded AS c
     CROSS JOIN LATERAL unnest(c.tags, c.tagged) AS tag (name, tasks)
     GROUP BY c.tenant_id, c.is_test, tag.name, c.project_key, batch_key, c.type, c.status
    HAVING sum(coalesce(tag.tasks, c.tasks)) <> 0
     ORDER BY c.is_test, tag.name COLLATE "C", c.project_key, batch_key, c.type, c.status
        ON CONFLICT (tenant_id, is_test, tag, project_key, batch_key, type, status)
        DO UPDATE SET tasks = kept.tasks + EXCLUDED.tasks;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION work.fold_tags() FROM PUBLIC;
CREATE TRIGGER count_change_folded AFTER DELETE ON work.count_change
    REFERENCING OLD TABLE AS folded
    FOR EACH STATEMENT EXECUTE FUNCTION work.fold_tags();

-- What there is already, of all tenants, so the policies that show one alone are set aside for this
-- transaction. Changes of before have no tags, and so are not counted again.
ALTER TABLE work.task NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_tag NO FORCE ROW LEVEL SECURITY;
INSERT INTO work.count_of_tag (tenant_id, is_test, tag, project_key, batch_key, type, status, tasks)
SELECT t.tenant_id, t.is_test, tag.name,
       coalesce(t.project_id, '00000000-0000-0000-0000-000000000000'),
       coalesce(t.batch_id, '00000000-0000-0000-0000-000000000000'), t.type, t.status, count(*)
  FROM work.task AS t
 CROSS JOIN LATERAL (SELECT DISTINCT sent.name FROM unnest(t.tags) AS sent (name)) AS tag
 WHERE t.purpose = 'live'
   AND tag.name IS NOT NULL
 GROUP BY 1, 2, 3, 4, 5, 6, 7;
ALTER TABLE work.task FORCE ROW LEVEL SECURITY;
ALTER TABLE work.count_of_tag FORCE ROW LEVEL SECURITY;

-- One index for a tag, which takes its tasks of one status after the other, and for both.
DROP INDEX work.task_tag_status;
ALTER TABLE work.task_tag DROP CONSTRAINT task_tag_pkey,
    ADD PRIMARY KEY (tenant_id, is_test, tag, status, created_at, task_id);

CREATE OR REPLACE FUNCTION work.tag_moved() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE work.task_tag
       SET status = NEW.status
     WHERE tenant_id = NEW.tenant_id
       AND is_test = NEW.is_test
       AND tag = ANY(NEW.tags)
       AND status = OLD.status
       AND created_at = NEW.created_at
       AND task_id = NEW.task_id;
    RETURN NULL;
END
$$;

-- With the purpose in it, it tells all that a page is found by; without it each task was looked at,
-- or all of them were put in order.
CREATE INDEX task_of_project_newest
    ON work.task (tenant_id, project_id, purpose, created_at DESC, task_id DESC)
    WHERE project_id IS NOT NULL;
DROP INDEX work.task_of_project;
