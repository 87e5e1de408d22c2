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

-- name: tenants_to_learn
-- Which tenants have settled tasks to learn from: ids only.
SELECT due FROM work.tenants_to_teach() AS due;

-- name: projects_to_learn
-- Projects with settled tasks from which nothing was learned yet, and in which nobody is at it.
SELECT DISTINCT due.project_id
  FROM work.learning_due AS due
  LEFT JOIN work.experience AS known
    ON known.tenant_id = due.tenant_id AND known.project_id = due.project_id
 WHERE due.tenant_id = %(tenant_id)s
   AND coalesce(known.busy_until, '-infinity') <= %(now)s;

-- name: tasks_to_learn
-- Settled tasks of a project from which nothing has been learned yet.
SELECT task_id
  FROM work.learning_due
 WHERE tenant_id = %(tenant_id)s
   AND project_id = %(project_id)s
 LIMIT %(limit)s;

-- name: end_learning
-- What these tasks tell is known.
DELETE FROM work.learning_due
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY (%(task_ids)s);

-- name: past_tasks
-- Settled tasks with what a reviewer said of them.
SELECT task.task_id, task.project_id, task.type,
       coalesce(task.params_ordered, task.params::json) AS params,
       CASE WHEN verdict.method = 'review'
            THEN coalesce(verdict.response_ordered, verdict.response::json) END AS reviewed
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
-- Where the skilled begin, the best of so many percent, once some are known.
UPDATE work.experience AS known
   SET skill_median = (SELECT CASE WHEN count(*) >= %(known_least)s THEN
                              percentile_cont(1 - %(skilled_percent)s / 100.0)
                              WITHIN GROUP (ORDER BY skill.accuracy) END
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

-- name: tenants_to_fit
-- The tenants with projects that may be due to be fitted, and nothing else of them.
SELECT due FROM work.tenants_to_fit() AS due;

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
