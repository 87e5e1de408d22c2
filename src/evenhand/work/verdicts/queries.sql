-- name: tenants_to_assess
-- Which tenants have annotations to weigh that were handed in from a moment on.
SELECT tenant_id, since
  FROM work.tenants_to_assess_since(%(since)s);

-- name: take_due
-- Taken off the list in this transaction: if it fails, they are back on it. Those from a moment
-- on, for before it lies only what is done. With each come the bytes to be
-- read for its task and its annotations.
WITH due AS MATERIALIZED (
    SELECT due.due_at, due.annotation_id
      FROM work.assessment_due AS due
     WHERE due.tenant_id = %(tenant_id)s
       AND due.due_at >= %(since)s
       AND due.task_id <> ALL(%(but)s::text[])
     ORDER BY due.due_at
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED)
DELETE FROM work.assessment_due AS taken
 USING due
 WHERE taken.tenant_id = %(tenant_id)s
   AND taken.due_at >= %(since)s
   AND taken.due_at = due.due_at
   AND taken.annotation_id = due.annotation_id
RETURNING taken.task_id, taken.annotation_id,
          (SELECT octet_length(coalesce(task.params_ordered::text, task.params::text))
             FROM work.task AS task
            WHERE task.tenant_id = taken.tenant_id
              AND task.task_id = taken.task_id) AS params_bytes,
          (SELECT sum(octet_length(coalesce(given.response_ordered::text,
                                            given.response::text)))::bigint
             FROM work.annotation AS given
            WHERE given.tenant_id = taken.tenant_id
              AND given.task_id = taken.task_id) AS responses_bytes,
          (SELECT count(*)
             FROM work.annotation AS given
            WHERE given.tenant_id = taken.tenant_id
              AND given.task_id = taken.task_id) AS annotations;

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
           AND a.state IN ('open', 'leased'))::int AS outstanding
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
SELECT task.task_id, task.type, coalesce(task.params_ordered, task.params::json) AS params,
       task.stage, task.project_id, task.batch_id, task.callback_url, task.annotations_wanted,
       coalesce(project.policy, '{}') AS policy,
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
       coalesce(annotation.response_ordered, annotation.response::json) AS response, a.review
  FROM work.annotation AS annotation
  JOIN work.assignment AS a
    ON a.tenant_id = annotation.tenant_id AND a.assignment_id = annotation.assignment_id
 WHERE annotation.tenant_id = %(tenant_id)s
   AND annotation.task_id = ANY(%(task_ids)s)
 ORDER BY annotation.created_at, annotation.annotation_id;

-- name: settle
-- A task settles once: the key says so.
INSERT INTO work.verdict (tenant_id, task_id, response_ordered, confidence, agreement, method,
                          annotations, settled_at)
SELECT %(tenant_id)s, v.task_id, v.response, v.confidence, v.agreement, v.method,
       v.annotations, %(now)s
  FROM unnest(%(task_ids)s::text[], %(responses)s::json[], %(confidences)s::real[],
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

-- name: reported
-- The newest annotations of a project with what their tasks came to.
SELECT annotation.task_id, annotation.annotator_id, task.type,
       coalesce(task.params_ordered, task.params::json) AS params,
       coalesce(annotation.response_ordered, annotation.response::json) AS response,
       annotation.created_at, annotation.active_ms, a.review,
       coalesce(verdict.response_ordered, verdict.response::json) AS delivered, verdict.method
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

-- name: tenants_to_check
-- In whose projects something was settled since the moment given.
SELECT work.tenants_to_check(%(since)s);

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
