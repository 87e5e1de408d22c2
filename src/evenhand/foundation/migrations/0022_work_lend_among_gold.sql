-- work: a lease where a pause, a course or gold tasks stand between the annotator and work, as one
-- statement too. Each step is a function of its own, so that each can be looked at alone.

-- Each project in which something stands between an annotator and work: a pause, or a course that
-- they have not passed, with the lesson that is next in it, if one may be lent now.
CREATE FUNCTION work.gates(tenant uuid, annotator uuid)
    RETURNS TABLE (project_id uuid, paused boolean, in_course boolean, attempt smallint,
                   lesson_id text)
    LANGUAGE plpgsql STABLE AS
$$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH gate AS MATERIALIZED (
        SELECT coalesce(known.project_id, course.project_id) AS project_id,
               known.paused_at IS NOT NULL AS paused,
               course.project_id IS NOT NULL AND known.passed_at IS NULL AS in_course,
               coalesce(known.attempt, 0)::smallint AS attempt
          FROM (SELECT s.project_id, s.paused_at, s.passed_at, s.attempt
                  FROM work.standing AS s
                 WHERE s.tenant_id = tenant
                   AND s.annotator_id = annotator) AS known
          FULL JOIN (SELECT DISTINCT g.project_id
                       FROM work.gold AS g
                      WHERE g.tenant_id = tenant
                        AND g.purpose = 'training'
                        AND g.retired_at IS NULL) AS course
            ON course.project_id = known.project_id)
    SELECT gate.project_id, gate.paused, gate.in_course, gate.attempt, ahead.task_id
      FROM gate
      LEFT JOIN LATERAL (
           SELECT g.task_id
             FROM work.gold AS g
             JOIN work.task AS task
               ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id
              AND task.stage = 'open'
            WHERE g.tenant_id = tenant
              AND g.project_id = gate.project_id
              AND g.purpose = 'training'
              AND g.retired_at IS NULL
              AND NOT EXISTS (SELECT FROM work.assignment AS had
                               WHERE had.tenant_id = g.tenant_id
                                 AND had.task_id = g.task_id
                                 AND had.annotator_id = annotator
                                 AND had.attempt = gate.attempt
                                 AND had.state <> 'lapsed')
            ORDER BY g.position, g.task_id
            LIMIT 1) AS ahead
        ON gate.in_course
       AND NOT gate.paused
       -- What one lesson taught is shown before the next begins.
       AND NOT EXISTS (SELECT FROM work.assignment AS held
                         JOIN work.task AS task
                           ON task.tenant_id = held.tenant_id AND task.task_id = held.task_id
                        WHERE held.tenant_id = tenant
                          AND held.annotator_id = annotator
                          AND held.state = 'leased'
                          AND task.purpose = 'training'
                          AND task.project_id = gate.project_id)
     WHERE gate.paused OR gate.in_course;
END
$$;

-- The first of what the annotator may be offered, outside of projects that are closed to them.
-- SKIP LOCKED: two annotators who ask at once get two different assignments. Whether it is still
-- open is asked of the row that is locked, and by elimination, for else an index of all that is
-- open may be walked.
CREATE FUNCTION work.first_offered(tenant uuid, annotator uuid, reviews boolean, closed uuid[],
                                   moment timestamptz)
    RETURNS TABLE (assignment_id uuid, rank smallint, "position" bigint, project_id uuid,
                   gold_share real)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.assignment_id, a.rank, a.position, task.project_id,
           (project.policy ->> 'gold_share')::real
      FROM work.offered(tenant, annotator, moment) AS offered
      JOIN work.assignment AS a
        ON a.tenant_id = tenant
       AND a.assignment_id = offered.assignment_id
       AND a.annotator_id IS NULL
      JOIN work.task AS task
        ON task.tenant_id = tenant AND task.task_id = offered.task_id
      LEFT JOIN work.project AS project
        ON project.tenant_id = task.tenant_id AND project.project_id = task.project_id
     WHERE offered.review = reviews
       AND (task.project_id IS NULL OR task.project_id <> ALL(closed))
     ORDER BY offered.rank, offered.position, offered.task_id
     LIMIT 1
       FOR UPDATE OF a SKIP LOCKED;
END
$$;

