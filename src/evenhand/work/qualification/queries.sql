-- name: disclosed
-- An answer to a gold task beside what was expected, once it can be told: of a lesson at once, of
-- an evaluation task when it is retired, late, or on the day after its annotator was paused over
-- such tasks.
SELECT s.task_id, s.project_id, s.purpose, task.type, task.instruction,
       coalesce(task.params_ordered, task.params::json) AS params,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = task.tenant_id
                    AND file.task_id = task.task_id), '{}') AS files,
       coalesce(annotation.response_ordered, annotation.response::json) AS response,
       work.in_order(g.expected_response, g.expected_response_ordered) AS expected_response,
       s.score::float8, s.is_right, s.is_void,
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
       contest.task_id, g.purpose, task.type,
       coalesce(task.params_ordered, task.params::json) AS params, contest.annotator_id,
       contest.reason, coalesce(annotation.response_ordered, annotation.response::json) AS response,
       work.in_order(g.expected_response, g.expected_response_ordered) AS expected_response,
       s.score::float8, contest.state, contest.note,
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
