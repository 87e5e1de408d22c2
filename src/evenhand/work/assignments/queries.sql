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
