-- walls: conflicts of interest between tenants, who was exposed to whom, and the wall that follows:
-- whoever saw something of one tenant is shown nothing of its rivals until a cooling-off is over.

CREATE SCHEMA walls;
GRANT USAGE ON SCHEMA walls TO evenhand_app, evenhand_dispatcher;

-- What a tenant is called, blinded by a key that follows from the server's secret: so whose wall
-- stands against whom can be found by whoever may read no name.
CREATE TABLE tenants.party (
    tenant_id   uuid        NOT NULL REFERENCES tenants.tenant,
    party_key   bytea       NOT NULL CHECK (octet_length(party_key) = 32),
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    added_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, party_key)
);
CREATE INDEX party_of_key ON tenants.party (party_key);

CREATE TABLE walls.declaration (
    tenant_id         uuid        NOT NULL REFERENCES tenants.tenant,
    declaration_id    uuid        NOT NULL,
    other_name        text        NOT NULL CHECK (length(other_name) BETWEEN 1 AND 200),
    other_key         bytea       NOT NULL CHECK (octet_length(other_key) = 32),
    cooling_off_days  int         NOT NULL CHECK (cooling_off_days BETWEEN 0 AND 3650),
    declared_by       text        NOT NULL CHECK (declared_by IN ('tenant', 'operator')),
    declared_at       timestamptz NOT NULL,
    withdrawn_at      timestamptz,
    PRIMARY KEY (tenant_id, declaration_id)
);
COMMENT ON COLUMN walls.declaration.other_name IS
    'As it was written. Whether it is a customer, this table does not say.';
CREATE UNIQUE INDEX declaration_that_stands ON walls.declaration (tenant_id, other_key)
    WHERE withdrawn_at IS NULL;
CREATE INDEX declaration_of_key ON walls.declaration (other_key) WHERE withdrawn_at IS NULL;

CREATE TABLE walls.exposure (
    tenant_id  uuid  NOT NULL,
    person_id  uuid  NOT NULL,
    first_day  date  NOT NULL,
    last_day   date  NOT NULL CHECK (last_day >= first_day),
    PRIMARY KEY (tenant_id, person_id)
);
COMMENT ON TABLE walls.exposure IS
    'From and up to which day (UTC) something of the tenant was shown to a person.';
CREATE INDEX exposure_of_person ON walls.exposure (person_id);

-- Who owns how much of whom, as declared and published: of no tenant, and nothing that a decision
-- reads.
CREATE TABLE walls.stake (
    owner        text         NOT NULL CHECK (length(owner) BETWEEN 1 AND 200),
    owned        text         NOT NULL CHECK (length(owned) BETWEEN 1 AND 200),
    percent      numeric(5,2) NOT NULL CHECK (percent >= 0 AND percent <= 100),
    declared_at  timestamptz  NOT NULL,
    PRIMARY KEY (owner, owned, declared_at)
);
COMMENT ON TABLE walls.stake IS 'Every declaration stays; the latest of two parties holds.';

-- People of the operator, who see nothing of a tenant but by a grant that another of them approved.
CREATE TABLE walls.staff (
    staff_id    uuid        PRIMARY KEY,
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    added_at    timestamptz NOT NULL,
    removed_at  timestamptz
);
CREATE UNIQUE INDEX staff_by_name ON walls.staff (name) WHERE removed_at IS NULL;

CREATE TABLE walls.support_grant (
    tenant_id     uuid        NOT NULL REFERENCES tenants.tenant,
    grant_id      uuid        NOT NULL,
    requested_by  uuid        NOT NULL REFERENCES walls.staff,
    reason        text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    hours         int         NOT NULL CHECK (hours BETWEEN 1 AND 24),
    requested_at  timestamptz NOT NULL,
    approved_by   uuid        REFERENCES walls.staff,
    ends_at       timestamptz,
    PRIMARY KEY (tenant_id, grant_id),
    CHECK (approved_by <> requested_by),
    CHECK ((approved_by IS NULL) = (ends_at IS NULL))
);
COMMENT ON COLUMN walls.support_grant.ends_at IS
    'Set when it is approved, and brought forward when it is ended.';

