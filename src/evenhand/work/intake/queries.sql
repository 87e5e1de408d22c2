-- name: files_among
-- Which of these files there are, in which world, what they are, and which is shown in their place.
SELECT file.file_id, file.is_test, file.mime_type, file.size, file.width, file.height, file.flaw,
       coalesce(shown.file_id, file.file_id) AS shown_id
  FROM datasets.file AS file
  LEFT JOIN datasets.file AS shown
    ON shown.tenant_id = file.tenant_id AND shown.original_id = file.file_id
 WHERE file.tenant_id = %(tenant_id)s
   AND file.file_id = ANY(%(file_ids)s);

-- name: forget_idempotency
-- Keys whose time is up, a few at a time; those that a twin is using are left.
DELETE FROM work.idempotency
 WHERE tenant_id = %(tenant_id)s
   AND (is_test, key_hash) IN (SELECT old.is_test, old.key_hash
                                 FROM work.idempotency AS old
                                WHERE old.tenant_id = %(tenant_id)s
                                  AND old.created_at < %(horizon)s
                                ORDER BY old.created_at
                                LIMIT %(limit)s
                                  FOR UPDATE SKIP LOCKED);

-- name: begin_once
-- A twin in another transaction waits here until this one has ended.
INSERT INTO work.idempotency (tenant_id, is_test, key_hash, body_hash, created_at)
VALUES (%(tenant_id)s, %(is_test)s, %(key_hash)s, %(body_hash)s, %(now)s)
    ON CONFLICT (tenant_id, is_test, key_hash) DO NOTHING
RETURNING created_at;

-- name: answer_once
-- What was answered the first time, and to what.
SELECT body_hash, answer
  FROM work.idempotency
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND key_hash = %(key_hash)s;

-- name: keep_answer
-- Kept in the transaction of the request itself: both happen, or neither.
UPDATE work.idempotency
   SET answer = %(answer)s
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND key_hash = %(key_hash)s;

-- name: link_files
-- The attachments of tasks, in their order; what is not at hand is to be fetched.
INSERT INTO work.task_file (tenant_id, task_id, number, url, kind, file_id, due_at)
SELECT %(tenant_id)s, given.task_id, given.number, given.url, given.kind, given.file_id,
       CASE WHEN given.file_id IS NULL THEN %(now)s::timestamptz ELSE 'infinity' END
  FROM unnest(%(task_ids)s::text[], %(numbers)s::int[], %(urls)s::text[], %(kinds)s::text[],
              %(file_ids)s::uuid[]) AS given (task_id, number, url, kind, file_id);

-- name: frames_of
-- Of what size the pictures of a task are, upright.
SELECT file.url, stored.width, stored.height
  FROM work.task_file AS file
  JOIN datasets.file AS stored
    ON stored.tenant_id = file.tenant_id AND stored.file_id = file.file_id
 WHERE file.tenant_id = %(tenant_id)s
   AND file.task_id = %(task_id)s
   AND stored.width IS NOT NULL;

-- name: one_claim_at_a_time
-- Who claims jobs of this tenant waits for the others: or several would count the same free place.
SELECT
  FROM tenants.tenant
 WHERE tenant_id = %(tenant_id)s
   FOR NO KEY UPDATE;

-- name: claim_fetches
-- Take attachments that are due, the longest due first, as far as the tenant has places; those that
-- nobody waits for any more are never due again.
WITH due AS (
    SELECT file.task_id, file.number, file.due_at
      FROM work.task_file AS file
     WHERE file.tenant_id = %(tenant_id)s
       AND file.file_id IS NULL
       AND file.due_at < 'infinity'
       AND file.due_at <= %(now)s
     ORDER BY file.due_at, file.task_id, file.number
     LIMIT %(looked_at_max)s
       FOR UPDATE SKIP LOCKED),
