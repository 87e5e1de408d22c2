-- name: withdraw_open
-- Nobody need do what is no longer wanted; whoever holds a lease may still finish.
-- A lease that ran out can have left a draft behind. Open is said by elimination: told
-- directly, the planner takes the index of all that is open and walks the whole queue.
WITH withdrawn AS (
    DELETE FROM work.assignment
     WHERE tenant_id = %(tenant_id)s
       AND task_id = ANY(%(task_ids)s)
       AND state NOT IN ('leased', 'done', 'skipped')
 RETURNING assignment_id, task_id, review, state),
forgotten AS (
    DELETE FROM work.draft
     USING withdrawn
     WHERE draft.tenant_id = %(tenant_id)s
       AND draft.assignment_id = withdrawn.assignment_id)
SELECT task_id,
       count(*) FILTER (WHERE NOT review)::int AS ordinary,
       count(*) FILTER (WHERE review)::int AS reviews
  FROM withdrawn
 WHERE state = 'open'
 GROUP BY task_id;

-- name: open_tasks
-- Tasks and their assignments. What differs comes as one JSON object of columns, which is read
-- faster than rows, and COPY is refused under row security; what all share comes once, and a
-- column in which nothing stands does not come. A unique_id that is used already enters nothing.
-- The tasks of one call are a microsecond apart, so that they keep their order ever after. An
-- assignment's id is its task's and a number: chance costs more here than all else about it, and
-- what ascends is soon entered in an index.
WITH opened AS (
    INSERT INTO work.task (tenant_id, task_id, is_test, project_id, batch_id, type, status, stage,
                           instruction, params_ordered, metadata_ordered, unique_id,
                           clear_unique_id_on_error, tags, priority, annotations_wanted,
                           callback_url, callback_succeeded, project_param_version, purpose, asked,
                           created_at, updated_at)
    SELECT %(tenant_id)s, given.task_id, %(is_test)s::boolean, %(project_id)s::uuid,
           %(batch_id)s::uuid, %(type)s, 'pending', COALESCE(given.stage, shared.stage),
           COALESCE(given.instruction, shared.instruction), given.params,
           given.metadata, COALESCE(given.unique_id, shared.unique_id),
           COALESCE(given.clear_unique_id_on_error::boolean, shared.clear_unique_id_on_error),
           CASE json_typeof(given.tags)
                WHEN 'array' THEN ARRAY(SELECT json_array_elements_text(given.tags)) END,
           COALESCE(given.priority::smallint, shared.priority), %(annotations_wanted)s::smallint,
           COALESCE(given.callback_url, shared.callback_url),
           CASE WHEN %(is_test)s THEN true END, %(project_param_version)s::int, %(purpose)s,
           CASE WHEN COALESCE(given.unique_id, shared.unique_id) IS NOT NULL
                THEN NULLIF(substr(%(digests)s::bytea, 16 * given.number - 15, 16), '') END,
           given.created_at, given.created_at
      FROM (SELECT c.task_id, c.params, c.stage, c.instruction, c.unique_id,
                   c.clear_unique_id_on_error, c.priority, c.callback_url, c.metadata, c.tags,
                   c.number::int, %(now)s::timestamptz
                   + COALESCE((%(places)s::int[])[c.number::int], %(first)s::int + c.number - 1)
                   * interval '1 microsecond' AS created_at
              FROM json_to_record(%(differing)s::json)
                AS one (task_id json, params json, stage json, instruction json, unique_id json,
                        clear_unique_id_on_error json, priority json, callback_url json,
                        metadata json, tags json)
             CROSS JOIN LATERAL ROWS FROM (
                   json_array_elements_text(one.task_id),
                   json_array_elements(one.params),
                   json_array_elements_text(one.stage),
                   json_array_elements_text(one.instruction),
                   json_array_elements_text(one.unique_id),
                   json_array_elements_text(one.clear_unique_id_on_error),
                   json_array_elements_text(one.priority),
                   json_array_elements_text(one.callback_url),
                   json_array_elements(one.metadata),
                   json_array_elements(one.tags))
              WITH ORDINALITY
                AS c (task_id, params, stage, instruction, unique_id, clear_unique_id_on_error,
                      priority, callback_url, metadata, tags, number)) AS given
     CROSS JOIN jsonb_to_record(%(shared)s::jsonb)
        AS shared (stage text, instruction text, unique_id text,
                   clear_unique_id_on_error boolean, priority smallint, callback_url text)
        ON CONFLICT (tenant_id, unique_id, is_test) WHERE unique_id IS NOT NULL DO NOTHING
 RETURNING tenant_id, task_id, project_id, is_test, stage, priority, created_at),