-- As `first_offered`, where a project with much work is closed: the walk in order would pass all of
-- it, so the first few of each other project are put in order instead: eight, for others may be
-- taking some.
CREATE FUNCTION work.first_offered_beside(tenant uuid, annotator uuid, closed uuid[],
                                          moment timestamptz)
    RETURNS TABLE (assignment_id uuid, rank smallint, "position" bigint, project_id uuid,
                   gold_share real)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE beside (project_key) AS (
        (SELECT open.project_key
           FROM work.assignment AS open
          WHERE open.tenant_id = tenant AND open.state = 'open' AND NOT open.review
          ORDER BY open.project_key
          LIMIT 1)
         UNION ALL
        SELECT (SELECT open.project_key
                  FROM work.assignment AS open
                 WHERE open.tenant_id = tenant AND open.state = 'open' AND NOT open.review
                   AND open.project_key > beside.project_key
                 ORDER BY open.project_key
                 LIMIT 1)
          FROM beside
         WHERE beside.project_key IS NOT NULL),
    ahead AS MATERIALIZED (
        SELECT first.assignment_id, first.task_id
          FROM beside
         CROSS JOIN LATERAL (
               SELECT offered.assignment_id, offered.task_id, offered.rank, offered.position
                 FROM work.offered(tenant, annotator, moment) AS offered
                WHERE NOT offered.review
                  AND offered.project_key = beside.project_key
                ORDER BY offered.rank, offered.position, offered.task_id
                LIMIT 8) AS first
         WHERE beside.project_key <> ALL(closed)
         ORDER BY first.rank, first.position, first.task_id
         LIMIT 8)
    SELECT a.assignment_id, a.rank, a.position, task.project_id,
           (project.policy ->> 'gold_share')::real
      FROM work.assignment AS a
      JOIN work.task AS task
        ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
      LEFT JOIN work.project AS project
        ON project.tenant_id = task.tenant_id AND project.project_id = task.project_id
     WHERE a.tenant_id = tenant
       AND a.assignment_id = ANY (ARRAY(SELECT ahead.assignment_id FROM ahead))
       AND a.task_id = ANY (ARRAY(SELECT ahead.task_id FROM ahead))
       AND a.annotator_id IS NULL
       -- What decides is the task's project: a pause must not hang on a copy of it.
       AND (task.project_id IS NULL OR task.project_id <> ALL(closed))
     ORDER BY a.rank, a.position, a.task_id
     LIMIT 1
       FOR UPDATE OF a SKIP LOCKED;
END
$$;

-- The next gold task of a project that an annotator has not had, from a place in the ring on.
CREATE FUNCTION work.gold_ahead(tenant uuid, annotator uuid, project uuid, reviews boolean,
                                start bigint)
    RETURNS text LANGUAGE plpgsql STABLE AS
$$
DECLARE
    low  bigint := start;
    high bigint := 9223372036854775807;
    found_id text;
BEGIN
    -- From the place to the end of the ring, and if there is none, from its begin to the place.
    FOR half IN 1..2 LOOP
        SELECT g.task_id INTO found_id
          FROM work.gold AS g
          JOIN work.task AS task
            ON task.tenant_id = g.tenant_id AND task.task_id = g.task_id
           AND task.stage = 'open'
         WHERE g.tenant_id = tenant
           AND g.project_id = project
           AND g.review = reviews
           AND g.purpose = 'evaluation'
           AND g.retired_at IS NULL
           AND g.position BETWEEN low AND high
           AND NOT EXISTS (SELECT FROM work.assignment AS had
                            WHERE had.tenant_id = g.tenant_id
                              AND had.task_id IN (g.task_id, g.source_task_id)
                              AND had.annotator_id = annotator)
         ORDER BY g.position, g.task_id
         LIMIT 1;
        IF FOUND OR start = -9223372036854775808 THEN
            RETURN found_id;
        END IF;
        low := -9223372036854775808;
        high := start - 1;
    END LOOP;
    RETURN NULL;
END
$$;

