-- Statements of the work part: dispatch.

-- name: queues
-- Where every tenant stands, the head of its queue, and how much the annotator holds already.
SELECT q.tenant_id, q.weight, q.virtual_start, q.virtual_finish, q.head_position, q.head_lot,
       (SELECT count(*) FROM work.held_by(%(annotator_id)s)) AS held
  FROM work.queues(%(reviewer)s) AS q;

-- name: lease_next
-- The first open assignment of a task that this annotator has not had; reviews first for reviewers.
-- SKIP LOCKED: two annotators who ask at once get two different assignments.
-- Ordered by columns that only the partial index on open assignments has,
-- or the planner walks past everything already done.
WITH next AS (
    SELECT open.assignment_id
      FROM work.assignment AS open
     WHERE open.tenant_id = %(tenant_id)s
       AND open.state = 'open'
       AND NOT open.review
       AND NOT EXISTS (SELECT FROM work.assignment AS had
                        WHERE had.tenant_id = open.tenant_id
                          AND had.task_id = open.task_id
                          AND had.annotator_id = %(annotator_id)s)
     ORDER BY open.rank, open.position, open.task_id
     LIMIT 1
       FOR UPDATE SKIP LOCKED),
review AS (
    SELECT open.assignment_id
      FROM work.assignment AS open
     WHERE %(reviewer)s
       AND open.tenant_id = %(tenant_id)s
       AND open.state = 'open'
       AND open.review
       AND NOT EXISTS (SELECT FROM work.assignment AS had
                        WHERE had.tenant_id = open.tenant_id
                          AND had.task_id = open.task_id
                          AND had.annotator_id = %(annotator_id)s)
     ORDER BY open.rank, open.position, open.task_id
     LIMIT 1
       FOR UPDATE SKIP LOCKED),
leased AS (
    UPDATE work.assignment AS a
       SET state = 'leased', annotator_id = %(annotator_id)s,
           leased_at = %(now)s, expires_at = %(expires_at)s
     WHERE a.tenant_id = %(tenant_id)s
       AND a.assignment_id = coalesce((SELECT assignment_id FROM review), (SELECT assignment_id FROM next))
 RETURNING a.assignment_id, a.task_id, a.review, a.leased_at, a.expires_at),
turned AS (
    INSERT INTO work.turn AS turn (tenant_id, virtual_start, virtual_finish)
    SELECT %(tenant_id)s, %(virtual_start)s, %(virtual_start)s + %(cost)s
      FROM leased
        ON CONFLICT (tenant_id) DO UPDATE
       SET virtual_start = greatest(turn.virtual_finish, excluded.virtual_start),
           virtual_finish = greatest(turn.virtual_finish, excluded.virtual_start) + %(cost)s)
SELECT leased.assignment_id, leased.task_id, task.type, task.instruction, task.params,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = %(tenant_id)s AND file.task_id = leased.task_id), '{}') AS files,
       leased.review, leased.leased_at, leased.expires_at,
       NULL::jsonb AS draft, NULL::int AS draft_version
  FROM leased
  JOIN work.task AS task
    ON task.tenant_id = %(tenant_id)s AND task.task_id = leased.task_id;

-- name: held_by
-- What an annotator holds, whosever it is: ids only.
SELECT held.tenant_id, held.assignment_id
  FROM work.held_by(%(annotator_id)s) AS held;

-- name: held
-- An assignment that the annotator holds, with the draft that they themselves left.
SELECT a.assignment_id, a.task_id, task.type, task.instruction, task.params,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = %(tenant_id)s AND file.task_id = a.task_id), '{}') AS files,
       a.review, a.leased_at, a.expires_at,
       draft.response AS draft, draft.version AS draft_version
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
  LEFT JOIN work.draft AS draft
    ON draft.tenant_id = a.tenant_id AND draft.assignment_id = a.assignment_id
   AND draft.annotator_id = a.annotator_id
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s
   AND a.annotator_id = %(annotator_id)s
   AND a.state = 'leased';

-- name: renew
-- A lease that ran out but was not taken away yet can still be renewed.
UPDATE work.assignment
   SET expires_at = %(expires_at)s
 WHERE tenant_id = %(tenant_id)s
   AND assignment_id = %(assignment_id)s
   AND annotator_id = %(annotator_id)s
   AND state = 'leased'
RETURNING expires_at;

-- name: skip
-- The row stays with its annotator, who is thus never offered the task again; another takes its place.
WITH skipped AS (
    UPDATE work.assignment
       SET state = 'skipped', expires_at = NULL, ended_at = %(now)s, skip_reason = %(reason)s
     WHERE tenant_id = %(tenant_id)s
       AND assignment_id = %(assignment_id)s
       AND annotator_id = %(annotator_id)s
       AND state = 'leased'
 RETURNING task_id, rank, position, review),
