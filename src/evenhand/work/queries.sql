-- Statements of the work part: dispatch.

-- name: queues
-- Where every tenant stands, the head of its queue, and what the annotator holds of it already.
SELECT q.tenant_id, q.weight, q.virtual_start, q.virtual_finish, q.head, q.held, q.guarded
  FROM work.queues(%(reviewer)s, %(annotator_id)s) AS q;

-- name: lease_next
-- The first open assignment of a task that this annotator has not had; reviews first for reviewers.
-- SKIP LOCKED: two annotators who ask at once get two different assignments.
-- Ordered by columns that only the partial index on open assignments has,
-- or the planner walks past everything already done. OFFSET 0 keeps the look for an earlier
-- assignment a probe of one key: as a join it would walk the annotators of every task.
-- The tenant's turn is one row that all its leases would wait for, so it is left alone while
-- nobody else has work.
WITH next AS (
    SELECT open.assignment_id
      FROM work.assignment AS open
     WHERE open.tenant_id = %(tenant_id)s
       AND open.state = 'open'
       AND NOT open.review
       AND (open.reserved_until IS NULL OR open.reserved_until <= %(now)s
            OR EXISTS (SELECT FROM work.task AS task
                         JOIN work.skill AS skill
                           ON skill.tenant_id = task.tenant_id
                          AND skill.project_id = task.project_id
                          AND skill.annotator_id = %(annotator_id)s
                          AND skill.accuracy >= open.skill_least
                        WHERE task.tenant_id = open.tenant_id
                          AND task.task_id = open.task_id))
       AND NOT EXISTS (SELECT FROM work.assignment AS had
                        WHERE had.tenant_id = open.tenant_id
                          AND had.task_id = open.task_id
                          AND had.annotator_id = %(annotator_id)s
                       OFFSET 0)
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
                          AND had.annotator_id = %(annotator_id)s
                       OFFSET 0)
     ORDER BY open.rank, open.position, open.task_id
     LIMIT 1
       FOR UPDATE SKIP LOCKED),
leased AS (
    UPDATE work.assignment AS a
       SET state = 'leased', annotator_id = %(annotator_id)s,
           leased_at = %(now)s, expires_at = %(expires_at)s
     WHERE a.tenant_id = %(tenant_id)s
       AND a.assignment_id = (SELECT assignment_id FROM review
                               UNION ALL
                              SELECT assignment_id FROM next
                               LIMIT 1)
 RETURNING a.assignment_id, a.task_id, a.review, a.leased_at, a.expires_at),
turned AS (
    INSERT INTO work.turn AS turn (tenant_id, virtual_start, virtual_finish)
    SELECT %(tenant_id)s, %(virtual_start)s::float8, %(virtual_start)s::float8 + %(cost)s
      FROM leased
     WHERE %(contested)s
        ON CONFLICT (tenant_id) DO UPDATE
       SET virtual_start = greatest(turn.virtual_finish, excluded.virtual_start),
           virtual_finish = greatest(turn.virtual_finish, excluded.virtual_start) + %(cost)s)
SELECT leased.assignment_id, leased.task_id, task.type, task.instruction, task.params,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = %(tenant_id)s
                   AND file.task_id = leased.task_id), '{}') AS files,
       leased.review, leased.leased_at, leased.expires_at,
       NULL::jsonb AS draft, NULL::int AS draft_version, task.purpose,
       false AS among_gold,
       CASE WHEN leased.review THEN task.proposal END AS proposal
  FROM leased
  JOIN work.task AS task
    ON task.tenant_id = %(tenant_id)s AND task.task_id = leased.task_id;

-- name: lease_guarded
-- As `lease_next`, where a pause, a course or gold tasks stand between annotator and work.
-- A project in which they are paused is passed over, and so is one whose course they have begun
-- and cannot go on with now. From any other, the first open assignment is found as ever, but a
-- lesson or an evaluation task that is due is lent in its place, at its price and with its rank:
-- so gold tasks lie among live ones and cost a tenant's turn what these do.
-- Where a project is closed to them, the walk in order would pass all its open assignments, so the
-- first few of each other project are put in order instead: eight, for others may be taking some.
WITH RECURSIVE gate AS MATERIALIZED (
    SELECT coalesce(known.project_id, course.project_id) AS project_id,
           known.paused_at IS NOT NULL AS paused,
           course.project_id IS NOT NULL AND known.passed_at IS NULL AS in_course,
           coalesce(known.attempt, 0) AS attempt
      FROM (SELECT s.project_id, s.paused_at, s.passed_at, s.attempt
              FROM work.standing AS s
             WHERE s.tenant_id = %(tenant_id)s
               AND s.annotator_id = %(annotator_id)s) AS known
      FULL JOIN (SELECT DISTINCT g.project_id
                   FROM work.gold AS g
                  WHERE g.tenant_id = %(tenant_id)s
                    AND g.purpose = 'training'
                    AND g.retired_at IS NULL) AS course
        ON course.project_id = known.project_id),
lesson AS MATERIALIZED (
    SELECT gate.project_id, gate.attempt, ahead.task_id
      FROM gate
     CROSS JOIN LATERAL (
           SELECT g.task_id
             FROM work.gold AS g
             JOIN work.task AS task
               ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id
              AND task.stage = 'open'
            WHERE g.tenant_id = %(tenant_id)s
              AND g.project_id = gate.project_id
              AND g.purpose = 'training'
              AND g.retired_at IS NULL
              AND NOT EXISTS (SELECT FROM work.assignment AS had
                               WHERE had.tenant_id = g.tenant_id
                                 AND had.task_id = g.task_id
                                 AND had.annotator_id = %(annotator_id)s
                                 AND had.attempt = gate.attempt
                                 AND had.state <> 'lapsed')
            ORDER BY g.position, g.task_id
            LIMIT 1) AS ahead
     WHERE gate.in_course
       AND NOT gate.paused
       -- What one lesson taught is shown before the next begins.
       AND NOT EXISTS (SELECT FROM work.assignment AS held
                         JOIN work.task AS task
                           ON task.tenant_id = held.tenant_id AND task.task_id = held.task_id
                        WHERE held.tenant_id = %(tenant_id)s
                          AND held.annotator_id = %(annotator_id)s
                          AND held.state = 'leased'
                          AND task.purpose = 'training'
                          AND task.project_id = gate.project_id)),
closed AS MATERIALIZED (
    SELECT gate.project_id
      FROM gate
     WHERE gate.paused
        OR (gate.in_course AND gate.project_id NOT IN (SELECT lesson.project_id FROM lesson))),
next AS (
    SELECT open.assignment_id
      FROM work.assignment AS open
     WHERE NOT EXISTS (SELECT FROM closed)
       AND open.tenant_id = %(tenant_id)s
       AND open.state = 'open'
       AND NOT open.review
       AND (open.reserved_until IS NULL OR open.reserved_until <= %(now)s
            OR EXISTS (SELECT FROM work.task AS task
                         JOIN work.skill AS skill
                           ON skill.tenant_id = task.tenant_id
                          AND skill.project_id = task.project_id
                          AND skill.annotator_id = %(annotator_id)s
                          AND skill.accuracy >= open.skill_least
                        WHERE task.tenant_id = open.tenant_id
                          AND task.task_id = open.task_id))
       AND NOT EXISTS (SELECT FROM work.assignment AS had
                        WHERE had.tenant_id = open.tenant_id
                          AND had.task_id = open.task_id
                          AND had.annotator_id = %(annotator_id)s
                       OFFSET 0)
     ORDER BY open.rank, open.position, open.task_id
     LIMIT 1
       FOR UPDATE SKIP LOCKED),
project (project_key) AS (
    (SELECT open.project_key
       FROM work.assignment AS open
      WHERE EXISTS (SELECT FROM closed)
        AND open.tenant_id = %(tenant_id)s
        AND open.state = 'open'
        AND NOT open.review
      ORDER BY open.project_key
      LIMIT 1)
     UNION ALL
    SELECT (SELECT open.project_key
              FROM work.assignment AS open
             WHERE open.tenant_id = %(tenant_id)s
               AND open.state = 'open'
               AND NOT open.review
               AND open.project_key > project.project_key
             ORDER BY open.project_key
             LIMIT 1)
      FROM project
     WHERE project.project_key IS NOT NULL),
ahead AS MATERIALIZED (
    SELECT first.assignment_id, first.rank, first.position, first.task_id
      FROM project
     CROSS JOIN LATERAL (
           SELECT open.assignment_id, open.rank, open.position, open.task_id
             FROM work.assignment AS open
            WHERE open.tenant_id = %(tenant_id)s
              AND open.state = 'open'
              AND NOT open.review
              AND open.project_key = project.project_key
              AND (open.reserved_until IS NULL OR open.reserved_until <= %(now)s
                   OR EXISTS (SELECT FROM work.skill AS skill
                               WHERE skill.tenant_id = open.tenant_id
                                 AND skill.project_id = open.project_key
                                 AND skill.annotator_id = %(annotator_id)s
                                 AND skill.accuracy >= open.skill_least))
              AND NOT EXISTS (SELECT FROM work.assignment AS had
                               WHERE had.tenant_id = open.tenant_id
                                 AND had.task_id = open.task_id
                                 AND had.annotator_id = %(annotator_id)s
                              OFFSET 0)
            ORDER BY open.rank, open.position, open.task_id
            LIMIT 8) AS first
     WHERE project.project_key NOT IN (SELECT closed.project_id FROM closed)
     ORDER BY first.rank, first.position, first.task_id
     LIMIT 8),
beside AS (
    SELECT open.assignment_id
      FROM work.assignment AS open
     WHERE open.tenant_id = %(tenant_id)s
       AND open.assignment_id = ANY (ARRAY(SELECT ahead.assignment_id FROM ahead))
       AND open.task_id = ANY (ARRAY(SELECT ahead.task_id FROM ahead))
       -- Still open; said in this way, for else an index of what is open may be walked.
       AND open.annotator_id IS NULL
       -- What decides is the task's project: a pause must not hang on a copy of it.
       AND NOT EXISTS (SELECT FROM work.task AS task
                        WHERE task.tenant_id = open.tenant_id
                          AND task.task_id = open.task_id
                          AND task.project_id IN (SELECT closed.project_id FROM closed))
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
       AND NOT EXISTS (SELECT FROM work.task AS task
                        WHERE task.tenant_id = open.tenant_id
                          AND task.task_id = open.task_id
                          AND task.project_id = ANY (ARRAY(
                              SELECT gate.project_id
                                FROM gate
                               WHERE gate.paused OR gate.in_course))
                       OFFSET 0)
       AND NOT EXISTS (SELECT FROM work.assignment AS had
                        WHERE had.tenant_id = open.tenant_id
                          AND had.task_id = open.task_id
                          AND had.annotator_id = %(annotator_id)s
                       OFFSET 0)
     ORDER BY open.rank, open.position, open.task_id
     LIMIT 1
       FOR UPDATE SKIP LOCKED),
