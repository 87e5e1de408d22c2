-- work: where no rival is named, a wall costs next to nothing: it is asked first whether there is
-- any.

-- Whether something of a rival was shown to the person too lately, or is held by them and may be.
-- One call a queue, and none in an installation in which nobody has named a rival.
CREATE FUNCTION work.kept_from(tenant uuid, annotator uuid, held uuid[], today date)
    RETURNS boolean LANGUAGE plpgsql STABLE AS
$$
BEGIN
    RETURN EXISTS (SELECT FROM walls.edges(tenant) AS edge
                    WHERE edge.rival_id <> tenant
                      AND (edge.rival_id = ANY (held)
                           OR EXISTS (SELECT FROM walls.exposure AS x
                                       WHERE x.tenant_id = edge.rival_id
                                         AND x.person_id = annotator
                                         AND today <= x.last_day + edge.cooling_off_days)));
END
$$;
REVOKE ALL ON FUNCTION work.kept_from(uuid, uuid, uuid[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.kept_from(uuid, uuid, uuid[], date) TO evenhand_dispatcher;

CREATE OR REPLACE FUNCTION work.walled(annotator uuid, tenant uuid, today date) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
BEGIN
    PERFORM FROM walls.edges(tenant) AS edge LIMIT 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    RETURN work.kept_from(tenant, annotator,
        ARRAY(SELECT held.tenant_id
                FROM work.assignment AS held
               WHERE held.annotator_id = annotator AND held.state = 'leased' AND held.ahead
                 AND held.tenant_id <> tenant
                 AND NOT walls.stands(annotator, held.tenant_id, today)), today);
END
$$;

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
    today date := (moment AT TIME ZONE 'UTC')::date;
    asked boolean := EXISTS (SELECT FROM walls.declaration AS d WHERE d.withdrawn_at IS NULL);
    held  uuid[] := '{}';
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
                     AND CASE WHEN asked
                              THEN NOT work.kept_from(q.tenant_id, annotator, held, today)
                              ELSE true END
                   ORDER BY q.tag, q.tie
                   LIMIT most)
                  UNION ALL
                 (SELECT q.tenant_id, q.tag, q.tie
                    FROM work.queue AS q
                   WHERE reviewer AND (q.has_open OR q.has_reviews)
                     AND (q.tag, q.tie) > (after_tag, after_tie)
                     AND CASE WHEN asked
                              THEN NOT work.kept_from(q.tenant_id, annotator, held, today)
                              ELSE true END
                   ORDER BY q.tag, q.tie
                   LIMIT most)) AS ahead
      JOIN tenants.tenant AS t ON t.tenant_id = ahead.tenant_id
     ORDER BY ahead.tag, ahead.tie;
END
$$;
