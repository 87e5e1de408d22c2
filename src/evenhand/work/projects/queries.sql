-- name: create_project
-- The name is used once per world; version 0 of the params comes with the project.
WITH created AS (
    INSERT INTO work.project (tenant_id, project_id, is_test, name, type, staged, policy,
                              policy_ordered, created_at)
    VALUES (%(tenant_id)s, %(project_id)s, %(is_test)s, %(name)s, %(type)s, %(staged)s,
            %(policy)s::json, %(policy)s::json, %(now)s)
        ON CONFLICT (tenant_id, is_test, name) DO NOTHING
 RETURNING tenant_id, project_id, created_at)
INSERT INTO work.project_params (tenant_id, project_id, version, params, params_ordered, created_at)
SELECT created.tenant_id, created.project_id, 0, %(params)s::json, %(params)s::json,
       created.created_at
  FROM created
RETURNING version;

-- name: project_of
-- A project by its name.
SELECT project_id, name, type, is_test, staged,
       work.in_order(policy, policy_ordered) AS policy, archived, created_at
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND name = %(name)s;

-- name: projects_of
-- Projects, newest first.
SELECT project_id, name, type, is_test, staged,
       work.in_order(policy, policy_ordered) AS policy, archived, created_at
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND (%(archived)s::boolean IS NULL OR archived = %(archived)s)
 ORDER BY created_at DESC, project_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: param_histories
-- All versions of the params of some projects, oldest first.
SELECT project_id, version, coalesce(params_ordered, params::json) AS params, created_at
  FROM work.project_params
 WHERE tenant_id = %(tenant_id)s
   AND project_id = ANY(%(project_ids)s)
 ORDER BY project_id, version;

-- name: lock_project
-- Two who change a project at once must not both write the same version.
SELECT project_id
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   FOR NO KEY UPDATE;

-- name: add_params
-- The version after the last.
INSERT INTO work.project_params (tenant_id, project_id, version, params, params_ordered, created_at)
SELECT %(tenant_id)s, %(project_id)s, last.version + 1, %(params)s::json, %(params)s::json, %(now)s
  FROM work.project_params AS last
 WHERE last.tenant_id = %(tenant_id)s
   AND last.project_id = %(project_id)s
 ORDER BY last.version DESC
 LIMIT 1;

-- name: set_policy
-- It holds for what is judged from now on; how many annotations an open task wants stays.
UPDATE work.project
   SET policy = %(policy)s::json, policy_ordered = %(policy)s::json
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s;

-- name: create_batch
-- The name is used once per world. Says how many projects have that name, and batches were made.
WITH project AS (
    SELECT tenant_id, project_id, staged
      FROM work.project
     WHERE tenant_id = %(tenant_id)s
       AND is_test = %(is_test)s
       AND name = %(project)s),
created AS (
    INSERT INTO work.batch (tenant_id, batch_id, project_id, is_test, name, status, callback,
                            metadata, metadata_ordered, options, created_at)
    SELECT %(tenant_id)s, %(batch_id)s, project.project_id, %(is_test)s, %(name)s,
           CASE WHEN project.staged THEN 'staging' ELSE 'in_progress' END,
           %(callback)s, %(metadata)s::json, %(metadata)s::json, %(options)s, %(now)s
      FROM project
        ON CONFLICT (tenant_id, is_test, name) DO NOTHING
 RETURNING batch_id)
SELECT (SELECT count(*) FROM project) AS projects, (SELECT count(*) FROM created) AS batches;

-- name: batch_of
-- A batch by its name.
SELECT b.batch_id, b.name, p.name AS project, b.status, b.is_test, b.finalized, b.callback,
       work.in_order(b.metadata, b.metadata_ordered) AS metadata, b.options, b.created_at,
       b.completed_at
  FROM work.batch AS b
  JOIN work.project AS p
    ON p.tenant_id = b.tenant_id AND p.project_id = b.project_id
 WHERE b.tenant_id = %(tenant_id)s
   AND b.is_test = %(is_test)s
   AND b.name = %(name)s;