chosen AS MATERIALIZED (
    SELECT head.assignment_id, head.rank, head.position, head.review, task.project_id,
           lesson.task_id AS lesson_id, lesson.attempt AS lesson_attempt,
           work.gold_is_due(coalesce((project.policy ->> 'gold_share')::real, 0.1::real),
                            coalesce(standing.lent, 0), task.project_id, %(annotator_id)s) AS due,
           ('x' || left(encode(sha256(convert_to(
               concat_ws(' ', task.project_id, %(annotator_id)s::uuid, coalesce(standing.lent, 0)),
               'UTF8')), 'hex'), 16)
           )::bit(64)::bigint AS start
      FROM work.assignment AS head
      JOIN work.task AS task
        ON task.tenant_id = head.tenant_id AND task.task_id = head.task_id
      LEFT JOIN work.project AS project
        ON project.tenant_id = task.tenant_id AND project.project_id = task.project_id
      LEFT JOIN work.standing AS standing
        ON standing.tenant_id = task.tenant_id AND standing.project_id = task.project_id
       AND standing.annotator_id = %(annotator_id)s
      LEFT JOIN lesson
        ON lesson.project_id = task.project_id
     WHERE head.tenant_id = %(tenant_id)s
       AND head.assignment_id = (SELECT assignment_id FROM review
                                  UNION ALL
                                 SELECT assignment_id FROM next
                                  UNION ALL
                                 SELECT assignment_id FROM beside
                                  LIMIT 1)),
-- What ran out comes again at its old place, as it does with live work: unless other gold is due.
lapsed AS MATERIALIZED (
    SELECT had.task_id, chosen.due
      FROM chosen
      JOIN work.assignment AS had
        ON had.tenant_id = %(tenant_id)s
       AND had.annotator_id = %(annotator_id)s
       AND had.state = 'lapsed'
       AND had.review = chosen.review
       AND (had.rank, had.position) <= (chosen.rank, chosen.position)
      JOIN work.task AS task
        ON task.tenant_id = had.tenant_id AND task.task_id = had.task_id
       AND task.purpose = 'evaluation'
       AND task.stage = 'open'
       AND task.project_id = chosen.project_id
     WHERE chosen.lesson_id IS NULL
     ORDER BY had.rank, had.position, had.task_id
     LIMIT 1),
hidden AS MATERIALIZED (
    SELECT chosen.lesson_id AS task_id, chosen.lesson_attempt AS attempt,
           EXISTS (SELECT FROM work.assignment AS had
                    WHERE had.tenant_id = %(tenant_id)s
                      AND had.task_id = chosen.lesson_id
                      AND had.annotator_id = %(annotator_id)s
                      AND had.attempt = chosen.lesson_attempt) AS had_before
      FROM chosen
     WHERE chosen.lesson_id IS NOT NULL
     UNION ALL
    SELECT lapsed.task_id, 0, true
      FROM lapsed
     WHERE NOT lapsed.due
     UNION ALL
    -- The next in a ring that they have not had, from a place that nobody can foresee: of those
    -- had before few lie on the way, so that gold is found no slower than live work.
    SELECT ahead.task_id, 0, false
      FROM chosen
     CROSS JOIN LATERAL (
           (SELECT g.task_id
              FROM work.gold AS g
              JOIN work.task AS task
                ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id
               AND task.stage = 'open'
             WHERE g.tenant_id = %(tenant_id)s
               AND g.project_id = chosen.project_id
               AND g.review = chosen.review
               AND g.purpose = 'evaluation'
               AND g.retired_at IS NULL
               AND g.position >= chosen.start
               AND NOT EXISTS (SELECT FROM work.assignment AS had
                                WHERE had.tenant_id = g.tenant_id
                                  AND had.task_id IN (g.task_id, g.source_task_id)
                                  AND had.annotator_id = %(annotator_id)s)
             ORDER BY g.position, g.task_id
             LIMIT 1)
             UNION ALL
           (SELECT g.task_id
              FROM work.gold AS g
              JOIN work.task AS task
                ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id
               AND task.stage = 'open'
             WHERE g.tenant_id = %(tenant_id)s
               AND g.project_id = chosen.project_id
               AND g.review = chosen.review
               AND g.purpose = 'evaluation'
               AND g.retired_at IS NULL
               AND g.position < chosen.start
               AND NOT EXISTS (SELECT FROM work.assignment AS had
                                WHERE had.tenant_id = g.tenant_id
                                  AND had.task_id IN (g.task_id, g.source_task_id)
                                  AND had.annotator_id = %(annotator_id)s)
             ORDER BY g.position, g.task_id
             LIMIT 1)
             LIMIT 1) AS ahead
     WHERE chosen.due
       AND chosen.lesson_id IS NULL
     UNION ALL
    SELECT lapsed.task_id, 0, true
      FROM lapsed
     WHERE lapsed.due
     LIMIT 1),
leased AS (
    UPDATE work.assignment AS a
       SET state = 'leased', annotator_id = %(annotator_id)s,
           leased_at = %(now)s, expires_at = %(expires_at)s
     WHERE a.tenant_id = %(tenant_id)s
       AND a.assignment_id = (SELECT chosen.assignment_id
                                FROM chosen
                               WHERE NOT EXISTS (SELECT FROM hidden))
 RETURNING a.assignment_id, a.task_id, a.review, a.leased_at, a.expires_at),
again AS (
    UPDATE work.assignment AS a
       SET state = 'leased', leased_at = %(now)s, expires_at = %(expires_at)s
      FROM hidden
     WHERE a.tenant_id = %(tenant_id)s
       AND a.task_id = hidden.task_id
       AND a.annotator_id = %(annotator_id)s
       AND a.attempt = hidden.attempt
       AND a.state = 'lapsed'
       AND hidden.had_before
 RETURNING a.assignment_id, a.task_id, a.review, a.leased_at, a.expires_at),
given AS (
    INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                                 review, state, annotator_id, leased_at, expires_at, attempt)
    SELECT %(tenant_id)s, %(hidden_id)s, hidden.task_id, chosen.project_id, chosen.rank,
           chosen.position, chosen.review, 'leased', %(annotator_id)s, %(now)s, %(expires_at)s,
           hidden.attempt
      FROM hidden
     CROSS JOIN chosen
     WHERE NOT hidden.had_before
 RETURNING assignment_id, task_id, review, leased_at, expires_at),
-- Had it been live, this annotator would have been lent what ran out for another: it is gone.
gone AS (
    UPDATE work.assignment AS a
       SET state = 'skipped', ended_at = %(now)s, skip_reason = 'ran out'
     WHERE a.tenant_id = %(tenant_id)s
       AND a.assignment_id = (
           SELECT had.assignment_id
             FROM chosen
             JOIN work.assignment AS had
               ON had.tenant_id = %(tenant_id)s
              AND had.state = 'lapsed'
              AND had.annotator_id <> %(annotator_id)s
              AND had.project_key = chosen.project_id
              AND had.review = chosen.review
              AND (had.rank, had.position) <= (chosen.rank, chosen.position)
             JOIN work.task AS task
               ON task.tenant_id = had.tenant_id AND task.task_id = had.task_id
              AND task.purpose = 'evaluation'
            WHERE EXISTS (SELECT FROM leased)
            ORDER BY had.rank, had.position, had.task_id
            LIMIT 1
              FOR UPDATE OF had SKIP LOCKED)),
lent AS (
    SELECT assignment_id, task_id, review, leased_at, expires_at FROM leased
     UNION ALL
    SELECT assignment_id, task_id, review, leased_at, expires_at FROM again
     UNION ALL
    SELECT assignment_id, task_id, review, leased_at, expires_at FROM given),
counted AS (
    INSERT INTO work.standing AS standing (tenant_id, project_id, annotator_id, lent)
    SELECT %(tenant_id)s, chosen.project_id, %(annotator_id)s, 1
      FROM chosen
     CROSS JOIN lent
     WHERE chosen.lesson_id IS NULL
       AND EXISTS (SELECT FROM work.gold AS g
                    WHERE g.tenant_id = %(tenant_id)s
                      AND g.project_id = chosen.project_id
                      AND g.purpose = 'evaluation'
                      AND g.retired_at IS NULL)
        ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
       SET lent = standing.lent + 1),
turned AS (
    INSERT INTO work.turn AS turn (tenant_id, virtual_start, virtual_finish)
    SELECT %(tenant_id)s, %(virtual_start)s::float8, %(virtual_start)s::float8 + %(cost)s
      FROM lent
     WHERE %(contested)s
        ON CONFLICT (tenant_id) DO UPDATE
       SET virtual_start = greatest(turn.virtual_finish, excluded.virtual_start),
           virtual_finish = greatest(turn.virtual_finish, excluded.virtual_start) + %(cost)s)
SELECT lent.assignment_id, lent.task_id, task.type, task.instruction, task.params,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = %(tenant_id)s
                   AND file.task_id = lent.task_id), '{}') AS files,
       lent.review, lent.leased_at, lent.expires_at,
       NULL::jsonb AS draft, NULL::int AS draft_version, task.purpose,
       true AS among_gold,
       CASE WHEN lent.review THEN coalesce(task.proposal,
           (SELECT gold.initial_response
              FROM work.gold AS gold
             WHERE gold.tenant_id = task.tenant_id
               AND gold.task_id = task.task_id)) END AS proposal
  FROM lent
  JOIN work.task AS task
    ON task.tenant_id = %(tenant_id)s AND task.task_id = lent.task_id;

-- name: held_by
-- What an annotator holds, whosever it is: ids only.
SELECT held.tenant_id, held.assignment_id
  FROM work.held_by(%(annotator_id)s) AS held;

