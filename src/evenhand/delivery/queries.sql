-- Statements of the delivery part.

-- name: open_callback
-- A callback that is to be sent at once.
INSERT INTO delivery.callback (tenant_id, callback_id, task_id, batch_id, event, url, state,
                               created_at, due_at)
VALUES (%(tenant_id)s, %(callback_id)s, %(task_id)s, %(batch_id)s, %(event)s, %(url)s, 'pending',
        %(now)s, %(now)s);

-- name: one_at_a_time
-- Who takes or gives back a place among the attempts of this tenant waits for the others:
-- otherwise several would count the same free place, or nobody would see that one was given back.
SELECT
  FROM tenants.tenant
 WHERE tenant_id = %(tenant_id)s
   FOR NO KEY UPDATE;

-- name: claim_callbacks
-- Take callbacks that are due, the longest due first, as far as the tenant has places.
WITH due AS (
    SELECT c.callback_id
      FROM delivery.callback AS c
     WHERE c.tenant_id = %(tenant_id)s
       AND c.state = 'pending'
       AND c.due_at <= %(now)s
     ORDER BY c.due_at, c.callback_id
     LIMIT greatest(0, least(%(limit)s, %(at_once_max)s - (
               SELECT count(*)
                 FROM delivery.callback AS busy
                WHERE busy.tenant_id = %(tenant_id)s
                  AND busy.busy_until > %(now)s)))
       FOR UPDATE SKIP LOCKED)
UPDATE delivery.callback AS c
   SET due_at = %(busy_until)s, busy_until = %(busy_until)s
  FROM due
 WHERE c.tenant_id = %(tenant_id)s
   AND c.callback_id = due.callback_id
RETURNING c.callback_id, c.task_id, c.batch_id, c.event, c.url, c.attempts + 1 AS number,
          (SELECT t.is_test
             FROM work.task AS t
            WHERE t.tenant_id = c.tenant_id AND t.task_id = c.task_id) AS is_test;

-- name: renew_callbacks
-- Hold on to callbacks for as long again; a claim that has ended may be another's by now.
UPDATE delivery.callback
   SET due_at = %(busy_until)s, busy_until = %(busy_until)s
 WHERE tenant_id = %(tenant_id)s
   AND callback_id = ANY (%(callback_ids)s)
   AND state = 'pending'
   AND busy_until > %(now)s;

-- name: give_back_callback
-- A callback that was not sent after all is due at once.
UPDATE delivery.callback
   SET due_at = %(now)s, busy_until = NULL
 WHERE tenant_id = %(tenant_id)s
   AND callback_id = %(callback_id)s
   AND state = 'pending'
   AND busy_until > %(now)s;

-- name: record_attempt
-- One attempt; whoever repeats it finds it recorded.
INSERT INTO delivery.attempt (tenant_id, callback_id, number, at, status_code, error, elapsed_ms)
VALUES (%(tenant_id)s, %(callback_id)s, %(number)s, %(at)s, %(status_code)s, %(error)s,
        %(elapsed_ms)s)
    ON CONFLICT (tenant_id, callback_id, number) DO NOTHING
RETURNING number;

-- name: close_attempt
-- Where a callback stands after an attempt.
UPDATE delivery.callback
   SET attempts = %(number)s, state = %(state)s, due_at = %(due_at)s, busy_until = NULL,
       ended_at = %(ended_at)s
 WHERE tenant_id = %(tenant_id)s
   AND callback_id = %(callback_id)s
   AND state = 'pending';

-- name: tenants_due
-- Tenants that have a callback due.
SELECT delivery.tenants_due(%(moment)s);

-- name: callbacks_of_task
-- All callbacks of a task, oldest first.
SELECT callback_id, event, url, state, attempts, created_at, due_at, ended_at
  FROM delivery.callback
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
 ORDER BY created_at, callback_id;

-- name: attempts_of
-- All attempts of a callback in their order.
SELECT number, at, status_code, error, elapsed_ms
  FROM delivery.attempt
 WHERE tenant_id = %(tenant_id)s
   AND callback_id = %(callback_id)s
 ORDER BY number;

-- name: plan_for_all_rows
-- An export reads to the end, so the way there should be short, not the way to the first row,
-- and may read tables whole.
SELECT set_config('cursor_tuple_fraction', '1', true), set_config('enable_seqscan', 'on', true);