-- name: batches_by_id
-- Batches by their ids.
SELECT b.batch_id, b.name, p.name AS project, b.status, b.is_test, b.finalized, b.callback,
       work.in_order(b.metadata, b.metadata_ordered) AS metadata, b.options, b.created_at,
       b.completed_at
  FROM work.batch AS b
  JOIN work.project AS p
    ON p.tenant_id = b.tenant_id AND p.project_id = b.project_id
 WHERE b.tenant_id = %(tenant_id)s
   AND b.batch_id = ANY(%(batch_ids)s);

-- name: find_batches
-- A page of batches, newest first.
SELECT b.batch_id, b.name, p.name AS project, b.status, b.is_test, b.finalized, b.callback,
       work.in_order(b.metadata, b.metadata_ordered) AS metadata, b.options, b.created_at,
       b.completed_at
  FROM work.batch AS b
  JOIN work.project AS p
    ON p.tenant_id = b.tenant_id AND p.project_id = b.project_id
 WHERE b.tenant_id = %(tenant_id)s
   AND b.is_test = %(is_test)s
   AND (%(project)s::text IS NULL OR p.name = %(project)s)
   AND (%(status)s::text IS NULL OR b.status = %(status)s)
   AND (%(created_from)s::timestamptz IS NULL OR b.created_at >= %(created_from)s)
   AND (%(created_to)s::timestamptz IS NULL OR b.created_at <= %(created_to)s)
   AND (%(completed_from)s::timestamptz IS NULL OR b.completed_at >= %(completed_from)s)
   AND (%(completed_to)s::timestamptz IS NULL OR b.completed_at <= %(completed_to)s)
 ORDER BY b.created_at DESC, b.batch_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: count_batches
-- How many batches fit.
SELECT count(*)
  FROM work.batch AS b
  JOIN work.project AS p
    ON p.tenant_id = b.tenant_id AND p.project_id = b.project_id
 WHERE b.tenant_id = %(tenant_id)s
   AND b.is_test = %(is_test)s
   AND (%(project)s::text IS NULL OR p.name = %(project)s)
   AND (%(status)s::text IS NULL OR b.status = %(status)s)
   AND (%(created_from)s::timestamptz IS NULL OR b.created_at >= %(created_from)s)
   AND (%(created_to)s::timestamptz IS NULL OR b.created_at <= %(created_to)s)
   AND (%(completed_from)s::timestamptz IS NULL OR b.completed_at >= %(completed_from)s)
   AND (%(completed_to)s::timestamptz IS NULL OR b.completed_at <= %(completed_to)s);

-- name: counts_of_batches
-- How many tasks some batches have, by status, from the counts that are kept: what is folded, and
-- what is not yet.
SELECT kept.batch_id, kept.status, sum(kept.tasks)::bigint AS tasks
  FROM (SELECT c.batch_id, c.status, c.tasks
          FROM work.count_of_batch AS c
         WHERE c.tenant_id = %(tenant_id)s
           AND c.batch_id = ANY(%(batch_ids)s)
         UNION ALL
        SELECT c.batch_id, c.status, c.tasks
          FROM work.count_change AS c
         WHERE c.tenant_id = %(tenant_id)s
           AND c.batch_id = ANY(%(batch_ids)s)) AS kept
 GROUP BY kept.batch_id, kept.status
HAVING sum(kept.tasks) <> 0;

-- name: lock_batch
-- Whoever adds a task shares the batch's lock, so none is added while this one is held.
SELECT batch_id
  FROM work.batch
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND name = %(name)s
   FOR NO KEY UPDATE;

-- name: lock_batch_by_id
-- Of two who finish the last tasks of a batch at once, one waits and then sees the other's.
SELECT batch_id
  FROM work.batch
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s
   FOR NO KEY UPDATE;