-- name: held
-- An assignment that the annotator holds, with the draft that they themselves left.
SELECT a.assignment_id, a.task_id, task.type, task.instruction, task.params,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = %(tenant_id)s
                   AND file.task_id = a.task_id), '{}') AS files,
       a.review, a.leased_at, a.expires_at,
       draft.response AS draft, draft.version AS draft_version, task.purpose,
       true AS among_gold,
       CASE WHEN a.review THEN coalesce(task.proposal,
           (SELECT gold.initial_response
              FROM work.gold AS gold
             WHERE gold.tenant_id = task.tenant_id
               AND gold.task_id = task.task_id)) END AS proposal
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
-- The row stays with its annotator, who is thus never offered the task again; another takes
-- its place, unless its answer is known already.
WITH skipped AS (
    UPDATE work.assignment
       SET state = 'skipped', expires_at = NULL, ended_at = %(now)s, skip_reason = %(reason)s
     WHERE tenant_id = %(tenant_id)s
       AND assignment_id = %(assignment_id)s
       AND annotator_id = %(annotator_id)s
       AND state = 'leased'
 RETURNING task_id, project_key, rank, position, review),
replaced AS (
    INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                                 review, state)
    SELECT %(tenant_id)s, %(replacement_id)s, skipped.task_id, skipped.project_key, skipped.rank,
           skipped.position, skipped.review, 'open'
      FROM skipped
      JOIN work.task AS task
        ON task.tenant_id = %(tenant_id)s AND task.task_id = skipped.task_id
     WHERE task.purpose = 'live')
SELECT skipped.task_id, task.purpose
  FROM skipped
  JOIN work.task AS task
    ON task.tenant_id = %(tenant_id)s AND task.task_id = skipped.task_id;

-- name: expire_leases
-- What ran out goes back to its old place in the queue. A gold task is nobody else's: it lapses,
-- and can be submitted for as long as a live task that nobody else took, see `lease_guarded`.
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
RETURNING a.assignment_id, a.task_id;

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

-- name: skips_of
-- How many annotators could not do a task, and where it stands.
SELECT count(DISTINCT a.annotator_id)::int AS skips, task.stage, task.purpose,
       coalesce((project.policy ->> 'skips_max')::int, %(skips_max)s) AS skips_max
  FROM work.task AS task
  JOIN work.assignment AS a
    ON a.tenant_id = task.tenant_id AND a.task_id = task.task_id AND a.state = 'skipped'
  LEFT JOIN work.project AS project
    ON project.tenant_id = task.tenant_id AND project.project_id = task.project_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = %(task_id)s
 GROUP BY task.stage, task.purpose, project.policy;

-- Annotations and drafts.

-- name: submission
-- What is to be known before an annotation is accepted; accepting looks again.
SELECT a.assignment_id, a.task_id, task.type, task.params, task.purpose, a.state,
       a.annotator_id,
       CASE WHEN a.state = 'done' THEN
           (SELECT annotation.annotation_id
              FROM work.annotation AS annotation
             WHERE annotation.tenant_id = a.tenant_id
               AND annotation.assignment_id = a.assignment_id)
       END AS annotation_id
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s;

-- name: accept_annotation
-- Three rows that belong together: the assignment is done, its annotation is kept, its task is due.
-- An answer to an evaluation task is due to be scored instead; one to a lesson is scored at once.
-- Nothing happens when the assignment was meanwhile done or taken by someone else.
WITH done AS (
    UPDATE work.assignment
       SET state = 'done', annotator_id = %(annotator_id)s, expires_at = NULL, ended_at = %(now)s
     WHERE tenant_id = %(tenant_id)s
       AND assignment_id = %(assignment_id)s
       AND (state = 'open'
            OR (state IN ('leased', 'lapsed') AND annotator_id = %(annotator_id)s))
 RETURNING task_id),
due AS (
    INSERT INTO work.assessment_due (tenant_id, annotation_id, task_id)
    SELECT %(tenant_id)s, %(annotation_id)s, task_id
      FROM done
     WHERE %(purpose)s = 'live'),
to_score AS (
    INSERT INTO work.score_due (tenant_id, annotation_id, task_id)
    SELECT %(tenant_id)s, %(annotation_id)s, task_id
      FROM done
     WHERE %(purpose)s = 'evaluation')
INSERT INTO work.annotation (tenant_id, task_id, annotation_id, assignment_id, annotator_id,
                             response, active_ms, created_at)
SELECT %(tenant_id)s, task_id, %(annotation_id)s, %(assignment_id)s, %(annotator_id)s,
       %(response)s, %(active_ms)s, %(now)s
  FROM done;

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

-- Verdicts.

-- name: tenants_to_assess
-- Which tenants have annotations to weigh: ids only.
SELECT due FROM work.tenants_to_assess() AS due;

-- name: take_due
-- Taken off the list in this transaction: if it fails, they are back on it. With each come the
-- bytes to be read for its task, unpacked as joining with nothing does, and its annotations.
DELETE FROM work.assessment_due AS taken
 WHERE tenant_id = %(tenant_id)s
   AND annotation_id IN (SELECT due.annotation_id
                           FROM work.assessment_due AS due
                          WHERE due.tenant_id = %(tenant_id)s
                            AND due.task_id <> ALL(%(but)s::text[])
                          LIMIT %(limit)s
                            FOR UPDATE SKIP LOCKED)
RETURNING task_id, annotation_id,
          (SELECT pg_column_size(task.params || '{}')
             FROM work.task AS task
            WHERE task.tenant_id = taken.tenant_id AND task.task_id = taken.task_id),
          (SELECT sum(pg_column_size(given.response || '{}'))::bigint
             FROM work.annotation AS given
            WHERE given.tenant_id = taken.tenant_id AND given.task_id = taken.task_id),
          (SELECT count(*)
             FROM work.annotation AS given
            WHERE given.tenant_id = taken.tenant_id AND given.task_id = taken.task_id);

-- name: put_back_due
-- They are weighed later, by themselves.
INSERT INTO work.assessment_due (tenant_id, annotation_id, task_id)
SELECT %(tenant_id)s, due.annotation_id, due.task_id
  FROM unnest(%(annotation_ids)s::uuid[], %(task_ids)s::text[]) AS due (annotation_id, task_id);

-- name: take_due_of
-- What is to be weighed of one task, once it has been.
DELETE FROM work.assessment_due
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY(%(task_ids)s)
RETURNING annotation_id;

-- name: annotation_ids_of
-- Which annotations a task has now that it is locked.
SELECT annotation_id
  FROM work.annotation
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY(%(task_ids)s);

-- name: task_stage
-- Where a locked task stands, and how many of its annotations are still to come.
SELECT task.stage,
       (SELECT count(*)
          FROM work.assignment AS a
         WHERE a.tenant_id = task.tenant_id
           AND a.task_id = task.task_id
           AND a.state IN ('open', 'leased'))::int
  FROM work.task AS task
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = ANY(%(task_ids)s);

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
INSERT INTO work.verdict (tenant_id, task_id, response, confidence, agreement, method,
                          annotations, settled_at)
SELECT %(tenant_id)s, v.task_id, v.response, v.confidence, v.agreement, v.method,
       v.annotations, %(now)s
  FROM unnest(%(task_ids)s::text[], %(responses)s::jsonb[], %(confidences)s::real[],
              %(agreements)s::real[], %(methods)s::text[], %(annotations)s::int[])
    AS v (task_id, response, confidence, agreement, method, annotations);

-- name: complete_tasks
-- The customer sees the task completed; from what several answered, or a reviewer, is learned.
WITH done AS (
    UPDATE work.task
       SET status = 'completed', stage = 'closed', completed_at = %(now)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant_id)s
       AND task_id = ANY(%(task_ids)s)
 RETURNING task_id, project_id)
INSERT INTO work.learning_due (tenant_id, task_id, project_id)
SELECT %(tenant_id)s, done.task_id, done.project_id
  FROM done
 WHERE done.project_id IS NOT NULL
   AND done.task_id = ANY(%(instructive)s)
    ON CONFLICT (tenant_id, task_id) DO NOTHING;

-- name: withdraw_open
-- Nobody need do what is no longer wanted; whoever holds a lease may still finish.
-- A lease that ran out can have left a draft behind. Open is said by elimination: told
-- directly, the planner takes the index of all that is open and walks the whole queue.
WITH withdrawn AS (
    DELETE FROM work.assignment
     WHERE tenant_id = %(tenant_id)s
       AND task_id = ANY(%(task_ids)s)
       AND state NOT IN ('leased', 'done', 'skipped')
 RETURNING assignment_id)
DELETE FROM work.draft
 USING withdrawn
 WHERE draft.tenant_id = %(tenant_id)s
   AND draft.assignment_id = withdrawn.assignment_id;

-- name: send_to_review
-- A person must decide; how sure the votes were is kept, for the least sure share goes there, and
-- what they came to, for that is what the person looks at.
UPDATE work.task AS task
   SET stage = 'review', updated_at = %(now)s, votes_confidence = asked.confidence,
       proposal = asked.proposal
  FROM unnest(%(task_ids)s::text[], %(confidences)s::real[], %(proposals)s::jsonb[])
    AS asked (task_id, confidence, proposal)
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = asked.task_id
   AND task.stage = 'open';

-- What is learned of annotators.

-- name: experiences_of_tasks
-- What the projects of some tasks have learned, with the records of those who annotated these.
SELECT known.project_id, known.usual, known.truths, known.dependence, known.skill_median,
       coalesce((SELECT jsonb_object_agg(skill.annotator_id, skill.record)
                   FROM work.skill AS skill
                  WHERE skill.tenant_id = known.tenant_id
                    AND skill.project_id = known.project_id
                    AND skill.annotator_id IN
                        (SELECT annotation.annotator_id
                           FROM work.annotation AS annotation
                          WHERE annotation.tenant_id = %(tenant_id)s
                            AND annotation.task_id = ANY(%(task_ids)s))), '{}') AS records
  FROM work.experience AS known
 WHERE known.tenant_id = %(tenant_id)s
   AND known.project_id IN (SELECT task.project_id
                              FROM work.task AS task
                             WHERE task.tenant_id = %(tenant_id)s
                               AND task.task_id = ANY(%(task_ids)s));

-- name: experiences
-- What some projects have learned, with the records of the annotators named.
SELECT known.project_id, known.usual, known.truths, known.dependence, known.skill_median,
       coalesce((SELECT jsonb_object_agg(skill.annotator_id, skill.record)
                   FROM work.skill AS skill
                  WHERE skill.tenant_id = known.tenant_id
                    AND skill.project_id = known.project_id
                    AND skill.annotator_id = ANY(%(annotator_ids)s)), '{}') AS records
  FROM work.experience AS known
 WHERE known.tenant_id = %(tenant_id)s
   AND known.project_id = ANY(%(project_ids)s);