offered AS (
    INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                                 state)
    SELECT opened.tenant_id, (opened.task_id || lpad(to_hex(slot.number), 8, '0'))::uuid,
           opened.task_id, coalesce(opened.project_id, '00000000-0000-0000-0000-000000000000'),
           -opened.priority,
           round(date_part('epoch', opened.created_at) * 1000000)::bigint, 'open'
      FROM opened
     CROSS JOIN generate_series(1, %(annotations_wanted)s::int) AS slot (number)
     WHERE opened.stage = 'open'
       AND NOT opened.is_test)
SELECT CASE WHEN count(*) < %(asked)s::int THEN coalesce(array_agg(task_id), '{}') END AS only
  FROM opened;

-- name: task_of
-- A task with its place and its response.
SELECT t.task_id, t.type, t.is_test, t.status, t.stage, p.name AS project, b.name AS batch,
       t.batch_id, t.instruction, coalesce(t.params_ordered, t.params::json) AS params,
       coalesce(t.metadata_ordered, t.metadata::json) AS metadata, t.unique_id, t.tags, t.priority,
       t.callback_url, t.callback_succeeded, t.project_param_version,
       t.error,
       EXISTS (SELECT FROM work.assignment AS a
                WHERE a.tenant_id = t.tenant_id
                  AND a.task_id = t.task_id
                  AND a.state IN ('leased', 'done')) AS work_started,
       t.created_at, t.updated_at, t.completed_at,
       coalesce(v.response_ordered, v.response::json) AS response
  FROM work.task AS t
  LEFT JOIN work.project AS p
    ON p.tenant_id = t.tenant_id AND p.project_id = t.project_id
  LEFT JOIN work.batch AS b
    ON b.tenant_id = t.tenant_id AND b.batch_id = t.batch_id
  LEFT JOIN work.verdict AS v
    ON v.tenant_id = t.tenant_id AND v.task_id = t.task_id
 WHERE t.tenant_id = %(tenant_id)s
   AND t.task_id = %(task_id)s
   AND t.is_test = %(is_test)s
   AND t.purpose = 'live';

-- name: ids_of_names
-- Which project and which batch are meant, where one is named.
SELECT (SELECT p.project_id
          FROM work.project AS p
         WHERE p.tenant_id = %(tenant_id)s
           AND p.is_test = %(is_test)s
           AND p.name = %(project)s::text) AS project_id,
       (SELECT b.batch_id
          FROM work.batch AS b
         WHERE b.tenant_id = %(tenant_id)s
           AND b.is_test = %(is_test)s
           AND b.name = %(batch)s::text) AS batch_id;