-- What was lent before there were walls, and may have been seen.
ALTER TABLE work.assignment NO FORCE ROW LEVEL SECURITY;
INSERT INTO walls.exposure (tenant_id, person_id, first_day, last_day)
SELECT a.tenant_id, a.annotator_id,
       min((coalesce(a.leased_at, a.ended_at, now()) AT TIME ZONE 'UTC')::date),
       max((coalesce(a.leased_at, a.ended_at, now()) AT TIME ZONE 'UTC')::date)
  FROM work.assignment AS a
 WHERE a.annotator_id IS NOT NULL
 GROUP BY a.tenant_id, a.annotator_id;
ALTER TABLE work.assignment FORCE ROW LEVEL SECURITY;

ALTER TABLE tenants.party ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants.party FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tenants.party
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
ALTER TABLE walls.declaration ENABLE ROW LEVEL SECURITY;
ALTER TABLE walls.declaration FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON walls.declaration
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
ALTER TABLE walls.support_grant ENABLE ROW LEVEL SECURITY;
ALTER TABLE walls.support_grant FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON walls.support_grant
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
ALTER TABLE walls.exposure ENABLE ROW LEVEL SECURITY;
ALTER TABLE walls.exposure FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON walls.exposure
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE ON tenants.party TO evenhand_app;
GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON walls.declaration TO evenhand_app;
GRANT SELECT, INSERT, UPDATE (first_day, last_day) ON walls.exposure TO evenhand_app;
GRANT SELECT, INSERT ON walls.stake TO evenhand_app;
GRANT SELECT, INSERT, UPDATE (removed_at) ON walls.staff TO evenhand_app;
GRANT SELECT, INSERT, UPDATE (approved_by, ends_at) ON walls.support_grant TO evenhand_app;

GRANT SELECT (tenant_id, party_key) ON tenants.party TO evenhand_dispatcher;
CREATE POLICY dispatcher ON tenants.party FOR SELECT TO evenhand_dispatcher USING (true);
GRANT SELECT (tenant_id, other_key, cooling_off_days, withdrawn_at) ON walls.declaration
   TO evenhand_dispatcher;
CREATE POLICY dispatcher ON walls.declaration FOR SELECT TO evenhand_dispatcher USING (true);
GRANT SELECT (tenant_id, person_id, last_day) ON walls.exposure TO evenhand_dispatcher;
CREATE POLICY dispatcher ON walls.exposure FOR SELECT TO evenhand_dispatcher USING (true);

-- Tenants that were made by a version that knew no parties: their names have yet to be blinded.
CREATE FUNCTION tenants.tenants_without_party() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE NOT EXISTS (SELECT FROM tenants.party AS p WHERE p.tenant_id = t.tenant_id)
$$;

-- A tenant's rivals among the customers, by its own declarations and by theirs. Written into the
-- statements of the dispatcher's functions that ask it.
CREATE FUNCTION walls.edges(tenant uuid) RETURNS TABLE (rival_id uuid, cooling_off_days int)
    LANGUAGE sql STABLE AS
$$
SELECT p.tenant_id, d.cooling_off_days
  FROM walls.declaration AS d
  JOIN tenants.party AS p ON p.party_key = d.other_key
 WHERE d.tenant_id = tenant AND d.withdrawn_at IS NULL
 UNION ALL
SELECT d.tenant_id, d.cooling_off_days
  FROM tenants.party AS p
  JOIN walls.declaration AS d ON d.other_key = p.party_key AND d.withdrawn_at IS NULL
 WHERE p.tenant_id = tenant
$$;

-- The wall: whether something of a rival of the tenant was shown to the person so lately that the
-- cooling-off is not over. Of two declarations the longer one counts.
CREATE FUNCTION walls.stands(person uuid, tenant uuid, today date) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog AS
$$
BEGIN
    RETURN EXISTS (SELECT FROM walls.edges(tenant) AS edge
                     JOIN walls.exposure AS x
                       ON x.tenant_id = edge.rival_id AND x.person_id = person
                    WHERE edge.rival_id <> tenant AND today <= x.last_day + edge.cooling_off_days);
END
$$;

