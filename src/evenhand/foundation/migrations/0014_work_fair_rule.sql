-- work: the fair rule in integers, with tags that are kept; what an annotator may be offered.

CREATE TABLE work.queue (
    tenant_id  uuid     PRIMARY KEY REFERENCES tenants.tenant,
    tag        bigint   NOT NULL CHECK (tag >= 0),
    served     bigint   NOT NULL CHECK (served >= 0),
    waiting    boolean  NOT NULL
);
COMMENT ON TABLE work.queue IS
    'Start-time fair queueing with kept tags: the queue with the smallest tag is served next.';
COMMENT ON COLUMN work.queue.served IS
    'The largest tag at which it was served; the largest of all queues is the virtual time.';
COMMENT ON COLUMN work.queue.waiting IS
    'Had work when this was last looked at; a queue that gets work anew has no credit.';

ALTER TABLE work.queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE work.queue FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON work.queue
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON work.queue TO evenhand_app;
GRANT SELECT ON work.queue TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.queue FOR SELECT TO evenhand_dispatcher USING (true);

-- All that the fair rule sees of every tenant: weight in thousandths, tags, whether it has work and
-- the first task of it that is for the annotator's role. Beside that, how many assignments the
-- annotator holds, and whether a pause, a course or gold tasks stand between them and work.
-- One plan for all values, by index.
CREATE FUNCTION work.queues_seen(reviewer boolean, annotator uuid)
    RETURNS TABLE (tenant_id uuid, weight int, tag bigint, served bigint, waiting boolean,
                   has_work boolean, head text, held bigint, guarded boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off AS
$$
SELECT t.tenant_id, greatest(1, round(t.weight::numeric * 1000))::int,
       coalesce(queue.tag, 0), coalesce(queue.served, 0), coalesce(queue.waiting, false),
       open.task_id IS NOT NULL OR review.task_id IS NOT NULL,
       CASE WHEN reviewer THEN coalesce(review.task_id, open.task_id) ELSE open.task_id END,
       (SELECT count(*)
          FROM work.assignment AS a
         WHERE a.tenant_id = t.tenant_id AND a.state = 'leased' AND a.annotator_id = annotator),
       EXISTS (SELECT FROM work.gold AS g
                WHERE g.tenant_id = t.tenant_id AND g.retired_at IS NULL
                  AND g.purpose = 'evaluation')
           OR EXISTS (SELECT FROM work.gold AS g
                       WHERE g.tenant_id = t.tenant_id AND g.retired_at IS NULL
                         AND g.purpose = 'training')
           OR EXISTS (SELECT FROM work.standing AS s
                       WHERE s.tenant_id = t.tenant_id AND s.annotator_id = annotator
                         AND s.paused_at IS NOT NULL)
  FROM tenants.tenant AS t
  LEFT JOIN work.queue AS queue ON queue.tenant_id = t.tenant_id
  LEFT JOIN LATERAL (SELECT a.task_id
                       FROM work.assignment AS a
                      WHERE a.tenant_id = t.tenant_id AND NOT a.review AND a.state = 'open'
                      ORDER BY a.rank, a.position, a.task_id
                      LIMIT 1) AS open ON true
  LEFT JOIN LATERAL (SELECT a.task_id
                       FROM work.assignment AS a
                      WHERE a.tenant_id = t.tenant_id AND a.review AND a.state = 'open'
                      ORDER BY a.rank, a.position, a.task_id
                      LIMIT 1) AS review ON true
$$;
GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
REVOKE ALL ON FUNCTION work.queues_seen(boolean, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.queues_seen(boolean, uuid) TO evenhand_app;
ALTER FUNCTION work.queues_seen(boolean, uuid) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;

-- What of a tenant's open work an annotator may be offered, whatever its project says of them: the
-- one place for conditions on a single assignment. It has no settings of its own, so that the
-- planner writes it into whoever asks and walks the index on what is open; OFFSET 0 keeps the look
-- for an earlier assignment a probe of one key: as a join it would walk the annotators of all tasks.
CREATE FUNCTION work.offered(tenant uuid, annotator uuid, moment timestamptz)
    RETURNS TABLE (assignment_id uuid, task_id text, project_key uuid, review boolean,
                   rank smallint, "position" bigint)
    LANGUAGE sql STABLE AS
$$
SELECT open.assignment_id, open.task_id, open.project_key, open.review, open.rank, open.position
  FROM work.assignment AS open
 WHERE open.tenant_id = tenant
   AND open.state = 'open'
   AND (open.reserved_until IS NULL OR open.reserved_until <= moment
        OR EXISTS (SELECT FROM work.skill AS skill
                    WHERE skill.tenant_id = open.tenant_id
                      AND skill.project_id = open.project_key
                      AND skill.annotator_id = annotator
                      AND skill.accuracy >= open.skill_least))
   AND NOT EXISTS (SELECT FROM work.assignment AS had
                    WHERE had.tenant_id = open.tenant_id
                      AND had.task_id = open.task_id
                      AND had.annotator_id = annotator
                   OFFSET 0)
$$;
REVOKE ALL ON FUNCTION work.offered(uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.offered(uuid, uuid, timestamptz) TO evenhand_app;