-- name: page_along
-- A page of the ids of tasks, newest first, by a walk along an index in that order. It goes on
-- after a task rather than after a number of tasks, so none is missed or repeated when others are
-- created meanwhile. A project or a batch says whether its tasks are tests; no task is completed
-- or changed before it is created, so the walk need not begin at the newest.
SELECT t.task_id
  FROM work.task AS t
 WHERE t.tenant_id = %(tenant_id)s
   AND t.purpose = 'live'
   AND (%(project_id)s::uuid IS NOT NULL OR %(batch_id)s::uuid IS NOT NULL
        OR t.is_test = %(is_test)s)
   AND (%(project_id)s::uuid IS NULL OR t.project_id = %(project_id)s)
   AND (%(batch_id)s::uuid IS NULL OR t.batch_id = %(batch_id)s)
   AND (%(status)s::text IS NULL OR t.status = %(status)s)
   AND (%(type)s::text IS NULL OR t.type = %(type)s)
   AND (%(unique_ids)s::text[] IS NULL OR t.unique_id = ANY(%(unique_ids)s))
   AND (%(tags)s::text[] IS NULL OR t.tags && %(tags)s)
   AND (%(created_from)s::timestamptz IS NULL OR t.created_at >= %(created_from)s)
   AND (%(created_to)s::timestamptz IS NULL OR t.created_at <= %(created_to)s)
   AND (%(completed_from)s::timestamptz IS NULL OR t.completed_at >= %(completed_from)s)
   AND (%(completed_to)s::timestamptz IS NULL
        OR t.completed_at <= %(completed_to)s AND t.created_at <= %(completed_to)s)
   AND (%(updated_from)s::timestamptz IS NULL OR t.updated_at >= %(updated_from)s)
   AND (%(updated_to)s::timestamptz IS NULL
        OR t.updated_at <= %(updated_to)s AND t.created_at <= %(updated_to)s)
   AND (%(after_at)s::timestamptz IS NULL
        OR (t.created_at, t.task_id) < (%(after_at)s, %(after_id)s))
 ORDER BY t.created_at DESC, t.task_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: page_begun
-- The same of tasks between two times, as far as it is found among the newest that may fit.
SELECT begun.task_id
  FROM (SELECT t.task_id, t.created_at, t.unique_id, t.tags, t.completed_at, t.updated_at
          FROM work.task AS t
         WHERE t.tenant_id = %(tenant_id)s
           AND t.purpose = 'live'
           AND (%(project_id)s::uuid IS NOT NULL OR %(batch_id)s::uuid IS NOT NULL
                OR t.is_test = %(is_test)s)
           AND (%(project_id)s::uuid IS NULL OR t.project_id = %(project_id)s)
           AND (%(batch_id)s::uuid IS NULL OR t.batch_id = %(batch_id)s)
           AND (%(status)s::text IS NULL OR t.status = %(status)s)
           AND (%(type)s::text IS NULL OR t.type = %(type)s)
           AND (%(created_from)s::timestamptz IS NULL OR t.created_at >= %(created_from)s)
           AND (%(created_to)s::timestamptz IS NULL OR t.created_at <= %(created_to)s)
           AND (%(completed_to)s::timestamptz IS NULL OR t.created_at <= %(completed_to)s)
           AND (%(updated_to)s::timestamptz IS NULL OR t.created_at <= %(updated_to)s)
           AND (%(after_at)s::timestamptz IS NULL
                OR (t.created_at, t.task_id) < (%(after_at)s, %(after_id)s))
         ORDER BY t.created_at DESC, t.task_id DESC
         LIMIT %(begun_max)s) AS begun
 WHERE (%(unique_ids)s::text[] IS NULL OR begun.unique_id = ANY(%(unique_ids)s))
   AND (%(tags)s::text[] IS NULL OR begun.tags && %(tags)s)
   AND (%(completed_from)s::timestamptz IS NULL OR begun.completed_at >= %(completed_from)s)
   AND (%(completed_to)s::timestamptz IS NULL OR begun.completed_at <= %(completed_to)s)
   AND (%(updated_from)s::timestamptz IS NULL OR begun.updated_at >= %(updated_from)s)
   AND (%(updated_to)s::timestamptz IS NULL OR begun.updated_at <= %(updated_to)s)
 ORDER BY begun.created_at DESC, begun.task_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: page_of_few