-- For the operator: between which customers walls stand, and whom somebody was exposed to.
CREATE FUNCTION walls.rivals_of(tenant uuid) RETURNS TABLE (rival_id uuid, cooling_off_days int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT edge.rival_id, max(edge.cooling_off_days)
  FROM walls.edges(tenant) AS edge
 WHERE edge.rival_id <> tenant
 GROUP BY edge.rival_id
$$;
CREATE FUNCTION walls.tenants_seen_by(person uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT x.tenant_id FROM walls.exposure AS x WHERE x.person_id = person
$$;
CREATE FUNCTION walls.exposed_to_both(tenant uuid, rival uuid, days int, today date) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT count(*)
  FROM walls.exposure AS one
  JOIN walls.exposure AS other ON other.tenant_id = rival AND other.person_id = one.person_id
 WHERE one.tenant_id = tenant
   AND today <= one.last_day + days
   AND today <= other.last_day + days
$$;

-- Note that something of the tenant was shown to a person; says whether that day is the first.
CREATE FUNCTION walls.expose(tenant uuid, person uuid, today date) RETURNS boolean
    LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM FROM walls.exposure AS x
      WHERE x.tenant_id = tenant AND x.person_id = person AND x.last_day >= today;
    IF FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO walls.exposure AS x (tenant_id, person_id, first_day, last_day)
    VALUES (tenant, person, today, today)
        ON CONFLICT (tenant_id, person_id) DO UPDATE
       SET last_day = greatest(x.last_day, excluded.last_day);
    RETURN true;
END
$$;

-- What is lent ahead of its turn is held and not yet shown.
ALTER TABLE work.assignment ADD COLUMN ahead boolean;
COMMENT ON COLUMN work.assignment.ahead IS
    'Lent together with another, and not shown to its annotator so far.';
GRANT SELECT (ahead) ON work.assignment TO evenhand_dispatcher;

-- Whether nothing may be lent: a wall stands, or would stand as soon as they are shown what they
-- hold ahead of a rival. What they hold behind a wall, they will never be shown.
CREATE FUNCTION work.walled(annotator uuid, tenant uuid, today date) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
BEGIN
    -- The first half is `walls.stands`: every lease asks it, and a call costs more than the look.
    RETURN EXISTS (SELECT FROM walls.edges(tenant) AS edge
                     JOIN walls.exposure AS x
                       ON x.tenant_id = edge.rival_id AND x.person_id = annotator
                    WHERE edge.rival_id <> tenant AND today <= x.last_day + edge.cooling_off_days)
        OR EXISTS (SELECT FROM work.assignment AS held
                     JOIN walls.edges(tenant) AS edge ON edge.rival_id = held.tenant_id
                    WHERE held.annotator_id = annotator
                      AND held.state = 'leased'
                      AND held.ahead
                      AND held.tenant_id <> tenant
                      AND NOT walls.stands(annotator, held.tenant_id, today));
END
$$;

-- The wall holds where an assignment becomes somebody's, whatever statement lends it, and where a
-- lease is made longer; what is lent is noted as shown, unless it is lent ahead.
CREATE FUNCTION work.hold_the_wall() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    is_new boolean := TG_OP = 'INSERT' OR OLD.state <> 'leased'
                      OR OLD.annotator_id <> NEW.annotator_id;
    today  date := (CASE WHEN is_new THEN NEW.leased_at ELSE NEW.expires_at END
                    AT TIME ZONE 'UTC')::date;
BEGIN
    IF work.walled(NEW.annotator_id, NEW.tenant_id, today) THEN
        RAISE EXCEPTION 'a wall stands' USING ERRCODE = 'EH002';
    END IF;
    IF is_new THEN
        NEW.ahead := nullif(current_setting('evenhand.ahead', true) = 'on', false);
        IF NEW.ahead IS NULL THEN
            PERFORM walls.expose(NEW.tenant_id, NEW.annotator_id, today);
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER one_wall_lent_new BEFORE INSERT ON work.assignment
    FOR EACH ROW WHEN (NEW.state = 'leased') EXECUTE FUNCTION work.hold_the_wall();
CREATE TRIGGER one_wall_lent BEFORE UPDATE ON work.assignment
    FOR EACH ROW WHEN (NEW.state = 'leased'
                       AND (OLD.state <> 'leased' OR OLD.annotator_id <> NEW.annotator_id
                            OR OLD.expires_at < NEW.expires_at))
    EXECUTE FUNCTION work.hold_the_wall();

-- Note that an assignment is shown to its annotator; a row where it was not before, or not today.
-- By the lock nothing of a rival is lent to them at the same moment. `again` is for what was shown
-- before: of what is held ahead it says nothing.
CREATE FUNCTION work.show(tenant uuid, assignment uuid, annotator uuid, again boolean,
                          moment timestamptz)
    RETURNS SETOF text LANGUAGE plpgsql AS
$$
DECLARE
    today  date := (moment AT TIME ZONE 'UTC')::date;
    task   text;
    is_new boolean;
BEGIN
    SELECT a.task_id, coalesce(a.ahead, false) INTO task, is_new
      FROM work.assignment AS a
     WHERE a.tenant_id = tenant AND a.assignment_id = assignment AND a.annotator_id = annotator;
    IF NOT FOUND OR is_new AND again
       OR NOT is_new AND EXISTS (SELECT FROM walls.exposure AS x
                                  WHERE x.tenant_id = tenant AND x.person_id = annotator
                                    AND x.last_day >= today) THEN
        RETURN;
    END IF;
    PERFORM FROM workforce.annotator AS a WHERE a.annotator_id = annotator FOR NO KEY UPDATE;
    IF walls.stands(annotator, tenant, today) THEN
        RAISE EXCEPTION 'a wall stands' USING ERRCODE = 'EH002';
    END IF;
    UPDATE work.assignment AS a
       SET ahead = NULL
     WHERE a.tenant_id = tenant AND a.assignment_id = assignment AND a.annotator_id = annotator
       AND a.ahead;
    IF walls.expose(tenant, annotator, today) OR FOUND THEN
        RETURN NEXT task;
    END IF;
END
$$;

-- Lend as the version before, and say whether it is ahead of its turn.
CREATE FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean,
                          held_max int, since timestamptz, usual_share real, from_rank int,
                          from_position bigint, moment timestamptz, until timestamptz,
                          ahead boolean)
    RETURNS TABLE (assignment_id uuid, task_id text, type text, instruction text, params jsonb,
                   files jsonb, review boolean, leased_at timestamptz, expires_at timestamptz,
                   draft jsonb, draft_version int, purpose text, among_gold boolean,
                   proposal jsonb, rank smallint, "position" bigint, walked_seconds real,
                   held_since timestamptz)
    LANGUAGE plpgsql AS
$$
BEGIN
    IF ahead THEN
        PERFORM set_config('evenhand.ahead', 'on', true);
    END IF;
    IF guarded THEN
        RETURN QUERY SELECT * FROM work.lend_guarded(tenant, annotator, reviewer, held_max, since,
                                                     usual_share, moment, until);
    ELSE
        RETURN QUERY SELECT * FROM work.lend_first(tenant, annotator, reviewer, held_max, since,
                                                   from_rank, from_position, moment, until);
    END IF;
END
$$;

-- As the one before, without the queues from which a wall keeps the annotator: to them these are
-- as queues without work, and nothing tells anybody that they were left out.
CREATE FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint,
                                  after_tag bigint, after_tie text, most int, moment timestamptz)
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
    -- Of what they hold and were not shown: a wall that is about to stand.
    held  uuid[] := ARRAY(SELECT a.tenant_id
                            FROM work.assignment AS a
                           WHERE a.annotator_id = annotator AND a.state = 'leased' AND a.ahead
                             AND NOT walls.stands(annotator, a.tenant_id, today));
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
                     AND NOT EXISTS (
                         SELECT FROM walls.edges(q.tenant_id) AS edge
                          WHERE edge.rival_id <> q.tenant_id
                            AND (edge.rival_id = ANY (held)
                                 OR EXISTS (SELECT FROM walls.exposure AS x
                                             WHERE x.tenant_id = edge.rival_id
                                               AND x.person_id = annotator
                                               AND today <= x.last_day + edge.cooling_off_days)))
                   ORDER BY q.tag, q.tie
                   LIMIT most)
                  UNION ALL
                 (SELECT q.tenant_id, q.tag, q.tie
                    FROM work.queue AS q
                   WHERE reviewer AND (q.has_open OR q.has_reviews)
                     AND (q.tag, q.tie) > (after_tag, after_tie)
                     AND NOT EXISTS (
                         SELECT FROM walls.edges(q.tenant_id) AS edge
                          WHERE edge.rival_id <> q.tenant_id
                            AND (edge.rival_id = ANY (held)
                                 OR EXISTS (SELECT FROM walls.exposure AS x
                                             WHERE x.tenant_id = edge.rival_id
                                               AND x.person_id = annotator
                                               AND today <= x.last_day + edge.cooling_off_days)))
                   ORDER BY q.tag, q.tie
                   LIMIT most)) AS ahead
      JOIN tenants.tenant AS t ON t.tenant_id = ahead.tenant_id
     ORDER BY ahead.tag, ahead.tie;