-- name: tenants_to_teach
-- Which tenants have settled tasks to learn from: ids only.
SELECT due FROM work.tenants_to_teach() AS due;

-- name: projects_to_teach
-- Projects with settled tasks from which nothing was learned yet, and in which nobody is at it.
SELECT DISTINCT due.project_id
  FROM work.learning_due AS due
  LEFT JOIN work.experience AS known
    ON known.tenant_id = due.tenant_id AND known.project_id = due.project_id
 WHERE due.tenant_id = %(tenant_id)s
   AND coalesce(known.busy_until, '-infinity') <= %(now)s;

-- name: lessons_of
-- Settled tasks of a project from which nothing has been learned yet.
SELECT task_id
  FROM work.learning_due
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
 LIMIT %(limit)s;

-- name: end_lessons
-- What these tasks tell is known.
DELETE FROM work.learning_due
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY (%(task_ids)s);

-- name: past_tasks
-- Settled tasks with what a reviewer said of them.
SELECT task.task_id, task.project_id, task.type, task.params,
       CASE WHEN verdict.method = 'review' THEN verdict.response END AS reviewed
  FROM work.task AS task
  JOIN work.verdict AS verdict
    ON verdict.tenant_id = task.tenant_id AND verdict.task_id = task.task_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = ANY(%(task_ids)s)
 ORDER BY task.task_id;

-- name: begin_experience
-- So that there is a row to lock.
INSERT INTO work.experience (tenant_id, project_id)
VALUES (%(tenant_id)s, %(project_id)s)
    ON CONFLICT (tenant_id, project_id) DO NOTHING;

-- name: claim_experience
-- Nobody else adds to what a project knows until then, or what they learned would be lost.
UPDATE work.experience
   SET busy_until = %(busy_until)s
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND coalesce(busy_until, '-infinity') <= %(now)s
RETURNING tasks, fitted_tasks, fitted_at, dependence, fit_for;

-- name: lock_claimed
-- What was claimed, if it was not claimed by another since.
SELECT tasks, fitted_tasks, fitted_at, dependence, fit_for
  FROM work.experience
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND busy_until = %(busy_until)s
   FOR NO KEY UPDATE;

-- name: release_experience
-- Others may add to what a project knows again.
UPDATE work.experience
   SET busy_until = NULL
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND busy_until = %(busy_until)s;

-- name: lock_experience
-- Who adds to what a project knows goes one after the other, and waits for nobody who fits it.
SELECT tasks, fitted_tasks, fitted_at, dependence, fit_for
  FROM work.experience
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND coalesce(busy_until, '-infinity') <= %(now)s
   FOR NO KEY UPDATE;

-- name: keep_experience
-- The newest sums replace those before.
UPDATE work.experience
   SET usual = %(usual)s, truths = %(truths)s, dependence = %(dependence)s,
       tasks = %(tasks)s, fitted_tasks = %(fitted_tasks)s, fitted_at = %(fitted_at)s,
       fit_for = %(fit_for)s, busy_until = NULL
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s;

-- name: pass_over_fit
-- A fit that took too much is tried again when there is more to fit.
UPDATE work.experience
   SET fitted_tasks = tasks, fitted_at = %(now)s, fit_for = '{}', busy_until = NULL
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s;

-- name: fit_later
-- All that a project knows is to be fitted anew, with nothing left of what these had been told.
INSERT INTO work.experience AS known (tenant_id, project_id, fit_for)
VALUES (%(tenant_id)s, %(project_id)s, %(annotator_ids)s)
    ON CONFLICT (tenant_id, project_id) DO UPDATE
   SET fit_for = known.fit_for || excluded.fit_for;

-- name: keep_skills
-- The newest estimate replaces the one before.
INSERT INTO work.skill (tenant_id, project_id, annotator_id, accuracy, lower, upper, tasks,
                        record, updated_at)
SELECT %(tenant_id)s, %(project_id)s, s.annotator_id, s.accuracy, s.lower, s.upper, s.tasks,
       s.record, %(now)s
  FROM unnest(%(annotator_ids)s::uuid[], %(accuracies)s::real[], %(lowers)s::real[],
              %(uppers)s::real[], %(tasks)s::int[], %(records)s::jsonb[])
    AS s (annotator_id, accuracy, lower, upper, tasks, record)
    ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
   SET accuracy = excluded.accuracy, lower = excluded.lower, upper = excluded.upper,
       tasks = excluded.tasks, record = excluded.record, updated_at = excluded.updated_at;

-- name: mark_experience
-- Where the skilled half begins, once three are known.
UPDATE work.experience AS known
   SET skill_median = (SELECT CASE WHEN count(*) >= 3 THEN
                              percentile_cont(0.5) WITHIN GROUP (ORDER BY skill.accuracy) END
                         FROM work.skill AS skill
                        WHERE skill.tenant_id = %(tenant_id)s
                          AND skill.project_id = %(project_id)s)
 WHERE known.tenant_id = %(tenant_id)s
   AND known.project_id = %(project_id)s;

-- name: least_sure
-- Where the least sure share of a project's tasks lies, seen from the newest. What went to a
-- reviewer counts with what its votes alone said. As more is known, votes are surer than the
-- same ones used to be, so past confidences alone would send ever fewer tasks to review: what was
-- missed of the share is made up for.
WITH sure AS MATERIALIZED (
    SELECT coalesce(task.votes_confidence, verdict.confidence) AS confidence,
           task.votes_confidence IS NOT NULL AS reviewed
      FROM work.task AS task
      LEFT JOIN work.verdict AS verdict
        ON verdict.tenant_id = task.tenant_id AND verdict.task_id = task.task_id
     WHERE task.tenant_id = %(tenant_id)s
       AND task.project_id = %(project_id)s
       AND task.purpose = 'live'
       AND coalesce(task.votes_confidence, verdict.confidence) IS NOT NULL
     ORDER BY task.created_at DESC, task.task_id DESC
     LIMIT %(limit)s),
level AS MATERIALIZED (
    SELECT greatest(0, least(1, %(share)s::float8 + %(correction)s::float8
                   * (%(share)s::float8 - avg(sure.reviewed::int)))) AS share,
           count(*) AS tasks
      FROM sure),
edge AS (
    SELECT percentile_disc((SELECT level.share FROM level))
           WITHIN GROUP (ORDER BY sure.confidence) AS below
      FROM sure)
SELECT edge.below,
       greatest(0, least(1,
           (level.share * level.tasks
            - (SELECT count(*) FROM sure WHERE sure.confidence < edge.below))
           / nullif((SELECT count(*) FROM sure WHERE sure.confidence = edge.below), 0))) AS share
  FROM edge
 CROSS JOIN level
 WHERE level.tasks >= %(least)s;

-- name: projects_to_fit
-- Projects that have learned from a share more of tasks since all were last fitted together, or
-- from some since a day ago, or of which some is judged otherwise by now.
SELECT known.project_id
  FROM work.experience AS known
 WHERE known.tenant_id = %(tenant_id)s
   AND coalesce(known.busy_until, '-infinity') <= %(now)s
   AND (known.fit_for <> '{}'
        OR known.tasks > known.fitted_tasks * %(growth)s::float8 + %(tasks_min)s
        OR (known.tasks > known.fitted_tasks AND known.fitted_at < %(day_ago)s));

-- name: tasks_to_fit
-- The newest tasks of a project that were learned from already.
SELECT task.task_id
  FROM work.task AS task
  JOIN work.verdict AS verdict
    ON verdict.tenant_id = task.tenant_id AND verdict.task_id = task.task_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.project_id = %(project_id)s
   AND task.purpose = 'live'
   AND (verdict.annotations > 1 OR verdict.method = 'review')
   AND NOT EXISTS (SELECT FROM work.learning_due AS due
                    WHERE due.tenant_id = task.tenant_id
                      AND due.task_id = task.task_id)
 ORDER BY task.created_at DESC, task.task_id DESC
 LIMIT %(limit)s;

-- Reports and alerts.

-- name: reported
-- The newest annotations of a project with what their tasks came to.
SELECT annotation.task_id, annotation.annotator_id, task.type, task.params, annotation.response,
       annotation.created_at, annotation.active_ms, a.review,
       verdict.response AS delivered, verdict.method
  FROM work.task AS task
  JOIN work.annotation AS annotation
    ON annotation.tenant_id = task.tenant_id AND annotation.task_id = task.task_id
  JOIN work.assignment AS a
    ON a.tenant_id = annotation.tenant_id AND a.assignment_id = annotation.assignment_id
  LEFT JOIN work.verdict AS verdict
    ON verdict.tenant_id = task.tenant_id AND verdict.task_id = task.task_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.project_id = %(project_id)s
   AND task.purpose = 'live'
 ORDER BY task.created_at DESC, task.task_id DESC
 LIMIT %(limit)s;

-- name: projects_to_check
-- Projects where something that several annotated was settled since the moment given.
SELECT DISTINCT task.project_id
  FROM work.verdict AS verdict
  JOIN work.task AS task
    ON task.tenant_id = verdict.tenant_id AND task.task_id = verdict.task_id
 WHERE verdict.tenant_id = %(tenant_id)s
   AND verdict.settled_at >= %(since)s
   AND verdict.annotations > 1
   AND task.project_id IS NOT NULL;

-- name: keep_alert
-- The same of the same subject is one alert, seen again.
INSERT INTO work.alert (tenant_id, alert_id, project_id, kind, subject, annotator_id, task_id,
                        severity, reason, evidence, first_seen_at, last_seen_at)
VALUES (%(tenant_id)s, %(alert_id)s, %(project_id)s, %(kind)s, %(subject)s, %(annotator_id)s,
        %(task_id)s, %(severity)s, %(reason)s, %(evidence)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, project_id, kind, subject) DO UPDATE
   SET severity = excluded.severity, reason = excluded.reason, evidence = excluded.evidence,
       last_seen_at = excluded.last_seen_at;