-- The same of tasks that are few: all that fit are found by whatever index tells them best, and put
-- in order after that.
WITH fit AS MATERIALIZED (
    SELECT t.created_at, t.task_id
      FROM work.task AS t
     WHERE t.tenant_id = %(tenant_id)s
       AND t.purpose = 'live'
       AND (%(project_id)s::uuid IS NOT NULL OR %(batch_id)s::uuid IS NOT NULL
            OR t.is_test = %(is_test)s)
       AND (%(project_id)s::uuid IS NULL OR t.project_id = %(project_id)s)
       AND (%(batch_id)s::uuid IS NULL OR t.batch_id = %(batch_id)s)
       AND (%(status)s::text IS NULL OR t.status = %(status)s)
       AND (%(type)s::text IS NULL OR t.type = %(type)s)
       AND (%(unique_ids)s::text[] IS NULL OR t.unique_id = ANY(%(unique_ids)s))
       AND (%(tags)s::text[] IS NULL OR t.tags && %(tags)s)
       AND (%(created_from)s::timestamptz IS NULL OR t.created_at >= %(created_from)s)
       AND (%(created_to)s::timestamptz IS NULL OR t.created_at <= %(created_to)s)
       AND (%(completed_from)s::timestamptz IS NULL OR t.completed_at >= %(completed_from)s)
       AND (%(completed_to)s::timestamptz IS NULL OR t.completed_at <= %(completed_to)s)
       AND (%(updated_from)s::timestamptz IS NULL OR t.updated_at >= %(updated_from)s)
       AND (%(updated_to)s::timestamptz IS NULL OR t.updated_at <= %(updated_to)s))
SELECT task_id
  FROM fit
 WHERE %(after_at)s::timestamptz IS NULL
    OR (created_at, task_id) < (%(after_at)s, %(after_id)s)
 ORDER BY created_at DESC, task_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: page_of_tagged
-- The same of tasks that have one of some tags: the newest of each tag and status, put in order.
-- What a tag's row does not tell is asked of its task, by key; OFFSET 0 keeps it so.
SELECT found.task_id
  FROM (SELECT tagged.created_at, tagged.task_id
          FROM unnest(%(tags)s::text[]) AS wanted (tag)
         CROSS JOIN unnest(%(statuses)s::text[]) AS state (status)
         CROSS JOIN LATERAL (
               SELECT g.created_at, g.task_id
                 FROM work.task_tag AS g
                WHERE g.tenant_id = %(tenant_id)s
                  AND g.is_test = %(is_test)s
                  AND g.tag = wanted.tag
                  AND g.status = state.status
                  AND (%(created_from)s::timestamptz IS NULL OR g.created_at >= %(created_from)s)
                  AND (%(created_to)s::timestamptz IS NULL OR g.created_at <= %(created_to)s)
                  AND (%(after_at)s::timestamptz IS NULL
                       OR (g.created_at, g.task_id) < (%(after_at)s, %(after_id)s))
                  AND (%(tags_alone)s::boolean OR EXISTS (
                      SELECT
                        FROM work.task AS t
                       WHERE t.tenant_id = g.tenant_id
                         AND t.task_id = g.task_id
                         AND t.type = coalesce(%(type)s, t.type)
                         AND (%(project_id)s::uuid IS NULL OR t.project_id = %(project_id)s)
                         AND (%(batch_id)s::uuid IS NULL OR t.batch_id = %(batch_id)s)
                         AND (%(unique_ids)s::text[] IS NULL OR t.unique_id = ANY(%(unique_ids)s))
                         AND (%(completed_from)s::timestamptz IS NULL
                              OR t.completed_at >= %(completed_from)s)
                         AND (%(completed_to)s::timestamptz IS NULL
                              OR t.completed_at <= %(completed_to)s)
                         AND (%(updated_from)s::timestamptz IS NULL
                              OR t.updated_at >= %(updated_from)s)
                         AND (%(updated_to)s::timestamptz IS NULL
                              OR t.updated_at <= %(updated_to)s)
                      OFFSET 0))
                ORDER BY g.created_at DESC, g.task_id DESC
                LIMIT %(limit)s::bigint + %(offset)s::bigint) AS tagged
         GROUP BY tagged.created_at, tagged.task_id) AS found
 ORDER BY found.created_at DESC, found.task_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: tasks_by_id
