-- name: queues_ahead
-- Queues that have got work and are to be noted, or the next queues in the order of the fair rule.
SELECT q.tenant_id, q.is_new, q.weight, q.tag, q.tie, q.virtual_time, q.first_tag,
       q.has_competition, q.guarded
  FROM work.queues_ahead(%(reviewer)s, %(annotator_id)s, %(want_new)s, %(floor)s, %(after_tag)s,
                         %(after_tie)s, %(most)s, %(now)s) AS q;

-- name: note_emptied
-- What kinds of work a queue still has, where one of them has just been taken back.
SELECT emptied.has_open, emptied.has_reviews
  FROM work.note_emptied(%(tenant_id)s) AS emptied;

-- name: accept_annotation
-- Keep an annotation, and say whether its assignment was open again, and is a review.
SELECT accepted.was_open, accepted.review
  FROM work.accept_annotation(%(tenant_id)s, %(assignment_id)s, %(annotator_id)s,
                              %(annotation_id)s, %(response)s::json, %(active_ms)s,
                              %(purpose)s, false, %(now)s) AS accepted;

-- name: barred
-- Why nothing of a queue was lent: which conditions keep its first open assignments from an
-- annotator; a hundred are looked at.
SELECT coalesce(bool_or(s.paused_at IS NOT NULL), false) AS paused,
       coalesce(bool_or(EXISTS (SELECT FROM work.assignment AS had
                                 WHERE had.tenant_id = %(tenant_id)s
                                   AND had.task_id = open.task_id
                                   AND had.annotator_id = %(annotator_id)s)), false) AS had,
       coalesce(bool_or(open.reserved_until > %(now)s), false) AS reserved,
       coalesce(bool_or(s.paused_at IS NULL AND s.passed_at IS NULL
                        AND EXISTS (SELECT FROM work.gold AS g
                                     WHERE g.tenant_id = %(tenant_id)s
                                       AND g.project_id = open.project_key
                                       AND g.purpose = 'training'
                                       AND g.retired_at IS NULL)), false) AS in_course
  FROM (SELECT a.task_id, a.project_key, a.reserved_until
          FROM work.assignment AS a
         WHERE a.tenant_id = %(tenant_id)s
           AND a.state = 'open'
           AND (%(reviewer)s OR NOT a.review)
         ORDER BY a.review, a.rank, a.position, a.task_id
         LIMIT 100) AS open
  LEFT JOIN work.standing AS s
    ON s.tenant_id = %(tenant_id)s
   AND s.project_id = open.project_key
   AND s.annotator_id = %(annotator_id)s;

-- name: held_by
-- What an annotator holds, whosever it is: ids only.
SELECT held.tenant_id, held.assignment_id
  FROM work.held_by(%(annotator_id)s) AS held;

-- name: held
-- An assignment that the annotator holds, with the draft that they themselves left.
SELECT held.assignment_id, held.task_id, held.type, held.instruction,
       coalesce(task.params_ordered, held.params::json) AS params, held.files, held.review,
       held.leased_at, held.expires_at, held.draft, held.draft_version, held.purpose,
       held.among_gold, held.proposal
  FROM work.held(%(tenant_id)s, %(annotator_id)s, %(assignment_id)s) AS held
  JOIN work.task AS task
    ON task.tenant_id = %(tenant_id)s AND task.task_id = held.task_id;

-- name: show
-- That an assignment is shown to its annotator, where it was not before, or not on this day.
SELECT shown
  FROM work.show(%(tenant_id)s, %(assignment_id)s, %(annotator_id)s, %(again)s, %(now)s)
    AS shown;

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
-- The row stays with its annotator, who is thus never offered the task again; another takes
-- its place, unless its answer is known already.
WITH skipped AS (
    UPDATE work.assignment
       SET state = 'skipped', expires_at = NULL, ended_at = %(now)s, skip_reason = %(reason)s
     WHERE tenant_id = %(tenant_id)s
       AND assignment_id = %(assignment_id)s
       AND annotator_id = %(annotator_id)s
       AND state = 'leased'
 RETURNING assignment_id, task_id, project_key, rank, position, review),
replaced AS (
    INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                                 review, state)
    SELECT %(tenant_id)s, %(replacement_id)s, skipped.task_id, skipped.project_key, skipped.rank,
           skipped.position, skipped.review, 'open'
      FROM skipped
      JOIN work.task AS task
        ON task.tenant_id = %(tenant_id)s AND task.task_id = skipped.task_id
     WHERE task.purpose = 'live')
SELECT skipped.assignment_id, skipped.task_id, task.purpose, skipped.review
  FROM skipped
  JOIN work.task AS task
    ON task.tenant_id = %(tenant_id)s AND task.task_id = skipped.task_id;

-- name: expire_leases
-- What ran out goes back to its old place in the queue. A gold task is nobody else's: it lapses,
-- and can be submitted for as long as a live task that nobody else took, see `lapsed_gold`.
UPDATE work.assignment AS a
   SET state = CASE task.purpose WHEN 'live' THEN 'open' ELSE 'lapsed' END,
       annotator_id = CASE task.purpose WHEN 'live' THEN NULL ELSE a.annotator_id END,
       leased_at = NULL, expires_at = NULL
  FROM work.task AS task
 WHERE a.tenant_id = %(tenant_id)s
   AND a.state = 'leased'
   AND a.expires_at < %(now)s
   AND task.tenant_id = a.tenant_id
   AND task.task_id = a.task_id