known AS (
    SELECT due.task_id, due.number, task.is_test, task.stage = 'preparing' AS is_wanted,
           row_number() OVER (PARTITION BY task.stage = 'preparing'
                                  ORDER BY due.due_at, due.task_id, due.number) AS place
      FROM due
      JOIN work.task AS task
        ON task.tenant_id = %(tenant_id)s AND task.task_id = due.task_id),
busy AS (
    SELECT count(*) AS places
      FROM work.task_file
     WHERE tenant_id = %(tenant_id)s
       AND busy_until > %(now)s),
taken AS (
    UPDATE work.task_file AS file
       SET due_at = CASE WHEN known.is_wanted THEN %(busy_until)s::timestamptz
                         ELSE 'infinity' END,
           busy_until = CASE WHEN known.is_wanted THEN %(busy_until)s::timestamptz END,
           attempts = file.attempts + known.is_wanted::int
      FROM known, busy
     WHERE file.tenant_id = %(tenant_id)s
       AND file.task_id = known.task_id
       AND file.number = known.number
       AND (NOT known.is_wanted
            OR known.place <= least(%(limit)s, %(at_once_max)s - busy.places))
 RETURNING file.task_id, file.number, file.url, file.kind, file.attempts AS attempt,
           known.is_test, known.is_wanted)
SELECT task_id, number, url, kind, attempt, is_test
  FROM taken
 WHERE is_wanted
 ORDER BY task_id, number;

-- name: renew_fetches
-- Hold on to attachments for as long again; a claim that has ended may be another's by now.
UPDATE work.task_file AS file
   SET due_at = %(busy_until)s, busy_until = %(busy_until)s
  FROM unnest(%(task_ids)s::text[], %(numbers)s::int[]) AS held (task_id, number)
 WHERE file.tenant_id = %(tenant_id)s
   AND file.task_id = held.task_id
   AND file.number = held.number
   AND file.file_id IS NULL
   AND file.busy_until > %(now)s;

-- name: fetch_again
-- An attachment is to be fetched once more.
UPDATE work.task_file
   SET due_at = %(due_at)s, busy_until = NULL, attempts = %(attempts)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND number = %(number)s
   AND file_id IS NULL;

-- name: fetch_anew
-- All that lies elsewhere is fetched once more, for it may be another thing by now.
UPDATE work.task_file
   SET file_id = NULL, due_at = %(now)s, busy_until = NULL, attempts = 0
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND NOT starts_with(url, %(stored)s);

-- name: lock_prepared
-- Of those who fetch attachments of one task, the last must know that it is the last.
SELECT
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   FOR NO KEY UPDATE;

-- name: link_fetched
-- The first file that was fetched stays: a repeat changes nothing.
UPDATE work.task_file
   SET file_id = %(file_id)s, due_at = 'infinity', busy_until = NULL
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND number = %(number)s
   AND file_id IS NULL
RETURNING number;

-- name: tenants_to_fetch
-- Tenants of which an attachment is due.
SELECT work.tenants_to_fetch(%(now)s);

-- name: share_batch_of_task
-- Keeps the batch from being finalized until this transaction has ended.
SELECT b.batch_id
  FROM work.task AS task
  JOIN work.batch AS b
    ON b.tenant_id = task.tenant_id AND b.batch_id = task.batch_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = %(task_id)s
   FOR SHARE OF b;

-- name: open_prepared
-- A task whose attachments are all there is offered, or waits with its batch.
WITH opened AS (
    UPDATE work.task AS t
       SET stage = CASE WHEN EXISTS (SELECT FROM work.batch AS b
                                      WHERE b.tenant_id = t.tenant_id
                                        AND b.batch_id = t.batch_id
                                        AND b.status = 'staging') THEN 'staged' ELSE 'open' END,
           updated_at = %(now)s
     WHERE t.tenant_id = %(tenant_id)s
       AND t.task_id = %(task_id)s
       AND t.status = 'pending'
       AND t.stage = 'preparing'
       AND NOT EXISTS (SELECT FROM work.task_file AS file
                        WHERE file.tenant_id = t.tenant_id
                          AND file.task_id = t.task_id
                          AND file.file_id IS NULL)
 RETURNING t.tenant_id, t.task_id, t.project_id, t.stage, t.priority, t.annotations_wanted,
           t.created_at),