-- Some tasks, in the order in which they are named. All is found by key: OFFSET 0 keeps the
-- planner from reading all of a table for a page of it.
SELECT t.task_id, t.type, t.is_test, t.status, t.stage, p.name AS project, b.name AS batch,
       t.batch_id, t.instruction, coalesce(t.params_ordered, t.params::json) AS params,
       coalesce(t.metadata_ordered, t.metadata::json) AS metadata, t.unique_id, t.tags, t.priority,
       t.callback_url, t.callback_succeeded, t.project_param_version,
       t.error,
       EXISTS (SELECT FROM work.assignment AS a
                WHERE a.tenant_id = %(tenant_id)s
                  AND a.task_id = t.task_id
                  AND a.state IN ('leased', 'done')
               OFFSET 0) AS work_started,
       t.created_at, t.updated_at, t.completed_at,
       coalesce(v.response_ordered, v.response::json) AS response
  FROM unnest(%(task_ids)s::text[]) WITH ORDINALITY AS named (task_id, number)
 CROSS JOIN LATERAL (
       SELECT task.task_id, task.type, task.is_test, task.status, task.stage, task.project_id,
              task.batch_id, task.instruction, task.params, task.params_ordered, task.metadata,
              task.metadata_ordered, task.unique_id, task.tags, task.priority, task.callback_url,
              task.callback_succeeded, task.project_param_version, task.error, task.created_at,
              task.updated_at, task.completed_at
         FROM work.task AS task
        WHERE task.tenant_id = %(tenant_id)s
          AND task.task_id = named.task_id
       OFFSET 0) AS t
  LEFT JOIN LATERAL (
       SELECT project.name
         FROM work.project AS project
        WHERE project.tenant_id = %(tenant_id)s
          AND project.project_id = t.project_id
       OFFSET 0) AS p ON true
  LEFT JOIN LATERAL (
       SELECT batch.name
         FROM work.batch AS batch
        WHERE batch.tenant_id = %(tenant_id)s
          AND batch.batch_id = t.batch_id
       OFFSET 0) AS b ON true
  LEFT JOIN LATERAL (
       SELECT verdict.response, verdict.response_ordered
         FROM work.verdict AS verdict
        WHERE verdict.tenant_id = %(tenant_id)s
          AND verdict.task_id = t.task_id
       OFFSET 0) AS v ON true
 ORDER BY named.number;

-- name: count_one_by_one
-- How many tasks fit, where no kept count says it: takes as long as they are many.
SELECT count(*)
  FROM work.task AS t
 WHERE t.tenant_id = %(tenant_id)s
   AND t.purpose = 'live'
   AND (%(project_id)s::uuid IS NOT NULL OR %(batch_id)s::uuid IS NOT NULL
        OR t.is_test = %(is_test)s)
   AND (%(project_id)s::uuid IS NULL OR t.project_id = %(project_id)s)
   AND (%(batch_id)s::uuid IS NULL OR t.batch_id = %(batch_id)s)
   AND (%(status)s::text IS NULL OR t.status = %(status)s)
   AND (%(type)s::text IS NULL OR t.type = %(type)s)
   AND (%(unique_ids)s::text[] IS NULL OR t.unique_id = ANY(%(unique_ids)s))
   AND (%(tags)s::text[] IS NULL OR t.tags && %(tags)s)
   AND (%(created_from)s::timestamptz IS NULL OR t.created_at >= %(created_from)s)
   AND (%(created_to)s::timestamptz IS NULL OR t.created_at <= %(created_to)s)
   AND (%(completed_from)s::timestamptz IS NULL OR t.completed_at >= %(completed_from)s)
   AND (%(completed_to)s::timestamptz IS NULL OR t.completed_at <= %(completed_to)s)
   AND (%(updated_from)s::timestamptz IS NULL OR t.updated_at >= %(updated_from)s)
   AND (%(updated_to)s::timestamptz IS NULL OR t.updated_at <= %(updated_to)s);