-- name: alerts
-- The alerts of a tenant, last seen first.
SELECT project.name AS project, alert.kind, alert.subject, alert.annotator_id, alert.task_id,
       alert.severity, alert.reason, alert.evidence, alert.first_seen_at, alert.last_seen_at
  FROM work.alert AS alert
  JOIN work.project AS project
    ON project.tenant_id = alert.tenant_id AND project.project_id = alert.project_id
 WHERE alert.tenant_id = %(tenant_id)s
   AND project.is_test = %(is_test)s
   AND (%(project)s::text IS NULL OR project.name = %(project)s)
 ORDER BY alert.last_seen_at DESC, alert.severity DESC, alert.alert_id
 LIMIT %(limit)s;

-- Projects.

-- name: create_project
-- The name is used once per world; version 0 of the params comes with the project.
WITH created AS (
    INSERT INTO work.project (tenant_id, project_id, is_test, name, type, staged, policy,
                              created_at)
    VALUES (%(tenant_id)s, %(project_id)s, %(is_test)s, %(name)s, %(type)s, %(staged)s, %(policy)s,
            %(now)s)
        ON CONFLICT (tenant_id, is_test, name) DO NOTHING
 RETURNING tenant_id, project_id, created_at)
INSERT INTO work.project_params (tenant_id, project_id, version, params, created_at)
SELECT created.tenant_id, created.project_id, 0, %(params)s, created.created_at
  FROM created
RETURNING version;

-- name: project_of
-- A project by its name.
SELECT project_id, name, type, is_test, staged, policy, archived, created_at
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND name = %(name)s;

-- name: projects_of
-- Projects, newest first.
SELECT project_id, name, type, is_test, staged, policy, archived, created_at
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND (%(archived)s::boolean IS NULL OR archived = %(archived)s)
 ORDER BY created_at DESC, project_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: param_histories
-- All versions of the params of some projects, oldest first.
SELECT project_id, version, params, created_at
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
-- A patch keeps what it does not name and replaces whole values of what it names.
INSERT INTO work.project_params (tenant_id, project_id, version, params, created_at)
SELECT %(tenant_id)s, %(project_id)s, last.version + 1,
       CASE WHEN %(patch)s::boolean THEN last.params ELSE '{}' END || %(params)s::jsonb, %(now)s
  FROM work.project_params AS last
 WHERE last.tenant_id = %(tenant_id)s
   AND last.project_id = %(project_id)s
 ORDER BY last.version DESC
 LIMIT 1;

-- name: set_policy
-- It holds for what is judged from now on; how many annotations an open task wants stays.
UPDATE work.project
   SET policy = %(policy)s
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s;

-- Batches.

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
                            metadata, options, created_at)
    SELECT %(tenant_id)s, %(batch_id)s, project.project_id, %(is_test)s, %(name)s,
           CASE WHEN project.staged THEN 'staging' ELSE 'in_progress' END,
           %(callback)s, %(metadata)s, %(options)s, %(now)s
      FROM project
        ON CONFLICT (tenant_id, is_test, name) DO NOTHING
 RETURNING batch_id)
SELECT (SELECT count(*) FROM project) AS projects, (SELECT count(*) FROM created) AS created;

-- name: batch_of
-- A batch by its name.
SELECT b.batch_id, b.name, p.name AS project, b.status, b.is_test, b.finalized, b.callback,
       b.metadata, b.options, b.created_at, b.completed_at
  FROM work.batch AS b
  JOIN work.project AS p
    ON p.tenant_id = b.tenant_id AND p.project_id = b.project_id
 WHERE b.tenant_id = %(tenant_id)s
   AND b.is_test = %(is_test)s
   AND b.name = %(name)s;

-- name: batches_by_id
-- Batches by their ids.
SELECT b.batch_id, b.name, p.name AS project, b.status, b.is_test, b.finalized, b.callback,
       b.metadata, b.options, b.created_at, b.completed_at
  FROM work.batch AS b
  JOIN work.project AS p
    ON p.tenant_id = b.tenant_id AND p.project_id = b.project_id
 WHERE b.tenant_id = %(tenant_id)s
   AND b.batch_id = ANY(%(batch_ids)s);

-- name: find_batches
-- A page of batches, newest first.
SELECT b.batch_id, b.name, p.name AS project, b.status, b.is_test, b.finalized, b.callback,
       b.metadata, b.options, b.created_at, b.completed_at
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
-- How many tasks some batches have, by status.
SELECT batch_id, status, count(*)
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND batch_id = ANY(%(batch_ids)s)
 GROUP BY batch_id, status;

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
   SET metadata = %(metadata)s
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

-- Tasks.

-- name: place_in_project
-- A project with the params of the version asked for, or the newest.
SELECT p.project_id, p.name AS project, p.type, p.policy, v.version, v.params,
       NULL::uuid AS batch_id, NULL::text AS batch, NULL::text AS status,
       NULL::boolean AS finalized, NULL::int AS priority
  FROM work.project AS p
  LEFT JOIN LATERAL (SELECT version, params
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
  LEFT JOIN LATERAL (SELECT version, params
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

-- name: open_tasks
-- Tasks and their assignments. What differs comes as one JSON object of columns, which is read
-- faster than rows, and COPY is refused under row security; what all share comes once, and a
-- column in which nothing stands does not come. A unique_id that is used already enters nothing.
-- The tasks of one call are a microsecond apart, so that they keep their order ever after. An
-- assignment's id is its task's and a number: chance costs more here than all else about it, and
-- what ascends is soon entered in an index.
WITH opened AS (
    INSERT INTO work.task (tenant_id, task_id, is_test, project_id, batch_id, type, status, stage,
                           instruction, params, metadata, unique_id, clear_unique_id_on_error,
                           tags, priority, annotations_wanted, callback_url, callback_succeeded,
                           project_param_version, purpose, created_at, updated_at)
    SELECT %(tenant_id)s, given.task_id, %(is_test)s::boolean, %(project_id)s::uuid,
           %(batch_id)s::uuid, %(type)s, 'pending', COALESCE(given.stage, shared.stage),
           COALESCE(given.instruction, shared.instruction), given.params,
           COALESCE(given.metadata, '{}'), COALESCE(given.unique_id, shared.unique_id),
           COALESCE(given.clear_unique_id_on_error::boolean, shared.clear_unique_id_on_error),
           CASE jsonb_typeof(given.tags)
                WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(given.tags)) END,
           COALESCE(given.priority::smallint, shared.priority), %(annotations_wanted)s::smallint,
           COALESCE(given.callback_url, shared.callback_url),
           CASE WHEN %(is_test)s THEN true END, %(project_param_version)s::int, %(purpose)s,
           given.created_at, given.created_at
      FROM (SELECT c.task_id, c.params, c.stage, c.instruction, c.unique_id,
                   c.clear_unique_id_on_error, c.priority, c.callback_url, c.metadata, c.tags,
                   %(now)s::timestamptz
                   + (%(first)s::int + c.number - 1) * interval '1 microsecond' AS created_at
              FROM (SELECT %(differing)s::jsonb AS columns) AS sent
             CROSS JOIN LATERAL ROWS FROM (
                   jsonb_array_elements_text(sent.columns -> 'task_id'),
                   jsonb_array_elements(sent.columns -> 'params'),
                   jsonb_array_elements_text(sent.columns -> 'stage'),
                   jsonb_array_elements_text(sent.columns -> 'instruction'),
                   jsonb_array_elements_text(sent.columns -> 'unique_id'),
                   jsonb_array_elements_text(sent.columns -> 'clear_unique_id_on_error'),
                   jsonb_array_elements_text(sent.columns -> 'priority'),
                   jsonb_array_elements_text(sent.columns -> 'callback_url'),
                   jsonb_array_elements(sent.columns -> 'metadata'),
                   jsonb_array_elements(sent.columns -> 'tags'))
              WITH ORDINALITY
                AS c (task_id, params, stage, instruction, unique_id, clear_unique_id_on_error,
                      priority, callback_url, metadata, tags, number)) AS given
     CROSS JOIN jsonb_to_record(%(shared)s::jsonb)
        AS shared (stage text, instruction text, unique_id text,
                   clear_unique_id_on_error boolean, priority smallint, callback_url text)
        ON CONFLICT (tenant_id, unique_id, is_test) WHERE unique_id IS NOT NULL DO NOTHING
 RETURNING tenant_id, task_id, project_id, is_test, stage, priority, annotations_wanted,
           created_at),
offered AS (
    INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                                 state)
    SELECT opened.tenant_id, (opened.task_id || lpad(to_hex(slot.number), 8, '0'))::uuid,
           opened.task_id, coalesce(opened.project_id, '00000000-0000-0000-0000-000000000000'),
           -opened.priority,
           round(date_part('epoch', opened.created_at) * 1000000)::bigint, 'open'
      FROM opened
     CROSS JOIN LATERAL generate_series(1, opened.annotations_wanted::int) AS slot (number)
     WHERE opened.stage = 'open'
       AND NOT opened.is_test)
SELECT task_id FROM opened;

-- name: files_among
-- Which of these files there are, and in which world.
SELECT file_id, is_test
  FROM datasets.file
 WHERE tenant_id = %(tenant_id)s
   AND file_id = ANY(%(file_ids)s);

-- name: task_of
-- A task with its place and its response.
SELECT t.task_id, t.type, t.is_test, t.status, t.stage, p.name AS project, b.name AS batch,
       t.batch_id, t.instruction, t.params, t.metadata, t.unique_id, t.tags, t.priority,
       t.callback_url, t.callback_succeeded, t.customer_review_status, t.project_param_version,
       t.error,
       EXISTS (SELECT FROM work.assignment AS a
                WHERE a.tenant_id = t.tenant_id
                  AND a.task_id = t.task_id
                  AND a.state IN ('leased', 'done')) AS work_started,
       t.created_at, t.updated_at, t.completed_at, v.response
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