RETURNING a.assignment_id, a.task_id, task.purpose, a.review;

-- name: holds_ahead
-- Whether the annotator holds something that was not shown to them.
SELECT EXISTS (SELECT FROM work.assignment
                WHERE tenant_id = %(tenant_id)s
                  AND annotator_id = %(annotator_id)s
                  AND state = 'leased'
                  AND ahead);

-- name: end_leases_of
-- What an annotator holds goes back as if it had run out: they have left.
UPDATE work.assignment AS a
   SET state = CASE task.purpose WHEN 'live' THEN 'open' ELSE 'lapsed' END,
       annotator_id = CASE task.purpose WHEN 'live' THEN NULL ELSE a.annotator_id END,
       leased_at = NULL, expires_at = NULL
  FROM work.task AS task
 WHERE a.tenant_id = %(tenant_id)s
   AND a.state = 'leased'
   AND a.annotator_id = %(annotator_id)s
   AND task.tenant_id = a.tenant_id
   AND task.task_id = a.task_id
RETURNING a.assignment_id, a.task_id, task.purpose, a.review;

-- name: tenants_with_overdue
-- Which tenants have leases that ran out: ids only.
SELECT due FROM work.tenants_with_overdue(%(now)s) AS due;

-- name: want_more
-- Further assignments of tasks, at the place in the queue that each task always had; for a while
-- only for the skilled half of those who are known, where three of them are.
INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position, review,
                             state, reserved_until, skill_least)
SELECT %(tenant_id)s, wanted.assignment_id, wanted.task_id, place.project_key, place.rank,
       place.position, %(review)s, 'open',
       CASE WHEN wanted.skill_least IS NOT NULL THEN %(reserved_until)s::timestamptz END,
       wanted.skill_least
  FROM unnest(%(task_ids)s::text[], %(assignment_ids)s::uuid[], %(skills_least)s::real[])
    AS wanted (task_id, assignment_id, skill_least)
 CROSS JOIN LATERAL (SELECT a.project_key, a.rank, a.position
                       FROM work.assignment AS a
                      WHERE a.tenant_id = %(tenant_id)s AND a.task_id = wanted.task_id
                      LIMIT 1) AS place;

-- name: one_look_at_skips
-- Who skips at the same moment waits: or each would find that the other still holds the task.
SELECT
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   FOR NO KEY UPDATE;

-- name: skips_of
-- How many annotators, and reviewers, could not do a task, how many of them as it is broken, how
-- many hold it or could do it, and where it stands.
SELECT count(DISTINCT a.annotator_id) FILTER (WHERE a.state = 'skipped')::int AS skips,
       count(DISTINCT a.annotator_id) FILTER (WHERE a.state = 'skipped'
             AND split_part(a.skip_reason, ':', 1) = 'broken')::int AS broken,
       count(DISTINCT a.annotator_id) FILTER (WHERE a.state = 'skipped' AND a.review
             AND split_part(a.skip_reason, ':', 1) = 'broken')::int AS broken_to_reviewers,
       count(*) FILTER (WHERE a.state = 'leased')::int AS held,
       count(*) FILTER (WHERE a.state = 'done')::int AS done,
       task.stage, task.purpose, project.policy
  FROM work.task AS task
  JOIN work.assignment AS a
    ON a.tenant_id = task.tenant_id AND a.task_id = task.task_id
  LEFT JOIN work.project AS project
    ON project.tenant_id = task.tenant_id AND project.project_id = task.project_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = %(task_id)s
 GROUP BY task.stage, task.purpose, project.policy;

-- name: submission
-- What is to be known before an annotation is accepted; accepting looks again.
SELECT a.assignment_id, a.task_id, task.type,
       coalesce(task.params_ordered, task.params::json) AS params, task.purpose, a.state,
       a.annotator_id, coalesce(a.ahead, false) AS ahead,
       CASE WHEN a.state = 'done' THEN
           (SELECT annotation.annotation_id
              FROM work.annotation AS annotation
             WHERE annotation.tenant_id = a.tenant_id
               AND annotation.assignment_id = a.assignment_id)
       END AS annotation_id,
       coalesce((SELECT jsonb_object_agg(file.url, jsonb_build_array(stored.width, stored.height))
                   FROM work.task_file AS file
                   JOIN datasets.file AS stored
                     ON stored.tenant_id = file.tenant_id AND stored.file_id = file.file_id
                  WHERE file.tenant_id = a.tenant_id
                    AND file.task_id = a.task_id
                    AND stored.width IS NOT NULL), '{}') AS sizes
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s;

-- name: save_draft
-- Only over the version that it was made from, and only by who holds the assignment;
-- what an earlier holder left is written over.
INSERT INTO work.draft AS draft (tenant_id, assignment_id, annotator_id, response, version,
                                 updated_at)
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