replaced AS (
    INSERT INTO work.assignment (tenant_id, assignment_id, task_id, rank, position, review, state)
    SELECT %(tenant_id)s, %(replacement_id)s, task_id, rank, position, review, 'open'
      FROM skipped)
SELECT task_id FROM skipped;

-- name: expire_leases
-- What ran out goes back to its old place in the queue.
UPDATE work.assignment
   SET state = 'open', annotator_id = NULL, leased_at = NULL, expires_at = NULL
 WHERE tenant_id = %(tenant_id)s
   AND state = 'leased'
   AND expires_at < %(now)s
RETURNING assignment_id, task_id;

-- name: tenants_with_overdue
-- Which tenants have leases that ran out: ids only.
SELECT due FROM work.tenants_with_overdue(%(now)s) AS due;

-- name: want_more
-- Further assignments of tasks, at the place in the queue that each task always had.
INSERT INTO work.assignment (tenant_id, assignment_id, task_id, rank, position, review, state)
SELECT %(tenant_id)s, wanted.assignment_id, wanted.task_id, place.rank, place.position, %(review)s, 'open'
  FROM unnest(%(task_ids)s::text[], %(assignment_ids)s::uuid[]) AS wanted (task_id, assignment_id)
 CROSS JOIN LATERAL (SELECT a.rank, a.position
                       FROM work.assignment AS a
                      WHERE a.tenant_id = %(tenant_id)s AND a.task_id = wanted.task_id
                      LIMIT 1) AS place;

-- Annotations and drafts.

-- name: submission
-- Locked, so that of two submissions of one assignment the second sees the first.
SELECT a.assignment_id, a.task_id, task.type, task.params, a.state, a.annotator_id,
       (SELECT annotation.annotation_id
          FROM work.annotation AS annotation
         WHERE annotation.tenant_id = a.tenant_id
           AND annotation.assignment_id = a.assignment_id) AS annotation_id
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s
   FOR NO KEY UPDATE OF a;

-- name: accept_annotation
-- Three rows that belong together: the assignment is done, its annotation is kept, its task is due.
WITH done AS (
    UPDATE work.assignment
       SET state = 'done', annotator_id = %(annotator_id)s, expires_at = NULL, ended_at = %(now)s
     WHERE tenant_id = %(tenant_id)s
       AND assignment_id = %(assignment_id)s),
due AS (
    INSERT INTO work.assessment_due (tenant_id, annotation_id, task_id)
    VALUES (%(tenant_id)s, %(annotation_id)s, %(task_id)s))
INSERT INTO work.annotation (tenant_id, task_id, annotation_id, assignment_id, annotator_id,
                             response, active_ms, created_at)
VALUES (%(tenant_id)s, %(task_id)s, %(annotation_id)s, %(assignment_id)s, %(annotator_id)s,
        %(response)s, %(active_ms)s, %(now)s);

-- name: save_draft
-- Only over the version that it was made from, and only by who holds the assignment;
-- what an earlier holder left is written over.
INSERT INTO work.draft AS draft (tenant_id, assignment_id, annotator_id, response, version, updated_at)
SELECT %(tenant_id)s, a.assignment_id, %(annotator_id)s, %(response)s, %(version)s + 1, %(now)s
  FROM work.assignment AS a
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s
   AND a.annotator_id = %(annotator_id)s
   AND a.state = 'leased'
    ON CONFLICT (tenant_id, assignment_id) DO UPDATE
   SET annotator_id = excluded.annotator_id, response = excluded.response,
       version = excluded.version, updated_at = excluded.updated_at
 WHERE draft.version = %(version)s OR draft.annotator_id <> excluded.annotator_id
RETURNING version;

-- Verdicts.

-- name: tenants_to_assess
-- Which tenants have annotations to weigh: ids only.
SELECT due FROM work.tenants_to_assess() AS due;

-- name: take_due
-- Taken off the list in this transaction: if it fails, they are back on it.
DELETE FROM work.assessment_due
 WHERE tenant_id = %(tenant_id)s
   AND annotation_id IN (SELECT due.annotation_id
                           FROM work.assessment_due AS due
                          WHERE due.tenant_id = %(tenant_id)s
                          LIMIT %(limit)s
                            FOR UPDATE SKIP LOCKED)
RETURNING task_id;

-- name: lock_tasks
-- Two annotations may arrive at once: whoever weighs locks the task, so it settles once.
-- In the order of the key, so that two who weigh never wait for each other in a circle.
SELECT task_id
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY(%(task_ids)s)
 ORDER BY task_id
   FOR NO KEY UPDATE;

