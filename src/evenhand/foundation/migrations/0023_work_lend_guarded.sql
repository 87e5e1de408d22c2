-- work: the lease itself, among gold.

-- An assignment that the annotator holds, with the draft that they themselves left.
CREATE FUNCTION work.held(tenant uuid, annotator uuid, assignment uuid)
    RETURNS TABLE (assignment_id uuid, task_id text, type text, instruction text, params jsonb,
                   files jsonb, review boolean, leased_at timestamptz, expires_at timestamptz,
                   draft jsonb, draft_version int, purpose text, among_gold boolean,
                   proposal jsonb)
    LANGUAGE plpgsql STABLE AS
$$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.assignment_id, a.task_id, task.type, task.instruction, task.params,
           coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                       FROM work.task_file AS file
                      WHERE file.tenant_id = tenant
                        AND file.task_id = a.task_id), '{}'),
           a.review, a.leased_at, a.expires_at, draft.response, draft.version, task.purpose, true,
           CASE WHEN a.review THEN coalesce(task.proposal,
               (SELECT gold.initial_response
                  FROM work.gold AS gold
                 WHERE gold.tenant_id = task.tenant_id
                   AND gold.task_id = task.task_id)) END
      FROM work.assignment AS a
      JOIN work.task AS task
        ON task.tenant_id = a.tenant_id AND task.task_id = a.task_id
      LEFT JOIN work.draft AS draft
        ON draft.tenant_id = a.tenant_id AND draft.assignment_id = a.assignment_id
       AND draft.annotator_id = a.annotator_id
     WHERE a.tenant_id = tenant
       AND a.assignment_id = assignment
       AND a.annotator_id = annotator
       AND a.state = 'leased';
END
$$;

-- As `lend_first`, for where a pause, a course or gold tasks stand between the annotator and work.
CREATE FUNCTION work.lend_guarded(tenant uuid, annotator uuid, reviewer boolean, held_max int,
                                  since timestamptz, usual_share real, moment timestamptz,
                                  until timestamptz)
    RETURNS TABLE (assignment_id uuid, task_id text, type text, instruction text, params jsonb,
                   files jsonb, review boolean, leased_at timestamptz, expires_at timestamptz,
                   draft jsonb, draft_version int, purpose text, among_gold boolean,
                   proposal jsonb, rank smallint, "position" bigint, walked_seconds real,
                   held_since timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
DECLARE
    lent_since timestamptz := work.require_room(annotator, held_max, since, moment);
    gated      uuid[];
    closed     uuid[];
    reviews    boolean := false;
    offer      record;
    lesson     text;
    attempt_no int := 0;
    has_gold   boolean := false;
    hidden     text;
    lent_id    uuid;
BEGIN
    SELECT coalesce(array_agg(g.project_id), '{}'),
           coalesce(array_agg(g.project_id) FILTER (WHERE g.paused OR g.lesson_id IS NULL), '{}')
      INTO gated, closed
      FROM work.gates(tenant, annotator) AS g;
    IF reviewer THEN
        -- Whoever is still in a course decides nothing there.
        SELECT * INTO offer FROM work.first_offered(tenant, annotator, true, gated, moment);
        reviews := FOUND;
    END IF;
    IF NOT reviews THEN
        IF cardinality(closed) > 0 THEN
            SELECT * INTO offer FROM work.first_offered_beside(tenant, annotator, closed, moment);
        ELSE
            SELECT * INTO offer FROM work.first_offered(tenant, annotator, false, closed, moment);
        END IF;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;

    IF cardinality(gated) > 0 THEN
        SELECT g.lesson_id, g.attempt INTO lesson, attempt_no
          FROM work.gates(tenant, annotator) AS g
         WHERE g.project_id = offer.project_id AND g.lesson_id IS NOT NULL;
    END IF;
    IF lesson IS NULL THEN
        attempt_no := 0;
        SELECT g.has_gold, g.task_id INTO has_gold, hidden
          FROM work.gold_instead(tenant, annotator, offer.project_id,
                                 coalesce(offer.gold_share, usual_share), reviews, offer.rank,
                                 offer.position) AS g;
    ELSE
        hidden := lesson;
    END IF;
    IF hidden IS NOT NULL THEN
        lent_id := work.lend_hidden(tenant, annotator, hidden, attempt_no, offer.project_id,
                                    offer.rank, offer.position, reviews, moment, until);
    ELSE
        UPDATE work.assignment AS a
           SET state = 'leased', annotator_id = annotator, leased_at = moment, expires_at = until
         WHERE a.tenant_id = tenant AND a.assignment_id = offer.assignment_id;
        lent_id := offer.assignment_id;
        IF has_gold THEN
            PERFORM work.let_go(tenant, annotator, offer.project_id, offer.rank, offer.position,
                                reviews, moment);
        END IF;
    END IF;
    IF has_gold THEN
        -- How many assignments of a project with gold they were lent: it says where gold lies.
        INSERT INTO work.standing AS standing (tenant_id, project_id, annotator_id, lent)
        VALUES (tenant, offer.project_id, annotator, 1)
            ON CONFLICT (tenant_id, project_id, annotator_id) DO UPDATE
           SET lent = standing.lent + 1;
    END IF;
    RETURN QUERY
    SELECT held.assignment_id, held.task_id, held.type, held.instruction, held.params, held.files,
           held.review, held.leased_at, held.expires_at, held.draft, held.draft_version,
           held.purpose, held.among_gold, held.proposal, offer.rank, offer.position, 0::real,
           lent_since
      FROM work.held(tenant, annotator, lent_id) AS held;
END
$$;

-- Either of the two, so that whoever lends asks one question.
CREATE FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean,
                          held_max int, since timestamptz, usual_share real, from_rank int,
                          from_position bigint, moment timestamptz, until timestamptz)
    RETURNS TABLE (assignment_id uuid, task_id text, type text, instruction text, params jsonb,
                   files jsonb, review boolean, leased_at timestamptz, expires_at timestamptz,
                   draft jsonb, draft_version int, purpose text, among_gold boolean,
                   proposal jsonb, rank smallint, "position" bigint, walked_seconds real,
                   held_since timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    IF guarded THEN
        RETURN QUERY SELECT * FROM work.lend_guarded(tenant, annotator, reviewer, held_max, since,
                                                     usual_share, moment, until);
    ELSE
        RETURN QUERY SELECT * FROM work.lend_first(tenant, annotator, reviewer, held_max, since,
                                                   from_rank, from_position, moment, until);
    END IF;
END
$$;

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'gates', 'first_offered', 'first_offered_beside', 'gold_ahead', 'gold_instead',
        'lend_hidden', 'let_go', 'held', 'lend_guarded', 'lend'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION work.%I FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION work.%I TO evenhand_app', one);
    END LOOP;
END
$$;
