-- work: the status of a task stands with its tags, so that tasks of a tag and a status are counted
-- along an index and not asked one by one.

ALTER TABLE work.task_tag ADD COLUMN status text;
GRANT UPDATE (status) ON work.task_tag TO evenhand_app;

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
    INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id, status)
    SELECT DISTINCT t.tenant_id, t.is_test, tag.name, t.created_at, t.task_id, t.status
      FROM created AS t
     CROSS JOIN LATERAL unnest(t.tags) AS tag (name)
     WHERE t.purpose = 'live'
       AND tag.name IS NOT NULL;
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
       AND created_at = OLD.created_at
       AND task_id = OLD.task_id;
    INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id, status)
    SELECT DISTINCT NEW.tenant_id, NEW.is_test, tag.name, NEW.created_at, NEW.task_id, NEW.status
      FROM unnest(NEW.tags) AS tag (name)
     WHERE tag.name IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION work.tag_moved() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE work.task_tag
       SET status = NEW.status
     WHERE tenant_id = NEW.tenant_id
       AND is_test = NEW.is_test
       AND tag = ANY(NEW.tags)
       AND created_at = NEW.created_at
       AND task_id = NEW.task_id;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION work.tag_moved() FROM PUBLIC;
-- Making it has locked out whoever writes tasks until what is there already is filled in. Of all
-- tenants, so the policies that show one alone are set aside for this transaction.
CREATE TRIGGER task_tags_moved AFTER UPDATE OF status ON work.task
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.purpose = 'live' AND NEW.tags IS NOT NULL)
    EXECUTE FUNCTION work.tag_moved();

ALTER TABLE work.task NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.task_tag NO FORCE ROW LEVEL SECURITY;
UPDATE work.task_tag AS g
   SET status = t.status
  FROM work.task AS t
 WHERE t.tenant_id = g.tenant_id
   AND t.task_id = g.task_id;
ALTER TABLE work.task FORCE ROW LEVEL SECURITY;
ALTER TABLE work.task_tag FORCE ROW LEVEL SECURITY;
ALTER TABLE work.task_tag ALTER COLUMN status SET NOT NULL;
CREATE INDEX task_tag_status
    ON work.task_tag (tenant_id, is_test, tag, status, created_at, task_id);