-- name: export_lines
-- Tasks with their responses, each as one line of JSON, oldest first. They are put in order before
-- the lines are made, so that the first are written while the others are still being made. One call
-- of concat puts a line together; a chain of || would copy it again at every link. An id, a type
-- and a status hold nothing that JSON would escape.
SELECT concat(
            '{"task_id":"', t.task_id,
            '","type":"', t.type,
            '","project":', coalesce(to_json(t.project), 'null'),
            ',"batch":', coalesce(to_json(t.batch), 'null'),
            ',"status":"', t.status,
            '","unique_id":', coalesce(to_json(t.unique_id), 'null'),
            ',"metadata":', t.metadata,
            ',"response":', coalesce(t.response, 'null'),
            ',"confidence":', coalesce(to_json(t.confidence), 'null'),
            ',"agreement":', coalesce(to_json(t.agreement), 'null'),
            ',"annotation_count":', coalesce(t.annotations, (
                SELECT count(*)
                  FROM work.annotation AS a
                 WHERE a.tenant_id = %(tenant_id)s AND a.task_id = t.task_id)),
            ',"created_at":"', to_char(t.created_at AT TIME ZONE 'UTC',
                                       'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            '","completed_at":', coalesce(to_char(t.completed_at AT TIME ZONE 'UTC',
                                                  '"\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\""'), 'null'),
            CASE WHEN %(with_params)s THEN concat(',"params":', t.params) END,
            CASE WHEN %(with_annotations)s
                 THEN concat(',"annotations":', coalesce((
                        SELECT json_agg(json_build_object(
                                    'annotator', left(encode(sha256(convert_to(
                                        concat(a.tenant_id, a.annotator_id), 'UTF8')), 'hex'), 32),
                                    'response', coalesce(a.response_ordered,
                                                         a.response::json),
                                    'created_at', to_char(a.created_at AT TIME ZONE 'UTC',
                                                          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                               ORDER BY a.created_at, a.annotation_id)
                          FROM work.annotation AS a
                         WHERE a.tenant_id = %(tenant_id)s AND a.task_id = t.task_id), '[]')) END,
            '}')
  FROM (SELECT t.task_id, t.type, p.name AS project, b.name AS batch, t.status, t.unique_id,
               coalesce(t.metadata_ordered, t.metadata::json) AS metadata,
               coalesce(v.response_ordered, v.response::json) AS response,
               v.confidence, v.agreement, v.annotations, t.created_at, t.completed_at,
               CASE WHEN %(with_params)s
                    THEN coalesce(t.params_ordered, t.params::json) END AS params
          FROM work.task AS t
          LEFT JOIN work.project AS p
            ON p.tenant_id = t.tenant_id AND p.project_id = t.project_id
          LEFT JOIN work.batch AS b
            ON b.tenant_id = t.tenant_id AND b.batch_id = t.batch_id
          LEFT JOIN work.verdict AS v
            ON v.tenant_id = t.tenant_id AND v.task_id = t.task_id
         WHERE t.tenant_id = %(tenant_id)s
           AND t.is_test = %(is_test)s
           AND t.purpose = 'live'
           AND (%(project)s::text IS NULL OR p.name = %(project)s::text)
           AND (%(batch)s::text IS NULL OR b.name = %(batch)s::text)
           AND (%(status)s::text IS NULL OR t.status = %(status)s::text)
         ORDER BY t.created_at, t.task_id
        OFFSET 0) AS t;

-- name: export_rows
-- The same in columns, the long ones last; what is JSON stays text, and a time is microseconds,
-- which a float holds exactly until the year 2255.
SELECT t.task_id, t.type, t.project, t.batch, t.status, t.unique_id, t.confidence, t.agreement,
       coalesce(t.annotations, (
           SELECT count(*)
             FROM work.annotation AS a
            WHERE a.tenant_id = %(tenant_id)s AND a.task_id = t.task_id)) AS annotation_count,
       round(date_part('epoch', t.created_at) * 1000000)::bigint AS created_at,
       round(date_part('epoch', t.completed_at) * 1000000)::bigint AS completed_at,
       t.metadata::text, t.response::text, t.params::text,
       CASE WHEN %(with_annotations)s
            THEN coalesce((SELECT json_agg(json_build_object(
                                       'annotator', left(encode(sha256(convert_to(
                                           concat(a.tenant_id, a.annotator_id), 'UTF8')),
                                           'hex'), 32),
                                       'response', coalesce(a.response_ordered::text,
                                                            a.response::text),
                                       'created_at', a.created_at)
                                  ORDER BY a.created_at, a.annotation_id)::text
                             FROM work.annotation AS a
                            WHERE a.tenant_id = %(tenant_id)s AND a.task_id = t.task_id), '[]')
            END AS annotations
  FROM (SELECT t.task_id, t.type, p.name AS project, b.name AS batch, t.status, t.unique_id,
               coalesce(t.metadata_ordered, t.metadata::json) AS metadata,
               coalesce(v.response_ordered, v.response::json) AS response,
               v.confidence, v.agreement, v.annotations, t.created_at, t.completed_at,
               CASE WHEN %(with_params)s
                    THEN coalesce(t.params_ordered, t.params::json) END AS params
          FROM work.task AS t
          LEFT JOIN work.project AS p
            ON p.tenant_id = t.tenant_id AND p.project_id = t.project_id
          LEFT JOIN work.batch AS b
            ON b.tenant_id = t.tenant_id AND b.batch_id = t.batch_id
          LEFT JOIN work.verdict AS v
            ON v.tenant_id = t.tenant_id AND v.task_id = t.task_id
         WHERE t.tenant_id = %(tenant_id)s
           AND t.is_test = %(is_test)s
           AND t.purpose = 'live'
           AND (%(project)s::text IS NULL OR p.name = %(project)s::text)
           AND (%(batch)s::text IS NULL OR b.name = %(batch)s::text)
           AND (%(status)s::text IS NULL OR t.status = %(status)s::text)
         ORDER BY t.created_at, t.task_id
        OFFSET 0) AS t;

-- name: export_ids
-- Only which tasks these are, in the same order.
SELECT t.task_id
  FROM work.task AS t
  LEFT JOIN work.project AS p
    ON p.tenant_id = t.tenant_id AND p.project_id = t.project_id
  LEFT JOIN work.batch AS b
    ON b.tenant_id = t.tenant_id AND b.batch_id = t.batch_id
 WHERE t.tenant_id = %(tenant_id)s
   AND t.is_test = %(is_test)s
   AND t.purpose = 'live'
   AND (%(project)s::text IS NULL OR p.name = %(project)s::text)
   AND (%(batch)s::text IS NULL OR b.name = %(batch)s::text)
   AND (%(status)s::text IS NULL OR t.status = %(status)s::text)
 ORDER BY t.created_at, t.task_id;