END
$$;

-- A server of the version before asks this one, and so keeps the walls too.
CREATE OR REPLACE FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean,
                                             floor bigint, after_tag bigint, after_tie text,
                                             most int)
    RETURNS TABLE (tenant_id uuid, is_new boolean, weight int, tag bigint, tie text,
                   virtual_time bigint, first_tag bigint, has_competition boolean,
                   guarded boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT * FROM work.queues_ahead(reviewer, annotator, want_new, floor, after_tag, after_tie, most,
                                now())
$$;

REVOKE ALL ON FUNCTION tenants.tenants_without_party(), walls.edges(uuid),
    walls.stands(uuid, uuid, date), walls.rivals_of(uuid), walls.tenants_seen_by(uuid),
    walls.exposed_to_both(uuid, uuid, int, date), walls.expose(uuid, uuid, date),
    work.walled(uuid, uuid, date), work.hold_the_wall(),
    work.show(uuid, uuid, uuid, boolean, timestamptz),
    work.lend(uuid, uuid, boolean, boolean, int, timestamptz, real, int, bigint, timestamptz,
              timestamptz, boolean),
    work.queues_ahead(boolean, uuid, boolean, bigint, bigint, text, int, timestamptz)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants.tenants_without_party(), walls.stands(uuid, uuid, date),
    walls.rivals_of(uuid), walls.tenants_seen_by(uuid),
    walls.exposed_to_both(uuid, uuid, int, date), walls.expose(uuid, uuid, date),
    work.walled(uuid, uuid, date), work.show(uuid, uuid, uuid, boolean, timestamptz),
    work.lend(uuid, uuid, boolean, boolean, int, timestamptz, real, int, bigint, timestamptz,
              timestamptz, boolean),
    work.queues_ahead(boolean, uuid, boolean, bigint, bigint, text, int, timestamptz)
   TO evenhand_app;
GRANT EXECUTE ON FUNCTION walls.edges(uuid) TO evenhand_dispatcher;

GRANT CREATE ON SCHEMA tenants, walls, work TO evenhand_dispatcher;
ALTER FUNCTION tenants.tenants_without_party() OWNER TO evenhand_dispatcher;
ALTER FUNCTION walls.stands(uuid, uuid, date) OWNER TO evenhand_dispatcher;
ALTER FUNCTION walls.rivals_of(uuid) OWNER TO evenhand_dispatcher;
ALTER FUNCTION walls.tenants_seen_by(uuid) OWNER TO evenhand_dispatcher;
ALTER FUNCTION walls.exposed_to_both(uuid, uuid, int, date) OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.walled(uuid, uuid, date) OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.queues_ahead(boolean, uuid, boolean, bigint, bigint, text, int, timestamptz)
    OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA tenants, walls, work FROM evenhand_dispatcher;

-- People act under the walls whatever they ask for: where `evenhand.person_id` is set, rows with
-- content of a tenant are there only if no wall stands between that person and the tenant. In a
-- sub-select, so that it is asked once a statement.
DO $$
DECLARE
    shown text;
BEGIN
    FOREACH shown IN ARRAY ARRAY['datasets.file', 'work.task', 'work.task_file', 'work.annotation',
                                 'work.draft', 'work.gold', 'work.verdict', 'work.contest',
                                 'work.project_params'] LOOP
        EXECUTE format($policy$
            CREATE POLICY one_wall ON %s AS RESTRICTIVE FOR SELECT USING ((SELECT NOT coalesce(
                walls.stands(nullif(current_setting('evenhand.person_id', true), '')::uuid,
                             nullif(current_setting('evenhand.tenant_id', true), '')::uuid,
                             coalesce(nullif(current_setting('evenhand.today', true), '')::date,
                                      CURRENT_DATE)), false)))
        $policy$, shown);
    END LOOP;
END
$$;