-- name: finalize_batch
-- From here on no task is added.
UPDATE work.batch
   SET status = 'in_progress', finalized = true
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s;

-- name: open_staged_assignments
-- What a batch held back is offered to annotators, in the order in which it came.
INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position, state)
SELECT task.tenant_id, gen_random_uuid(), task.task_id,
       coalesce(task.project_id, '00000000-0000-0000-0000-000000000000'), -task.priority,
       round(date_part('epoch', task.created_at) * 1000000)::bigint, 'open'
  FROM work.task AS task
 CROSS JOIN generate_series(1, task.annotations_wanted)
 WHERE task.tenant_id = %(tenant_id)s
   AND task.batch_id = %(batch_id)s
   AND task.status = 'pending'
   AND task.stage = 'staged';

-- name: open_staged_tasks
-- The tasks whose assignments have just been opened.
UPDATE work.task
   SET stage = 'open', updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s
   AND status = 'pending'
   AND stage = 'staged';

-- name: set_batch_metadata
-- The new metadata replaces the old.
UPDATE work.batch
   SET metadata = %(metadata)s::json, metadata_ordered = %(metadata)s::json
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s;

-- name: set_batch_options
-- Options given replace those of the same name.
UPDATE work.batch
   SET options = options || %(options)s::jsonb
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s;

-- name: prioritize_tasks
-- Tasks that are still to be done get the new priority.
UPDATE work.task
   SET priority = %(priority)s, updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s
   AND status = 'pending';

-- name: rank_assignments
-- What nobody holds yet moves to its new place in the queue.
UPDATE work.assignment AS a
   SET rank = -%(priority)s::int
  FROM work.task AS task
 WHERE a.tenant_id = %(tenant_id)s
   AND a.state = 'open'
   AND task.tenant_id = a.tenant_id
   AND task.task_id = a.task_id
   AND task.batch_id = %(batch_id)s
   AND task.status = 'pending';

-- name: many_pending
-- Answers a row when more tasks than that are pending.
SELECT task_id
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s
   AND status = 'pending'
 LIMIT 1 OFFSET %(beyond)s;

-- name: complete_batch
-- A batch is done when none of its tasks is pending; one without tasks only when it can get none.
UPDATE work.batch AS b
   SET status = 'completed', completed_at = %(now)s
 WHERE b.tenant_id = %(tenant_id)s
   AND b.batch_id = %(batch_id)s
   AND b.status = 'in_progress'
   AND NOT EXISTS (SELECT FROM work.task AS task
                    WHERE task.tenant_id = b.tenant_id
                      AND task.batch_id = b.batch_id
                      AND task.status = 'pending')
   AND (b.finalized OR EXISTS (SELECT FROM work.task AS task
                                WHERE task.tenant_id = b.tenant_id
                                  AND task.batch_id = b.batch_id));

-- name: reopen_batch
-- A batch that was never finalized and only looked done.
UPDATE work.batch
   SET status = 'in_progress', completed_at = NULL
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s
   AND status = 'completed'
   AND NOT finalized;

-- name: take_up_batch
-- A batch that is to wait for one of its tasks again; nothing where it is at work anyway.
UPDATE work.batch
   SET status = 'in_progress', completed_at = NULL
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s
   AND status = 'completed';

-- name: status_of_batch
-- Read under a lock, so that it stays so until the transaction ends.
SELECT name, status
  FROM work.batch
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = %(batch_id)s
   FOR UPDATE;