-- name: find_tasks
-- A page of tasks, newest first. It goes on after a task rather than after a number of tasks,
-- so none is missed or repeated when others are created meanwhile.
SELECT t.task_id, t.type, t.is_test, t.status, t.stage, p.name AS project, b.name AS batch,
       t.batch_id, t.instruction, t.params, t.metadata, t.unique_id, t.tags, t.priority,
       t.callback_url, t.callback_succeeded, t.customer_review_status, t.project_param_version,
       t.error,
       EXISTS (SELECT FROM work.assignment AS a
                WHERE a.tenant_id = t.tenant_id
                  AND a.task_id = t.task_id
                  AND a.state IN ('leased', 'done')) AS work_started,
       t.created_at, t.updated_at, t.completed_at, v.response
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
   AND (%(status)s::text IS NULL OR t.status = %(status)s)
   AND (%(type)s::text IS NULL OR t.type = %(type)s)
   AND (%(project)s::text IS NULL
        OR t.project_id = (SELECT named.project_id
                             FROM work.project AS named
                            WHERE named.tenant_id = %(tenant_id)s
                              AND named.is_test = %(is_test)s
                              AND named.name = %(project)s))
   AND (%(batch)s::text IS NULL
        OR t.batch_id = (SELECT named.batch_id
                           FROM work.batch AS named
                          WHERE named.tenant_id = %(tenant_id)s
                            AND named.is_test = %(is_test)s
                            AND named.name = %(batch)s))
   AND (%(unique_ids)s::text[] IS NULL OR t.unique_id = ANY(%(unique_ids)s))
   AND (%(tags)s::text[] IS NULL OR t.tags && %(tags)s)
   AND (%(review_statuses)s::text[] IS NULL
        OR t.customer_review_status = ANY(%(review_statuses)s))
   AND (%(created_from)s::timestamptz IS NULL OR t.created_at >= %(created_from)s)
   AND (%(created_to)s::timestamptz IS NULL OR t.created_at <= %(created_to)s)
   AND (%(completed_from)s::timestamptz IS NULL OR t.completed_at >= %(completed_from)s)
   AND (%(completed_to)s::timestamptz IS NULL OR t.completed_at <= %(completed_to)s)
   AND (%(updated_from)s::timestamptz IS NULL OR t.updated_at >= %(updated_from)s)
   AND (%(updated_to)s::timestamptz IS NULL OR t.updated_at <= %(updated_to)s)
   AND (%(after_at)s::timestamptz IS NULL
        OR (t.created_at, t.task_id) < (%(after_at)s, %(after_id)s))
 ORDER BY t.created_at DESC, t.task_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: count_tasks
-- How many tasks fit.
SELECT count(*)
  FROM work.task AS t
 WHERE t.tenant_id = %(tenant_id)s
   AND t.is_test = %(is_test)s
   AND t.purpose = 'live'
   AND (%(status)s::text IS NULL OR t.status = %(status)s)
   AND (%(type)s::text IS NULL OR t.type = %(type)s)
   AND (%(project)s::text IS NULL
        OR t.project_id = (SELECT named.project_id
                             FROM work.project AS named
                            WHERE named.tenant_id = %(tenant_id)s
                              AND named.is_test = %(is_test)s
                              AND named.name = %(project)s))
   AND (%(batch)s::text IS NULL
        OR t.batch_id = (SELECT named.batch_id
                           FROM work.batch AS named
                          WHERE named.tenant_id = %(tenant_id)s
                            AND named.is_test = %(is_test)s
                            AND named.name = %(batch)s))
   AND (%(unique_ids)s::text[] IS NULL OR t.unique_id = ANY(%(unique_ids)s))
   AND (%(tags)s::text[] IS NULL OR t.tags && %(tags)s)
   AND (%(review_statuses)s::text[] IS NULL
        OR t.customer_review_status = ANY(%(review_statuses)s))
   AND (%(created_from)s::timestamptz IS NULL OR t.created_at >= %(created_from)s)
   AND (%(created_to)s::timestamptz IS NULL OR t.created_at <= %(created_to)s)
   AND (%(completed_from)s::timestamptz IS NULL OR t.completed_at >= %(completed_from)s)
   AND (%(completed_to)s::timestamptz IS NULL OR t.completed_at <= %(completed_to)s)
   AND (%(updated_from)s::timestamptz IS NULL OR t.updated_at >= %(updated_from)s)
   AND (%(updated_to)s::timestamptz IS NULL OR t.updated_at <= %(updated_to)s);

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
-- The task cannot be annotated; it keeps its unique_id unless it was asked to free it then.
UPDATE work.task
   SET status = 'error', stage = 'closed', error = %(error)s, updated_at = %(now)s,
       unique_id = CASE WHEN clear_unique_id_on_error THEN NULL ELSE unique_id END
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND status = 'pending'
RETURNING is_test, purpose;

-- name: record_callback
-- Whether the receiver took the last callback.
UPDATE work.task
   SET callback_succeeded = %(succeeded)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: set_task_metadata
-- The new metadata replaces the old.
UPDATE work.task
   SET metadata = %(metadata)s, updated_at = %(now)s
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
-- Which task has each unique_id.
SELECT unique_id, task_id
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND unique_id = ANY(%(unique_ids)s)
   AND is_test = %(is_test)s;

-- Requests that may come twice.

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

-- Progress.

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

-- Attachments.

-- name: link_files
-- The attachments of tasks, in their order; what is not at hand is to be fetched.
INSERT INTO work.task_file (tenant_id, task_id, number, url, file_id, due_at)
SELECT %(tenant_id)s, given.task_id, given.number, given.url, given.file_id,
       CASE WHEN given.file_id IS NULL THEN %(now)s::timestamptz ELSE 'infinity' END
  FROM unnest(%(task_ids)s::text[], %(numbers)s::int[], %(urls)s::text[], %(file_ids)s::uuid[])
    AS given (task_id, number, url, file_id);

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
 RETURNING file.task_id, file.number, file.url, file.attempts AS attempt, known.is_test,
           known.is_wanted)
SELECT task_id, number, url, attempt, is_test
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
SELECT task_id FROM opened;

-- Gold tasks.

-- name: keep_gold
-- What is known of a task that has just been opened as a gold task.
INSERT INTO work.gold (tenant_id, task_id, project_id, purpose, review, position,
                       expected_response, initial_response, source_task_id, created_at)
VALUES (%(tenant_id)s, %(task_id)s, %(project_id)s, %(purpose)s, %(review)s, %(position)s,
        %(expected_response)s, %(initial_response)s, %(source_task_id)s, %(now)s);

-- name: count_gold_in_use
-- How many gold tasks of a kind a project has.
SELECT count(*)
  FROM work.gold
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND purpose = %(purpose)s
   AND retired_at IS NULL;

-- name: pass_veterans
-- Whoever has worked in a project before it had a course need not take it.
INSERT INTO work.standing AS standing (tenant_id, project_id, annotator_id, passed_at)
SELECT DISTINCT %(tenant_id)s::uuid, %(project_id)s::uuid, a.annotator_id, %(now)s::timestamptz
  FROM work.task AS task
  JOIN work.assignment AS a
    ON a.tenant_id = task.tenant_id AND a.task_id = task.task_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.project_id = %(project_id)s
   AND task.purpose = 'live'
   AND a.state = 'done'
    ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
   SET passed_at = coalesce(standing.passed_at, excluded.passed_at);

-- name: settled_source
-- A settled live task, to be copied into a gold task.
SELECT task.type, task.project_id, p.name AS project, task.params, task.instruction,
       task.metadata, verdict.response
  FROM work.task AS task
  JOIN work.project AS p
    ON p.tenant_id = task.tenant_id AND p.project_id = task.project_id
  JOIN work.verdict AS verdict
    ON verdict.tenant_id = task.tenant_id AND verdict.task_id = task.task_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.task_id = %(task_id)s
   AND task.is_test = %(is_test)s
   AND task.purpose = 'live'
   AND task.status = 'completed';

-- name: copy_task
-- The same question once more, under an id of its own, of which nobody's response is wanted.
INSERT INTO work.task (tenant_id, task_id, is_test, project_id, type, status, stage, instruction,
                       params, metadata, priority, annotations_wanted, project_param_version,
                       purpose, created_at, updated_at)
SELECT tenant_id, %(copy_id)s, is_test, project_id, type, 'pending', 'open', instruction,
       params, metadata, priority, 0, project_param_version, %(purpose)s, %(now)s, %(now)s
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: copy_task_files
-- What the copied task shows.
INSERT INTO work.task_file (tenant_id, task_id, number, url, file_id)
SELECT tenant_id, %(copy_id)s, number, url, file_id
  FROM work.task_file
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: gold_of
-- A gold task with how often it was answered, and how often rightly.
SELECT g.task_id, g.purpose, g.project_id, p.name AS project, t.type, t.is_test, t.status,
       t.stage, t.instruction, t.params, t.metadata, t.unique_id, t.tags, t.error,
       g.expected_response, g.expected_version, g.initial_response, g.source_task_id,
       g.created_at, g.retired_at,
       (SELECT count(*)
          FROM work.gold_score AS s
         WHERE s.tenant_id = g.tenant_id AND s.task_id = g.task_id)::int AS answers,
       (SELECT count(*)
          FROM work.gold_score AS s
         WHERE s.tenant_id = g.tenant_id AND s.task_id = g.task_id AND s.is_right)::int AS "right"
  FROM work.gold AS g
  JOIN work.task AS t
    ON t.tenant_id = g.tenant_id AND t.task_id = g.task_id
  JOIN work.project AS p
    ON p.tenant_id = g.tenant_id AND p.project_id = g.project_id
 WHERE g.tenant_id = %(tenant_id)s
   AND g.task_id = %(task_id)s
   AND t.is_test = %(is_test)s;

-- name: project_of_gold
-- The project of a gold task.
SELECT project_id
  FROM work.gold
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: find_gold
-- A page of a world's gold tasks of one kind, newest first.
SELECT g.task_id, g.purpose, g.project_id, p.name AS project, t.type, t.is_test, t.status,
       t.stage, t.instruction, t.params, t.metadata, t.unique_id, t.tags, t.error,
       g.expected_response, g.expected_version, g.initial_response, g.source_task_id,
       g.created_at, g.retired_at,
       (SELECT count(*)
          FROM work.gold_score AS s
         WHERE s.tenant_id = g.tenant_id AND s.task_id = g.task_id)::int AS answers,
       (SELECT count(*)
          FROM work.gold_score AS s
         WHERE s.tenant_id = g.tenant_id AND s.task_id = g.task_id AND s.is_right)::int AS "right"
  FROM work.gold AS g
  JOIN work.task AS t
    ON t.tenant_id = g.tenant_id AND t.task_id = g.task_id
  JOIN work.project AS p
    ON p.tenant_id = g.tenant_id AND p.project_id = g.project_id
 WHERE g.tenant_id = %(tenant_id)s
   AND g.purpose = %(purpose)s
   AND t.is_test = %(is_test)s
   AND (%(project)s::text IS NULL OR p.name = %(project)s)
 ORDER BY g.created_at DESC, g.task_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: count_gold
