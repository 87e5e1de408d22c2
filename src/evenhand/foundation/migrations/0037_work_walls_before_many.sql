-- work: an annotator who is kept from most queues is told of all walls at once, instead of being
-- asked about before each queue.

-- All tenants from whom walls keep somebody: the rivals of whoever showed them something, and of
-- what they hold.
CREATE FUNCTION work.barred(annotator uuid, held uuid[], today date) RETURNS uuid[]
    LANGUAGE plpgsql STABLE AS
$$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT edge.rival_id
          FROM (SELECT x.tenant_id, x.last_day
                  FROM walls.exposure AS x
                 WHERE x.person_id = annotator
                 UNION ALL
                SELECT unnest(held), 'infinity'::date) AS seen
         CROSS JOIN LATERAL walls.edges(seen.tenant_id) AS edge
         WHERE edge.rival_id <> seen.tenant_id
           AND (seen.last_day = 'infinity' OR today <= seen.last_day + edge.cooling_off_days));
END
$$;
REVOKE ALL ON FUNCTION work.barred(uuid, uuid[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.barred(uuid, uuid[], date) TO evenhand_dispatcher;

CREATE OR REPLACE FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean,
                                             floor bigint, after_tag bigint, after_tie text,
                                             most int, moment timestamptz)
    RETURNS TABLE (tenant_id uuid, is_new boolean, weight int, tag bigint, tie text,
                   virtual_time bigint, first_tag bigint, has_competition boolean,
                   guarded boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS
$$
#variable_conflict use_column
DECLARE
    today  date := (moment AT TIME ZONE 'UTC')::date;
    asked  boolean := EXISTS (SELECT FROM walls.declaration AS d WHERE d.withdrawn_at IS NULL);
    held   uuid[] := '{}';
    barred uuid[];
    picked uuid[] := '{}';
    looked int := 0;
    one    record;
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
    IF asked THEN
        -- Of what they hold and were not shown: a wall that is about to stand.
        held := ARRAY(SELECT a.tenant_id
                        FROM work.assignment AS a
                       WHERE a.annotator_id = annotator AND a.state = 'leased' AND a.ahead
                         AND NOT walls.stands(annotator, a.tenant_id, today));
        FOR one IN
            (SELECT q.tenant_id FROM work.queue AS q
              WHERE NOT reviewer AND q.has_open AND (q.tag, q.tie) > (after_tag, after_tie)
              ORDER BY q.tag, q.tie LIMIT 1000000)
             UNION ALL
            (SELECT q.tenant_id FROM work.queue AS q
              WHERE reviewer AND (q.has_open OR q.has_reviews)
                AND (q.tag, q.tie) > (after_tag, after_tie)
              ORDER BY q.tag, q.tie LIMIT 1000000) LOOP
            looked := looked + 1;
            -- Whoever is kept from many of the first is told all that they are kept from at once.
            IF looked = 16 THEN
                barred := work.barred(annotator, held, today);
            END IF;
            IF looked < 16 THEN
                CONTINUE WHEN work.kept_from(one.tenant_id, annotator, held, today);
            ELSE
                CONTINUE WHEN one.tenant_id = ANY (barred);
            END IF;
            picked := picked || one.tenant_id;
            EXIT WHEN cardinality(picked) = most;
        END LOOP;
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
                     AND CASE WHEN asked THEN q.tenant_id = ANY (picked) ELSE true END
                   ORDER BY q.tag, q.tie
                   LIMIT most)
                  UNION ALL
                 (SELECT q.tenant_id, q.tag, q.tie
                    FROM work.queue AS q
                   WHERE reviewer AND (q.has_open OR q.has_reviews)
                     AND (q.tag, q.tie) > (after_tag, after_tie)
                     AND CASE WHEN asked THEN q.tenant_id = ANY (picked) ELSE true END
                   ORDER BY q.tag, q.tie
                   LIMIT most)) AS ahead
      JOIN tenants.tenant AS t ON t.tenant_id = ahead.tenant_id
     ORDER BY ahead.tag, ahead.tie;
END
$$;