-- name: place_in_project
-- A project with the params of the version asked for, or the newest.
SELECT p.project_id, p.name AS project, p.type, p.policy, v.version, v.params,
       NULL::uuid AS batch_id, NULL::text AS batch, NULL::text AS status,
       NULL::boolean AS finalized, NULL::int AS priority
  FROM work.project AS p
  LEFT JOIN LATERAL (SELECT given.version,
                            coalesce(given.params_ordered, given.params::json) AS params
                       FROM work.project_params AS given
                      WHERE given.tenant_id = p.tenant_id
                        AND given.project_id = p.project_id
                        AND (%(version)s::int IS NULL OR given.version = %(version)s)
                      ORDER BY given.version DESC
                      LIMIT 1) AS v ON true
 WHERE p.tenant_id = %(tenant_id)s
   AND p.is_test = %(is_test)s
   AND p.name = %(name)s;

-- name: place_in_batch
-- A batch and its project. The batch is locked so that it cannot be finalized or completed
-- before the task that is about to be added can be seen; many may add at once.
SELECT p.project_id, p.name AS project, p.type, p.policy, v.version, v.params,
       b.batch_id, b.name AS batch, b.status, b.finalized,
       (b.options ->> 'priority')::int AS priority
  FROM work.batch AS b
  JOIN work.project AS p
    ON p.tenant_id = b.tenant_id AND p.project_id = b.project_id
  LEFT JOIN LATERAL (SELECT given.version,
                            coalesce(given.params_ordered, given.params::json) AS params
                       FROM work.project_params AS given
                      WHERE given.tenant_id = p.tenant_id
                        AND given.project_id = p.project_id
                        AND (%(version)s::int IS NULL OR given.version = %(version)s)
                      ORDER BY given.version DESC
                      LIMIT 1) AS v ON true
 WHERE b.tenant_id = %(tenant_id)s
   AND b.is_test = %(is_test)s
   AND b.name = %(name)s
   FOR SHARE OF b;

-- name: progress
-- Counts over a tenant's live tasks.
SELECT count(*) AS tasks,
       count(*) FILTER (WHERE task.status = 'pending') AS pending,
       count(*) FILTER (WHERE task.status = 'completed') AS completed,
       count(*) FILTER (WHERE task.stage = 'review') AS review,
       count(*) FILTER (WHERE task.status = 'error') AS error,
       count(*) FILTER (WHERE task.status = 'canceled') AS canceled,
       (SELECT count(*) FROM work.assignment AS a
         WHERE a.tenant_id = %(tenant_id)s AND a.state = 'open') AS open,
       (SELECT count(*) FROM work.assignment AS a
         WHERE a.tenant_id = %(tenant_id)s AND a.state = 'leased'
           AND NOT EXISTS (SELECT FROM work.gold AS g
                            WHERE g.tenant_id = a.tenant_id AND g.task_id = a.task_id)) AS leased,
       (SELECT count(*) FROM work.annotation AS annotation
         WHERE annotation.tenant_id = %(tenant_id)s)
     - (SELECT count(*)
          FROM work.gold AS g
          JOIN work.annotation AS annotation
            ON annotation.tenant_id = g.tenant_id AND annotation.task_id = g.task_id
         WHERE g.tenant_id = %(tenant_id)s) AS annotations
  FROM work.task AS task
 WHERE task.tenant_id = %(tenant_id)s
   AND NOT task.is_test
   AND task.purpose = 'live';

-- name: policy_of_project
-- What a project asks of annotators.
SELECT policy
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s;

-- name: names_of_projects
-- The names of projects that may have been meant: those that differ least in length.
SELECT name
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND length(name) <= %(length_max)s
 ORDER BY lower(btrim(name)) <> lower(btrim(%(name)s)), abs(length(name) - length(%(name)s)),
          lower(left(name, 1)) <> lower(left(%(name)s, 1)), created_at DESC
 LIMIT %(limit)s;

-- name: names_of_batches
-- The names of batches that may have been meant: those that differ least in length.
SELECT name
  FROM work.batch
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND length(name) <= %(length_max)s
 ORDER BY lower(btrim(name)) <> lower(btrim(%(name)s)), abs(length(name) - length(%(name)s)),
          lower(left(name, 1)) <> lower(left(%(name)s, 1)), created_at DESC
 LIMIT %(limit)s;