offered AS (
    INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                                 state)
    SELECT opened.tenant_id, gen_random_uuid(), opened.task_id,
           coalesce(opened.project_id, '00000000-0000-0000-0000-000000000000'), -opened.priority,
           round(date_part('epoch', opened.created_at) * 1000000)::bigint, 'open'
      FROM opened
     CROSS JOIN generate_series(1, opened.annotations_wanted)
     WHERE opened.stage = 'open')
SELECT CASE stage WHEN 'open' THEN annotations_wanted ELSE 0 END::int
  FROM opened;

-- name: what_differs
-- In what tasks differ from what is asked under their unique_ids, by the number of each asked.
-- Params may come in any order, but not what is in them: fields are shown in theirs. What was
-- written before order was kept is compared without. Compared here, for both may be large.
SELECT asked.number::int,
       array_remove(ARRAY[
           CASE WHEN t.type <> %(type)s THEN 'type' END,
           CASE WHEN t.purpose <> %(purpose)s THEN 'purpose' END,
           CASE WHEN t.project_id IS DISTINCT FROM %(project_id)s::uuid THEN 'project' END,
           CASE WHEN t.batch_id IS DISTINCT FROM %(batch_id)s::uuid THEN 'batch' END,
           CASE WHEN t.instruction <> asked.instruction THEN 'instruction' END,
           CASE WHEN coalesce(t.metadata_ordered::jsonb, t.metadata) <> asked.metadata::jsonb
                THEN 'metadata' END,
           CASE WHEN t.tags IS DISTINCT FROM
                     CASE json_typeof(asked.tags)
                          WHEN 'array' THEN ARRAY(SELECT json_array_elements_text(asked.tags)) END
                THEN 'tags' END,
           CASE WHEN t.priority <> asked.priority::smallint THEN 'priority' END,
           CASE WHEN t.callback_url IS DISTINCT FROM asked.callback_url THEN 'callback_url' END,
           CASE WHEN t.clear_unique_id_on_error <> asked.clear_unique_id_on_error::boolean
                THEN 'clear_unique_id_on_error' END], NULL)
       || ARRAY(SELECT left(name, 100)
                  FROM json_each(coalesce(t.params_ordered, t.params::json)) AS here (name, value)
                  FULL JOIN json_each(asked.params) AS there (name, value) USING (name)
                 WHERE CASE WHEN t.params_ordered IS NULL
                            THEN here.value::jsonb IS DISTINCT FROM there.value::jsonb
                            ELSE here.value::text IS DISTINCT FROM there.value::text END
                 ORDER BY name COLLATE "C"
                 LIMIT %(names_max)s) AS names
  FROM (SELECT %(asked)s::json AS columns) AS sent
 CROSS JOIN LATERAL ROWS FROM (
       json_array_elements_text(sent.columns -> 'task_id'),
       json_array_elements_text(sent.columns -> 'number'),
       json_array_elements(sent.columns -> 'params'),
       json_array_elements(sent.columns -> 'metadata'),
       json_array_elements(sent.columns -> 'tags'),
       json_array_elements_text(sent.columns -> 'instruction'),
       json_array_elements_text(sent.columns -> 'priority'),
       json_array_elements_text(sent.columns -> 'callback_url'),
       json_array_elements_text(sent.columns -> 'clear_unique_id_on_error'))
    AS asked (task_id, number, params, metadata, tags, instruction, priority, callback_url,
              clear_unique_id_on_error)
  JOIN work.task AS t
    ON t.tenant_id = %(tenant_id)s AND t.task_id = asked.task_id;
