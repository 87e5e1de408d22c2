-- name: keep_gold
-- What is known of a task that has just been opened as a gold task.
INSERT INTO work.gold (tenant_id, task_id, project_id, purpose, review, position,
                       expected_response, expected_response_ordered, initial_response,
                       initial_response_ordered, source_task_id, created_at)
VALUES (%(tenant_id)s, %(task_id)s, %(project_id)s, %(purpose)s, %(review)s, %(position)s,
        %(expected_response)s::json, %(expected_response)s::json, %(initial_response)s::json,
        %(initial_response)s::json, %(source_task_id)s, %(now)s);

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
SELECT task.type, task.project_id, p.name AS project,
       coalesce(task.params_ordered, task.params::json) AS params, task.instruction,
       coalesce(task.metadata_ordered, task.metadata::json) AS metadata,
       coalesce(verdict.response_ordered, verdict.response::json) AS response
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
                       params, params_ordered, metadata, metadata_ordered, priority,
                       annotations_wanted, project_param_version, purpose, created_at, updated_at)
SELECT tenant_id, %(copy_id)s, is_test, project_id, type, 'pending', 'open', instruction,
       params, params_ordered, metadata, metadata_ordered, priority, 0, project_param_version,
       %(purpose)s, %(now)s, %(now)s
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
       t.stage, t.instruction, coalesce(t.params_ordered, t.params::json) AS params,
       coalesce(t.metadata_ordered, t.metadata::json) AS metadata, t.unique_id, t.tags, t.error,
       work.in_order(g.expected_response, g.expected_response_ordered) AS expected_response,
       g.expected_version,
       work.in_order(g.initial_response, g.initial_response_ordered) AS initial_response,
       g.source_task_id,
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
       t.stage, t.instruction, coalesce(t.params_ordered, t.params::json) AS params,
       coalesce(t.metadata_ordered, t.metadata::json) AS metadata, t.unique_id, t.tags, t.error,
       work.in_order(g.expected_response, g.expected_response_ordered) AS expected_response,
       g.expected_version,
       work.in_order(g.initial_response, g.initial_response_ordered) AS initial_response,
       g.source_task_id,
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
   SET expected_response = %(expected_response)s::json,
       expected_response_ordered = %(expected_response)s::json,
       expected_version = expected_version + 1
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s;

-- name: gold_votes
-- Answers to a project's evaluation tasks beside the right ones, the newest first; what a
-- contest has shown to have no one right answer is left out, and what is not scored yet, for it is
-- learned from when it is.
SELECT annotation.task_id, annotation.annotator_id, task.type,
       coalesce(task.params_ordered, task.params::json) AS params,
       coalesce(annotation.response_ordered, annotation.response::json) AS response,
       work.in_order(g.expected_response, g.expected_response_ordered) AS expected_response
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
       coalesce(annotation.response_ordered, annotation.response::json) AS response,
       annotation.created_at AS answered_at, g.task_id, g.project_id, g.purpose,
       work.in_order(g.expected_response, g.expected_response_ordered) AS expected_response,
       g.expected_version, task.type, coalesce(task.params_ordered, task.params::json) AS params
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
