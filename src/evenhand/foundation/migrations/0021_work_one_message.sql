-- work: the walk along the queues, and leases and submissions that are one statement each. They are
-- written in PL/pgSQL for its plans are kept from call to call.

-- Where a decision begins: at first the queues that got work since the last one, which are to be
-- noted, if that is asked for and there are any; else the queues with work for the annotator's role
-- after a place in the order, at most so many (of the new ones 32: the next decision notes the
-- rest). Beside each stand the virtual time, the smallest tag
-- and whether several queues have work; and whether a pause, a course or gold tasks stand between
-- the annotator and work. No queue with work has a smaller tag than `floor`: with it, no look walks
-- over what is dead and cannot be cleaned away.
CREATE FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint,
                                  after_tag bigint, after_tie text, most int)
    RETURNS TABLE (tenant_id uuid, is_new boolean, weight int, tag bigint, tie text,
                   virtual_time bigint, first_tag bigint, has_competition boolean,
                   guarded boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS
$$
#variable_conflict use_column
BEGIN
    IF want_new THEN
        RETURN QUERY
        SELECT DISTINCT o.tenant_id, true, 0, 0::bigint, '',
               coalesce((SELECT max(q.served) FROM work.queue AS q), 0), 0::bigint, false, false
          FROM work.queue_opened AS o
         LIMIT 32;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT ahead.tenant_id, false, greatest(1, round(t.weight::numeric * 1000))::int, ahead.tag,
           ahead.tie, coalesce((SELECT max(q.served) FROM work.queue AS q), 0), first.tag,
           first.tenant_id <> (SELECT q.tenant_id FROM work.queue AS q
                                WHERE q.has_open OR q.has_reviews
                                ORDER BY q.tag DESC, q.tie DESC LIMIT 1),
           EXISTS (SELECT FROM work.gold AS g
                    WHERE g.tenant_id = ahead.tenant_id AND g.retired_at IS NULL
                      AND g.purpose = 'evaluation')
               OR EXISTS (SELECT FROM work.gold AS g
                           WHERE g.tenant_id = ahead.tenant_id AND g.retired_at IS NULL
                             AND g.purpose = 'training')
               OR EXISTS (SELECT FROM work.standing AS s
                           WHERE s.tenant_id = ahead.tenant_id AND s.annotator_id = annotator
                             AND s.paused_at IS NOT NULL)
      FROM (SELECT q.tenant_id, q.tag
              FROM work.queue AS q
             WHERE (q.has_open OR q.has_reviews) AND q.tag >= floor
             ORDER BY q.tag, q.tie
             LIMIT 1) AS first
     CROSS JOIN ((SELECT q.tenant_id, q.tag, q.tie
                    FROM work.queue AS q
                   WHERE NOT reviewer AND q.has_open AND (q.tag, q.tie) > (after_tag, after_tie)
                   ORDER BY q.tag, q.tie
                   LIMIT most)
                  UNION ALL
                 (SELECT q.tenant_id, q.tag, q.tie
                    FROM work.queue AS q
                   WHERE reviewer AND (q.has_open OR q.has_reviews)
                     AND (q.tag, q.tie) > (after_tag, after_tie)
                   ORDER BY q.tag, q.tie
                   LIMIT most)) AS ahead
      JOIN tenants.tenant AS t ON t.tenant_id = ahead.tenant_id
     ORDER BY ahead.tag, ahead.tie;
END
$$;

-- Queues that got work are told in the order of their tags from now on; one that had none begins at
-- the virtual time. Nothing where another decision was faster.
CREATE FUNCTION work.note_opened(tenant uuid, virtual_time bigint, beacon text)
    RETURNS TABLE (tag bigint, tie text, has_open boolean, has_reviews boolean)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
DECLARE
    opened  boolean;
    reviews boolean;
    lot     text;
BEGIN
    WITH gone AS (
        DELETE FROM work.queue_opened AS o WHERE o.tenant_id = tenant
        RETURNING o.opened_id, o.review)
    SELECT bool_or(NOT gone.review), bool_or(gone.review), min(gone.opened_id::text)
      INTO opened, reviews, lot
      FROM gone;
    IF lot IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO work.queue AS q (tenant_id, tag, served, has_open, has_reviews, tie)
    VALUES (tenant, virtual_time, 0, opened, reviews,
            encode(sha256(convert_to(beacon || lot, 'UTF8')), 'hex'))
        ON CONFLICT (tenant_id) DO UPDATE
       SET tag = CASE WHEN q.has_open OR q.has_reviews THEN q.tag
                      ELSE greatest(q.tag, excluded.tag) END,
           tie = CASE WHEN q.has_open OR q.has_reviews THEN q.tie ELSE excluded.tie END,
           has_open = q.has_open OR excluded.has_open,
           has_reviews = q.has_reviews OR excluded.has_reviews
     WHERE (q.has_open, q.has_reviews)
        <> (q.has_open OR excluded.has_open, q.has_reviews OR excluded.has_reviews)
    RETURNING q.tag, q.tie, q.has_open, q.has_reviews;
END
$$;

-- Take back that a queue has work of a kind, if it has none and nobody is bringing any.
CREATE FUNCTION work.note_emptied(tenant uuid)
    RETURNS TABLE (has_open boolean, has_reviews boolean)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
BEGIN
    PERFORM FROM work.queue AS q WHERE q.tenant_id = tenant FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- A statement of its own, for it must see what was opened before the lock was had.
    RETURN QUERY
    WITH has (open, reviews) AS MATERIALIZED (
        SELECT EXISTS (SELECT FROM work.assignment AS a
                        WHERE a.tenant_id = tenant AND NOT a.review AND a.state = 'open'),
               EXISTS (SELECT FROM work.assignment AS a
                        WHERE a.tenant_id = tenant AND a.review AND a.state = 'open'))
    UPDATE work.queue AS q
       SET has_open = q.has_open AND has.open, has_reviews = q.has_reviews AND has.reviews
      FROM has
     WHERE q.tenant_id = tenant
       AND ((q.has_open AND NOT has.open) OR (q.has_reviews AND NOT has.reviews))
    RETURNING q.has_open, q.has_reviews;
END
$$;

-- What is served moves its queue's tag on; of two served at once, each by its own step. Without
-- competition no tag moves.
CREATE FUNCTION work.advance(tenant uuid, start bigint, step bigint, lot text)
    RETURNS TABLE (tag_before bigint, tag_after bigint)
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    IF step = 0 THEN
        RETURN QUERY SELECT start, start;
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE work.queue AS q
       SET tag = greatest(q.tag, start) + step,
           served = greatest(q.served, q.tag, start),
           tie = encode(sha256(convert_to(lot, 'UTF8')), 'hex')
     WHERE q.tenant_id = tenant
    RETURNING q.tag - step, q.tag;
END
$$;

-- What an annotator holds is counted from the moment on at which the oldest of it was lent, and so
-- not past all that they ever had and that cannot be cleaned away yet.
CREATE INDEX assignment_held_since ON work.assignment (annotator_id, leased_at)
    WHERE state = 'leased';
DROP INDEX work.assignment_held;
GRANT SELECT (leased_at) ON work.assignment TO evenhand_dispatcher;

CREATE FUNCTION work.held_count(annotator uuid, since timestamptz)
    RETURNS TABLE (held int, oldest timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
BEGIN
    RETURN QUERY
    SELECT count(*)::int, min(a.leased_at)
      FROM work.assignment AS a
     WHERE a.state = 'leased' AND a.annotator_id = annotator AND a.leased_at >= since;
END
$$;

-- One transaction at a time decides what an annotator is lent, and they hold only so many: those
-- who ask many times at once wait for each other here. `since` is what the last call returned, or
-- null: nothing that they hold was lent before. A minute is for clocks that differ.
CREATE FUNCTION work.require_room(annotator uuid, held_max int, since timestamptz,
                                  moment timestamptz)
    RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    now_held record;
BEGIN
    PERFORM FROM workforce.annotator AS a WHERE a.annotator_id = annotator FOR NO KEY UPDATE;
    -- A statement of its own: it sees what those did for whom the first one waited.
    SELECT * INTO now_held FROM work.held_count(annotator, coalesce(since, '-infinity'));
    IF now_held.held >= held_max THEN
        RAISE EXCEPTION '%', now_held.held USING ERRCODE = 'EH001';
    END IF;
    RETURN least(now_held.oldest, moment) - interval '1 minute';
END
$$;

-- Lend the first that is offered, for where nothing stands between the annotator and work; a
-- reviewer's first are reviews. SKIP LOCKED: two annotators who ask at once get two different
-- assignments. Whether it is still open is asked of the row that is locked, and by elimination, for
-- else an index of all that is open may be walked. The walk begins at a place before which nothing
-- was open, if one is given, and is made from the very begin before it says that there is nothing.
CREATE FUNCTION work.lend_first(tenant uuid, annotator uuid, reviewer boolean, held_max int,
                                since timestamptz, from_rank int, from_position bigint,
                                moment timestamptz, until timestamptz)
    RETURNS TABLE (assignment_id uuid, task_id text, type text, instruction text, params jsonb,
                   files jsonb, review boolean, leased_at timestamptz, expires_at timestamptz,
                   draft jsonb, draft_version int, purpose text, among_gold boolean,
                   proposal jsonb, rank smallint, "position" bigint, walked_seconds real,
                   held_since timestamptz)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
DECLARE
    lent_since   timestamptz := work.require_room(annotator, held_max, since, moment);
    begun        timestamptz;
    low_rank     smallint;
    low_position bigint;
BEGIN
    -- 0 reviews, 1 from the place on, 2 all
    FOR walk IN CASE WHEN reviewer THEN 0 ELSE 1 END..2 LOOP
        CONTINUE WHEN walk = 1 AND from_rank IS NULL;
        begun := clock_timestamp();
        low_rank := CASE walk WHEN 1 THEN from_rank ELSE -32768 END;
        low_position := CASE walk WHEN 1 THEN from_position ELSE -9223372036854775808 END;
        RETURN QUERY
        WITH first AS MATERIALIZED (
            SELECT a.assignment_id
              FROM work.offered(tenant, annotator, moment) AS offered
              JOIN work.assignment AS a
                ON a.tenant_id = tenant
               AND a.assignment_id = offered.assignment_id
               AND a.annotator_id IS NULL
             WHERE offered.review = (walk = 0)
               AND (offered.rank, offered.position) >= (low_rank, low_position)
             ORDER BY offered.rank, offered.position, offered.task_id
             LIMIT 1
               FOR UPDATE OF a SKIP LOCKED),
        lent AS (
            UPDATE work.assignment AS a
               SET state = 'leased', annotator_id = annotator, leased_at = moment,
                   expires_at = until
              FROM first
             WHERE a.tenant_id = tenant
               AND a.assignment_id = first.assignment_id
         RETURNING a.assignment_id, a.task_id, a.review, a.rank, a.position)
        SELECT lent.assignment_id, lent.task_id, task.type, task.instruction, task.params,
               coalesce((SELECT jsonb_object_agg(file.url, file.file_id)
                           FROM work.task_file AS file
                          WHERE file.tenant_id = tenant
                            AND file.task_id = lent.task_id), '{}'),
               lent.review, moment, until, draft.response, draft.version, task.purpose, false,
               CASE WHEN lent.review THEN task.proposal END, lent.rank, lent.position,
               extract(epoch FROM clock_timestamp() - begun)::real, lent_since
          FROM lent
          JOIN work.task AS task
            ON task.tenant_id = tenant AND task.task_id = lent.task_id
          LEFT JOIN work.draft AS draft
            ON draft.tenant_id = tenant AND draft.assignment_id = lent.assignment_id
           AND draft.annotator_id = annotator;
        IF FOUND THEN
            RETURN;
        END IF;
    END LOOP;
END
$$;

-- Three rows that belong together: the assignment is done, its annotation is kept, its task is due.
-- An answer to an evaluation task is due to be scored instead; one to a lesson is scored at once.
-- Nothing happens when the assignment was meanwhile done or taken by someone else, or if only what
-- is held is wanted and it ran out. Says whether the lease had run out and the assignment was open
-- again, and whether it is a review.
CREATE FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid,
                                       annotation uuid, given jsonb, active int, task_purpose text,
                                       held_only boolean, moment timestamptz)
    RETURNS TABLE (was_open boolean, review boolean)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH found AS (
        SELECT a.assignment_id, a.state = 'open' AS was_open
          FROM work.assignment AS a
         WHERE a.tenant_id = tenant
           AND a.assignment_id = assignment
           AND CASE a.state WHEN 'leased' THEN a.annotator_id = annotator
                            WHEN 'lapsed' THEN a.annotator_id = annotator AND NOT held_only
                            WHEN 'open' THEN NOT held_only
                            ELSE false END
           FOR NO KEY UPDATE),
    done AS (
        UPDATE work.assignment AS a
           SET state = 'done', annotator_id = annotator, expires_at = NULL, ended_at = moment
          FROM found
         WHERE a.tenant_id = tenant
           AND a.assignment_id = found.assignment_id
     RETURNING a.task_id, a.review, found.was_open),
    due AS (
        INSERT INTO work.assessment_due (tenant_id, annotation_id, task_id)
        SELECT tenant, annotation, done.task_id FROM done WHERE task_purpose = 'live'),
    to_score AS (
        INSERT INTO work.score_due (tenant_id, annotation_id, task_id)
        SELECT tenant, annotation, done.task_id FROM done WHERE task_purpose = 'evaluation'),
    kept AS (
        INSERT INTO work.annotation (tenant_id, task_id, annotation_id, assignment_id,
                                     annotator_id, response, active_ms, created_at)
        SELECT tenant, done.task_id, annotation, assignment, annotator, given, active, moment
          FROM done)
    SELECT done.was_open, done.review FROM done;
END
$$;

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'tell_opened(uuid, boolean)',
        'queues_ahead(boolean, uuid, boolean, bigint, bigint, text, int)',
        'note_opened(uuid, bigint, text)', 'note_emptied(uuid)',
        'advance(uuid, bigint, bigint, text)', 'held_count(uuid, timestamptz)',
        'require_room(uuid, int, timestamptz, timestamptz)',
        'lend_first(uuid, uuid, boolean, int, timestamptz, int, bigint, timestamptz, timestamptz)',
        'accept_annotation(uuid, uuid, uuid, uuid, jsonb, int, text, boolean, timestamptz)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION work.%s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION work.%s TO evenhand_app', one);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION work.tell_inserted() FROM PUBLIC;
REVOKE ALL ON FUNCTION work.tell_reopened() FROM PUBLIC;
GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
ALTER FUNCTION work.queues_ahead(boolean, uuid, boolean, bigint, bigint, text, int)
    OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.held_count(uuid, timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
