-- Statements of the bench of gold's secrecy, run as the superuser of a throwaway database.

-- name: purposes
-- What each answer was to.
SELECT annotation.annotation_id, task.purpose, annotation.annotator_id
  FROM work.annotation AS annotation
  JOIN work.task AS task
    ON task.tenant_id = annotation.tenant_id AND task.task_id = annotation.task_id;

-- name: purpose_lent
-- What an assignment is to that has just been lent.
SELECT task.purpose, task.task_id
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
 WHERE a.state = 'leased'
   AND a.leased_at = %(leased_at)s;

-- name: run_out
-- All that is lent has run out.
UPDATE work.assignment
   SET expires_at = now() - interval '1 second'
 WHERE state = 'leased';

-- name: still_lent
-- How much of it was not taken back yet.
SELECT count(*)
  FROM work.assignment
 WHERE state = 'leased';

-- name: skilled
-- Who is at or above the skill for which further annotations are kept.
SELECT skill.annotator_id
  FROM work.skill AS skill
  JOIN work.experience AS known
    ON known.tenant_id = skill.tenant_id AND known.project_id = skill.project_id
 WHERE skill.accuracy >= known.skill_median;