-- name: annotated_tasks
-- What judging needs of a task; `outstanding` counts the annotations still to come.
SELECT task.task_id, task.type, task.params, task.stage, task.project_id, task.batch_id,
       task.callback_url, task.annotations_wanted, coalesce(project.policy, '{}') AS policy,
       (SELECT count(*)
          FROM work.assignment AS a
         WHERE a.tenant_id = task.tenant_id
           AND a.task_id = task.task_id
           AND a.state IN ('open', 'leased'))::int AS outstanding
  FROM work.task AS task
  LEFT JOIN work.project AS project
    ON project.tenant_id = task.tenant_id AND project.project_id = task.project_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = ANY(%(task_ids)s);

-- name: annotations_of
-- All annotations of some tasks, oldest first.
SELECT annotation.task_id, annotation.annotation_id, annotation.annotator_id,
       annotation.response, a.review
  FROM work.annotation AS annotation
  JOIN work.assignment AS a
    ON a.tenant_id = annotation.tenant_id AND a.assignment_id = annotation.assignment_id
 WHERE annotation.tenant_id = %(tenant_id)s
   AND annotation.task_id = ANY(%(task_ids)s)
 ORDER BY annotation.created_at, annotation.annotation_id;

-- name: settle
-- A task settles once: the key says so.
INSERT INTO work.verdict (tenant_id, task_id, response, confidence, agreement, method, annotations, settled_at)
SELECT %(tenant_id)s, v.task_id, v.response, v.confidence, v.agreement, v.method, v.annotations, %(now)s
  FROM unnest(%(task_ids)s::text[], %(responses)s::jsonb[], %(confidences)s::real[],
              %(agreements)s::real[], %(methods)s::text[], %(annotations)s::int[])
    AS v (task_id, response, confidence, agreement, method, annotations);

-- name: complete_tasks
-- The customer sees the task completed.
UPDATE work.task
   SET status = 'completed', stage = 'closed', completed_at = %(now)s, updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY(%(task_ids)s);

-- name: withdraw_open
-- Nobody need do what is no longer wanted; whoever holds a lease may still finish.
DELETE FROM work.assignment
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY(%(task_ids)s)
   AND state = 'open';

-- name: send_to_review
-- A person must decide.
UPDATE work.task
   SET stage = 'review', updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY(%(task_ids)s)
   AND stage = 'open';

-- Skills.

-- name: skills
-- What is known of the annotators of some projects.
SELECT project_id, annotator_id, accuracy, lower, upper, tasks
  FROM work.skill
 WHERE tenant_id = %(tenant_id)s
   AND project_id = ANY(%(project_ids)s);

-- name: projects_to_refit
-- Projects where several annotate a task and something was settled since the last estimate.
SELECT project.project_id
  FROM work.project AS project
 WHERE project.tenant_id = %(tenant_id)s
   AND NOT project.is_test
   AND EXISTS (SELECT
                 FROM work.task AS task
                WHERE task.tenant_id = project.tenant_id
                  AND task.project_id = project.project_id
                  AND task.annotations_wanted > 1
                  AND task.status = 'completed'
                  AND task.completed_at > coalesce((SELECT max(skill.updated_at)
                                                      FROM work.skill AS skill
                                                     WHERE skill.tenant_id = project.tenant_id
                                                       AND skill.project_id = project.project_id),
                                                   '-infinity'));

-- name: votes_of
-- The newest annotations of a project's tasks.
SELECT annotation.task_id, annotation.annotator_id, task.type, task.params, annotation.response
  FROM work.task AS task
  JOIN work.annotation AS annotation
    ON annotation.tenant_id = task.tenant_id AND annotation.task_id = task.task_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.project_id = %(project_id)s
   AND task.annotations_wanted > 1
 ORDER BY task.created_at DESC, task.task_id DESC
 LIMIT %(limit)s;

-- name: keep_skills
-- The newest estimate replaces the one before.
INSERT INTO work.skill (tenant_id, project_id, annotator_id, accuracy, lower, upper, tasks, updated_at)
SELECT %(tenant_id)s, s.project_id, s.annotator_id, s.accuracy, s.lower, s.upper, s.tasks, %(now)s
  FROM unnest(%(project_ids)s::uuid[], %(annotator_ids)s::uuid[], %(accuracies)s::real[],
              %(lowers)s::real[], %(uppers)s::real[], %(tasks)s::int[])
    AS s (project_id, annotator_id, accuracy, lower, upper, tasks)
    ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
   SET accuracy = excluded.accuracy, lower = excluded.lower, upper = excluded.upper,
       tasks = excluded.tasks, updated_at = excluded.updated_at;