-- What is lent in place of an offer of a project that has gold tasks, or nothing: one that is due,
-- from a place in the ring that nobody can foresee, so that few of those had before lie on the way
-- and gold is found no slower than live work; or one that ran out for this annotator at or before
-- the offer's place: it comes again as live work does, unless another is due.
CREATE FUNCTION work.gold_instead(tenant uuid, annotator uuid, project uuid, share real,
                                  reviews boolean, at_rank smallint, at_position bigint)
    RETURNS TABLE (has_gold boolean, task_id text) LANGUAGE plpgsql STABLE AS
$$
DECLARE
    lent   int;
    lapsed text;
    ahead  text;
BEGIN
    IF NOT EXISTS (SELECT FROM work.gold AS g
                    WHERE g.tenant_id = tenant AND g.project_id = project
                      AND g.purpose = 'evaluation' AND g.retired_at IS NULL) THEN
        RETURN QUERY SELECT false, NULL::text;
        RETURN;
    END IF;
    lent := coalesce((SELECT s.lent FROM work.standing AS s
                       WHERE s.tenant_id = tenant AND s.project_id = project
                         AND s.annotator_id = annotator), 0);
    IF work.gold_is_due(share, lent, project, annotator) THEN
        ahead := work.gold_ahead(tenant, annotator, project, reviews,
            ('x' || left(encode(sha256(convert_to(concat_ws(' ', project, annotator, lent),
                                                  'UTF8')), 'hex'), 16))::bit(64)::bigint);
    END IF;
    SELECT had.task_id INTO lapsed
      FROM work.assignment AS had
      JOIN work.task AS task
        ON task.tenant_id = had.tenant_id AND task.task_id = had.task_id
       AND task.purpose = 'evaluation'
       AND task.project_id = project
       AND task.stage = 'open'
     WHERE had.tenant_id = tenant
       AND had.annotator_id = annotator
       AND had.state = 'lapsed'
       AND had.review = reviews
       AND (had.rank, had.position) <= (at_rank, at_position)
     ORDER BY had.rank, had.position, had.task_id
     LIMIT 1;
    RETURN QUERY SELECT true, coalesce(ahead, lapsed);
END
$$;

-- Lend a gold task or a lesson in the place of a live one, at its price and with its rank: so gold
-- tasks lie among live ones and cost a tenant's turn what these do. One that ran out for the
-- annotator is lent to them once more.
CREATE FUNCTION work.lend_hidden(tenant uuid, annotator uuid, hidden_id text, hidden_attempt int,
                                 project uuid, at_rank smallint, at_position bigint,
                                 reviews boolean, moment timestamptz, until timestamptz)
    RETURNS uuid LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    given uuid;
BEGIN
    UPDATE work.assignment AS a
       SET state = 'leased', leased_at = moment, expires_at = until
     WHERE a.tenant_id = tenant
       AND a.task_id = hidden_id
       AND a.annotator_id = annotator
       AND a.attempt = hidden_attempt
       AND a.state = 'lapsed'
    RETURNING a.assignment_id INTO given;
    IF NOT FOUND THEN
        given := gen_random_uuid();
        INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position,
                                     review, state, annotator_id, leased_at, expires_at, attempt)
        VALUES (tenant, given, hidden_id, project, at_rank, at_position, reviews, 'leased',
                annotator, moment, until, hidden_attempt);
    END IF;
    RETURN given;
END
$$;

-- Had it been live, this annotator would have been lent what ran out for another: it is gone.
CREATE FUNCTION work.let_go(tenant uuid, annotator uuid, project uuid, at_rank smallint,
                            at_position bigint, reviews boolean, moment timestamptz)
    RETURNS void LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    UPDATE work.assignment AS a
       SET state = 'skipped', ended_at = moment, skip_reason = 'ran out'
     WHERE a.tenant_id = tenant
       AND a.assignment_id = (
           SELECT had.assignment_id
             FROM work.assignment AS had
             JOIN work.task AS task
               ON task.tenant_id = had.tenant_id AND task.task_id = had.task_id
              AND task.purpose = 'evaluation'
            WHERE had.tenant_id = tenant
              AND had.state = 'lapsed'
              AND had.annotator_id <> annotator
              AND had.project_key = project
              AND had.review = reviews
              AND (had.rank, had.position) <= (at_rank, at_position)
            ORDER BY had.rank, had.position, had.task_id
            LIMIT 1
              FOR UPDATE OF had SKIP LOCKED);
END
$$;
