-- name: hold_from_weighing
-- Whoever weighs a task locks it as well: an answer is corrected before it is weighed, or not.
SELECT task.task_id
  FROM work.task AS task
  JOIN work.assignment AS a
    ON a.tenant_id = task.tenant_id AND a.task_id = task.task_id
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s
   AND a.annotator_id = %(annotator_id)s
   FOR NO KEY UPDATE OF task;

-- name: answer
-- An answer of the annotator's own, with its task.
SELECT a.task_id, task.type, task.instruction,
       coalesce(task.params_ordered, task.params::json) AS params, task.purpose, a.review,
       coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                   FROM work.task_file AS file
                  WHERE file.tenant_id = a.tenant_id
                    AND file.task_id = a.task_id), '{}') AS files,
       annotation.annotation_id,
       coalesce(annotation.corrected, annotation.response_ordered, annotation.response::json)
         AS response,
       annotation.revision
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
  JOIN work.annotation AS annotation
    ON annotation.tenant_id = a.tenant_id AND annotation.assignment_id = a.assignment_id
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s
   AND a.annotator_id = %(annotator_id)s
   AND a.state = 'done';

-- name: still_wanted
-- How many answers are still to come, so that nothing was weighed yet: of a live task to itself; of
-- a gold task to the live one in whose place it was lent, less the annotator's own answer to that.
-- So the two end alike, and neither tells which it was.
SELECT coalesce(max(beside.wanted), 0)::int
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
 CROSS JOIN LATERAL (
       SELECT count(*) AS wanted
         FROM work.assignment AS other
        WHERE task.purpose = 'live' AND task.stage = 'open' AND NOT a.review
          AND other.tenant_id = a.tenant_id
          AND other.task_id = a.task_id
          AND other.state IN ('open', 'leased')
        UNION ALL
       SELECT count(*) - (NOT EXISTS (SELECT FROM work.assignment AS had
                                       WHERE had.tenant_id = a.tenant_id
                                         AND had.task_id = min(live.task_id)
                                         AND had.annotator_id = a.annotator_id
                                         AND had.state NOT IN ('open', 'leased')))::int
         FROM (SELECT place.task_id
                 FROM work.assignment AS place
                WHERE place.state = 'open' AND NOT place.review
                  AND place.tenant_id = a.tenant_id
                  AND place.project_key = a.project_key
                  AND place.rank = a.rank
                  AND place.position = a.position
                UNION ALL
               SELECT place.task_id
                 FROM work.assignment AS place
                WHERE place.state = 'leased' AND NOT place.review
                  AND place.tenant_id = a.tenant_id
                  AND place.project_key = a.project_key
                  AND place.rank = a.rank
                  AND place.position = a.position) AS found
         JOIN work.task AS live
           ON live.tenant_id = a.tenant_id AND live.task_id = found.task_id
        WHERE task.purpose = 'evaluation' AND NOT a.review
          AND live.purpose = 'live' AND live.stage = 'open') AS beside
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s;

-- name: revise
-- Over the version that it was made from. Of a gold task the first answer stays what is scored.
UPDATE work.annotation
   SET response_ordered = CASE WHEN %(is_scored)s THEN response_ordered
                               ELSE %(response)s::json END,
       response = CASE WHEN %(is_scored)s OR response IS NULL THEN response
                       ELSE %(response)s::jsonb END,
       corrected = CASE WHEN %(is_scored)s THEN %(response)s::json END,
       revision = revision + 1,
       active_ms = least(active_ms::bigint + %(active_ms)s, %(active_ms_max)s)::int
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
   AND annotation_id = %(annotation_id)s
   AND revision = %(revision)s
RETURNING revision;

-- name: skipped
-- A skip of the annotator's own, and what its task is for.
SELECT a.task_id, task.purpose
  FROM work.assignment AS a
  JOIN work.task AS task
    ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s
   AND a.annotator_id = %(annotator_id)s
   AND a.state = 'skipped'
   AND a.skip_reason <> 'ran out';

-- name: require_room
-- One decision at a time over what an annotator is lent; an error of its own where it is too much.
SELECT work.require_room(%(annotator_id)s, %(held_max)s, NULL, %(now)s);

-- name: take_place_back
-- Take away what stands in the place of a skipped assignment, if nobody has been lent it.
DELETE FROM work.assignment AS place
 WHERE place.tenant_id = %(tenant_id)s
   AND place.assignment_id = (
       SELECT open.assignment_id
         FROM work.assignment AS open
         JOIN work.assignment AS a
           ON a.tenant_id = open.tenant_id AND a.task_id = open.task_id AND a.review = open.review
        WHERE open.tenant_id = %(tenant_id)s
          AND a.assignment_id = %(assignment_id)s
          AND open.task_id = %(task_id)s
          AND open.state = 'open'
        LIMIT 1
          FOR UPDATE OF open SKIP LOCKED)
RETURNING place.assignment_id;

-- name: has_open_beside
-- Whether the live task in whose place a gold task was lent still waits for somebody, or for the
-- annotator themselves: then a live one that was skipped would not be taken either.
SELECT EXISTS (SELECT FROM work.assignment AS place
                WHERE place.tenant_id = a.tenant_id
                  AND place.state IN ('open', 'leased')
                  AND (place.state = 'open' OR place.annotator_id = a.annotator_id)
                  AND place.project_key = a.project_key
                  AND place.review = a.review
                  AND place.rank = a.rank
                  AND place.position = a.position)
  FROM work.assignment AS a
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s;

-- name: lend_again
-- A skipped assignment is its annotator's again; a trigger holds the walls.
UPDATE work.assignment
   SET state = 'leased', leased_at = %(now)s, expires_at = %(expires_at)s, ended_at = NULL,
       skip_reason = NULL
 WHERE tenant_id = %(tenant_id)s
   AND assignment_id = %(assignment_id)s
   AND annotator_id = %(annotator_id)s
   AND state = 'skipped'
RETURNING review;

-- name: late_annotation
-- Who gave an annotation of this id to the task of an assignment, in whatever place.
SELECT annotation.annotator_id
  FROM work.annotation AS annotation
 WHERE annotation.tenant_id = %(tenant_id)s
   AND annotation.task_id = %(task_id)s
   AND annotation.annotation_id = %(annotation_id)s;

-- name: spare
-- Another assignment of the same task that is open to an annotator whose own has gone to others.
SELECT spare.assignment_id
  FROM work.offered(%(tenant_id)s, %(annotator_id)s, %(now)s) AS spare
 WHERE spare.task_id = %(task_id)s
   AND NOT spare.review
   AND NOT EXISTS (SELECT FROM work.standing AS s
                    WHERE s.tenant_id = %(tenant_id)s
                      AND s.project_id = spare.project_key
                      AND s.annotator_id = %(annotator_id)s
                      AND s.paused_at IS NOT NULL)
 LIMIT 1;

-- name: take_up_gold
-- A gold task that ran out and was let go of, where a live one in its place would still be open.
UPDATE work.assignment AS a
   SET state = 'lapsed', ended_at = NULL, skip_reason = NULL
 WHERE a.tenant_id = %(tenant_id)s
   AND a.assignment_id = %(assignment_id)s
   AND a.annotator_id = %(annotator_id)s
   AND a.state = 'skipped'
   AND a.skip_reason = 'ran out'
   AND EXISTS (SELECT FROM work.assignment AS place
                WHERE place.tenant_id = a.tenant_id
                  AND place.state = 'open'
                  AND place.project_key = a.project_key
                  AND place.review = a.review
                  AND place.rank = a.rank
                  AND place.position = a.position)
RETURNING a.assignment_id;