-- How many gold tasks of one kind fit.
SELECT count(*)
  FROM work.gold AS g
  JOIN work.task AS t
    ON t.tenant_id = g.tenant_id AND t.task_id = g.task_id
  JOIN work.project AS p
    ON p.tenant_id = g.tenant_id AND p.project_id = g.project_id
 WHERE g.tenant_id = %(tenant_id)s
   AND g.purpose = %(purpose)s
   AND t.is_test = %(is_test)s
   AND (%(project)s::text IS NULL OR p.name = %(project)s);

-- name: retire_gold
-- From here on nobody is given it; whoever holds it may still finish.
UPDATE work.gold
   SET retired_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND retired_at IS NULL
RETURNING task_id;

-- name: close_gold
-- The task under a retired gold task.
UPDATE work.task
   SET status = 'canceled', stage = 'closed', updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND status = 'pending';

-- name: expect
-- Another response counts as the right one.
UPDATE work.gold
   SET expected_response = %(expected_response)s, expected_version = expected_version + 1
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: gold_votes
-- Answers to a project's evaluation tasks beside the right ones, the newest first; what a
-- contest has shown to have no one right answer is left out, and what is not scored yet, for it is
-- learned from when it is.
SELECT annotation.task_id, annotation.annotator_id, task.type, task.params, annotation.response,
       g.expected_response
  FROM work.gold AS g
  JOIN work.task AS task
    ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id
  JOIN work.annotation AS annotation
    ON annotation.tenant_id = g.tenant_id AND annotation.task_id = g.task_id
 WHERE g.tenant_id = %(tenant_id)s
   AND g.project_id = %(project_id)s
   AND g.purpose = 'evaluation'
   AND NOT EXISTS (SELECT FROM work.gold_score AS s
                    WHERE s.tenant_id = g.tenant_id AND s.task_id = g.task_id AND s.is_void)
   AND NOT EXISTS (SELECT FROM work.score_due AS due
                    WHERE due.tenant_id = annotation.tenant_id
                      AND due.annotation_id = annotation.annotation_id)
 ORDER BY annotation.created_at DESC, annotation.annotation_id
 LIMIT %(limit)s;

-- Scores of gold answers.

-- name: tenants_to_score
-- Which tenants have answers to gold tasks to score: ids only.
SELECT due FROM work.tenants_to_score() AS due;

-- name: score_due
-- Answers that were not scored yet, but for those of projects that are being fitted.
SELECT due.annotation_id, due.task_id
  FROM work.score_due AS due
  JOIN work.gold AS g
    ON g.tenant_id = due.tenant_id AND g.task_id = due.task_id
  LEFT JOIN work.experience AS known
    ON known.tenant_id = g.tenant_id AND known.project_id = g.project_id
 WHERE due.tenant_id = %(tenant_id)s
   AND coalesce(known.busy_until, '-infinity') <= %(now)s
 LIMIT %(limit)s;

-- name: end_score_due
-- These answers are scored.
DELETE FROM work.score_due
 WHERE tenant_id = %(tenant_id)s
   AND annotation_id = ANY (%(annotation_ids)s)
RETURNING annotation_id;

-- name: score_later
-- An answer whose comparison takes long is scored in the background.
INSERT INTO work.score_due (tenant_id, annotation_id, task_id)
VALUES (%(tenant_id)s, %(annotation_id)s, %(task_id)s);

-- name: gold_answers
-- Answers to some gold tasks, all or those named, beside what is expected of them.
SELECT a.assignment_id, annotation.annotation_id, a.attempt, annotation.annotator_id,
       annotation.response, annotation.created_at AS answered_at, g.task_id, g.project_id,
       g.purpose,
       g.expected_response, g.expected_version, task.type, task.params
  FROM work.annotation AS annotation
  JOIN work.assignment AS a
    ON a.tenant_id = annotation.tenant_id AND a.assignment_id = annotation.assignment_id
  JOIN work.gold AS g
    ON g.tenant_id = annotation.tenant_id AND g.task_id = annotation.task_id
  JOIN work.task AS task
    ON task.tenant_id = annotation.tenant_id AND task.task_id = annotation.task_id
 WHERE annotation.tenant_id = %(tenant_id)s
   AND annotation.task_id = ANY(%(task_ids)s)
   AND (%(annotation_ids)s::uuid[] IS NULL OR annotation.annotation_id = ANY(%(annotation_ids)s));

-- name: keep_gold_scores
-- A new score of the same answer replaces the one before, unless it is by an older expectation.
INSERT INTO work.gold_score (tenant_id, assignment_id, project_id, task_id, annotator_id, purpose,
                             attempt, score, is_right, expected_version, answered_at, scored_at)
SELECT %(tenant_id)s, s.assignment_id, s.project_id, s.task_id, s.annotator_id, s.purpose,
       s.attempt, s.score, s.is_right, s.expected_version, s.answered_at, %(now)s
  FROM unnest(%(assignment_ids)s::uuid[], %(project_ids)s::uuid[], %(task_ids)s::text[],
              %(annotator_ids)s::uuid[], %(purposes)s::text[], %(attempts)s::smallint[],
              %(scores)s::real[], %(rights)s::boolean[], %(versions)s::int[],
              %(answered)s::timestamptz[])
    AS s (assignment_id, project_id, task_id, annotator_id, purpose, attempt, score, is_right,
          expected_version, answered_at)
    ON CONFLICT (tenant_id, assignment_id) DO UPDATE
   SET score = excluded.score, is_right = excluded.is_right,
       expected_version = excluded.expected_version, scored_at = excluded.scored_at
 WHERE gold_score.expected_version <= excluded.expected_version;

-- name: void_gold_scores
-- The answers to a gold task count for nobody.
UPDATE work.gold_score
   SET is_void = true
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: scored_annotators
-- Whose answers to a gold task were scored.
SELECT DISTINCT annotator_id
  FROM work.gold_score
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: gold_tally
-- On how many evaluation tasks of a project an annotator was right, since they are judged and up
-- to a moment: of the oldest answers, a multiple of some number of them.
SELECT count(*)::int AS answers, (count(*) FILTER (WHERE known.is_right))::int AS "right"
  FROM (SELECT s.is_right, count(*) OVER () AS answers,
               row_number() OVER (ORDER BY s.answered_at, s.assignment_id) AS place
          FROM work.gold_score AS s
         WHERE s.tenant_id = %(tenant_id)s
           AND s.annotator_id = %(annotator_id)s
           AND s.project_id = %(project_id)s
           AND s.purpose = 'evaluation'
           AND NOT s.is_void
           AND s.answered_at >= %(judged_from)s
           AND s.answered_at < %(counted_before)s) AS known
 WHERE known.place <= known.answers - mod(known.answers, %(counted_by)s::bigint);

-- name: course_result
-- How far an annotator is in a round of a course, and their mean score; what was skipped or is
-- still to come counts as nothing.
SELECT count(*)::int AS lessons, count(had.assignment_id)::int AS finished,
       coalesce(avg(coalesce(s.score, 0)), 0)::float8 AS score
  FROM work.gold AS g
  JOIN work.task AS task
    ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id AND task.stage = 'open'
  LEFT JOIN work.assignment AS had
    ON had.tenant_id = g.tenant_id AND had.task_id = g.task_id
   AND had.annotator_id = %(annotator_id)s
   AND had.attempt = %(attempt)s
   AND had.state IN ('done', 'skipped')
  LEFT JOIN work.gold_score AS s
    ON s.tenant_id = had.tenant_id AND s.assignment_id = had.assignment_id
 WHERE g.tenant_id = %(tenant_id)s
   AND g.project_id = %(project_id)s
   AND g.purpose = 'training'
   AND g.retired_at IS NULL;

-- What annotators are told.

-- name: disclosed
-- An answer to a gold task beside what was expected, once it can be told: of a lesson at once, of
-- an evaluation task when it is retired, late, or on the day after its annotator was paused over
-- such tasks.
SELECT s.task_id, s.project_id, s.purpose, task.type, task.instruction, task.params,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = task.tenant_id
                    AND file.task_id = task.task_id), '{}') AS files,
       annotation.response, g.expected_response, s.score::float8, s.is_right, s.is_void,
       s.answered_at
  FROM work.gold_score AS s
  JOIN work.task AS task
    ON task.tenant_id = s.tenant_id AND task.task_id = s.task_id
  JOIN work.gold AS g
    ON g.tenant_id = s.tenant_id AND g.task_id = s.task_id
  JOIN work.annotation AS annotation
    ON annotation.tenant_id = s.tenant_id AND annotation.task_id = s.task_id
   AND annotation.assignment_id = s.assignment_id
  LEFT JOIN work.standing AS standing
    ON standing.tenant_id = s.tenant_id AND standing.project_id = s.project_id
   AND standing.annotator_id = s.annotator_id
 WHERE s.tenant_id = %(tenant_id)s
   AND s.assignment_id = %(assignment_id)s
   AND s.annotator_id = %(annotator_id)s
   AND (s.purpose = 'training' OR g.retired_at IS NOT NULL OR s.answered_at < %(told_before)s
        OR (s.answered_at < %(counted_before)s
            AND (standing.pause_kind = 'gold' OR s.answered_at <= standing.told_until)));

-- name: missed
-- The answers that count against an annotator, as far as they can be told, the newest first.
SELECT s.assignment_id, s.project_id, s.purpose, task.type, s.score::float8, s.answered_at,
       contest.state AS contest, contest.note
  FROM work.gold_score AS s
  JOIN work.task AS task
    ON task.tenant_id = s.tenant_id AND task.task_id = s.task_id
  JOIN work.gold AS g
    ON g.tenant_id = s.tenant_id AND g.task_id = s.task_id
  LEFT JOIN work.standing AS standing
    ON standing.tenant_id = s.tenant_id AND standing.project_id = s.project_id
   AND standing.annotator_id = s.annotator_id
  LEFT JOIN work.contest AS contest
    ON contest.tenant_id = s.tenant_id AND contest.assignment_id = s.assignment_id
 WHERE s.tenant_id = %(tenant_id)s
   AND s.annotator_id = %(annotator_id)s
   AND (NOT s.is_right OR contest.state IS NOT NULL)
   AND (s.purpose = 'training' OR g.retired_at IS NOT NULL OR s.answered_at < %(told_before)s
        OR (s.answered_at < %(counted_before)s
            AND (standing.pause_kind = 'gold' OR s.answered_at <= standing.told_until)))
 ORDER BY s.answered_at DESC, s.assignment_id
 LIMIT %(limit)s;

