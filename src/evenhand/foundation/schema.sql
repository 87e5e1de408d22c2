-- Today's shape of the database, dumped from the migrations, to be read in one place.
-- Never edited by hand: `uv run python -m evenhand.foundation.schema_dump` writes it anew.

CREATE SCHEMA datasets;

ALTER SCHEMA datasets OWNER TO evenhand_owner;

CREATE SCHEMA delivery;

ALTER SCHEMA delivery OWNER TO evenhand_owner;

CREATE SCHEMA ledger;

ALTER SCHEMA ledger OWNER TO evenhand_owner;

CREATE SCHEMA tenants;

ALTER SCHEMA tenants OWNER TO evenhand_owner;

CREATE SCHEMA walls;

ALTER SCHEMA walls OWNER TO evenhand_owner;

CREATE SCHEMA work;

ALTER SCHEMA work OWNER TO evenhand_owner;

CREATE SCHEMA workforce;

ALTER SCHEMA workforce OWNER TO evenhand_owner;

CREATE FUNCTION delivery.tenants_due(moment timestamp with time zone) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM delivery.callback AS c
                WHERE c.tenant_id = t.tenant_id AND c.state = 'pending' AND c.due_at <= moment)
$$;

ALTER FUNCTION delivery.tenants_due(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION ledger.beacon() RETURNS TABLE(epoch bigint, value text)
    LANGUAGE sql STABLE
    AS $$
SELECT coalesce(max(log.size), 0),
       coalesce(max(encode(log.root, 'hex')), encode(sha256(''), 'hex'))
  FROM ledger.public_log AS log
$$;

ALTER FUNCTION ledger.beacon() OWNER TO evenhand_owner;

COMMENT ON FUNCTION ledger.beacon() IS 'The epoch under way, and the root of the public log before it.';

CREATE FUNCTION ledger.begin_anew(name text, empty_root bytea, ended text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    TRUNCATE ledger.epoch, ledger.anchor;
    UPDATE ledger.public_log
       SET origin = name, size = 0, root = empty_root, frontier = '{}', maker = NULL,
           maker_until = NULL, instead_of = ended;
    -- Queues are noted anew, so that a transcript of the new log says of each where it stands.
    INSERT INTO work.queue_opened (tenant_id, review)
    SELECT tenant_id, false FROM work.queue WHERE has_open
     UNION ALL
    SELECT tenant_id, true FROM work.queue WHERE has_reviews;
    UPDATE work.queue SET has_open = false, has_reviews = false WHERE has_open OR has_reviews;
END
$$;

ALTER FUNCTION ledger.begin_anew(name text, empty_root bytea, ended text) OWNER TO evenhand_owner;

CREATE FUNCTION ledger.enter(tenant uuid, moment timestamp with time zone, told text, secret bytea) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
DECLARE
    microseconds bigint := extract(epoch FROM clock_timestamp()) * 1000000;
    milliseconds text := lpad(to_hex(microseconds / 1000), 12, '0');
    rest text := lpad(to_hex(microseconds % 1000 * 4096 / 1000), 3, '0');
    entry uuid := overlay(gen_random_uuid()::text
                          PLACING left(milliseconds, 8) || '-' || substr(milliseconds, 9) || '-7'
                                  || rest FROM 1);
BEGIN
    INSERT INTO ledger.entry (tenant_id, entry_id, at, event, salt)
    VALUES (tenant, entry, moment, told, secret);
    RETURN entry;
END
$$;

ALTER FUNCTION ledger.enter(tenant uuid, moment timestamp with time zone, told text, secret bytea) OWNER TO evenhand_owner;

CREATE FUNCTION ledger.first_id(moment timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$
SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

ALTER FUNCTION ledger.first_id(moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION ledger.is_pending_since(moment timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT EXISTS (SELECT FROM ledger.entry AS e
                WHERE e.position IS NULL AND e.entry_id >= ledger.first_id(moment))
$$;

ALTER FUNCTION ledger.is_pending_since(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION ledger.tenants_pending() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM ledger.entry AS e
                WHERE e.tenant_id = t.tenant_id AND e.position IS NULL)
$$;

ALTER FUNCTION ledger.tenants_pending() OWNER TO evenhand_dispatcher;

CREATE FUNCTION ledger.tenants_pending_since(moment timestamp with time zone) RETURNS TABLE(tenant_id uuid, since timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id,
       to_timestamp(('x' || left(replace(first.entry_id::text, '-', ''), 12))::bit(48)::bigint
                    / 1000.0)
  FROM tenants.tenant AS t
 CROSS JOIN LATERAL (SELECT e.entry_id
                       FROM ledger.entry AS e
                      WHERE e.tenant_id = t.tenant_id AND e.position IS NULL
                        AND e.entry_id >= ledger.first_id(moment)
                      ORDER BY e.entry_id
                      LIMIT 1) AS first
 WHERE (SELECT count(*)
          FROM (SELECT FROM ledger.entry AS e
                 WHERE e.position IS NULL AND e.entry_id >= ledger.first_id(moment)
                 ORDER BY e.entry_id
                 LIMIT 1) AS pending) > 0
$$;

ALTER FUNCTION ledger.tenants_pending_since(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION ledger.tenants_to_anchor(next bigint) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT tenant_id
  FROM ledger.head AS head
 WHERE head.size > 0
   AND NOT EXISTS (SELECT FROM ledger.anchor AS anchor
                    WHERE anchor.tenant_id = head.tenant_id
                      AND anchor.size >= head.size
                      AND anchor.epoch < next)
$$;

ALTER FUNCTION ledger.tenants_to_anchor(next bigint) OWNER TO evenhand_dispatcher;

CREATE FUNCTION tenants.become(tenant uuid) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('evenhand.tenant_id', tenant::text, true);
    -- All statements of such a step find their rows by key: one plan for all values.
    PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
    RETURN tenant;
END
$$;

ALTER FUNCTION tenants.become(tenant uuid) OWNER TO evenhand_owner;

CREATE FUNCTION tenants.become(tenant uuid, proof bytea, by_key boolean) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    door tenants.door;
    said text;
BEGIN
    SELECT * INTO STRICT door FROM tenants.door;
    -- Hashed once more, so that how long it takes to compare them tells nothing.
    IF door.key IS NOT NULL
       AND sha256(sha256(door.key || uuid_send(tenant))) IS DISTINCT FROM sha256(proof)
       OR door.key IS NULL AND door.is_closed THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'this transaction has not proved in whose name it is',
            HINT = 'A server proves it with the secret of the installation.';
    END IF;
    IF door.is_closed THEN
        said := set_config('backtrace_functions', replace(tenant::text, '-', ''), true);
    ELSE
        said := set_config('evenhand.tenant_id', tenant::text, true);
    END IF;
    IF by_key THEN
        said := set_config('plan_cache_mode', 'force_generic_plan', true);
    END IF;
    RETURN tenant;
END
$$;

ALTER FUNCTION tenants.become(tenant uuid, proof bytea, by_key boolean) OWNER TO evenhand_doorkeeper;

CREATE FUNCTION tenants.keep_door_key(given bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    UPDATE tenants.door
       SET key = given
     WHERE key IS NULL OR key <> given AND NOT EXISTS (SELECT FROM tenants.tenant_ids());
    RETURN (SELECT key = given FROM tenants.door);
END
$$;

ALTER FUNCTION tenants.keep_door_key(given bytea) OWNER TO evenhand_doorkeeper;

CREATE FUNCTION tenants.tenant_ids() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$ SELECT tenant_id FROM tenants.tenant $$;

ALTER FUNCTION tenants.tenant_ids() OWNER TO evenhand_dispatcher;

CREATE FUNCTION tenants.tenants_without_party() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE NOT EXISTS (SELECT FROM tenants.party AS p WHERE p.tenant_id = t.tenant_id)
$$;

ALTER FUNCTION tenants.tenants_without_party() OWNER TO evenhand_dispatcher;

CREATE FUNCTION walls.edges(tenant uuid) RETURNS TABLE(rival_id uuid, cooling_off_days integer)
    LANGUAGE sql STABLE
    AS $$
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

ALTER FUNCTION walls.edges(tenant uuid) OWNER TO evenhand_owner;

CREATE FUNCTION walls.expose(tenant uuid, person uuid, today date) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION walls.expose(tenant uuid, person uuid, today date) OWNER TO evenhand_owner;

CREATE FUNCTION walls.exposed_to_both(tenant uuid, rival uuid, days integer, today date) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT count(*)
  FROM walls.exposure AS one
  JOIN walls.exposure AS other ON other.tenant_id = rival AND other.person_id = one.person_id
 WHERE one.tenant_id = tenant
   AND today <= one.last_day + days
   AND today <= other.last_day + days
$$;

ALTER FUNCTION walls.exposed_to_both(tenant uuid, rival uuid, days integer, today date) OWNER TO evenhand_dispatcher;

CREATE FUNCTION walls.rivals_of(tenant uuid) RETURNS TABLE(rival_id uuid, cooling_off_days integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT edge.rival_id, max(edge.cooling_off_days)
  FROM walls.edges(tenant) AS edge
 WHERE edge.rival_id <> tenant
 GROUP BY edge.rival_id
$$;

ALTER FUNCTION walls.rivals_of(tenant uuid) OWNER TO evenhand_dispatcher;

CREATE FUNCTION walls.stands(person uuid, tenant uuid, today date) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM walls.edges(tenant) AS edge
                     JOIN walls.exposure AS x
                       ON x.tenant_id = edge.rival_id AND x.person_id = person
                    WHERE edge.rival_id <> tenant AND today <= x.last_day + edge.cooling_off_days);
END
$$;

ALTER FUNCTION walls.stands(person uuid, tenant uuid, today date) OWNER TO evenhand_dispatcher;

CREATE FUNCTION walls.tenants_seen_by(person uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT x.tenant_id FROM walls.exposure AS x WHERE x.person_id = person
$$;

ALTER FUNCTION walls.tenants_seen_by(person uuid) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given json, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) RETURNS TABLE(was_open boolean, review boolean)
    LANGUAGE plpgsql
    AS $$
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
                                     annotator_id, response_ordered, active_ms, created_at)
        SELECT tenant, done.task_id, annotation, assignment, annotator, given, active, moment
          FROM done)
    SELECT done.was_open, done.review FROM done;
END
$$;

ALTER FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given json, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given jsonb, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) RETURNS TABLE(was_open boolean, review boolean)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given jsonb, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.advance(tenant uuid, start bigint, step bigint) RETURNS TABLE(tag_before bigint, tag_after bigint, epoch bigint)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
BEGIN
    IF step = 0 THEN
        RETURN QUERY SELECT start, start, beacon.epoch FROM ledger.beacon() AS beacon;
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE work.queue AS q
       SET tag = greatest(q.tag, start) + step,
           served = greatest(q.served, q.tag, start),
           tie = encode(sha256(convert_to(beacon.value || q.handle::text, 'UTF8')), 'hex')
      FROM ledger.beacon() AS beacon
     WHERE q.tenant_id = tenant
    RETURNING q.tag - step, q.tag, beacon.epoch;
END
$$;

ALTER FUNCTION work.advance(tenant uuid, start bigint, step bigint) OWNER TO evenhand_owner;

CREATE FUNCTION work.advance(tenant uuid, start bigint, step bigint, lot text) RETURNS TABLE(tag_before bigint, tag_after bigint)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.advance(tenant uuid, start bigint, step bigint, lot text) OWNER TO evenhand_owner;

CREATE FUNCTION work.barred(annotator uuid, held uuid[], today date) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION work.barred(annotator uuid, held uuid[], today date) OWNER TO evenhand_owner;

CREATE FUNCTION work.count_created() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status,
                                   created_at, tasks)
    SELECT t.tenant_id, t.is_test,
           coalesce(t.project_id, '00000000-0000-0000-0000-000000000000'), t.batch_id, t.type,
           t.status, date_bin('1 second', t.created_at, '2000-01-01 00:00:00+00'), count(*)
      FROM created AS t
     WHERE t.purpose = 'live'
     GROUP BY 1, 2, 3, 4, 5, 6, 7;
    IF NOT EXISTS (SELECT FROM created AS t WHERE t.tags IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    WITH tagged AS (
        INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id, status)
        SELECT DISTINCT t.tenant_id, t.is_test, tag.name, t.created_at, t.task_id, t.status
          FROM created AS t
         CROSS JOIN LATERAL unnest(t.tags) AS tag (name)
         WHERE t.purpose = 'live'
           AND tag.name IS NOT NULL
     RETURNING tag, task_id)
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status, tags,
                                   tagged, tasks)
    SELECT each.tenant_id, each.is_test, each.project_key, each.batch_id, each.type, each.status,
           array_agg(each.tag), array_agg(each.tasks), 0
      FROM (SELECT t.tenant_id, t.is_test,
                   coalesce(t.project_id, '00000000-0000-0000-0000-000000000000') AS project_key,
                   t.batch_id, t.type, t.status, tagged.tag, count(*)::int AS tasks
              FROM tagged
              JOIN created AS t ON t.task_id = tagged.task_id
             GROUP BY 1, 2, 3, 4, 5, 6, 7) AS each
     GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END
$$;

ALTER FUNCTION work.count_created() OWNER TO evenhand_owner;

CREATE FUNCTION work.count_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status, tags,
                                   tasks)
    VALUES (OLD.tenant_id, OLD.is_test,
            coalesce(OLD.project_id, '00000000-0000-0000-0000-000000000000'), OLD.batch_id,
            OLD.type, OLD.status, CASE WHEN OLD.tags <> '{}' THEN work.each_once(OLD.tags) END, -1),
           (NEW.tenant_id, NEW.is_test,
            coalesce(NEW.project_id, '00000000-0000-0000-0000-000000000000'), NEW.batch_id,
            NEW.type, NEW.status, CASE WHEN NEW.tags <> '{}' THEN work.each_once(NEW.tags) END, 1);
    RETURN NULL;
END
$$;

ALTER FUNCTION work.count_moved() OWNER TO evenhand_owner;

CREATE FUNCTION work.each_once(tags text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
SELECT array_agg(DISTINCT tag.name) FROM unnest(tags) AS tag (name) WHERE tag.name IS NOT NULL
$$;

ALTER FUNCTION work.each_once(tags text[]) OWNER TO evenhand_owner;

CREATE FUNCTION work.first_offered(tenant uuid, annotator uuid, reviews boolean, closed uuid[], moment timestamp with time zone) RETURNS TABLE(assignment_id uuid, rank smallint, "position" bigint, project_id uuid, gold_share real)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.first_offered(tenant uuid, annotator uuid, reviews boolean, closed uuid[], moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.first_offered_beside(tenant uuid, annotator uuid, closed uuid[], moment timestamp with time zone) RETURNS TABLE(assignment_id uuid, rank smallint, "position" bigint, project_id uuid, gold_share real)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.first_offered_beside(tenant uuid, annotator uuid, closed uuid[], moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.fold_tags() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM folded AS c WHERE c.tags IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO work.count_of_tag AS kept (tenant_id, is_test, tag, project_key, batch_key, type,
                                           status, tasks)
    SELECT c.tenant_id, c.is_test, tag.name, c.project_key,
           coalesce(c.batch_id, '00000000-0000-0000-0000-000000000000') AS batch_key, c.type,
           c.status, sum(coalesce(tag.tasks, c.tasks))
      FROM folded AS c
     CROSS JOIN LATERAL unnest(c.tags, c.tagged) AS tag (name, tasks)
     GROUP BY c.tenant_id, c.is_test, tag.name, c.project_key, batch_key, c.type, c.status
    HAVING sum(coalesce(tag.tasks, c.tasks)) <> 0
     ORDER BY c.is_test, tag.name COLLATE "C", c.project_key, batch_key, c.type, c.status
        ON CONFLICT (tenant_id, is_test, tag, project_key, batch_key, type, status)
        DO UPDATE SET tasks = kept.tasks + EXCLUDED.tasks;
    RETURN NULL;
END
$$;

ALTER FUNCTION work.fold_tags() OWNER TO evenhand_owner;

CREATE FUNCTION work.gates(tenant uuid, annotator uuid) RETURNS TABLE(project_id uuid, paused boolean, in_course boolean, attempt smallint, lesson_id text)
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION work.gates(tenant uuid, annotator uuid) OWNER TO evenhand_owner;

CREATE FUNCTION work.gold_ahead(tenant uuid, annotator uuid, project uuid, reviews boolean, start bigint) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION work.gold_ahead(tenant uuid, annotator uuid, project uuid, reviews boolean, start bigint) OWNER TO evenhand_owner;

CREATE FUNCTION work.gold_instead(tenant uuid, annotator uuid, project uuid, share real, reviews boolean, at_rank smallint, at_position bigint) RETURNS TABLE(has_gold boolean, task_id text)
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION work.gold_instead(tenant uuid, annotator uuid, project uuid, share real, reviews boolean, at_rank smallint, at_position bigint) OWNER TO evenhand_owner;

CREATE FUNCTION work.gold_is_due(share real, lent integer, project uuid, annotator uuid) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
SELECT coalesce(share > 0 AND place.inside = block.lot % place.size, false)
  FROM (SELECT greatest(1, least(1000000, round(1 / nullif(share, 0))))::int AS size) AS usual
 CROSS JOIN LATERAL (
       SELECT CASE WHEN lent < 6 THEN least(2, usual.size) ELSE usual.size END AS size,
              CASE WHEN lent < 6 THEN lent % least(2, usual.size)
                   ELSE (lent - 6) % usual.size END AS inside,
              CASE WHEN lent < 6 THEN lent / least(2, usual.size)
                   ELSE 6 + (lent - 6) / usual.size END AS number) AS place
 CROSS JOIN LATERAL (
       SELECT ('x' || left(encode(sha256(convert_to(
                  concat_ws(' ', project, annotator, place.number), 'UTF8')), 'hex'), 8)
              )::bit(32)::bigint AS lot) AS block
$$;

ALTER FUNCTION work.gold_is_due(share real, lent integer, project uuid, annotator uuid) OWNER TO evenhand_owner;

CREATE FUNCTION work.held(tenant uuid, annotator uuid, assignment uuid) RETURNS TABLE(assignment_id uuid, task_id text, type text, instruction text, params jsonb, files jsonb, review boolean, leased_at timestamp with time zone, expires_at timestamp with time zone, draft jsonb, draft_version integer, purpose text, among_gold boolean, proposal jsonb)
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION work.held(tenant uuid, annotator uuid, assignment uuid) OWNER TO evenhand_owner;

CREATE FUNCTION work.held_alone(who uuid) RETURNS integer
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
SELECT FROM workforce.annotator WHERE annotator_id = who FOR NO KEY UPDATE;
SELECT count(*)::int FROM work.held_by(who);
$$;

ALTER FUNCTION work.held_alone(who uuid) OWNER TO evenhand_owner;

COMMENT ON FUNCTION work.held_alone(who uuid) IS 'Lets one transaction at a time decide what is lent to an annotator; how many they hold.';

CREATE FUNCTION work.held_by(annotator uuid) RETURNS TABLE(tenant_id uuid, assignment_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT a.tenant_id, a.assignment_id
  FROM work.assignment AS a
 WHERE a.state = 'leased' AND a.annotator_id = annotator
$$;

ALTER FUNCTION work.held_by(annotator uuid) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.held_count(annotator uuid, since timestamp with time zone) RETURNS TABLE(held integer, oldest timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    RETURN QUERY
    SELECT count(*)::int, min(a.leased_at)
      FROM work.assignment AS a
     WHERE a.state = 'leased' AND a.annotator_id = annotator AND a.leased_at >= since;
END
$$;

ALTER FUNCTION work.held_count(annotator uuid, since timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.hold_the_wall() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.hold_the_wall() OWNER TO evenhand_owner;

CREATE FUNCTION work.in_order(counts jsonb, ordered json) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT CASE WHEN ordered::jsonb = counts THEN ordered ELSE counts::json END
$$;

ALTER FUNCTION work.in_order(counts jsonb, ordered json) OWNER TO evenhand_owner;

CREATE FUNCTION work.kept_from(tenant uuid, annotator uuid, held uuid[], today date) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION work.kept_from(tenant uuid, annotator uuid, held uuid[], today date) OWNER TO evenhand_owner;

CREATE FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) RETURNS TABLE(assignment_id uuid, task_id text, type text, instruction text, params jsonb, files jsonb, review boolean, leased_at timestamp with time zone, expires_at timestamp with time zone, draft jsonb, draft_version integer, purpose text, among_gold boolean, proposal jsonb, rank smallint, "position" bigint, walked_seconds real, held_since timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone, ahead boolean) RETURNS TABLE(assignment_id uuid, task_id text, type text, instruction text, params jsonb, files jsonb, review boolean, leased_at timestamp with time zone, expires_at timestamp with time zone, draft jsonb, draft_version integer, purpose text, among_gold boolean, proposal jsonb, rank smallint, "position" bigint, walked_seconds real, held_since timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone, ahead boolean) OWNER TO evenhand_owner;

CREATE FUNCTION work.lend_first(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) RETURNS TABLE(assignment_id uuid, task_id text, type text, instruction text, params jsonb, files jsonb, review boolean, leased_at timestamp with time zone, expires_at timestamp with time zone, draft jsonb, draft_version integer, purpose text, among_gold boolean, proposal jsonb, rank smallint, "position" bigint, walked_seconds real, held_since timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.lend_first(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.lend_guarded(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, usual_share real, moment timestamp with time zone, until timestamp with time zone) RETURNS TABLE(assignment_id uuid, task_id text, type text, instruction text, params jsonb, files jsonb, review boolean, leased_at timestamp with time zone, expires_at timestamp with time zone, draft jsonb, draft_version integer, purpose text, among_gold boolean, proposal jsonb, rank smallint, "position" bigint, walked_seconds real, held_since timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.lend_guarded(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, usual_share real, moment timestamp with time zone, until timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.lend_hidden(tenant uuid, annotator uuid, hidden_id text, hidden_attempt integer, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone, until timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.lend_hidden(tenant uuid, annotator uuid, hidden_id text, hidden_attempt integer, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone, until timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.let_go(tenant uuid, annotator uuid, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.let_go(tenant uuid, annotator uuid, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.note_emptied(tenant uuid) RETURNS TABLE(has_open boolean, has_reviews boolean)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.note_emptied(tenant uuid) OWNER TO evenhand_owner;

CREATE FUNCTION work.note_opened(tenant uuid, virtual_time bigint) RETURNS TABLE(tag bigint, tie text, has_open boolean, has_reviews boolean, handle uuid, epoch bigint)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
    opened  boolean;
    reviews boolean;
    drawn   uuid := gen_random_uuid();
BEGIN
    WITH gone AS (
        DELETE FROM work.queue_opened AS o WHERE o.tenant_id = tenant
        RETURNING o.review)
    SELECT bool_or(NOT gone.review), bool_or(gone.review)
      INTO opened, reviews
      FROM gone;
    IF opened IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH beacon AS MATERIALIZED (SELECT b.epoch, b.value FROM ledger.beacon() AS b),
    noted AS (
        INSERT INTO work.queue AS q (tenant_id, tag, served, has_open, has_reviews, handle, tie)
        SELECT tenant, virtual_time, 0, opened, reviews, drawn,
               encode(sha256(convert_to(beacon.value || drawn::text, 'UTF8')), 'hex')
          FROM beacon
            ON CONFLICT (tenant_id) DO UPDATE
           SET tag = CASE WHEN q.has_open OR q.has_reviews THEN q.tag
                          ELSE greatest(q.tag, excluded.tag) END,
               tie = CASE WHEN q.has_open OR q.has_reviews THEN q.tie
                          ELSE encode(sha256(convert_to((SELECT beacon.value FROM beacon)
                                                        || q.handle::text, 'UTF8')), 'hex') END,
               has_open = q.has_open OR excluded.has_open,
               has_reviews = q.has_reviews OR excluded.has_reviews
         WHERE (q.has_open, q.has_reviews)
            <> (q.has_open OR excluded.has_open, q.has_reviews OR excluded.has_reviews)
        RETURNING q.tag, q.tie, q.has_open, q.has_reviews, q.handle)
    SELECT noted.tag, noted.tie, noted.has_open, noted.has_reviews, noted.handle, beacon.epoch
      FROM noted
     CROSS JOIN beacon;
END
$$;

ALTER FUNCTION work.note_opened(tenant uuid, virtual_time bigint) OWNER TO evenhand_owner;

CREATE FUNCTION work.note_opened(tenant uuid, virtual_time bigint, beacon text) RETURNS TABLE(tag bigint, tie text, has_open boolean, has_reviews boolean)
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.note_opened(tenant uuid, virtual_time bigint, beacon text) OWNER TO evenhand_owner;

CREATE FUNCTION work.offered(tenant uuid, annotator uuid, moment timestamp with time zone) RETURNS TABLE(assignment_id uuid, task_id text, project_key uuid, review boolean, rank smallint, "position" bigint)
    LANGUAGE sql STABLE
    AS $$
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

ALTER FUNCTION work.offered(tenant uuid, annotator uuid, moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.params_in_order(tenant uuid, task text) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT t.params_ordered
              FROM work.task AS t
             WHERE t.tenant_id = tenant AND t.task_id = task);
END
$$;

ALTER FUNCTION work.params_in_order(tenant uuid, task text) OWNER TO evenhand_owner;

CREATE FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer) RETURNS TABLE(tenant_id uuid, is_new boolean, weight integer, tag bigint, tie text, virtual_time bigint, first_tag bigint, has_competition boolean, guarded boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT * FROM work.queues_ahead(reviewer, annotator, want_new, floor, after_tag, after_tie, most,
                                now())
$$;

ALTER FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer, moment timestamp with time zone) RETURNS TABLE(tenant_id uuid, is_new boolean, weight integer, tag bigint, tie text, virtual_time bigint, first_tag bigint, has_competition boolean, guarded boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
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

ALTER FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer, moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.queues_seen(reviewer boolean, annotator uuid) RETURNS TABLE(tenant_id uuid, weight integer, tag bigint, served bigint, waiting boolean, has_work boolean, head text, held bigint, guarded boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
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

ALTER FUNCTION work.queues_seen(reviewer boolean, annotator uuid) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.require_room(annotator uuid, held_max integer, since timestamp with time zone, moment timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.require_room(annotator uuid, held_max integer, since timestamp with time zone, moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.show(tenant uuid, assignment uuid, annotator uuid, again boolean, moment timestamp with time zone) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION work.show(tenant uuid, assignment uuid, annotator uuid, again boolean, moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.tag_anew() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM work.task_tag
     WHERE tenant_id = OLD.tenant_id
       AND is_test = OLD.is_test
       AND tag = ANY(OLD.tags)
       AND status = OLD.status
       AND created_at = OLD.created_at
       AND task_id = OLD.task_id;
    INSERT INTO work.task_tag (tenant_id, is_test, tag, created_at, task_id, status)
    SELECT DISTINCT NEW.tenant_id, NEW.is_test, tag.name, NEW.created_at, NEW.task_id, NEW.status
      FROM unnest(NEW.tags) AS tag (name)
     WHERE tag.name IS NOT NULL;
    -- Whose status moved as well is counted by that. All else that it is counted by is the same.
    INSERT INTO work.count_change (tenant_id, is_test, project_key, batch_id, type, status, tags,
                                   tasks)
    SELECT NEW.tenant_id, NEW.is_test,
           coalesce(NEW.project_id, '00000000-0000-0000-0000-000000000000'), NEW.batch_id,
           NEW.type, NEW.status, moved.tags, moved.tasks
      FROM (SELECT work.each_once(OLD.tags) AS tags, -1 AS tasks
             UNION ALL
            SELECT work.each_once(NEW.tags), 1) AS moved
     WHERE OLD.status = NEW.status;
    RETURN NULL;
END
$$;

ALTER FUNCTION work.tag_anew() OWNER TO evenhand_owner;

CREATE FUNCTION work.tag_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE work.task_tag
       SET status = NEW.status
     WHERE tenant_id = NEW.tenant_id
       AND is_test = NEW.is_test
       AND tag = ANY(NEW.tags)
       AND status = OLD.status
       AND created_at = NEW.created_at
       AND task_id = NEW.task_id;
    RETURN NULL;
END
$$;

ALTER FUNCTION work.tag_moved() OWNER TO evenhand_owner;

CREATE FUNCTION work.tasks_since(tenant uuid, test boolean, moment timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
SELECT coalesce(sum(counted.tasks), 0)::bigint
  FROM (SELECT date_bin('24 hours', moment, '2000-01-01 00:00:00+00') AS day,
               date_bin('1 minute', moment, '2000-01-01 00:00:00+00') AS minute,
               date_bin('1 second', moment, '2000-01-01 00:00:00+00') AS second) AS start
 CROSS JOIN LATERAL (
       SELECT c.tasks
         FROM work.count_of_time AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = 86400
          AND c.starts_at > start.day
        UNION ALL
       SELECT c.tasks
         FROM work.count_of_time AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = 60
          AND c.starts_at > start.minute AND c.starts_at < start.day + interval '24 hours'
        UNION ALL
       SELECT c.tasks
         FROM work.count_of_time AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = 1
          AND c.starts_at > start.second AND c.starts_at < start.minute + interval '1 minute'
        UNION ALL
       SELECT c.tasks
         FROM work.count_change AS c
        WHERE c.tenant_id = tenant AND c.is_test = test AND c.created_at > start.second
        UNION ALL
       SELECT count(*)
         FROM work.task AS t
        WHERE t.tenant_id = tenant AND t.is_test = test AND t.purpose = 'live'
          AND t.created_at >= moment AND t.created_at < start.second + interval '1 second')
    AS counted
$$;

ALTER FUNCTION work.tasks_since(tenant uuid, test boolean, moment timestamp with time zone) OWNER TO evenhand_owner;

CREATE FUNCTION work.tell_inserted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM work.tell_opened(kind.tenant_id, kind.review)
       FROM (SELECT DISTINCT i.tenant_id, i.review FROM inserted AS i WHERE i.state = 'open')
         AS kind;
    RETURN NULL;
END
$$;

ALTER FUNCTION work.tell_inserted() OWNER TO evenhand_owner;

CREATE FUNCTION work.tell_opened(tenant uuid, for_review boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM work.queue AS q WHERE q.tenant_id = tenant FOR KEY SHARE;
    -- A tenant's first work finds no row to lock: it is always told. Else a statement of its own,
    -- for it must see what was done while the lock was waited for.
    IF NOT FOUND
       OR (NOT EXISTS (SELECT FROM work.queue AS q
                        WHERE q.tenant_id = tenant
                          AND CASE WHEN for_review THEN q.has_reviews ELSE q.has_open END)
           AND NOT EXISTS (SELECT FROM work.queue_opened AS o
                            WHERE o.tenant_id = tenant AND o.review = for_review)) THEN
        INSERT INTO work.queue_opened (tenant_id, review) VALUES (tenant, for_review);
    END IF;
END
$$;

ALTER FUNCTION work.tell_opened(tenant uuid, for_review boolean) OWNER TO evenhand_owner;

CREATE FUNCTION work.tell_reopened() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM work.tell_opened(NEW.tenant_id, NEW.review);
    RETURN NULL;
END
$$;

ALTER FUNCTION work.tell_reopened() OWNER TO evenhand_owner;

CREATE FUNCTION work.tenants_that_know(annotator uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.standing AS s
                WHERE s.tenant_id = t.tenant_id AND s.annotator_id = annotator)
    OR EXISTS (SELECT FROM work.skill AS s
                WHERE s.tenant_id = t.tenant_id AND s.annotator_id = annotator)
$$;

ALTER FUNCTION work.tenants_that_know(annotator uuid) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_assess() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.assessment_due AS d WHERE d.tenant_id = t.tenant_id)
$$;

ALTER FUNCTION work.tenants_to_assess() OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_assess_since(moment timestamp with time zone) RETURNS TABLE(tenant_id uuid, since timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT due.tenant_id, min(due.due_at)
  FROM (SELECT d.tenant_id, d.due_at
          FROM work.assessment_due AS d
         WHERE d.due_at >= moment
         ORDER BY d.due_at
        OFFSET 0) AS due
 GROUP BY due.tenant_id
$$;

ALTER FUNCTION work.tenants_to_assess_since(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_check(moment timestamp with time zone) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.verdict AS v
                WHERE v.tenant_id = t.tenant_id AND v.settled_at >= moment)
$$;

ALTER FUNCTION work.tenants_to_check(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_count() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.count_change AS c WHERE c.tenant_id = t.tenant_id)
$$;

ALTER FUNCTION work.tenants_to_count() OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_count_since(moment timestamp with time zone) RETURNS TABLE(tenant_id uuid, since timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT due.tenant_id, min(due.due_at)
  FROM (SELECT c.tenant_id, c.due_at
          FROM work.count_change AS c
         WHERE c.due_at >= moment
         ORDER BY c.due_at
        OFFSET 0) AS due
 GROUP BY due.tenant_id
$$;

ALTER FUNCTION work.tenants_to_count_since(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_fetch(moment timestamp with time zone) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.task_file AS f
                WHERE f.tenant_id = t.tenant_id AND f.file_id IS NULL
                  AND f.due_at < 'infinity' AND f.due_at <= moment)
$$;

ALTER FUNCTION work.tenants_to_fetch(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_fit() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.experience AS known
                WHERE known.tenant_id = t.tenant_id AND known.may_be_fitted)
$$;

ALTER FUNCTION work.tenants_to_fit() OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_judge(moment timestamp with time zone) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.standing AS s
                WHERE s.tenant_id = t.tenant_id AND s.judge_at <= moment)
$$;

ALTER FUNCTION work.tenants_to_judge(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_score() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.score_due AS d WHERE d.tenant_id = t.tenant_id)
$$;

ALTER FUNCTION work.tenants_to_score() OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_to_teach() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.learning_due AS d WHERE d.tenant_id = t.tenant_id)
$$;

ALTER FUNCTION work.tenants_to_teach() OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.tenants_with_overdue(moment timestamp with time zone) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.assignment AS a
                WHERE a.tenant_id = t.tenant_id AND a.state = 'leased' AND a.expires_at < moment)
$$;

ALTER FUNCTION work.tenants_with_overdue(moment timestamp with time zone) OWNER TO evenhand_dispatcher;

CREATE FUNCTION work.time_of_place(tenant uuid, test boolean, width integer, low timestamp with time zone, high timestamp with time zone, place bigint) RETURNS TABLE(starts_at timestamp with time zone, skip bigint)
    LANGUAGE sql STABLE
    AS $$
SELECT summed.starts_at, (place - summed.newer)::bigint
  FROM (SELECT counted.starts_at, sum(counted.tasks) AS tasks,
               sum(sum(counted.tasks)) OVER (ORDER BY counted.starts_at DESC)
             - sum(counted.tasks) AS newer
          FROM (SELECT c.starts_at, c.tasks
                  FROM work.count_of_time AS c
                 WHERE c.tenant_id = tenant AND c.is_test = test AND c.seconds = width
                   AND c.starts_at >= low AND c.starts_at < high
                 UNION ALL
                SELECT date_bin(make_interval(secs => width), c.created_at,
                                '2000-01-01 00:00:00+00'), c.tasks
                  FROM work.count_change AS c
                 WHERE c.tenant_id = tenant AND c.is_test = test
                   AND c.created_at >= low AND c.created_at < high) AS counted
         GROUP BY counted.starts_at) AS summed
 WHERE place >= summed.newer AND place < summed.newer + summed.tasks
$$;

ALTER FUNCTION work.time_of_place(tenant uuid, test boolean, width integer, low timestamp with time zone, high timestamp with time zone, place bigint) OWNER TO evenhand_owner;

CREATE FUNCTION work.walled(annotator uuid, tenant uuid, today date) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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

ALTER FUNCTION work.walled(annotator uuid, tenant uuid, today date) OWNER TO evenhand_dispatcher;

CREATE TABLE datasets.data_key (
    tenant_id uuid NOT NULL,
    key_id uuid NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY datasets.data_key FORCE ROW LEVEL SECURITY;

ALTER TABLE datasets.data_key OWNER TO evenhand_owner;

COMMENT ON COLUMN datasets.data_key.wrapped IS 'The tenant''s data key, sealed by the master key, which never enters the database.';

CREATE TABLE datasets.file (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    key_id uuid NOT NULL,
    salt bytea NOT NULL,
    is_test boolean NOT NULL,
    project_names text[] DEFAULT '{}'::text[] NOT NULL,
    reference_id text,
    display_name text,
    source_url text,
    mime_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    metadata_ordered json,
    width integer,
    height integer,
    flaw text,
    original_id uuid,
    CONSTRAINT file_check CHECK (((width IS NULL) = (height IS NULL))),
    CONSTRAINT file_check1 CHECK (((width IS NULL) OR (flaw IS NULL))),
    CONSTRAINT file_display_name_check CHECK ((length(display_name) <= 1000)),
    CONSTRAINT file_flaw_check CHECK ((length(flaw) <= 1000)),
    CONSTRAINT file_height_check CHECK ((height > 0)),
    CONSTRAINT file_reference_id_check CHECK ((length(reference_id) <= 1000)),
    CONSTRAINT file_salt_check CHECK ((octet_length(salt) = 32)),
    CONSTRAINT file_size_check CHECK ((size >= 0)),
    CONSTRAINT file_source_url_check CHECK ((length(source_url) <= 8000)),
    CONSTRAINT file_width_check CHECK ((width > 0))
);

ALTER TABLE ONLY datasets.file FORCE ROW LEVEL SECURITY;

ALTER TABLE datasets.file OWNER TO evenhand_owner;

COMMENT ON COLUMN datasets.file.salt IS 'With the data key it gives the key of this one object, so that no key seals two of them.';

COMMENT ON COLUMN datasets.file.width IS 'Of the picture as it is seen, upright, whatever its bytes are turned by.';

COMMENT ON COLUMN datasets.file.flaw IS 'Why a picture that was looked at cannot be shown, in words for who brought it.';

COMMENT ON COLUMN datasets.file.original_id IS 'The file that this one was made of, and in whose place it is shown.';

CREATE TABLE delivery.attempt (
    tenant_id uuid NOT NULL,
    callback_id uuid NOT NULL,
    number integer NOT NULL,
    at timestamp with time zone NOT NULL,
    status_code integer,
    error text,
    elapsed_ms integer NOT NULL,
    CONSTRAINT attempt_elapsed_ms_check CHECK ((elapsed_ms >= 0)),
    CONSTRAINT attempt_error_check CHECK ((length(error) <= 2000)),
    CONSTRAINT attempt_number_check CHECK ((number > 0))
);

ALTER TABLE ONLY delivery.attempt FORCE ROW LEVEL SECURITY;

ALTER TABLE delivery.attempt OWNER TO evenhand_owner;

CREATE TABLE delivery.callback (
    tenant_id uuid NOT NULL,
    callback_id uuid NOT NULL,
    task_id text COLLATE pg_catalog."C",
    batch_id uuid,
    event text NOT NULL,
    url text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    busy_until timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT callback_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT callback_check CHECK ((num_nonnulls(task_id, batch_id) = 1)),
    CONSTRAINT callback_check1 CHECK (((state = 'pending'::text) = (due_at IS NOT NULL))),
    CONSTRAINT callback_check2 CHECK (((state = 'pending'::text) = (ended_at IS NULL))),
    CONSTRAINT callback_check3 CHECK (((state = 'pending'::text) OR (busy_until IS NULL))),
    CONSTRAINT callback_event_check CHECK ((event = ANY (ARRAY['task.completed'::text, 'task.error'::text, 'task.audited'::text, 'task.recalled'::text, 'batch.completed'::text]))),
    CONSTRAINT callback_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text]))),
    CONSTRAINT callback_url_check CHECK ((length(url) <= 8000))
);

ALTER TABLE ONLY delivery.callback FORCE ROW LEVEL SECURITY;

ALTER TABLE delivery.callback OWNER TO evenhand_owner;

COMMENT ON COLUMN delivery.callback.due_at IS 'When the next attempt may begin; moved ahead during one, so that it falls due if lost.';

CREATE TABLE ledger.anchor (
    tenant_id uuid NOT NULL,
    epoch bigint NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT anchor_epoch_check CHECK ((epoch >= 0)),
    CONSTRAINT anchor_root_check CHECK ((octet_length(root) = 32)),
    CONSTRAINT anchor_size_check CHECK ((size >= 0))
);

ALTER TABLE ONLY ledger.anchor FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.anchor OWNER TO evenhand_owner;

COMMENT ON TABLE ledger.anchor IS 'What the map of an epoch says of a tenant''s log, or is to say where it is not yet made.';

CREATE TABLE ledger.entry (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    salt bytea NOT NULL,
    "position" bigint,
    task_id text GENERATED ALWAYS AS ("substring"(event, '"task_id":"([0-9a-f]{24})"'::text)) STORED,
    CONSTRAINT entry_event_check CHECK ((octet_length(event) <= 60000)),
    CONSTRAINT entry_position_check CHECK (("position" >= 0)),
    CONSTRAINT entry_salt_check CHECK ((octet_length(salt) = 16))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

ALTER TABLE ONLY ledger.entry FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.entry OWNER TO evenhand_owner;

COMMENT ON COLUMN ledger.entry.entry_id IS 'Grows with the time of entering, so that the order of a transaction''s entries is kept.';

COMMENT ON COLUMN ledger.entry.event IS 'Canonical JSON: {"kind": …, "at": …, …ids}; never content.';

COMMENT ON COLUMN ledger.entry."position" IS 'Place in the tenant''s log; empty until the sequencer has come by.';

CREATE TABLE ledger.epoch (
    epoch bigint NOT NULL,
    leaf bytea NOT NULL,
    record text NOT NULL,
    salt bytea NOT NULL,
    seed bytea NOT NULL,
    places bytea NOT NULL,
    CONSTRAINT epoch_epoch_check CHECK ((epoch >= 0)),
    CONSTRAINT epoch_leaf_check CHECK ((octet_length(leaf) = 96)),
    CONSTRAINT epoch_places_check CHECK (((octet_length(places) % 36) = 0)),
    CONSTRAINT epoch_salt_check CHECK ((octet_length(salt) = 16)),
    CONSTRAINT epoch_seed_check CHECK ((octet_length(seed) = 32))
);

ALTER TABLE ledger.epoch OWNER TO evenhand_owner;

COMMENT ON COLUMN ledger.epoch.places IS 'What stands in the map: slot, 4 bytes, and leaf, 32 bytes, of each that does.';

CREATE TABLE ledger.head (
    tenant_id uuid NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    frontier bytea[] NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT head_size_check CHECK ((size >= 0))
);

ALTER TABLE ONLY ledger.head FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.head OWNER TO evenhand_owner;

COMMENT ON COLUMN ledger.head.frontier IS 'Roots of the full subtrees, largest first: all that is needed to go on.';

CREATE TABLE ledger.log (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    key bytea NOT NULL,
    CONSTRAINT log_key_check CHECK ((octet_length(key) = 32)),
    CONSTRAINT log_name_check CHECK ((name ~ '^[0-9a-f]{32}$'::text))
);

ALTER TABLE ONLY ledger.log FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.log OWNER TO evenhand_owner;

CREATE TABLE ledger.public_log (
    is_the_one boolean DEFAULT true NOT NULL,
    origin text NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    frontier bytea[] NOT NULL,
    maker uuid,
    maker_until timestamp with time zone,
    instead_of text,
    CONSTRAINT public_log_is_the_one_check CHECK (is_the_one),
    CONSTRAINT public_log_size_check CHECK ((size >= 0))
)
WITH (fillfactor='50');

ALTER TABLE ledger.public_log OWNER TO evenhand_owner;

COMMENT ON COLUMN ledger.public_log.maker IS 'Which process makes epochs; another may once it has not done so for a while.';

COMMENT ON COLUMN ledger.public_log.instead_of IS 'JSON: what was published of the log that this one was begun in place of, and what was held.';

CREATE TABLE ledger.statement (
    statement_id uuid NOT NULL,
    origin text NOT NULL,
    verifier_key text NOT NULL,
    note bytea NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT statement_note_check CHECK (((length(note) >= 1) AND (length(note) <= 4096))),
    CONSTRAINT statement_origin_check CHECK (((length(origin) >= 1) AND (length(origin) <= 255))),
    CONSTRAINT statement_verifier_key_check CHECK (((length(verifier_key) >= 1) AND (length(verifier_key) <= 400)))
);

ALTER TABLE ledger.statement OWNER TO evenhand_owner;

COMMENT ON TABLE ledger.statement IS 'Statements of verification stay as they came; those that were not withdrawn are shown.';

CREATE TABLE ledger.subtree (
    tenant_id uuid NOT NULL,
    level smallint NOT NULL,
    index bigint NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT subtree_index_check CHECK ((index >= 0)),
    CONSTRAINT subtree_level_check CHECK (((level >= 1) AND (level <= 7))),
    CONSTRAINT subtree_root_check CHECK ((octet_length(root) = 32))
);

ALTER TABLE ONLY ledger.subtree FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.subtree OWNER TO evenhand_owner;

COMMENT ON COLUMN ledger.subtree.level IS 'Of 256^level leaves.';

CREATE TABLE tenants.api_key (
    tenant_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    is_test boolean NOT NULL,
    hint text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);

ALTER TABLE ONLY tenants.api_key FORCE ROW LEVEL SECURITY;

ALTER TABLE tenants.api_key OWNER TO evenhand_owner;

CREATE TABLE tenants.canary (
    only_row boolean DEFAULT true NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT canary_only_row_check CHECK (only_row)
);

ALTER TABLE tenants.canary OWNER TO evenhand_owner;

COMMENT ON TABLE tenants.canary IS 'Opens with the secret that the tenants'' keys are sealed with; says nothing of any tenant.';

CREATE TABLE tenants.door (
    only_row boolean DEFAULT true NOT NULL,
    key bytea,
    is_closed boolean DEFAULT false NOT NULL,
    CONSTRAINT door_key_check CHECK ((length(key) = 32)),
    CONSTRAINT door_only_row_check CHECK (only_row)
);

ALTER TABLE tenants.door OWNER TO evenhand_owner;

CREATE TABLE tenants.party (
    tenant_id uuid NOT NULL,
    party_key bytea NOT NULL,
    name text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT party_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT party_party_key_check CHECK ((octet_length(party_key) = 32))
);

ALTER TABLE ONLY tenants.party FORCE ROW LEVEL SECURITY;

ALTER TABLE tenants.party OWNER TO evenhand_owner;

CREATE TABLE tenants.tenant (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    weight real DEFAULT 1 NOT NULL,
    callback_url text,
    callback_auth_key bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT tenant_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT tenant_weight_check CHECK ((weight > (0)::double precision))
);

ALTER TABLE ONLY tenants.tenant FORCE ROW LEVEL SECURITY;

ALTER TABLE tenants.tenant OWNER TO evenhand_owner;

COMMENT ON COLUMN tenants.tenant.weight IS 'Published share of annotators'' work; equal unless the contract says otherwise.';

COMMENT ON COLUMN tenants.tenant.callback_auth_key IS 'Sealed with the server''s secret, since callbacks must carry it.';

CREATE TABLE walls.declaration (
    tenant_id uuid NOT NULL,
    declaration_id uuid NOT NULL,
    other_name text NOT NULL,
    other_key bytea NOT NULL,
    cooling_off_days integer NOT NULL,
    declared_by text NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT declaration_cooling_off_days_check CHECK (((cooling_off_days >= 0) AND (cooling_off_days <= 3650))),
    CONSTRAINT declaration_declared_by_check CHECK ((declared_by = ANY (ARRAY['tenant'::text, 'operator'::text]))),
    CONSTRAINT declaration_other_key_check CHECK ((octet_length(other_key) = 32)),
    CONSTRAINT declaration_other_name_check CHECK (((length(other_name) >= 1) AND (length(other_name) <= 200)))
);

ALTER TABLE ONLY walls.declaration FORCE ROW LEVEL SECURITY;

ALTER TABLE walls.declaration OWNER TO evenhand_owner;

COMMENT ON COLUMN walls.declaration.other_name IS 'As it was written. Whether it is a customer, this table does not say.';

CREATE TABLE walls.exposure (
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    CONSTRAINT exposure_check CHECK ((last_day >= first_day))
);

ALTER TABLE ONLY walls.exposure FORCE ROW LEVEL SECURITY;

ALTER TABLE walls.exposure OWNER TO evenhand_owner;

COMMENT ON TABLE walls.exposure IS 'From and up to which day (UTC) something of the tenant was shown to a person.';

CREATE TABLE walls.staff (
    staff_id uuid NOT NULL,
    name text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT staff_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE walls.staff OWNER TO evenhand_owner;

CREATE TABLE walls.stake (
    owner text NOT NULL,
    owned text NOT NULL,
    percent numeric(5,2) NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    CONSTRAINT stake_owned_check CHECK (((length(owned) >= 1) AND (length(owned) <= 200))),
    CONSTRAINT stake_owner_check CHECK (((length(owner) >= 1) AND (length(owner) <= 200))),
    CONSTRAINT stake_percent_check CHECK (((percent >= (0)::numeric) AND (percent <= (100)::numeric)))
);

ALTER TABLE walls.stake OWNER TO evenhand_owner;

COMMENT ON TABLE walls.stake IS 'Every declaration stays; the latest of two parties holds.';

CREATE TABLE walls.support_grant (
    tenant_id uuid NOT NULL,
    grant_id uuid NOT NULL,
    requested_by uuid NOT NULL,
    reason text NOT NULL,
    hours integer NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    approved_by uuid,
    ends_at timestamp with time zone,
    CONSTRAINT support_grant_check CHECK ((approved_by <> requested_by)),
    CONSTRAINT support_grant_check1 CHECK (((approved_by IS NULL) = (ends_at IS NULL))),
    CONSTRAINT support_grant_hours_check CHECK (((hours >= 1) AND (hours <= 24))),
    CONSTRAINT support_grant_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
);

ALTER TABLE ONLY walls.support_grant FORCE ROW LEVEL SECURITY;

ALTER TABLE walls.support_grant OWNER TO evenhand_owner;

COMMENT ON COLUMN walls.support_grant.ends_at IS 'Set when it is approved, and brought forward when it is ended.';

CREATE TABLE work.alert (
    tenant_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    project_id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    annotator_id uuid,
    task_id text COLLATE pg_catalog."C",
    severity real NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT alert_kind_check CHECK (((length(kind) >= 1) AND (length(kind) <= 50))),
    CONSTRAINT alert_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 2000))),
    CONSTRAINT alert_severity_check CHECK (((severity >= (0)::double precision) AND (severity <= (1)::double precision))),
    CONSTRAINT alert_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 200)))
);

ALTER TABLE ONLY work.alert FORCE ROW LEVEL SECURITY;

ALTER TABLE work.alert OWNER TO evenhand_owner;

COMMENT ON TABLE work.alert IS 'What a check of the annotations found worth a look, with its evidence; it pauses nobody.';

CREATE TABLE work.annotation (
    tenant_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    annotation_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    annotator_id uuid NOT NULL,
    response jsonb,
    active_ms integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    response_ordered json,
    revision smallint DEFAULT 0 NOT NULL,
    corrected json,
    CONSTRAINT annotation_active_ms_check CHECK ((active_ms >= 0)),
    CONSTRAINT annotation_revision_check CHECK ((revision >= 0))
);

ALTER TABLE ONLY work.annotation FORCE ROW LEVEL SECURITY;

ALTER TABLE work.annotation OWNER TO evenhand_owner;

COMMENT ON COLUMN work.annotation.response IS 'Of annotations from before response_ordered, which holds it for all later ones.';

CREATE TABLE work.assessment_due (
    tenant_id uuid NOT NULL,
    annotation_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    due_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY work.assessment_due FORCE ROW LEVEL SECURITY;

ALTER TABLE work.assessment_due OWNER TO evenhand_owner;

COMMENT ON TABLE work.assessment_due IS 'One row an annotation that has not been weighed yet; taken away by the assessment.';

CREATE TABLE work.assignment (
    tenant_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    rank smallint NOT NULL,
    "position" bigint NOT NULL,
    review boolean DEFAULT false NOT NULL,
    state text NOT NULL,
    annotator_id uuid,
    leased_at timestamp with time zone,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    skip_reason text,
    attempt smallint DEFAULT 0 NOT NULL,
    reserved_until timestamp with time zone,
    skill_least real,
    project_key uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid NOT NULL,
    ahead boolean,
    CONSTRAINT assignment_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT assignment_check CHECK (((state = 'open'::text) = (annotator_id IS NULL))),
    CONSTRAINT assignment_check1 CHECK (((state = 'leased'::text) = (expires_at IS NOT NULL))),
    CONSTRAINT assignment_reserved CHECK (((reserved_until IS NULL) = (skill_least IS NULL))),
    CONSTRAINT assignment_skill_least_check CHECK (((skill_least >= (0)::double precision) AND (skill_least <= (1)::double precision))),
    CONSTRAINT assignment_skip_reason_check CHECK ((length(skip_reason) <= 2000)),
    CONSTRAINT assignment_state_check CHECK ((state = ANY (ARRAY['open'::text, 'leased'::text, 'done'::text, 'skipped'::text, 'lapsed'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_analyze_scale_factor='0.05');

ALTER TABLE ONLY work.assignment FORCE ROW LEVEL SECURITY;

ALTER TABLE work.assignment OWNER TO evenhand_owner;

COMMENT ON TABLE work.assignment IS 'One row stands for one annotation wanted: so overlap cannot be exceeded and a lease is one statement.';

COMMENT ON COLUMN work.assignment.rank IS 'Minus the priority: lower goes first.';

COMMENT ON COLUMN work.assignment.review IS 'For reviewers only: its annotation decides the task.';

COMMENT ON COLUMN work.assignment.state IS 'lapsed: the lease on a gold task ran out; nobody else is given it, and it can still be submitted, as a live task can that nobody else has taken.';

COMMENT ON COLUMN work.assignment.attempt IS 'Which round of a training course it belongs to; a live task has no second one.';

COMMENT ON COLUMN work.assignment.reserved_until IS 'Until then only for annotators of at least that skill in the project; then for anyone.';

COMMENT ON COLUMN work.assignment.project_key IS 'The project of its task, or zeros where it has none: it only helps to find what is open.';

COMMENT ON COLUMN work.assignment.ahead IS 'Lent together with another, and not shown to its annotator so far.';

CREATE TABLE work.batch (
    tenant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    project_id uuid NOT NULL,
    is_test boolean NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    callback text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    finalized boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    metadata_ordered json,
    CONSTRAINT batch_callback_check CHECK ((length(callback) <= 8000)),
    CONSTRAINT batch_name_check CHECK (((length(name) >= 1) AND (length(name) <= 500))),
    CONSTRAINT batch_status_check CHECK ((status = ANY (ARRAY['staging'::text, 'in_progress'::text, 'completed'::text, 'paused'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY work.batch FORCE ROW LEVEL SECURITY;

ALTER TABLE work.batch OWNER TO evenhand_owner;

CREATE TABLE work.contest (
    tenant_id uuid NOT NULL,
    contest_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    project_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    annotator_id uuid NOT NULL,
    reason text NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    note text,
    created_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    CONSTRAINT contest_check CHECK (((state = 'open'::text) = (decided_at IS NULL))),
    CONSTRAINT contest_note_check CHECK ((length(note) <= 2000)),
    CONSTRAINT contest_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 2000))),
    CONSTRAINT contest_state_check CHECK ((state = ANY (ARRAY['open'::text, 'upheld'::text, 'rejected'::text])))
);

ALTER TABLE ONLY work.contest FORCE ROW LEVEL SECURITY;

ALTER TABLE work.contest OWNER TO evenhand_owner;

COMMENT ON TABLE work.contest IS 'An annotator says that an answer of theirs was right; the tenant decides.';

CREATE TABLE work.count_change (
    tenant_id uuid NOT NULL,
    change_id uuid DEFAULT gen_random_uuid() NOT NULL,
    is_test boolean NOT NULL,
    project_key uuid NOT NULL,
    batch_id uuid,
    type text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone,
    tasks bigint NOT NULL,
    due_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    tags text[],
    tagged integer[]
);

ALTER TABLE ONLY work.count_change FORCE ROW LEVEL SECURITY;

ALTER TABLE work.count_change OWNER TO evenhand_owner;

COMMENT ON COLUMN work.count_change.project_key IS 'The project, or zeros where there is none.';

COMMENT ON COLUMN work.count_change.created_at IS 'The second in which the tasks were created; empty where only their status changed.';

COMMENT ON COLUMN work.count_change.tags IS 'The tags of the tasks, each once; may be empty.';

COMMENT ON COLUMN work.count_change.tagged IS 'How many tasks have each of the tags; empty where all of them have.';

CREATE TABLE work.count_of_batch (
    tenant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    is_test boolean NOT NULL,
    project_key uuid NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    tasks bigint NOT NULL
);

ALTER TABLE ONLY work.count_of_batch FORCE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_batch OWNER TO evenhand_owner;

CREATE TABLE work.count_of_project (
    tenant_id uuid NOT NULL,
    is_test boolean NOT NULL,
    project_key uuid NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    tasks bigint NOT NULL
);

ALTER TABLE ONLY work.count_of_project FORCE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_project OWNER TO evenhand_owner;

CREATE TABLE work.count_of_tag (
    tenant_id uuid NOT NULL,
    is_test boolean NOT NULL,
    tag text NOT NULL COLLATE pg_catalog."C",
    project_key uuid NOT NULL,
    batch_key uuid NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    tasks bigint NOT NULL
);

ALTER TABLE ONLY work.count_of_tag FORCE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_tag OWNER TO evenhand_owner;

COMMENT ON COLUMN work.count_of_tag.batch_key IS 'The batch, or zeros where there is none.';

CREATE TABLE work.count_of_time (
    tenant_id uuid NOT NULL,
    is_test boolean NOT NULL,
    seconds integer NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    tasks bigint NOT NULL,
    CONSTRAINT count_of_time_seconds_check CHECK ((seconds = ANY (ARRAY[1, 60, 86400])))
);

ALTER TABLE ONLY work.count_of_time FORCE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_time OWNER TO evenhand_owner;

COMMENT ON TABLE work.count_of_time IS 'How many tasks were created in each day, minute and second: a place far down the list is found in three steps instead of a walk.';

CREATE TABLE work.draft (
    tenant_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    annotator_id uuid NOT NULL,
    response jsonb NOT NULL,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT draft_version_check CHECK ((version > 0))
);

ALTER TABLE ONLY work.draft FORCE ROW LEVEL SECURITY;

ALTER TABLE work.draft OWNER TO evenhand_owner;

CREATE TABLE work.experience (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    usual jsonb DEFAULT '{}'::jsonb NOT NULL,
    truths jsonb DEFAULT '{}'::jsonb NOT NULL,
    tasks integer DEFAULT 0 NOT NULL,
    fitted_tasks integer DEFAULT 0 NOT NULL,
    fitted_at timestamp with time zone,
    skill_median real,
    dependence real,
    busy_until timestamp with time zone,
    fit_for uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    may_be_fitted boolean GENERATED ALWAYS AS (((fit_for <> '{}'::uuid[]) OR (tasks > fitted_tasks))) STORED NOT NULL,
    CONSTRAINT experience_dependence_check CHECK (((dependence >= (0)::double precision) AND (dependence <= (1)::double precision))),
    CONSTRAINT experience_fitted_tasks_check CHECK ((fitted_tasks >= 0)),
    CONSTRAINT experience_skill_median_check CHECK (((skill_median >= (0)::double precision) AND (skill_median <= (1)::double precision))),
    CONSTRAINT experience_tasks_check CHECK ((tasks >= 0))
);

ALTER TABLE ONLY work.experience FORCE ROW LEVEL SECURITY;

ALTER TABLE work.experience OWNER TO evenhand_owner;

COMMENT ON TABLE work.experience IS 'What a project has learned of all its annotators together, and how often each label is true.';

COMMENT ON COLUMN work.experience.tasks IS 'Tasks learned from; with fitted_tasks it tells when all of them are due to be fitted anew.';

COMMENT ON COLUMN work.experience.dependence IS 'Beyond what is true, 0 to 1; NULL until enough tasks have been fitted together.';

COMMENT ON COLUMN work.experience.fit_for IS 'Annotators whose answers are judged otherwise by now; until all is fitted anew they count.';

COMMENT ON COLUMN work.experience.may_be_fitted IS 'Has learned since all was last fitted, or some answer is judged otherwise by now.';

CREATE TABLE work.gold (
    tenant_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    project_id uuid NOT NULL,
    purpose text NOT NULL,
    review boolean DEFAULT false NOT NULL,
    "position" bigint NOT NULL,
    expected_response jsonb NOT NULL,
    expected_version integer DEFAULT 1 NOT NULL,
    initial_response jsonb,
    source_task_id text COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    expected_response_ordered json,
    initial_response_ordered json,
    CONSTRAINT gold_expected_version_check CHECK ((expected_version > 0)),
    CONSTRAINT gold_purpose_check CHECK ((purpose = ANY (ARRAY['evaluation'::text, 'training'::text])))
);

ALTER TABLE ONLY work.gold FORCE ROW LEVEL SECURITY;

ALTER TABLE work.gold OWNER TO evenhand_owner;

COMMENT ON COLUMN work.gold.review IS 'It measures reviewers, among reviews.';

COMMENT ON COLUMN work.gold."position" IS 'Its place in the order of giving: of a course the time of creation, else a hash of the id.';

COMMENT ON COLUMN work.gold.source_task_id IS 'The settled task that it is a copy of: whoever has had that one is not given this one.';

CREATE TABLE work.gold_score (
    tenant_id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    project_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    annotator_id uuid NOT NULL,
    purpose text NOT NULL,
    attempt smallint NOT NULL,
    score real NOT NULL,
    is_right boolean NOT NULL,
    is_void boolean DEFAULT false NOT NULL,
    expected_version integer NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    scored_at timestamp with time zone NOT NULL,
    CONSTRAINT gold_score_purpose_check CHECK ((purpose = ANY (ARRAY['evaluation'::text, 'training'::text]))),
    CONSTRAINT gold_score_score_check CHECK (((score >= (0)::double precision) AND (score <= (1)::double precision)))
);

ALTER TABLE ONLY work.gold_score FORCE ROW LEVEL SECURITY;

ALTER TABLE work.gold_score OWNER TO evenhand_owner;

COMMENT ON COLUMN work.gold_score.is_void IS 'A contest has shown that the gold task had no one right answer: it counts for nobody.';

CREATE TABLE work.idempotency (
    tenant_id uuid NOT NULL,
    is_test boolean NOT NULL,
    key_hash bytea NOT NULL,
    body_hash bytea NOT NULL,
    answer text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_body_hash_check CHECK ((octet_length(body_hash) = 32)),
    CONSTRAINT idempotency_key_hash_check CHECK ((octet_length(key_hash) = 32))
);

ALTER TABLE ONLY work.idempotency FORCE ROW LEVEL SECURITY;

ALTER TABLE work.idempotency OWNER TO evenhand_owner;

COMMENT ON TABLE work.idempotency IS 'What was answered to a request that carried an Idempotency-Key, to be answered again.';

CREATE TABLE work.learning_due (
    tenant_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    project_id uuid NOT NULL
);

ALTER TABLE ONLY work.learning_due FORCE ROW LEVEL SECURITY;

ALTER TABLE work.learning_due OWNER TO evenhand_owner;

COMMENT ON TABLE work.learning_due IS 'One row a settled task from which nothing has been learned yet: so each counts once.';

CREATE TABLE work.project (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    is_test boolean NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    staged boolean DEFAULT false NOT NULL,
    policy jsonb DEFAULT '{}'::jsonb NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    policy_ordered json,
    CONSTRAINT project_name_check CHECK (((length(name) >= 1) AND (length(name) <= 500)))
);

ALTER TABLE ONLY work.project FORCE ROW LEVEL SECURITY;

ALTER TABLE work.project OWNER TO evenhand_owner;

COMMENT ON COLUMN work.project.staged IS 'Batches of this project begin in staging and must be finalized (Rapid and Studio projects).';

COMMENT ON COLUMN work.project.policy IS 'How many annotations a task needs and when to ask for more: see quality.Policy.';

CREATE TABLE work.project_params (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    version integer NOT NULL,
    params jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    params_ordered json,
    CONSTRAINT project_params_version_check CHECK ((version >= 0))
);

ALTER TABLE ONLY work.project_params FORCE ROW LEVEL SECURITY;

ALTER TABLE work.project_params OWNER TO evenhand_owner;

CREATE TABLE work.queue (
    tenant_id uuid NOT NULL,
    tag bigint NOT NULL,
    served bigint NOT NULL,
    waiting boolean DEFAULT false NOT NULL,
    has_open boolean DEFAULT false NOT NULL,
    has_reviews boolean DEFAULT false NOT NULL,
    tie text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    handle uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT queue_served_check CHECK ((served >= 0)),
    CONSTRAINT queue_tag_check CHECK ((tag >= 0))
);

ALTER TABLE ONLY work.queue FORCE ROW LEVEL SECURITY;

ALTER TABLE work.queue OWNER TO evenhand_owner;

COMMENT ON TABLE work.queue IS 'Start-time fair queueing with kept tags: the queue with the smallest tag is served next.';

COMMENT ON COLUMN work.queue.served IS 'The largest tag at which it was served; the largest of all queues is the virtual time.';

COMMENT ON COLUMN work.queue.waiting IS 'Of the rule before this one; nobody reads it any more.';

COMMENT ON COLUMN work.queue.has_open IS 'Annotators may find work: noted by the first decision after it came, taken back by one that found none.';

COMMENT ON COLUMN work.queue.has_reviews IS 'As has_open, for reviewers.';

COMMENT ON COLUMN work.queue.tie IS 'Equal tags fall by it; new each time that the tag moves.';

CREATE TABLE work.queue_opened (
    tenant_id uuid NOT NULL,
    opened_id uuid DEFAULT gen_random_uuid() NOT NULL,
    review boolean NOT NULL
);

ALTER TABLE ONLY work.queue_opened FORCE ROW LEVEL SECURITY;

ALTER TABLE work.queue_opened OWNER TO evenhand_owner;

COMMENT ON TABLE work.queue_opened IS 'Queues that got work since the last decision.';

CREATE TABLE work.score_due (
    tenant_id uuid NOT NULL,
    annotation_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C"
);

ALTER TABLE ONLY work.score_due FORCE ROW LEVEL SECURITY;

ALTER TABLE work.score_due OWNER TO evenhand_owner;

COMMENT ON TABLE work.score_due IS 'One row an annotation of an evaluation task that has not been scored yet.';

CREATE TABLE work.skill (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    annotator_id uuid NOT NULL,
    accuracy real NOT NULL,
    lower real NOT NULL,
    upper real NOT NULL,
    tasks integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    record jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT skill_accuracy_check CHECK (((accuracy >= (0)::double precision) AND (accuracy <= (1)::double precision))),
    CONSTRAINT skill_lower_check CHECK (((lower >= (0)::double precision) AND (lower <= (1)::double precision))),
    CONSTRAINT skill_tasks_check CHECK ((tasks >= 0)),
    CONSTRAINT skill_upper_check CHECK (((upper >= (0)::double precision) AND (upper <= (1)::double precision)))
);

ALTER TABLE ONLY work.skill FORCE ROW LEVEL SECURITY;

ALTER TABLE work.skill OWNER TO evenhand_owner;

COMMENT ON COLUMN work.skill.record IS 'The sums that the estimate stands on: see quality.live.records.Record.';

CREATE TABLE work.standing (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    annotator_id uuid NOT NULL,
    lent integer DEFAULT 0 NOT NULL,
    attempt smallint DEFAULT 0 NOT NULL,
    training_score real,
    passed_at timestamp with time zone,
    judged_from timestamp with time zone,
    told_until timestamp with time zone,
    paused_at timestamp with time zone,
    pause_kind text,
    pause_reason text,
    judge_at timestamp with time zone,
    CONSTRAINT standing_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT standing_check CHECK (((paused_at IS NULL) = (pause_kind IS NULL))),
    CONSTRAINT standing_check1 CHECK (((paused_at IS NULL) = (pause_reason IS NULL))),
    CONSTRAINT standing_lent_check CHECK ((lent >= 0)),
    CONSTRAINT standing_pause_kind_check CHECK ((pause_kind = ANY (ARRAY['gold'::text, 'training'::text, 'manual'::text]))),
    CONSTRAINT standing_pause_reason_check CHECK ((length(pause_reason) <= 2000)),
    CONSTRAINT standing_training_score_check CHECK (((training_score >= (0)::double precision) AND (training_score <= (1)::double precision)))
);

ALTER TABLE ONLY work.standing FORCE ROW LEVEL SECURITY;

ALTER TABLE work.standing OWNER TO evenhand_owner;

COMMENT ON TABLE work.standing IS 'Where an annotator stands in a project that has gold tasks, or in which they were paused.';

COMMENT ON COLUMN work.standing.lent IS 'How many assignments they were lent: by it gold tasks fall due.';

COMMENT ON COLUMN work.standing.judged_from IS 'After a pause was lifted by hand, gold answers from before it no longer count against them.';

COMMENT ON COLUMN work.standing.told_until IS 'When they were last paused over gold tasks: what they answered until then was told to them.';

COMMENT ON COLUMN work.standing.judge_at IS 'After which hour the annotator''s answers to gold tasks are to be judged.';

CREATE TABLE work.task (
    tenant_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    is_test boolean NOT NULL,
    project_id uuid,
    batch_id uuid,
    type text NOT NULL,
    status text NOT NULL,
    stage text NOT NULL,
    instruction text DEFAULT ''::text NOT NULL,
    params jsonb,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    unique_id text COLLATE pg_catalog."C",
    clear_unique_id_on_error boolean DEFAULT false NOT NULL,
    tags text[],
    priority smallint DEFAULT 10 NOT NULL,
    annotations_wanted smallint NOT NULL,
    callback_url text,
    callback_succeeded boolean,
    customer_review_status text,
    project_param_version integer,
    error text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    purpose text DEFAULT 'live'::text NOT NULL,
    votes_confidence real,
    proposal jsonb,
    params_ordered json,
    metadata_ordered json,
    asked bytea,
    CONSTRAINT task_annotations_wanted_check CHECK (((annotations_wanted >= 0) AND (annotations_wanted <= 1000))),
    CONSTRAINT task_asked_check CHECK ((octet_length(asked) = 16)),
    CONSTRAINT task_callback_url_check CHECK ((length(callback_url) <= 8000)),
    CONSTRAINT task_check CHECK (((status = 'pending'::text) = (stage <> 'closed'::text))),
    CONSTRAINT task_priority_check CHECK (((priority >= 1) AND (priority <= 100))),
    CONSTRAINT task_purpose_check CHECK ((purpose = ANY (ARRAY['live'::text, 'evaluation'::text, 'training'::text]))),
    CONSTRAINT task_stage_check CHECK ((stage = ANY (ARRAY['preparing'::text, 'staged'::text, 'open'::text, 'review'::text, 'closed'::text]))),
    CONSTRAINT task_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'completed'::text, 'canceled'::text, 'error'::text]))),
    CONSTRAINT task_task_id_check CHECK ((length(task_id) = 24)),
    CONSTRAINT task_unique_id_check CHECK ((length(unique_id) <= 1000)),
    CONSTRAINT task_votes_confidence_check CHECK (((votes_confidence >= (0)::double precision) AND (votes_confidence <= (1)::double precision)))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_analyze_scale_factor='0.05');

ALTER TABLE ONLY work.task FORCE ROW LEVEL SECURITY;

ALTER TABLE work.task OWNER TO evenhand_owner;

COMMENT ON COLUMN work.task.stage IS 'preparing: attachments are being fetched; staged: its batch is not finalized; open: being annotated; review: a person must decide; closed: final.';

COMMENT ON COLUMN work.task.params IS 'Of tasks from before params_ordered, which holds them for all later ones.';

COMMENT ON COLUMN work.task.metadata IS 'Holds only where metadata_ordered is empty.';

COMMENT ON COLUMN work.task.purpose IS 'live: its response is wanted; evaluation: hidden among live work, its answer is known; training: given first, with the answer shown afterwards.';

COMMENT ON COLUMN work.task.votes_confidence IS 'How sure the votes alone were when a reviewer was asked.';

COMMENT ON COLUMN work.task.proposal IS 'The response that the votes came to when a reviewer was asked; none if they were tied.';

CREATE TABLE work.task_file (
    tenant_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    url text NOT NULL,
    file_id uuid,
    due_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    busy_until timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    kind text,
    CONSTRAINT task_file_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT task_file_kind_check CHECK ((kind = ANY (ARRAY['image'::text, 'audio'::text, 'video'::text, 'pdf'::text, 'website'::text]))),
    CONSTRAINT task_file_number_check CHECK ((number >= 0)),
    CONSTRAINT task_file_url_check CHECK ((length(url) <= 8192))
);

ALTER TABLE ONLY work.task_file FORCE ROW LEVEL SECURITY;

ALTER TABLE work.task_file OWNER TO evenhand_owner;

COMMENT ON TABLE work.task_file IS 'Which stored file an attachment of a task is; file_id is empty until it has been fetched.';

COMMENT ON COLUMN work.task_file.due_at IS 'When it may be fetched next; moved ahead by whoever fetches it; infinity where nobody need.';

COMMENT ON COLUMN work.task_file.kind IS 'What the task needs the file to be; empty where it was not said.';

CREATE TABLE work.task_tag (
    tenant_id uuid NOT NULL,
    is_test boolean NOT NULL,
    tag text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL
);

ALTER TABLE ONLY work.task_tag FORCE ROW LEVEL SECURITY;

ALTER TABLE work.task_tag OWNER TO evenhand_owner;

CREATE TABLE work.verdict (
    tenant_id uuid NOT NULL,
    task_id text NOT NULL COLLATE pg_catalog."C",
    response jsonb,
    confidence real,
    agreement real,
    method text NOT NULL,
    annotations integer NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    response_ordered json,
    CONSTRAINT verdict_agreement_check CHECK (((agreement >= (0)::double precision) AND (agreement <= (1)::double precision))),
    CONSTRAINT verdict_annotations_check CHECK ((annotations >= 0)),
    CONSTRAINT verdict_confidence_check CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision)))
);

ALTER TABLE ONLY work.verdict FORCE ROW LEVEL SECURITY;

ALTER TABLE work.verdict OWNER TO evenhand_owner;

COMMENT ON COLUMN work.verdict.response IS 'Of verdicts from before response_ordered, which holds it for all later ones.';

CREATE TABLE workforce.annotator (
    annotator_id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    reviewer boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT annotator_email_check CHECK (((length(email) >= 3) AND (length(email) <= 320))),
    CONSTRAINT annotator_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'model'::text]))),
    CONSTRAINT annotator_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

ALTER TABLE workforce.annotator OWNER TO evenhand_owner;

CREATE TABLE workforce.token (
    token_hash bytea NOT NULL,
    annotator_id uuid NOT NULL,
    purpose text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT token_purpose_check CHECK ((purpose = ANY (ARRAY['api'::text, 'session'::text])))
);

ALTER TABLE workforce.token OWNER TO evenhand_owner;

ALTER TABLE ONLY datasets.data_key
    ADD CONSTRAINT data_key_pkey PRIMARY KEY (tenant_id, key_id);

ALTER TABLE ONLY datasets.file
    ADD CONSTRAINT file_pkey PRIMARY KEY (tenant_id, file_id);

ALTER TABLE ONLY delivery.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (tenant_id, callback_id, number);

ALTER TABLE ONLY delivery.callback
    ADD CONSTRAINT callback_pkey PRIMARY KEY (tenant_id, callback_id);

ALTER TABLE ONLY ledger.anchor
    ADD CONSTRAINT anchor_pkey PRIMARY KEY (tenant_id, epoch);

ALTER TABLE ONLY ledger.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, entry_id);

ALTER TABLE ONLY ledger.epoch
    ADD CONSTRAINT epoch_pkey PRIMARY KEY (epoch);

ALTER TABLE ONLY ledger.head
    ADD CONSTRAINT head_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY ledger.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY ledger.public_log
    ADD CONSTRAINT public_log_pkey PRIMARY KEY (is_the_one);

ALTER TABLE ONLY ledger.statement
    ADD CONSTRAINT statement_pkey PRIMARY KEY (statement_id);

ALTER TABLE ONLY ledger.subtree
    ADD CONSTRAINT subtree_pkey PRIMARY KEY (tenant_id, level, index);

ALTER TABLE ONLY tenants.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (tenant_id, key_hash);

ALTER TABLE ONLY tenants.canary
    ADD CONSTRAINT canary_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY tenants.door
    ADD CONSTRAINT door_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY tenants.party
    ADD CONSTRAINT party_pkey PRIMARY KEY (tenant_id, party_key);

ALTER TABLE ONLY tenants.tenant
    ADD CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY walls.declaration
    ADD CONSTRAINT declaration_pkey PRIMARY KEY (tenant_id, declaration_id);

ALTER TABLE ONLY walls.exposure
    ADD CONSTRAINT exposure_pkey PRIMARY KEY (tenant_id, person_id);

ALTER TABLE ONLY walls.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (staff_id);

ALTER TABLE ONLY walls.stake
    ADD CONSTRAINT stake_pkey PRIMARY KEY (owner, owned, declared_at);

ALTER TABLE ONLY walls.support_grant
    ADD CONSTRAINT support_grant_pkey PRIMARY KEY (tenant_id, grant_id);

ALTER TABLE ONLY work.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (tenant_id, alert_id);

ALTER TABLE ONLY work.alert
    ADD CONSTRAINT alert_tenant_id_project_id_kind_subject_key UNIQUE (tenant_id, project_id, kind, subject);

ALTER TABLE ONLY work.annotation
    ADD CONSTRAINT annotation_pkey PRIMARY KEY (tenant_id, task_id, annotation_id);

ALTER TABLE work.annotation
    ADD CONSTRAINT annotation_response_given CHECK (((response IS NOT NULL) OR (response_ordered IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY work.annotation
    ADD CONSTRAINT annotation_tenant_id_assignment_id_key UNIQUE (tenant_id, assignment_id);

ALTER TABLE ONLY work.assessment_due
    ADD CONSTRAINT assessment_due_pkey PRIMARY KEY (tenant_id, due_at, annotation_id);

ALTER TABLE ONLY work.assignment
    ADD CONSTRAINT assignment_once UNIQUE (tenant_id, task_id, annotator_id, attempt);

ALTER TABLE ONLY work.assignment
    ADD CONSTRAINT assignment_pkey PRIMARY KEY (tenant_id, assignment_id);

ALTER TABLE ONLY work.batch
    ADD CONSTRAINT batch_pkey PRIMARY KEY (tenant_id, batch_id);

ALTER TABLE ONLY work.batch
    ADD CONSTRAINT batch_tenant_id_is_test_name_key UNIQUE (tenant_id, is_test, name);

ALTER TABLE ONLY work.contest
    ADD CONSTRAINT contest_pkey PRIMARY KEY (tenant_id, contest_id);

ALTER TABLE ONLY work.contest
    ADD CONSTRAINT contest_tenant_id_assignment_id_key UNIQUE (tenant_id, assignment_id);

ALTER TABLE ONLY work.count_change
    ADD CONSTRAINT count_change_pkey PRIMARY KEY (tenant_id, due_at, change_id);

ALTER TABLE ONLY work.count_of_batch
    ADD CONSTRAINT count_of_batch_pkey PRIMARY KEY (tenant_id, batch_id, is_test, project_key, type, status);

ALTER TABLE ONLY work.count_of_project
    ADD CONSTRAINT count_of_project_pkey PRIMARY KEY (tenant_id, is_test, project_key, type, status);

ALTER TABLE ONLY work.count_of_tag
    ADD CONSTRAINT count_of_tag_pkey PRIMARY KEY (tenant_id, is_test, tag, project_key, batch_key, type, status);

ALTER TABLE ONLY work.count_of_time
    ADD CONSTRAINT count_of_time_pkey PRIMARY KEY (tenant_id, is_test, seconds, starts_at);

ALTER TABLE ONLY work.draft
    ADD CONSTRAINT draft_pkey PRIMARY KEY (tenant_id, assignment_id);

ALTER TABLE ONLY work.experience
    ADD CONSTRAINT experience_pkey PRIMARY KEY (tenant_id, project_id);

ALTER TABLE ONLY work.gold
    ADD CONSTRAINT gold_pkey PRIMARY KEY (tenant_id, task_id);

ALTER TABLE ONLY work.gold_score
    ADD CONSTRAINT gold_score_pkey PRIMARY KEY (tenant_id, assignment_id);

ALTER TABLE ONLY work.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (tenant_id, is_test, key_hash);

ALTER TABLE ONLY work.learning_due
    ADD CONSTRAINT learning_due_pkey PRIMARY KEY (tenant_id, task_id);

ALTER TABLE ONLY work.project_params
    ADD CONSTRAINT project_params_pkey PRIMARY KEY (tenant_id, project_id, version);

ALTER TABLE ONLY work.project
    ADD CONSTRAINT project_pkey PRIMARY KEY (tenant_id, project_id);

ALTER TABLE ONLY work.project
    ADD CONSTRAINT project_tenant_id_is_test_name_key UNIQUE (tenant_id, is_test, name);

ALTER TABLE ONLY work.queue_opened
    ADD CONSTRAINT queue_opened_pkey PRIMARY KEY (tenant_id, opened_id);

ALTER TABLE ONLY work.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY work.score_due
    ADD CONSTRAINT score_due_pkey PRIMARY KEY (tenant_id, annotation_id);

ALTER TABLE ONLY work.skill
    ADD CONSTRAINT skill_pkey PRIMARY KEY (tenant_id, project_id, annotator_id);

ALTER TABLE ONLY work.standing
    ADD CONSTRAINT standing_pkey PRIMARY KEY (tenant_id, project_id, annotator_id);

ALTER TABLE ONLY work.task_file
    ADD CONSTRAINT task_file_pkey PRIMARY KEY (tenant_id, task_id, number);

ALTER TABLE work.task
    ADD CONSTRAINT task_params_given CHECK (((params IS NOT NULL) OR (params_ordered IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY work.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (tenant_id, task_id);

ALTER TABLE ONLY work.task_tag
    ADD CONSTRAINT task_tag_pkey PRIMARY KEY (tenant_id, is_test, tag, status, created_at, task_id);

ALTER TABLE ONLY work.verdict
    ADD CONSTRAINT verdict_pkey PRIMARY KEY (tenant_id, task_id);

ALTER TABLE work.verdict
    ADD CONSTRAINT verdict_response_given CHECK (((response IS NOT NULL) OR (response_ordered IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY workforce.annotator
    ADD CONSTRAINT annotator_email_key UNIQUE (email);

ALTER TABLE ONLY workforce.annotator
    ADD CONSTRAINT annotator_pkey PRIMARY KEY (annotator_id);

ALTER TABLE ONLY workforce.token
    ADD CONSTRAINT token_pkey PRIMARY KEY (token_hash);

CREATE INDEX file_newest ON datasets.file USING btree (tenant_id, is_test, created_at DESC, file_id DESC);

CREATE UNIQUE INDEX file_shown_for ON datasets.file USING btree (tenant_id, original_id) WHERE (original_id IS NOT NULL);

CREATE INDEX callback_busy ON delivery.callback USING btree (tenant_id, busy_until) WHERE (busy_until IS NOT NULL);

CREATE INDEX callback_due ON delivery.callback USING btree (tenant_id, due_at, callback_id) WHERE (state = 'pending'::text);

CREATE INDEX callback_of_task ON delivery.callback USING btree (tenant_id, task_id) WHERE (task_id IS NOT NULL);

CREATE INDEX anchor_size ON ledger.anchor USING btree (tenant_id, size);

CREATE INDEX entry_of_task ON ledger.entry USING btree (tenant_id, task_id, entry_id) WHERE (task_id IS NOT NULL);

CREATE INDEX entry_pending ON ledger.entry USING btree (tenant_id, entry_id) WHERE ("position" IS NULL);

CREATE INDEX entry_pending_first ON ledger.entry USING btree (entry_id, tenant_id) WHERE ("position" IS NULL);

CREATE UNIQUE INDEX entry_position ON ledger.entry USING btree (tenant_id, "position") WHERE ("position" IS NOT NULL);

CREATE UNIQUE INDEX statement_once ON ledger.statement USING btree (sha256(note)) WHERE (withdrawn_at IS NULL);

CREATE INDEX statement_shown ON ledger.statement USING btree (origin, checked_at DESC, statement_id DESC) WHERE (withdrawn_at IS NULL);

CREATE INDEX party_of_key ON tenants.party USING btree (party_key);

CREATE INDEX declaration_of_key ON walls.declaration USING btree (other_key) WHERE (withdrawn_at IS NULL);

CREATE UNIQUE INDEX declaration_that_stands ON walls.declaration USING btree (tenant_id, other_key) WHERE (withdrawn_at IS NULL);

CREATE INDEX exposure_of_person ON walls.exposure USING btree (person_id);

CREATE UNIQUE INDEX staff_by_name ON walls.staff USING btree (name) WHERE (removed_at IS NULL);

CREATE INDEX alert_newest ON work.alert USING btree (tenant_id, last_seen_at DESC, alert_id DESC);

CREATE INDEX assessment_due_first ON work.assessment_due USING btree (due_at, tenant_id);

CREATE INDEX assignment_held_since ON work.assignment USING btree (annotator_id, leased_at) WHERE (state = 'leased'::text);

CREATE INDEX assignment_lapsed ON work.assignment USING btree (tenant_id, annotator_id) WHERE (state = 'lapsed'::text);

CREATE INDEX assignment_leased ON work.assignment USING btree (tenant_id, annotator_id, expires_at) WHERE (state = 'leased'::text);

CREATE INDEX assignment_open ON work.assignment USING btree (tenant_id, review, rank, "position", task_id) WHERE (state = 'open'::text);

CREATE INDEX assignment_open_of_project ON work.assignment USING btree (tenant_id, review, project_key, rank, "position", task_id) WHERE (state = 'open'::text);

CREATE INDEX batch_newest ON work.batch USING btree (tenant_id, is_test, created_at DESC, batch_id DESC);

CREATE INDEX contest_newest ON work.contest USING btree (tenant_id, created_at DESC, contest_id DESC);

CREATE INDEX contest_open ON work.contest USING btree (tenant_id, annotator_id) WHERE (state = 'open'::text);

CREATE INDEX count_change_first ON work.count_change USING btree (due_at, tenant_id);

CREATE INDEX gold_course ON work.gold USING btree (tenant_id, project_id, "position", task_id) WHERE ((retired_at IS NULL) AND (purpose = 'training'::text));

CREATE INDEX gold_in_use ON work.gold USING btree (tenant_id, project_id, review, "position", task_id) WHERE ((retired_at IS NULL) AND (purpose = 'evaluation'::text));

CREATE INDEX gold_newest ON work.gold USING btree (tenant_id, purpose, created_at DESC, task_id DESC);

CREATE INDEX gold_score_of_annotator ON work.gold_score USING btree (tenant_id, annotator_id, project_id, purpose, attempt);

CREATE INDEX gold_score_of_task ON work.gold_score USING btree (tenant_id, task_id);

CREATE INDEX idempotency_oldest ON work.idempotency USING btree (tenant_id, created_at);

CREATE INDEX queue_for_annotators ON work.queue USING btree (tag, tie) WHERE has_open;

CREATE INDEX queue_for_reviewers ON work.queue USING btree (tag, tie) WHERE (has_open OR has_reviews);

CREATE INDEX queue_served ON work.queue USING btree (served);

CREATE INDEX skill_of_annotator ON work.skill USING btree (tenant_id, annotator_id);

CREATE INDEX standing_judge ON work.standing USING btree (tenant_id, judge_at) WHERE (judge_at IS NOT NULL);

CREATE INDEX standing_of_annotator ON work.standing USING btree (tenant_id, annotator_id);

CREATE INDEX task_completed ON work.task USING btree (tenant_id, is_test, completed_at, created_at DESC, task_id DESC) WHERE ((purpose = 'live'::text) AND (completed_at IS NOT NULL));

CREATE INDEX task_file_busy ON work.task_file USING btree (tenant_id, busy_until) WHERE (busy_until IS NOT NULL);

CREATE INDEX task_file_due ON work.task_file USING btree (tenant_id, due_at, task_id, number) WHERE ((file_id IS NULL) AND (due_at < 'infinity'::timestamp with time zone));

CREATE INDEX task_live_newest ON work.task USING btree (tenant_id, is_test, created_at DESC, task_id DESC) WHERE (purpose = 'live'::text);

CREATE INDEX task_of_batch_newest ON work.task USING btree (tenant_id, batch_id, created_at DESC, task_id DESC) WHERE (batch_id IS NOT NULL);

CREATE INDEX task_of_batch_status ON work.task USING btree (tenant_id, batch_id, status, created_at DESC, task_id DESC) WHERE (batch_id IS NOT NULL);

CREATE INDEX task_of_project_newest ON work.task USING btree (tenant_id, project_id, purpose, created_at DESC, task_id DESC) WHERE (project_id IS NOT NULL);

CREATE INDEX task_of_project_status ON work.task USING btree (tenant_id, project_id, status, created_at DESC, task_id DESC) WHERE (purpose = 'live'::text);

CREATE INDEX task_of_status ON work.task USING btree (tenant_id, is_test, status, created_at DESC, task_id DESC) WHERE (purpose = 'live'::text);

CREATE INDEX task_of_type ON work.task USING btree (tenant_id, is_test, type, created_at DESC, task_id DESC) WHERE (purpose = 'live'::text);

CREATE UNIQUE INDEX task_unique_id ON work.task USING btree (tenant_id, unique_id, is_test) WHERE (unique_id IS NOT NULL);

CREATE INDEX task_updated ON work.task USING btree (tenant_id, is_test, updated_at, created_at DESC, task_id DESC) WHERE (purpose = 'live'::text);

CREATE INDEX verdict_newest ON work.verdict USING btree (tenant_id, settled_at);

CREATE INDEX token_annotator ON workforce.token USING btree (annotator_id);

CREATE TRIGGER assignment_inserted AFTER INSERT ON work.assignment REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION work.tell_inserted();

CREATE TRIGGER assignment_reopened AFTER UPDATE OF state ON work.assignment FOR EACH ROW WHEN (((new.state = 'open'::text) AND (old.state <> 'open'::text))) EXECUTE FUNCTION work.tell_reopened();

CREATE TRIGGER count_change_folded AFTER DELETE ON work.count_change REFERENCING OLD TABLE AS folded FOR EACH STATEMENT EXECUTE FUNCTION work.fold_tags();

CREATE TRIGGER one_wall_lent BEFORE UPDATE ON work.assignment FOR EACH ROW WHEN (((new.state = 'leased'::text) AND ((old.state <> 'leased'::text) OR (old.annotator_id <> new.annotator_id) OR (old.expires_at < new.expires_at)))) EXECUTE FUNCTION work.hold_the_wall();

CREATE TRIGGER one_wall_lent_new BEFORE INSERT ON work.assignment FOR EACH ROW WHEN ((new.state = 'leased'::text)) EXECUTE FUNCTION work.hold_the_wall();

CREATE TRIGGER task_created AFTER INSERT ON work.task REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION work.count_created();

CREATE TRIGGER task_moved AFTER UPDATE OF status ON work.task FOR EACH ROW WHEN (((old.status <> new.status) AND (new.purpose = 'live'::text))) EXECUTE FUNCTION work.count_moved();

CREATE TRIGGER task_tagged AFTER UPDATE OF tags ON work.task FOR EACH ROW WHEN (((old.tags IS DISTINCT FROM new.tags) AND (new.purpose = 'live'::text))) EXECUTE FUNCTION work.tag_anew();

CREATE TRIGGER task_tags_moved AFTER UPDATE OF status ON work.task FOR EACH ROW WHEN (((old.status <> new.status) AND (new.purpose = 'live'::text) AND (new.tags IS NOT NULL))) EXECUTE FUNCTION work.tag_moved();

ALTER TABLE ONLY datasets.data_key
    ADD CONSTRAINT data_key_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY datasets.file
    ADD CONSTRAINT file_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY datasets.file
    ADD CONSTRAINT file_tenant_id_key_id_fkey FOREIGN KEY (tenant_id, key_id) REFERENCES datasets.data_key(tenant_id, key_id);

ALTER TABLE ONLY datasets.file
    ADD CONSTRAINT file_tenant_id_original_id_fkey FOREIGN KEY (tenant_id, original_id) REFERENCES datasets.file(tenant_id, file_id);

ALTER TABLE ONLY delivery.attempt
    ADD CONSTRAINT attempt_tenant_id_callback_id_fkey FOREIGN KEY (tenant_id, callback_id) REFERENCES delivery.callback(tenant_id, callback_id);

ALTER TABLE ONLY delivery.callback
    ADD CONSTRAINT callback_tenant_id_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES work.batch(tenant_id, batch_id);

ALTER TABLE ONLY delivery.callback
    ADD CONSTRAINT callback_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.task(tenant_id, task_id);

ALTER TABLE ONLY tenants.api_key
    ADD CONSTRAINT api_key_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY tenants.party
    ADD CONSTRAINT party_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY walls.declaration
    ADD CONSTRAINT declaration_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY walls.support_grant
    ADD CONSTRAINT support_grant_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES walls.staff(staff_id);

ALTER TABLE ONLY walls.support_grant
    ADD CONSTRAINT support_grant_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES walls.staff(staff_id);

ALTER TABLE ONLY walls.support_grant
    ADD CONSTRAINT support_grant_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY work.alert
    ADD CONSTRAINT alert_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE ONLY work.alert
    ADD CONSTRAINT alert_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.alert
    ADD CONSTRAINT alert_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.task(tenant_id, task_id);

ALTER TABLE ONLY work.annotation
    ADD CONSTRAINT annotation_tenant_id_assignment_id_fkey FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.assignment(tenant_id, assignment_id);

ALTER TABLE ONLY work.assignment
    ADD CONSTRAINT assignment_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE ONLY work.assignment
    ADD CONSTRAINT assignment_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.task(tenant_id, task_id);

ALTER TABLE ONLY work.batch
    ADD CONSTRAINT batch_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.contest
    ADD CONSTRAINT contest_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE ONLY work.contest
    ADD CONSTRAINT contest_tenant_id_assignment_id_fkey FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.gold_score(tenant_id, assignment_id);

ALTER TABLE ONLY work.draft
    ADD CONSTRAINT draft_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE ONLY work.draft
    ADD CONSTRAINT draft_tenant_id_assignment_id_fkey FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.assignment(tenant_id, assignment_id);

ALTER TABLE ONLY work.experience
    ADD CONSTRAINT experience_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.gold_score
    ADD CONSTRAINT gold_score_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE ONLY work.gold_score
    ADD CONSTRAINT gold_score_tenant_id_assignment_id_fkey FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.assignment(tenant_id, assignment_id);

ALTER TABLE ONLY work.gold_score
    ADD CONSTRAINT gold_score_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.gold(tenant_id, task_id);

ALTER TABLE ONLY work.gold
    ADD CONSTRAINT gold_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.gold
    ADD CONSTRAINT gold_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.task(tenant_id, task_id);

ALTER TABLE ONLY work.idempotency
    ADD CONSTRAINT idempotency_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY work.learning_due
    ADD CONSTRAINT learning_due_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.learning_due
    ADD CONSTRAINT learning_due_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.task(tenant_id, task_id);

ALTER TABLE ONLY work.project_params
    ADD CONSTRAINT project_params_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.project
    ADD CONSTRAINT project_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY work.queue_opened
    ADD CONSTRAINT queue_opened_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY work.queue
    ADD CONSTRAINT queue_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id);

ALTER TABLE ONLY work.skill
    ADD CONSTRAINT skill_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE ONLY work.skill
    ADD CONSTRAINT skill_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.standing
    ADD CONSTRAINT standing_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE ONLY work.standing
    ADD CONSTRAINT standing_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.task_file
    ADD CONSTRAINT task_file_tenant_id_file_id_fkey FOREIGN KEY (tenant_id, file_id) REFERENCES datasets.file(tenant_id, file_id);

ALTER TABLE ONLY work.task_file
    ADD CONSTRAINT task_file_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.task(tenant_id, task_id);

ALTER TABLE ONLY work.task
    ADD CONSTRAINT task_tenant_id_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES work.batch(tenant_id, batch_id);

ALTER TABLE ONLY work.task
    ADD CONSTRAINT task_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES work.project(tenant_id, project_id);

ALTER TABLE ONLY work.verdict
    ADD CONSTRAINT verdict_tenant_id_task_id_fkey FOREIGN KEY (tenant_id, task_id) REFERENCES work.task(tenant_id, task_id);

ALTER TABLE ONLY workforce.token
    ADD CONSTRAINT token_annotator_id_fkey FOREIGN KEY (annotator_id) REFERENCES workforce.annotator(annotator_id);

ALTER TABLE datasets.data_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE datasets.file ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON datasets.data_key USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON datasets.file USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_wall ON datasets.file AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

ALTER TABLE delivery.attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE delivery.callback ENABLE ROW LEVEL SECURITY;

CREATE POLICY dispatcher ON delivery.callback FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY one_tenant ON delivery.attempt USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON delivery.callback USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

ALTER TABLE ledger.anchor ENABLE ROW LEVEL SECURITY;

CREATE POLICY dispatcher ON ledger.anchor FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON ledger.entry FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON ledger.head FOR SELECT TO evenhand_dispatcher USING (true);

ALTER TABLE ledger.entry ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.head ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.log ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON ledger.anchor USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON ledger.entry USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON ledger.head USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON ledger.log USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON ledger.subtree USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

ALTER TABLE ledger.subtree ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenants.api_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY dispatcher ON tenants.party FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON tenants.tenant FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY one_tenant ON tenants.api_key USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON tenants.party USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON tenants.tenant USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

ALTER TABLE tenants.party ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenants.tenant ENABLE ROW LEVEL SECURITY;

ALTER TABLE walls.declaration ENABLE ROW LEVEL SECURITY;

CREATE POLICY dispatcher ON walls.declaration FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON walls.exposure FOR SELECT TO evenhand_dispatcher USING (true);

ALTER TABLE walls.exposure ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON walls.declaration USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON walls.exposure USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON walls.support_grant USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

ALTER TABLE walls.support_grant ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.alert ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.annotation ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.assessment_due ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.assignment ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.batch ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.contest ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.count_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_batch ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_project ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_tag ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.count_of_time ENABLE ROW LEVEL SECURITY;

CREATE POLICY dispatcher ON work.assessment_due FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.assignment FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.count_change FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.experience FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.gold FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.learning_due FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.queue FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.queue_opened FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.score_due FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.skill FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.standing FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.task_file FOR SELECT TO evenhand_dispatcher USING (true);

CREATE POLICY dispatcher ON work.verdict FOR SELECT TO evenhand_dispatcher USING (true);

ALTER TABLE work.draft ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.experience ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.gold ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.gold_score ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.idempotency ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.learning_due ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON work.alert USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.annotation USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.assessment_due USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.assignment USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.batch USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.contest USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.count_change USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.count_of_batch USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.count_of_project USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.count_of_tag USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.count_of_time USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.draft USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.experience USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.gold USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.gold_score USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.idempotency USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.learning_due USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.project USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.project_params USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.queue USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.queue_opened USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.score_due USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.skill USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.standing USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.task USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.task_file USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.task_tag USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_tenant ON work.verdict USING ((tenant_id = (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid));

CREATE POLICY one_wall ON work.annotation AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

CREATE POLICY one_wall ON work.contest AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

CREATE POLICY one_wall ON work.draft AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

CREATE POLICY one_wall ON work.gold AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

CREATE POLICY one_wall ON work.project_params AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

CREATE POLICY one_wall ON work.task AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

CREATE POLICY one_wall ON work.task_file AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

CREATE POLICY one_wall ON work.verdict AS RESTRICTIVE FOR SELECT USING (
CASE
    WHEN (COALESCE(current_setting('evenhand.person_id'::text, true), ''::text) = ''::text) THEN true
    ELSE (NOT walls.stands((current_setting('evenhand.person_id'::text))::uuid, (NULLIF(current_setting('backtrace_functions'::text, true), ''::text))::uuid, COALESCE((NULLIF(current_setting('evenhand.today'::text, true), ''::text))::date, CURRENT_DATE)))
END);

ALTER TABLE work.project ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.project_params ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.queue ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.queue_opened ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.score_due ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.skill ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.standing ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.task ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.task_file ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.task_tag ENABLE ROW LEVEL SECURITY;

ALTER TABLE work.verdict ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA datasets TO evenhand_app;

GRANT USAGE ON SCHEMA delivery TO evenhand_app;
GRANT USAGE ON SCHEMA delivery TO evenhand_dispatcher;

GRANT USAGE ON SCHEMA ledger TO evenhand_app;
GRANT USAGE ON SCHEMA ledger TO evenhand_dispatcher;

GRANT USAGE ON SCHEMA tenants TO evenhand_app;
GRANT USAGE ON SCHEMA tenants TO evenhand_dispatcher;
GRANT USAGE ON SCHEMA tenants TO evenhand_doorkeeper;

GRANT USAGE ON SCHEMA walls TO evenhand_app;
GRANT USAGE ON SCHEMA walls TO evenhand_dispatcher;

GRANT USAGE ON SCHEMA work TO evenhand_app;
GRANT USAGE ON SCHEMA work TO evenhand_dispatcher;

GRANT USAGE ON SCHEMA workforce TO evenhand_app;

REVOKE ALL ON FUNCTION delivery.tenants_due(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION delivery.tenants_due(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION ledger.beacon() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.beacon() TO evenhand_app;

REVOKE ALL ON FUNCTION ledger.begin_anew(name text, empty_root bytea, ended text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.begin_anew(name text, empty_root bytea, ended text) TO evenhand_app;

REVOKE ALL ON FUNCTION ledger.enter(tenant uuid, moment timestamp with time zone, told text, secret bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.enter(tenant uuid, moment timestamp with time zone, told text, secret bytea) TO evenhand_app;

REVOKE ALL ON FUNCTION ledger.first_id(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.first_id(moment timestamp with time zone) TO evenhand_app;
GRANT ALL ON FUNCTION ledger.first_id(moment timestamp with time zone) TO evenhand_dispatcher;

REVOKE ALL ON FUNCTION ledger.is_pending_since(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.is_pending_since(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION ledger.tenants_pending() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.tenants_pending() TO evenhand_app;

REVOKE ALL ON FUNCTION ledger.tenants_pending_since(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.tenants_pending_since(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION ledger.tenants_to_anchor(next bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.tenants_to_anchor(next bigint) TO evenhand_app;

REVOKE ALL ON FUNCTION pg_catalog.lo_close(integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_creat(integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_get(oid) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_get(oid, bigint, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_lseek(integer, integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_lseek64(integer, bigint, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_open(oid, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_put(oid, bigint, bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_tell(integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_tell64(integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_truncate(integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_truncate64(integer, bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lo_unlink(oid) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.loread(integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.lowrite(integer, bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock(bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_lock(bigint) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock(integer, integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_lock(integer, integer) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(bigint) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(integer, integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(integer, integer) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock(bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_unlock(bigint) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock(integer, integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_unlock(integer, integer) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock_all() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_unlock_all() TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock_shared(bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_unlock_shared(bigint) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock_shared(integer, integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_unlock_shared(integer, integer) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock(integer, integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock(integer, integer) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(bigint) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(integer, integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(integer, integer) TO evenhand_owner;

REVOKE ALL ON FUNCTION pg_catalog.pg_blocking_pids(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_blocking_pids(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_cancel_backend(integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_export_snapshot() FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_get_replication_slots(OUT slot_name name, OUT plugin name, OUT slot_type text, OUT datoid oid, OUT temporary boolean, OUT active boolean, OUT active_pid integer, OUT xmin xid, OUT catalog_xmin xid, OUT restart_lsn pg_lsn, OUT confirmed_flush_lsn pg_lsn, OUT wal_status text, OUT safe_wal_size bigint, OUT two_phase boolean, OUT two_phase_at pg_lsn, OUT inactive_since timestamp with time zone, OUT conflicting boolean, OUT invalidation_reason text, OUT failover boolean, OUT synced boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_isolation_test_session_is_blocked(integer, integer[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_lock_status(OUT locktype text, OUT database oid, OUT relation oid, OUT page integer, OUT tuple smallint, OUT virtualxid text, OUT transactionid xid, OUT classid oid, OUT objid oid, OUT objsubid smallint, OUT virtualtransaction text, OUT pid integer, OUT mode text, OUT granted boolean, OUT fastpath boolean, OUT waitstart timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_lock_status(OUT locktype text, OUT database oid, OUT relation oid, OUT page integer, OUT tuple smallint, OUT virtualxid text, OUT transactionid xid, OUT classid oid, OUT objid oid, OUT objsubid smallint, OUT virtualtransaction text, OUT pid integer, OUT mode text, OUT granted boolean, OUT fastpath boolean, OUT waitstart timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_logical_emit_message(transactional boolean, prefix text, message bytea, flush boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_logical_emit_message(transactional boolean, prefix text, message text, flush boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_logical_slot_get_binary_changes(slot_name name, upto_lsn pg_lsn, upto_nchanges integer, VARIADIC options text[], OUT lsn pg_lsn, OUT xid xid, OUT data bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_logical_slot_get_changes(slot_name name, upto_lsn pg_lsn, upto_nchanges integer, VARIADIC options text[], OUT lsn pg_lsn, OUT xid xid, OUT data text) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_logical_slot_peek_binary_changes(slot_name name, upto_lsn pg_lsn, upto_nchanges integer, VARIADIC options text[], OUT lsn pg_lsn, OUT xid xid, OUT data bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_logical_slot_peek_changes(slot_name name, upto_lsn pg_lsn, upto_nchanges integer, VARIADIC options text[], OUT lsn pg_lsn, OUT xid xid, OUT data text) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_prepared_xact(OUT transaction xid, OUT gid text, OUT prepared timestamp with time zone, OUT ownerid oid, OUT dbid oid) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_safe_snapshot_blocking_pids(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_safe_snapshot_blocking_pids(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_activity(pid integer, OUT datid oid, OUT pid integer, OUT usesysid oid, OUT application_name text, OUT state text, OUT query text, OUT wait_event_type text, OUT wait_event text, OUT xact_start timestamp with time zone, OUT query_start timestamp with time zone, OUT backend_start timestamp with time zone, OUT state_change timestamp with time zone, OUT client_addr inet, OUT client_hostname text, OUT client_port integer, OUT backend_xid xid, OUT backend_xmin xid, OUT backend_type text, OUT ssl boolean, OUT sslversion text, OUT sslcipher text, OUT sslbits integer, OUT ssl_client_dn text, OUT ssl_client_serial numeric, OUT ssl_issuer_dn text, OUT gss_auth boolean, OUT gss_princ text, OUT gss_enc boolean, OUT gss_delegation boolean, OUT leader_pid integer, OUT query_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_activity(pid integer, OUT datid oid, OUT pid integer, OUT usesysid oid, OUT application_name text, OUT state text, OUT query text, OUT wait_event_type text, OUT wait_event text, OUT xact_start timestamp with time zone, OUT query_start timestamp with time zone, OUT backend_start timestamp with time zone, OUT state_change timestamp with time zone, OUT client_addr inet, OUT client_hostname text, OUT client_port integer, OUT backend_xid xid, OUT backend_xmin xid, OUT backend_type text, OUT ssl boolean, OUT sslversion text, OUT sslcipher text, OUT sslbits integer, OUT ssl_client_dn text, OUT ssl_client_serial numeric, OUT ssl_issuer_dn text, OUT gss_auth boolean, OUT gss_princ text, OUT gss_enc boolean, OUT gss_delegation boolean, OUT leader_pid integer, OUT query_id bigint) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_analyze_count(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_analyze_count(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_archiver(OUT archived_count bigint, OUT last_archived_wal text, OUT last_archived_time timestamp with time zone, OUT failed_count bigint, OUT last_failed_wal text, OUT last_failed_time timestamp with time zone, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_archiver(OUT archived_count bigint, OUT last_archived_wal text, OUT last_archived_time timestamp with time zone, OUT failed_count bigint, OUT last_failed_wal text, OUT last_failed_time timestamp with time zone, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_autoanalyze_count(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_autoanalyze_count(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_autovacuum_count(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_autovacuum_count(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_activity(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_activity(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_activity_start(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_activity_start(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_client_addr(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_client_addr(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_client_port(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_client_port(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_dbid(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_dbid(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_idset() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_idset() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_io(backend_pid integer, OUT backend_type text, OUT object text, OUT context text, OUT reads bigint, OUT read_bytes numeric, OUT read_time double precision, OUT writes bigint, OUT write_bytes numeric, OUT write_time double precision, OUT writebacks bigint, OUT writeback_time double precision, OUT extends bigint, OUT extend_bytes numeric, OUT extend_time double precision, OUT hits bigint, OUT evictions bigint, OUT reuses bigint, OUT fsyncs bigint, OUT fsync_time double precision, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_io(backend_pid integer, OUT backend_type text, OUT object text, OUT context text, OUT reads bigint, OUT read_bytes numeric, OUT read_time double precision, OUT writes bigint, OUT write_bytes numeric, OUT write_time double precision, OUT writebacks bigint, OUT writeback_time double precision, OUT extends bigint, OUT extend_bytes numeric, OUT extend_time double precision, OUT hits bigint, OUT evictions bigint, OUT reuses bigint, OUT fsyncs bigint, OUT fsync_time double precision, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_pid(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_pid(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_start(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_start(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_subxact(bid integer, OUT subxact_count integer, OUT subxact_overflowed boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_subxact(bid integer, OUT subxact_count integer, OUT subxact_overflowed boolean) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_userid(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_userid(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_wait_event(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_wait_event(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_wait_event_type(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_wait_event_type(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_wal(backend_pid integer, OUT wal_records bigint, OUT wal_fpi bigint, OUT wal_bytes numeric, OUT wal_buffers_full bigint, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_wal(backend_pid integer, OUT wal_records bigint, OUT wal_fpi bigint, OUT wal_bytes numeric, OUT wal_buffers_full bigint, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_backend_xact_start(integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_backend_xact_start(integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_bgwriter_buf_written_clean() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_bgwriter_buf_written_clean() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_bgwriter_maxwritten_clean() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_bgwriter_maxwritten_clean() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_bgwriter_stat_reset_time() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_bgwriter_stat_reset_time() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_blocks_fetched(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_blocks_fetched(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_blocks_hit(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_blocks_hit(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_buf_alloc() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_buf_alloc() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_buffers_written() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_buffers_written() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_num_performed() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_num_performed() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_num_requested() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_num_requested() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_num_timed() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_num_timed() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_restartpoints_performed() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_restartpoints_performed() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_restartpoints_requested() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_restartpoints_requested() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_restartpoints_timed() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_restartpoints_timed() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_slru_written() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_slru_written() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_stat_reset_time() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_stat_reset_time() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_sync_time() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_sync_time() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_write_time() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_checkpointer_write_time() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_active_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_active_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_blk_read_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_blk_read_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_blk_write_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_blk_write_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_blocks_fetched(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_blocks_fetched(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_blocks_hit(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_blocks_hit(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_checksum_failures(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_checksum_failures(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_checksum_last_failure(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_checksum_last_failure(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_all(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_all(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_bufferpin(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_bufferpin(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_lock(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_lock(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_logicalslot(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_logicalslot(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_snapshot(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_snapshot(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_startup_deadlock(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_startup_deadlock(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_tablespace(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_conflict_tablespace(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_deadlocks(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_deadlocks(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_idle_in_transaction_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_idle_in_transaction_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_numbackends(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_numbackends(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_parallel_workers_launched(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_parallel_workers_launched(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_parallel_workers_to_launch(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_parallel_workers_to_launch(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_session_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_session_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions_abandoned(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions_abandoned(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions_fatal(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions_fatal(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions_killed(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_sessions_killed(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_stat_reset_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_stat_reset_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_temp_bytes(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_temp_bytes(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_temp_files(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_temp_files(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_deleted(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_deleted(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_fetched(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_fetched(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_inserted(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_inserted(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_returned(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_returned(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_updated(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_tuples_updated(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_xact_commit(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_xact_commit(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_db_xact_rollback(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_db_xact_rollback(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_dead_tuples(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_dead_tuples(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_function_calls(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_function_calls(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_function_self_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_function_self_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_function_total_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_function_total_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_ins_since_vacuum(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_ins_since_vacuum(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_io(OUT backend_type text, OUT object text, OUT context text, OUT reads bigint, OUT read_bytes numeric, OUT read_time double precision, OUT writes bigint, OUT write_bytes numeric, OUT write_time double precision, OUT writebacks bigint, OUT writeback_time double precision, OUT extends bigint, OUT extend_bytes numeric, OUT extend_time double precision, OUT hits bigint, OUT evictions bigint, OUT reuses bigint, OUT fsyncs bigint, OUT fsync_time double precision, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_io(OUT backend_type text, OUT object text, OUT context text, OUT reads bigint, OUT read_bytes numeric, OUT read_time double precision, OUT writes bigint, OUT write_bytes numeric, OUT write_time double precision, OUT writebacks bigint, OUT writeback_time double precision, OUT extends bigint, OUT extend_bytes numeric, OUT extend_time double precision, OUT hits bigint, OUT evictions bigint, OUT reuses bigint, OUT fsyncs bigint, OUT fsync_time double precision, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_last_analyze_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_last_analyze_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_last_autoanalyze_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_last_autoanalyze_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_last_autovacuum_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_last_autovacuum_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_last_vacuum_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_last_vacuum_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_lastscan(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_lastscan(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_live_tuples(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_live_tuples(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_mod_since_analyze(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_mod_since_analyze(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_numscans(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_numscans(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_progress_info(cmdtype text, OUT pid integer, OUT datid oid, OUT relid oid, OUT param1 bigint, OUT param2 bigint, OUT param3 bigint, OUT param4 bigint, OUT param5 bigint, OUT param6 bigint, OUT param7 bigint, OUT param8 bigint, OUT param9 bigint, OUT param10 bigint, OUT param11 bigint, OUT param12 bigint, OUT param13 bigint, OUT param14 bigint, OUT param15 bigint, OUT param16 bigint, OUT param17 bigint, OUT param18 bigint, OUT param19 bigint, OUT param20 bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_progress_info(cmdtype text, OUT pid integer, OUT datid oid, OUT relid oid, OUT param1 bigint, OUT param2 bigint, OUT param3 bigint, OUT param4 bigint, OUT param5 bigint, OUT param6 bigint, OUT param7 bigint, OUT param8 bigint, OUT param9 bigint, OUT param10 bigint, OUT param11 bigint, OUT param12 bigint, OUT param13 bigint, OUT param14 bigint, OUT param15 bigint, OUT param16 bigint, OUT param17 bigint, OUT param18 bigint, OUT param19 bigint, OUT param20 bigint) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_recovery_prefetch(OUT stats_reset timestamp with time zone, OUT prefetch bigint, OUT hit bigint, OUT skip_init bigint, OUT skip_new bigint, OUT skip_fpw bigint, OUT skip_rep bigint, OUT wal_distance integer, OUT block_distance integer, OUT io_depth integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_recovery_prefetch(OUT stats_reset timestamp with time zone, OUT prefetch bigint, OUT hit bigint, OUT skip_init bigint, OUT skip_new bigint, OUT skip_fpw bigint, OUT skip_rep bigint, OUT wal_distance integer, OUT block_distance integer, OUT io_depth integer) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_replication_slot(slot_name text, OUT slot_name text, OUT spill_txns bigint, OUT spill_count bigint, OUT spill_bytes bigint, OUT stream_txns bigint, OUT stream_count bigint, OUT stream_bytes bigint, OUT total_txns bigint, OUT total_bytes bigint, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_replication_slot(slot_name text, OUT slot_name text, OUT spill_txns bigint, OUT spill_count bigint, OUT spill_bytes bigint, OUT stream_txns bigint, OUT stream_count bigint, OUT stream_bytes bigint, OUT total_txns bigint, OUT total_bytes bigint, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_slru(OUT name text, OUT blks_zeroed bigint, OUT blks_hit bigint, OUT blks_read bigint, OUT blks_written bigint, OUT blks_exists bigint, OUT flushes bigint, OUT truncates bigint, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_slru(OUT name text, OUT blks_zeroed bigint, OUT blks_hit bigint, OUT blks_read bigint, OUT blks_written bigint, OUT blks_exists bigint, OUT flushes bigint, OUT truncates bigint, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_snapshot_timestamp() FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_snapshot_timestamp() TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_subscription(subid oid, OUT subid oid, OUT relid oid, OUT pid integer, OUT leader_pid integer, OUT received_lsn pg_lsn, OUT last_msg_send_time timestamp with time zone, OUT last_msg_receipt_time timestamp with time zone, OUT latest_end_lsn pg_lsn, OUT latest_end_time timestamp with time zone, OUT worker_type text) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_subscription(subid oid, OUT subid oid, OUT relid oid, OUT pid integer, OUT leader_pid integer, OUT received_lsn pg_lsn, OUT last_msg_send_time timestamp with time zone, OUT last_msg_receipt_time timestamp with time zone, OUT latest_end_lsn pg_lsn, OUT latest_end_time timestamp with time zone, OUT worker_type text) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_subscription_stats(subid oid, OUT subid oid, OUT apply_error_count bigint, OUT sync_error_count bigint, OUT confl_insert_exists bigint, OUT confl_update_origin_differs bigint, OUT confl_update_exists bigint, OUT confl_update_missing bigint, OUT confl_delete_origin_differs bigint, OUT confl_delete_missing bigint, OUT confl_multiple_unique_conflicts bigint, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_subscription_stats(subid oid, OUT subid oid, OUT apply_error_count bigint, OUT sync_error_count bigint, OUT confl_insert_exists bigint, OUT confl_update_origin_differs bigint, OUT confl_update_exists bigint, OUT confl_update_missing bigint, OUT confl_delete_origin_differs bigint, OUT confl_delete_missing bigint, OUT confl_multiple_unique_conflicts bigint, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_total_analyze_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_total_analyze_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_total_autoanalyze_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_total_autoanalyze_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_total_autovacuum_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_total_autovacuum_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_total_vacuum_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_total_vacuum_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_deleted(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_deleted(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_fetched(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_fetched(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_hot_updated(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_hot_updated(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_inserted(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_inserted(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_newpage_updated(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_newpage_updated(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_returned(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_returned(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_updated(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_tuples_updated(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_vacuum_count(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_vacuum_count(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_wal(OUT wal_records bigint, OUT wal_fpi bigint, OUT wal_bytes numeric, OUT wal_buffers_full bigint, OUT stats_reset timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_wal(OUT wal_records bigint, OUT wal_fpi bigint, OUT wal_bytes numeric, OUT wal_buffers_full bigint, OUT stats_reset timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_wal_receiver(OUT pid integer, OUT status text, OUT receive_start_lsn pg_lsn, OUT receive_start_tli integer, OUT written_lsn pg_lsn, OUT flushed_lsn pg_lsn, OUT received_tli integer, OUT last_msg_send_time timestamp with time zone, OUT last_msg_receipt_time timestamp with time zone, OUT latest_end_lsn pg_lsn, OUT latest_end_time timestamp with time zone, OUT slot_name text, OUT sender_host text, OUT sender_port integer, OUT conninfo text) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_wal_receiver(OUT pid integer, OUT status text, OUT receive_start_lsn pg_lsn, OUT receive_start_tli integer, OUT written_lsn pg_lsn, OUT flushed_lsn pg_lsn, OUT received_tli integer, OUT last_msg_send_time timestamp with time zone, OUT last_msg_receipt_time timestamp with time zone, OUT latest_end_lsn pg_lsn, OUT latest_end_time timestamp with time zone, OUT slot_name text, OUT sender_host text, OUT sender_port integer, OUT conninfo text) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_wal_senders(OUT pid integer, OUT state text, OUT sent_lsn pg_lsn, OUT write_lsn pg_lsn, OUT flush_lsn pg_lsn, OUT replay_lsn pg_lsn, OUT write_lag interval, OUT flush_lag interval, OUT replay_lag interval, OUT sync_priority integer, OUT sync_state text, OUT reply_time timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_wal_senders(OUT pid integer, OUT state text, OUT sent_lsn pg_lsn, OUT write_lsn pg_lsn, OUT flush_lsn pg_lsn, OUT replay_lsn pg_lsn, OUT write_lag interval, OUT flush_lag interval, OUT replay_lag interval, OUT sync_priority integer, OUT sync_state text, OUT reply_time timestamp with time zone) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_blocks_fetched(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_blocks_fetched(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_blocks_hit(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_blocks_hit(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_function_calls(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_function_calls(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_function_self_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_function_self_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_function_total_time(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_function_total_time(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_numscans(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_numscans(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_deleted(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_deleted(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_fetched(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_fetched(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_hot_updated(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_hot_updated(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_inserted(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_inserted(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_newpage_updated(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_newpage_updated(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_returned(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_returned(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_updated(oid) FROM PUBLIC;
GRANT ALL ON FUNCTION pg_catalog.pg_stat_get_xact_tuples_updated(oid) TO pg_monitor;

REVOKE ALL ON FUNCTION pg_catalog.pg_terminate_backend(pid integer, timeout bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock(integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock_shared(bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock_shared(integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock(integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock_shared(bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock_shared(integer, integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION tenants.become(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenants.become(tenant uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION tenants.become(tenant uuid, proof bytea, by_key boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tenants.become(tenant uuid, proof bytea, by_key boolean) TO evenhand_app;

REVOKE ALL ON FUNCTION tenants.keep_door_key(given bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION tenants.keep_door_key(given bytea) TO evenhand_app;

REVOKE ALL ON FUNCTION tenants.tenant_ids() FROM PUBLIC;
GRANT ALL ON FUNCTION tenants.tenant_ids() TO evenhand_app;
GRANT ALL ON FUNCTION tenants.tenant_ids() TO evenhand_doorkeeper;

REVOKE ALL ON FUNCTION tenants.tenants_without_party() FROM PUBLIC;
GRANT ALL ON FUNCTION tenants.tenants_without_party() TO evenhand_app;

REVOKE ALL ON FUNCTION walls.edges(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION walls.edges(tenant uuid) TO evenhand_dispatcher;

REVOKE ALL ON FUNCTION walls.expose(tenant uuid, person uuid, today date) FROM PUBLIC;
GRANT ALL ON FUNCTION walls.expose(tenant uuid, person uuid, today date) TO evenhand_app;

REVOKE ALL ON FUNCTION walls.exposed_to_both(tenant uuid, rival uuid, days integer, today date) FROM PUBLIC;
GRANT ALL ON FUNCTION walls.exposed_to_both(tenant uuid, rival uuid, days integer, today date) TO evenhand_app;

REVOKE ALL ON FUNCTION walls.rivals_of(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION walls.rivals_of(tenant uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION walls.stands(person uuid, tenant uuid, today date) FROM PUBLIC;
GRANT ALL ON FUNCTION walls.stands(person uuid, tenant uuid, today date) TO evenhand_app;

REVOKE ALL ON FUNCTION walls.tenants_seen_by(person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION walls.tenants_seen_by(person uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given json, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given json, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given jsonb, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid, annotation uuid, given jsonb, active integer, task_purpose text, held_only boolean, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.advance(tenant uuid, start bigint, step bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION work.advance(tenant uuid, start bigint, step bigint) TO evenhand_app;

REVOKE ALL ON FUNCTION work.advance(tenant uuid, start bigint, step bigint, lot text) FROM PUBLIC;
GRANT ALL ON FUNCTION work.advance(tenant uuid, start bigint, step bigint, lot text) TO evenhand_app;

REVOKE ALL ON FUNCTION work.barred(annotator uuid, held uuid[], today date) FROM PUBLIC;
GRANT ALL ON FUNCTION work.barred(annotator uuid, held uuid[], today date) TO evenhand_dispatcher;

REVOKE ALL ON FUNCTION work.count_created() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.count_moved() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.each_once(tags text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION work.each_once(tags text[]) TO evenhand_app;

REVOKE ALL ON FUNCTION work.first_offered(tenant uuid, annotator uuid, reviews boolean, closed uuid[], moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.first_offered(tenant uuid, annotator uuid, reviews boolean, closed uuid[], moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.first_offered_beside(tenant uuid, annotator uuid, closed uuid[], moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.first_offered_beside(tenant uuid, annotator uuid, closed uuid[], moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.fold_tags() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.gates(tenant uuid, annotator uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION work.gates(tenant uuid, annotator uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.gold_ahead(tenant uuid, annotator uuid, project uuid, reviews boolean, start bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION work.gold_ahead(tenant uuid, annotator uuid, project uuid, reviews boolean, start bigint) TO evenhand_app;

REVOKE ALL ON FUNCTION work.gold_instead(tenant uuid, annotator uuid, project uuid, share real, reviews boolean, at_rank smallint, at_position bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION work.gold_instead(tenant uuid, annotator uuid, project uuid, share real, reviews boolean, at_rank smallint, at_position bigint) TO evenhand_app;

REVOKE ALL ON FUNCTION work.held(tenant uuid, annotator uuid, assignment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION work.held(tenant uuid, annotator uuid, assignment uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.held_alone(who uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION work.held_alone(who uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.held_by(annotator uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION work.held_by(annotator uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.held_count(annotator uuid, since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.held_count(annotator uuid, since timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.hold_the_wall() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.in_order(counts jsonb, ordered json) FROM PUBLIC;
GRANT ALL ON FUNCTION work.in_order(counts jsonb, ordered json) TO evenhand_app;

REVOKE ALL ON FUNCTION work.kept_from(tenant uuid, annotator uuid, held uuid[], today date) FROM PUBLIC;
GRANT ALL ON FUNCTION work.kept_from(tenant uuid, annotator uuid, held uuid[], today date) TO evenhand_dispatcher;

REVOKE ALL ON FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone, ahead boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION work.lend(tenant uuid, annotator uuid, reviewer boolean, guarded boolean, held_max integer, since timestamp with time zone, usual_share real, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone, ahead boolean) TO evenhand_app;

REVOKE ALL ON FUNCTION work.lend_first(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.lend_first(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, from_rank integer, from_position bigint, moment timestamp with time zone, until timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.lend_guarded(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, usual_share real, moment timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.lend_guarded(tenant uuid, annotator uuid, reviewer boolean, held_max integer, since timestamp with time zone, usual_share real, moment timestamp with time zone, until timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.lend_hidden(tenant uuid, annotator uuid, hidden_id text, hidden_attempt integer, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.lend_hidden(tenant uuid, annotator uuid, hidden_id text, hidden_attempt integer, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone, until timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.let_go(tenant uuid, annotator uuid, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.let_go(tenant uuid, annotator uuid, project uuid, at_rank smallint, at_position bigint, reviews boolean, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.note_emptied(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION work.note_emptied(tenant uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.note_opened(tenant uuid, virtual_time bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION work.note_opened(tenant uuid, virtual_time bigint) TO evenhand_app;

REVOKE ALL ON FUNCTION work.note_opened(tenant uuid, virtual_time bigint, beacon text) FROM PUBLIC;
GRANT ALL ON FUNCTION work.note_opened(tenant uuid, virtual_time bigint, beacon text) TO evenhand_app;

REVOKE ALL ON FUNCTION work.offered(tenant uuid, annotator uuid, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.offered(tenant uuid, annotator uuid, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.params_in_order(tenant uuid, task text) FROM PUBLIC;
GRANT ALL ON FUNCTION work.params_in_order(tenant uuid, task text) TO evenhand_app;

REVOKE ALL ON FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer) TO evenhand_app;

REVOKE ALL ON FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.queues_ahead(reviewer boolean, annotator uuid, want_new boolean, floor bigint, after_tag bigint, after_tie text, most integer, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.queues_seen(reviewer boolean, annotator uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION work.queues_seen(reviewer boolean, annotator uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.require_room(annotator uuid, held_max integer, since timestamp with time zone, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.require_room(annotator uuid, held_max integer, since timestamp with time zone, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.show(tenant uuid, assignment uuid, annotator uuid, again boolean, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.show(tenant uuid, assignment uuid, annotator uuid, again boolean, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tag_anew() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.tag_moved() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.tasks_since(tenant uuid, test boolean, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tasks_since(tenant uuid, test boolean, moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tell_inserted() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.tell_opened(tenant uuid, for_review boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tell_opened(tenant uuid, for_review boolean) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tell_reopened() FROM PUBLIC;

REVOKE ALL ON FUNCTION work.tenants_that_know(annotator uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_that_know(annotator uuid) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_assess() FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_assess() TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_assess_since(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_assess_since(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_check(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_check(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_count() FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_count() TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_count_since(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_count_since(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_fetch(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_fetch(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_fit() FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_fit() TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_judge(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_judge(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_score() FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_score() TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_to_teach() FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_to_teach() TO evenhand_app;

REVOKE ALL ON FUNCTION work.tenants_with_overdue(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION work.tenants_with_overdue(moment timestamp with time zone) TO evenhand_app;

REVOKE ALL ON FUNCTION work.time_of_place(tenant uuid, test boolean, width integer, low timestamp with time zone, high timestamp with time zone, place bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION work.time_of_place(tenant uuid, test boolean, width integer, low timestamp with time zone, high timestamp with time zone, place bigint) TO evenhand_app;

REVOKE ALL ON FUNCTION work.walled(annotator uuid, tenant uuid, today date) FROM PUBLIC;
GRANT ALL ON FUNCTION work.walled(annotator uuid, tenant uuid, today date) TO evenhand_app;

GRANT SELECT,INSERT ON TABLE datasets.data_key TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE datasets.file TO evenhand_app;

GRANT SELECT,INSERT ON TABLE delivery.attempt TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE delivery.callback TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE delivery.callback TO evenhand_dispatcher;

GRANT SELECT(state) ON TABLE delivery.callback TO evenhand_dispatcher;

GRANT SELECT(due_at) ON TABLE delivery.callback TO evenhand_dispatcher;

GRANT SELECT,INSERT ON TABLE ledger.anchor TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE ledger.anchor TO evenhand_dispatcher;

GRANT SELECT(epoch) ON TABLE ledger.anchor TO evenhand_dispatcher;

GRANT UPDATE(size) ON TABLE ledger.anchor TO evenhand_app;
GRANT SELECT(size) ON TABLE ledger.anchor TO evenhand_dispatcher;

GRANT UPDATE(root) ON TABLE ledger.anchor TO evenhand_app;

GRANT SELECT,INSERT ON TABLE ledger.entry TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE ledger.entry TO evenhand_dispatcher;

GRANT SELECT(entry_id) ON TABLE ledger.entry TO evenhand_dispatcher;

GRANT UPDATE("position") ON TABLE ledger.entry TO evenhand_app;
GRANT SELECT("position") ON TABLE ledger.entry TO evenhand_dispatcher;

GRANT SELECT,INSERT ON TABLE ledger.epoch TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE ledger.head TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE ledger.head TO evenhand_dispatcher;

GRANT SELECT(size) ON TABLE ledger.head TO evenhand_dispatcher;

GRANT SELECT,INSERT ON TABLE ledger.log TO evenhand_app;

GRANT SELECT,INSERT ON TABLE ledger.public_log TO evenhand_app;

GRANT UPDATE(size) ON TABLE ledger.public_log TO evenhand_app;

GRANT UPDATE(root) ON TABLE ledger.public_log TO evenhand_app;

GRANT UPDATE(frontier) ON TABLE ledger.public_log TO evenhand_app;

GRANT UPDATE(maker) ON TABLE ledger.public_log TO evenhand_app;

GRANT UPDATE(maker_until) ON TABLE ledger.public_log TO evenhand_app;

GRANT SELECT,INSERT ON TABLE ledger.statement TO evenhand_app;

GRANT UPDATE(withdrawn_at) ON TABLE ledger.statement TO evenhand_app;

GRANT SELECT,INSERT ON TABLE ledger.subtree TO evenhand_app;

REVOKE SELECT ON TABLE pg_catalog.pg_locks FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_locks TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_prepared_xacts FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_prepared_xacts TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_replication_slots FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_replication_slots TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_activity FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_activity TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_all_indexes FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_all_indexes TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_all_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_all_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_archiver FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_archiver TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_bgwriter FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_bgwriter TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_checkpointer FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_checkpointer TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_database FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_database TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_database_conflicts FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_database_conflicts TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_gssapi FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_gssapi TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_io FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_io TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_progress_analyze FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_progress_analyze TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_progress_basebackup FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_progress_basebackup TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_progress_cluster FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_progress_cluster TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_progress_copy FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_progress_copy TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_progress_create_index FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_progress_create_index TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_progress_vacuum FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_progress_vacuum TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_recovery_prefetch FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_recovery_prefetch TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_replication FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_replication TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_replication_slots FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_replication_slots TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_slru FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_slru TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_ssl FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_ssl TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_subscription FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_subscription TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_subscription_stats FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_subscription_stats TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_sys_indexes FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_sys_indexes TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_sys_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_sys_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_user_functions FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_user_functions TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_user_indexes FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_user_indexes TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_user_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_user_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_wal FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_wal TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_wal_receiver FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_wal_receiver TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_xact_all_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_xact_all_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_xact_sys_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_xact_sys_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_xact_user_functions FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_xact_user_functions TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stat_xact_user_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stat_xact_user_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_all_indexes FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_all_indexes TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_all_sequences FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_all_sequences TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_all_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_all_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_sys_indexes FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_sys_indexes TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_sys_sequences FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_sys_sequences TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_sys_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_sys_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_user_indexes FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_user_indexes TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_user_sequences FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_user_sequences TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_statio_user_tables FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_statio_user_tables TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stats FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stats TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stats_ext FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stats_ext TO pg_monitor;

REVOKE SELECT ON TABLE pg_catalog.pg_stats_ext_exprs FROM PUBLIC;
GRANT SELECT ON TABLE pg_catalog.pg_stats_ext_exprs TO pg_monitor;

GRANT SELECT,INSERT,UPDATE ON TABLE tenants.api_key TO evenhand_app;

GRANT SELECT,INSERT ON TABLE tenants.canary TO evenhand_app;

GRANT SELECT ON TABLE tenants.door TO evenhand_doorkeeper;

GRANT UPDATE(key) ON TABLE tenants.door TO evenhand_doorkeeper;

GRANT SELECT(is_closed) ON TABLE tenants.door TO evenhand_app;

GRANT SELECT,INSERT,DELETE ON TABLE tenants.party TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE tenants.party TO evenhand_dispatcher;

GRANT SELECT(party_key) ON TABLE tenants.party TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE tenants.tenant TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE tenants.tenant TO evenhand_dispatcher;

GRANT SELECT(weight) ON TABLE tenants.tenant TO evenhand_dispatcher;

GRANT SELECT,INSERT ON TABLE walls.declaration TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE walls.declaration TO evenhand_dispatcher;

GRANT SELECT(other_key) ON TABLE walls.declaration TO evenhand_dispatcher;

GRANT SELECT(cooling_off_days) ON TABLE walls.declaration TO evenhand_dispatcher;

GRANT UPDATE(withdrawn_at) ON TABLE walls.declaration TO evenhand_app;
GRANT SELECT(withdrawn_at) ON TABLE walls.declaration TO evenhand_dispatcher;

GRANT SELECT,INSERT ON TABLE walls.exposure TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE walls.exposure TO evenhand_dispatcher;

GRANT SELECT(person_id) ON TABLE walls.exposure TO evenhand_dispatcher;

GRANT UPDATE(first_day) ON TABLE walls.exposure TO evenhand_app;

GRANT UPDATE(last_day) ON TABLE walls.exposure TO evenhand_app;
GRANT SELECT(last_day) ON TABLE walls.exposure TO evenhand_dispatcher;

GRANT SELECT,INSERT ON TABLE walls.staff TO evenhand_app;

GRANT UPDATE(removed_at) ON TABLE walls.staff TO evenhand_app;

GRANT SELECT,INSERT ON TABLE walls.stake TO evenhand_app;

GRANT SELECT,INSERT ON TABLE walls.support_grant TO evenhand_app;

GRANT UPDATE(approved_by) ON TABLE walls.support_grant TO evenhand_app;

GRANT UPDATE(ends_at) ON TABLE walls.support_grant TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.alert TO evenhand_app;

GRANT SELECT,INSERT ON TABLE work.annotation TO evenhand_app;

GRANT UPDATE(response) ON TABLE work.annotation TO evenhand_app;

GRANT UPDATE(active_ms) ON TABLE work.annotation TO evenhand_app;

GRANT UPDATE(response_ordered) ON TABLE work.annotation TO evenhand_app;

GRANT UPDATE(revision) ON TABLE work.annotation TO evenhand_app;

GRANT UPDATE(corrected) ON TABLE work.annotation TO evenhand_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.assessment_due TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.assessment_due TO evenhand_dispatcher;

GRANT SELECT(due_at) ON TABLE work.assessment_due TO evenhand_dispatcher;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.assignment TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(assignment_id) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(task_id) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(rank) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT("position") ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(review) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(state) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(annotator_id) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(leased_at) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(expires_at) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT(ahead) ON TABLE work.assignment TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE work.batch TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.contest TO evenhand_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.count_change TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.count_change TO evenhand_dispatcher;

GRANT SELECT(due_at) ON TABLE work.count_change TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE work.count_of_batch TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.count_of_project TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.count_of_tag TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.count_of_time TO evenhand_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.draft TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.experience TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.experience TO evenhand_dispatcher;

GRANT SELECT(may_be_fitted) ON TABLE work.experience TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE work.gold TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.gold TO evenhand_dispatcher;

GRANT SELECT(purpose) ON TABLE work.gold TO evenhand_dispatcher;

GRANT SELECT(retired_at) ON TABLE work.gold TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE work.gold_score TO evenhand_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.idempotency TO evenhand_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.learning_due TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.learning_due TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE work.project TO evenhand_app;

GRANT SELECT,INSERT ON TABLE work.project_params TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.queue TO evenhand_app;
GRANT SELECT ON TABLE work.queue TO evenhand_dispatcher;

GRANT SELECT,INSERT,DELETE ON TABLE work.queue_opened TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.queue_opened TO evenhand_dispatcher;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.score_due TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.score_due TO evenhand_dispatcher;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.skill TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.skill TO evenhand_dispatcher;

GRANT SELECT(annotator_id) ON TABLE work.skill TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE work.standing TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.standing TO evenhand_dispatcher;

GRANT SELECT(annotator_id) ON TABLE work.standing TO evenhand_dispatcher;

GRANT SELECT(paused_at) ON TABLE work.standing TO evenhand_dispatcher;

GRANT SELECT(judge_at) ON TABLE work.standing TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE work.task TO evenhand_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE work.task_file TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.task_file TO evenhand_dispatcher;

GRANT SELECT(file_id) ON TABLE work.task_file TO evenhand_dispatcher;

GRANT SELECT(due_at) ON TABLE work.task_file TO evenhand_dispatcher;

GRANT SELECT,INSERT,DELETE ON TABLE work.task_tag TO evenhand_app;

GRANT UPDATE(status) ON TABLE work.task_tag TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE work.verdict TO evenhand_app;

GRANT SELECT(tenant_id) ON TABLE work.verdict TO evenhand_dispatcher;

GRANT SELECT(settled_at) ON TABLE work.verdict TO evenhand_dispatcher;

GRANT SELECT,INSERT,UPDATE ON TABLE workforce.annotator TO evenhand_app;

GRANT SELECT,INSERT,UPDATE ON TABLE workforce.token TO evenhand_app;