-- name: count_tagged
-- The same of tasks that have one of some tags, each counted at the least that it has of these.
SELECT count(*)
  FROM work.task_tag AS g
 WHERE g.tenant_id = %(tenant_id)s
   AND g.is_test = %(is_test)s
   AND g.tag = ANY(%(tags)s::text[])
   AND g.status = ANY(%(statuses)s::text[])
   AND (cardinality(%(tags)s::text[]) = 1 OR NOT EXISTS (
       SELECT
         FROM work.task_tag AS less
        WHERE less.tenant_id = g.tenant_id
          AND less.is_test = g.is_test
          AND less.tag = ANY(%(tags)s)
          AND less.tag < g.tag
          AND less.status = g.status
          AND less.created_at = g.created_at
          AND less.task_id = g.task_id))
   AND (%(created_from)s::timestamptz IS NULL OR g.created_at >= %(created_from)s)
   AND (%(created_to)s::timestamptz IS NULL OR g.created_at <= %(created_to)s)
   AND (%(tags_alone)s::boolean OR EXISTS (
       SELECT
         FROM work.task AS t
        WHERE t.tenant_id = g.tenant_id
          AND t.task_id = g.task_id
          AND t.type = coalesce(%(type)s, t.type)
          AND (%(project_id)s::uuid IS NULL OR t.project_id = %(project_id)s)
          AND (%(batch_id)s::uuid IS NULL OR t.batch_id = %(batch_id)s)
          AND (%(unique_ids)s::text[] IS NULL OR t.unique_id = ANY(%(unique_ids)s))
          AND (%(completed_from)s::timestamptz IS NULL OR t.completed_at >= %(completed_from)s)
          AND (%(completed_to)s::timestamptz IS NULL OR t.completed_at <= %(completed_to)s)
          AND (%(updated_from)s::timestamptz IS NULL OR t.updated_at >= %(updated_from)s)
          AND (%(updated_to)s::timestamptz IS NULL OR t.updated_at <= %(updated_to)s)
       OFFSET 0));

-- name: lock_task
-- Changes of one task come one after the other.
SELECT status
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND is_test = %(is_test)s
   AND purpose = 'live'
   FOR NO KEY UPDATE;

-- name: work_begun
-- Somebody holds the task or has annotated it.
SELECT assignment_id
  FROM work.assignment
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND state IN ('leased', 'done')
 LIMIT 1;

-- name: cancel_task
-- To cancel once more changes nothing, but may still free the unique_id.
UPDATE work.task
   SET status = 'canceled', stage = 'closed', updated_at = %(now)s,
       unique_id = CASE WHEN %(clear_unique_id)s THEN NULL ELSE unique_id END
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND (status = 'pending' OR %(clear_unique_id)s);

-- name: fail_task
-- The task cannot be annotated; it keeps its unique_id unless it was asked to free it then. At
-- other stages nothing changes: a fetch that ends late says nothing of a task that is offered.
UPDATE work.task
   SET status = 'error', stage = 'closed', error = %(error)s, updated_at = %(now)s,
       unique_id = CASE WHEN clear_unique_id_on_error THEN NULL ELSE unique_id END
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND stage = ANY(%(stages)s)
RETURNING purpose, callback_url, batch_id;

-- name: retry_task
-- As it was before it was offered for the first time; who skipped it is not asked again.
UPDATE work.task
   SET status = 'pending', stage = 'preparing', error = NULL, callback_succeeded = NULL,
       updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
RETURNING batch_id;

-- name: record_callback
-- Whether the receiver took the last callback.
UPDATE work.task
   SET callback_succeeded = %(succeeded)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: set_task_metadata
-- The new metadata replaces the old.
UPDATE work.task
   SET metadata_ordered = %(metadata)s, updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: set_tags
-- The new tags replace the old.
UPDATE work.task
   SET tags = %(tags)s, updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: set_unique_id
-- The index refuses a unique_id that another task has.
UPDATE work.task
   SET unique_id = %(unique_id)s, updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: holders_of_unique_ids
-- Which task has each unique_id, and the digest of what it was created from.
SELECT unique_id, task_id, asked
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND unique_id = ANY(%(unique_ids)s)
   AND is_test = %(is_test)s;
