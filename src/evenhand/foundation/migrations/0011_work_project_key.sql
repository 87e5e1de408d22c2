-- work: open assignments by project, so that a lease passes over projects closed to an annotator.

ALTER TABLE work.assignment
    ADD COLUMN project_key uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
COMMENT ON COLUMN work.assignment.project_key IS
    'The project of its task, or zeros where it has none: it only helps to find what is open.';

-- Of all tenants, so the policy that shows one alone is set aside for this transaction; a task that
-- is done is never asked for again.
ALTER TABLE work.assignment NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.task NO FORCE ROW LEVEL SECURITY;
UPDATE work.assignment AS a
   SET project_key = task.project_id
  FROM work.task AS task
 WHERE task.tenant_id = a.tenant_id
   AND task.task_id = a.task_id
   AND task.project_id IS NOT NULL
   AND task.status = 'pending';
ALTER TABLE work.assignment FORCE ROW LEVEL SECURITY;
ALTER TABLE work.task FORCE ROW LEVEL SECURITY;

CREATE INDEX assignment_open_of_project
    ON work.assignment (tenant_id, review, project_key, rank, position, task_id)
    WHERE state = 'open';