-- name: tenants_that_know
-- In whose projects something is known of the annotator: ids only.
SELECT known FROM work.tenants_that_know(%(annotator_id)s) AS known;

-- name: standings
-- Where annotators stand in a tenant's projects, one of either or all. Answers to evaluation tasks
-- count up to a moment, and of these the oldest, a multiple of some number of them: a count that
-- rose at once or by one would tell which task was one.
SELECT p.project_id, p.name AS project, p.type, known.annotator_id,
       skill.accuracy::float8, skill.lower::float8, skill.upper::float8,
       coalesce(gold.answers, 0) AS answers, coalesce(gold."right", 0) AS "right",
       EXISTS (SELECT FROM work.gold AS lesson
                WHERE lesson.tenant_id = p.tenant_id
                  AND lesson.project_id = p.project_id
                  AND lesson.purpose = 'training'
                  AND lesson.retired_at IS NULL) AS has_course,
       coalesce(standing.attempt, 0) AS attempt, standing.training_score::float8,
       standing.passed_at, standing.paused_at, standing.pause_kind, standing.pause_reason
  FROM (SELECT s.project_id, s.annotator_id
          FROM work.standing AS s
         WHERE s.tenant_id = %(tenant_id)s
           AND (%(annotator_id)s::uuid IS NULL OR s.annotator_id = %(annotator_id)s)
         UNION
        SELECT s.project_id, s.annotator_id
          FROM work.skill AS s
         WHERE s.tenant_id = %(tenant_id)s
           AND (%(annotator_id)s::uuid IS NULL OR s.annotator_id = %(annotator_id)s)) AS known
  JOIN work.project AS p
    ON p.tenant_id = %(tenant_id)s AND p.project_id = known.project_id
  LEFT JOIN work.standing AS standing
    ON standing.tenant_id = %(tenant_id)s AND standing.project_id = known.project_id
   AND standing.annotator_id = known.annotator_id
  LEFT JOIN work.skill AS skill
    ON skill.tenant_id = %(tenant_id)s AND skill.project_id = known.project_id
   AND skill.annotator_id = known.annotator_id
  LEFT JOIN LATERAL (
       SELECT count(*)::int AS answers, (count(*) FILTER (WHERE had.is_right))::int AS "right"
         FROM (SELECT s.is_right, count(*) OVER () AS answers,
                      row_number() OVER (ORDER BY s.answered_at, s.assignment_id) AS place
                 FROM work.gold_score AS s
                WHERE s.tenant_id = %(tenant_id)s
                  AND s.annotator_id = known.annotator_id
                  AND s.project_id = known.project_id
                  AND s.purpose = 'evaluation'
                  AND NOT s.is_void
                  AND s.answered_at < %(counted_before)s) AS had
        WHERE had.place <= had.answers - mod(had.answers, %(counted_by)s::bigint)) AS gold ON true
 WHERE %(project_id)s::uuid IS NULL OR p.project_id = %(project_id)s
 ORDER BY p.name, known.annotator_id
 LIMIT %(limit)s;

-- name: annotators_of_project
-- Everyone who was ever lent something of a project, or is otherwise known there.
SELECT DISTINCT a.annotator_id
  FROM work.task AS task
  JOIN work.assignment AS a
    ON a.tenant_id = task.tenant_id AND a.task_id = task.task_id
 WHERE task.tenant_id = %(tenant_id)s
   AND task.project_id = %(project_id)s
   AND a.annotator_id IS NOT NULL
 UNION
SELECT s.annotator_id
  FROM work.standing AS s
 WHERE s.tenant_id = %(tenant_id)s
   AND s.project_id = %(project_id)s
 UNION
SELECT s.annotator_id
  FROM work.skill AS s
 WHERE s.tenant_id = %(tenant_id)s
   AND s.project_id = %(project_id)s;

-- Contests.

-- name: count_open_contests
-- How many contests of an annotator wait for this tenant.
SELECT count(*)
  FROM work.contest
 WHERE tenant_id = %(tenant_id)s
   AND annotator_id = %(annotator_id)s
   AND state = 'open';

-- name: open_contest
-- An answer is contested once.
INSERT INTO work.contest (tenant_id, contest_id, assignment_id, project_id, task_id, annotator_id,
                          reason, created_at)
VALUES (%(tenant_id)s, %(contest_id)s, %(assignment_id)s, %(project_id)s, %(task_id)s,
        %(annotator_id)s, %(reason)s, %(now)s)
    ON CONFLICT (tenant_id, assignment_id) DO NOTHING
RETURNING contest_id;

-- name: contests
-- A page of contests with what they are about, the newest first.
SELECT contest.contest_id, contest.assignment_id, contest.project_id, p.name AS project,
       contest.task_id, g.purpose, task.type, task.params, contest.annotator_id, contest.reason,
       annotation.response, g.expected_response, s.score::float8, contest.state, contest.note,
       contest.created_at, contest.decided_at
  FROM work.contest AS contest
  JOIN work.project AS p
    ON p.tenant_id = contest.tenant_id AND p.project_id = contest.project_id
  JOIN work.task AS task
    ON task.tenant_id = contest.tenant_id AND task.task_id = contest.task_id
  JOIN work.gold AS g
    ON g.tenant_id = contest.tenant_id AND g.task_id = contest.task_id
  JOIN work.gold_score AS s
    ON s.tenant_id = contest.tenant_id AND s.assignment_id = contest.assignment_id
  JOIN work.annotation AS annotation
    ON annotation.tenant_id = contest.tenant_id AND annotation.task_id = contest.task_id
   AND annotation.assignment_id = contest.assignment_id
 WHERE contest.tenant_id = %(tenant_id)s
   AND (%(contest_id)s::uuid IS NULL OR contest.contest_id = %(contest_id)s)
   AND (%(state)s::text IS NULL OR contest.state = %(state)s)
 ORDER BY contest.created_at DESC, contest.contest_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: decide_contest
-- A contest is decided once.
UPDATE work.contest
   SET state = %(state)s, note = %(note)s, decided_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND contest_id = %(contest_id)s
   AND state = 'open';

-- name: uphold_with
-- Whoever contested the same task and is right by now, or whose answer counts for nobody, need
-- not wait for a decision of their own.
UPDATE work.contest AS contest
   SET state = 'upheld', note = %(note)s, decided_at = %(now)s
  FROM work.gold_score AS s
 WHERE contest.tenant_id = %(tenant_id)s
   AND contest.task_id = %(task_id)s
   AND contest.state = 'open'
   AND s.tenant_id = contest.tenant_id
   AND s.assignment_id = contest.assignment_id
   AND (s.is_right OR s.is_void)
RETURNING contest.contest_id, contest.annotator_id;

-- Where annotators stand.

-- name: lock_standing
-- Where an annotator stands; whoever changes it next waits for this transaction.
INSERT INTO work.standing AS standing (tenant_id, project_id, annotator_id)
VALUES (%(tenant_id)s, %(project_id)s, %(annotator_id)s)
    ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
   SET lent = standing.lent
RETURNING project_id, annotator_id, attempt, training_score, passed_at, judged_from, paused_at,
          pause_kind, pause_reason;

-- name: pause
-- No assignment of the project is lent to the annotator from here on.
UPDATE work.standing
   SET paused_at = %(now)s, pause_kind = %(kind)s, pause_reason = %(reason)s,
       told_until = CASE WHEN %(kind)s = 'gold' THEN %(now)s ELSE told_until END
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND annotator_id = %(annotator_id)s
   AND paused_at IS NULL;

-- name: resume
-- The annotator works again; by hand, with what was held against them forgotten.
UPDATE work.standing
   SET paused_at = NULL, pause_kind = NULL, pause_reason = NULL,
       judged_from = CASE WHEN %(afresh)s THEN %(now)s ELSE judged_from END,
       attempt = CASE WHEN %(afresh)s AND pause_kind = 'training' THEN attempt + 1
                      ELSE attempt END
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND annotator_id = %(annotator_id)s
   AND paused_at IS NOT NULL;

-- name: judge_later
-- Judge annotators after the hour; whoever waits to be judged already need not wait longer.
INSERT INTO work.standing AS standing (tenant_id, project_id, annotator_id, judge_at)
SELECT %(tenant_id)s, due.project_id, due.annotator_id, %(judge_at)s
  FROM unnest(%(project_ids)s::uuid[], %(annotator_ids)s::uuid[])
    AS due (project_id, annotator_id)
 ORDER BY due.project_id, due.annotator_id
    ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
   SET judge_at = coalesce(standing.judge_at, excluded.judge_at);

-- name: tenants_to_judge
-- Tenants of which an annotator is due to be judged.
SELECT work.tenants_to_judge(%(now)s);

-- name: take_to_judge
-- Who is due to be judged; with answers since the hour they are due again after the next.
WITH due AS (
    SELECT standing.project_id, standing.annotator_id
      FROM work.standing AS standing
     WHERE standing.tenant_id = %(tenant_id)s
       AND standing.judge_at <= %(now)s
     ORDER BY standing.project_id, standing.annotator_id
     LIMIT %(limit)s
       FOR NO KEY UPDATE SKIP LOCKED)
UPDATE work.standing AS standing
   SET judge_at = CASE WHEN EXISTS (
                           SELECT FROM work.gold_score AS score
                            WHERE score.tenant_id = %(tenant_id)s
                              AND score.project_id = due.project_id
                              AND score.annotator_id = due.annotator_id
                              AND score.answered_at >= %(hour)s) THEN %(judge_at)s::timestamptz END
  FROM due
 WHERE standing.tenant_id = %(tenant_id)s
   AND standing.project_id = due.project_id
   AND standing.annotator_id = due.annotator_id
RETURNING standing.project_id, standing.annotator_id;

-- name: paused_by_policy
-- Whom a project's policy keeps out, over gold tasks or a course.
SELECT annotator_id, pause_kind
  FROM work.standing
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND pause_kind IN ('gold', 'training')
 ORDER BY annotator_id;

-- name: pass_course
-- The annotator has learnt enough for live work.
UPDATE work.standing
   SET passed_at = %(now)s, training_score = %(score)s
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND annotator_id = %(annotator_id)s;

-- name: repeat_course
-- One more round of the course.
UPDATE work.standing
   SET attempt = attempt + 1, training_score = %(score)s
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
   AND annotator_id = %(annotator_id)s;

-- name: project_policy
-- What a project asks of annotators.
SELECT policy
  FROM work.project
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s;
