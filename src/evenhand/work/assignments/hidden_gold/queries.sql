-- name: gold_place
-- Whether an annotator's next assignment of a project is to be a gold task, and where in the ring
-- of the project's gold tasks the look for one begins: a place that nobody can foresee, so that
-- few of those had before lie on the way and gold is found no slower than live work.
SELECT work.gold_is_due(%(gold_share)s::real, coalesce(standing.lent, 0), project.project_id,
                        %(annotator_id)s) AS due,
       ('x' || left(encode(sha256(convert_to(
           concat_ws(' ', project.project_id, %(annotator_id)s::uuid, coalesce(standing.lent, 0)),
           'UTF8')), 'hex'), 16)
       )::bit(64)::bigint AS start
  FROM work.project AS project
  LEFT JOIN work.standing AS standing
    ON standing.tenant_id = project.tenant_id AND standing.project_id = project.project_id
   AND standing.annotator_id = %(annotator_id)s
 WHERE project.tenant_id = %(tenant_id)s
   AND project.project_id = %(project_id)s
   AND EXISTS (SELECT FROM work.gold AS g
                WHERE g.tenant_id = project.tenant_id
                  AND g.project_id = project.project_id
                  AND g.purpose = 'evaluation'
                  AND g.retired_at IS NULL);

-- name: gold_ahead
-- The next gold task of a project that an annotator has not had, from a place in the ring on.
(SELECT g.task_id
   FROM work.gold AS g
   JOIN work.task AS task
     ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id
    AND task.stage = 'open'
  WHERE g.tenant_id = %(tenant_id)s
    AND g.project_id = %(project_id)s
    AND g.review = %(review)s
    AND g.purpose = 'evaluation'
    AND g.retired_at IS NULL
    AND g.position >= %(start)s
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
    AND g.project_id = %(project_id)s
    AND g.review = %(review)s
    AND g.purpose = 'evaluation'
    AND g.retired_at IS NULL
    AND g.position < %(start)s
    AND NOT EXISTS (SELECT FROM work.assignment AS had
                     WHERE had.tenant_id = g.tenant_id
                       AND had.task_id IN (g.task_id, g.source_task_id)
                       AND had.annotator_id = %(annotator_id)s)
  ORDER BY g.position, g.task_id
  LIMIT 1)
LIMIT 1;

-- name: lapsed_gold
-- A gold task that ran out for this annotator, at or before a place in the queue: it comes again at
-- its old place, as live work does.
SELECT had.task_id
  FROM work.assignment AS had
  JOIN work.task AS task
    ON task.tenant_id = had.tenant_id AND task.task_id = had.task_id
   AND task.purpose = 'evaluation'
   AND task.project_id = %(project_id)s
   AND task.stage = 'open'
 WHERE had.tenant_id = %(tenant_id)s
   AND had.annotator_id = %(annotator_id)s
   AND had.state = 'lapsed'
   AND had.review = %(review)s
   AND (had.rank, had.position) <= (%(rank)s, %(position)s)
 ORDER BY had.rank, had.position, had.task_id
 LIMIT 1;

-- name: take_again
-- Lend a gold task or a lesson once more to whom it ran out for.
UPDATE work.assignment
   SET state = 'leased', leased_at = %(now)s, expires_at = %(expires_at)s
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND annotator_id = %(annotator_id)s
   AND attempt = %(attempt)s
   AND state = 'lapsed'
RETURNING assignment_id;

-- name: give
-- Lend a gold task or a lesson in place of a live one, at its price and with its rank: so gold
-- tasks lie among live ones and cost a tenant's turn what these do.
INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                             review, state, annotator_id, leased_at, expires_at, attempt)
VALUES (%(tenant_id)s, %(assignment_id)s, %(task_id)s, %(project_id)s, %(rank)s, %(position)s,
        %(review)s, 'leased', %(annotator_id)s, %(now)s, %(expires_at)s, %(attempt)s);

-- name: let_go
-- Had it been live, this annotator would have been lent what ran out for another: it is gone.
UPDATE work.assignment AS a
   SET state = 'skipped', ended_at = %(now)s, skip_reason = 'ran out'
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = (
       SELECT had.assignment_id
         FROM work.assignment AS had
         JOIN work.task AS task
           ON task.tenant_id = had.tenant_id AND task.task_id = had.task_id
          AND task.purpose = 'evaluation'
        WHERE had.tenant_id = %(tenant_id)s
          AND had.state = 'lapsed'
          AND had.annotator_id <> %(annotator_id)s
          AND had.project_key = %(project_id)s
          AND had.review = %(review)s
          AND (had.rank, had.position) <= (%(rank)s, %(position)s)
        ORDER BY had.rank, had.position, had.task_id
        LIMIT 1
          FOR UPDATE OF had SKIP LOCKED);

-- name: count_lent
-- How many assignments of a project with gold tasks an annotator was lent: it says where gold lies.
INSERT INTO work.standing AS standing (tenant_id, project_id, annotator_id, lent)
VALUES (%(tenant_id)s, %(project_id)s, %(annotator_id)s, 1)
    ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
   SET lent = standing.lent + 1;
