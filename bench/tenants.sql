-- Statements of the benchmark of many tenants, run as the superuser of a throwaway database.

-- name: make_tenants
-- Tenants with a name and a project each.
WITH made AS (
    INSERT INTO tenants.tenant (tenant_id, name, callback_auth_key, created_at)
    SELECT gen_random_uuid(), 'tenant ' || n, '\x00', now()
      FROM generate_series(1, %(tenants)s) AS n
 RETURNING tenant_id, name),
known AS (
    INSERT INTO tenants.party (tenant_id, party_key, name, added_at)
    SELECT tenant_id, sha256(convert_to(name, 'UTF8')), name, now()
      FROM made)
INSERT INTO work.project (tenant_id, project_id, is_test, name, type, created_at)
SELECT tenant_id, gen_random_uuid(), false, 'bench', 'categorization', now()
  FROM made
RETURNING tenant_id;

-- name: name_rivals
-- So many conflicts between any two of them, and people who were shown something of twenty each.
WITH everyone AS (
    SELECT array_agg(tenant_id) AS ids, array_agg(party_key) AS keys, count(*) AS many
      FROM tenants.party),
shown AS (
    INSERT INTO walls.exposure (tenant_id, person_id, first_day, last_day)
    SELECT DISTINCT everyone.ids[1 + floor(random() * everyone.many)::int],
           md5('person ' || person)::uuid, CURRENT_DATE, CURRENT_DATE
      FROM everyone, generate_series(1, %(people)s) AS person, generate_series(1, 20))
INSERT INTO walls.declaration (tenant_id, declaration_id, other_name, other_key, cooling_off_days,
                               declared_by, declared_at)
SELECT everyone.ids[1 + floor(random() * everyone.many)::int], gen_random_uuid(), 'a rival',
       everyone.keys[1 + floor(random() * everyone.many)::int], 180, 'tenant', now()
  FROM everyone, generate_series(1, %(conflicts)s)
    ON CONFLICT DO NOTHING;

-- name: fill
-- Tasks for some of the tenants, until each has so many open ones.
WITH made AS (
    INSERT INTO work.task (tenant_id, task_id, is_test, project_id, type, status, stage, params,
                           annotations_wanted, created_at, updated_at)
    SELECT place.tenant_id,
           lpad(to_hex(extract(epoch FROM place.now)::bigint), 8, '0')
           || left(md5(place.project_id::text || place.now || n), 16),
           false, place.project_id, 'categorization', 'pending', 'open',
           jsonb_build_object('attachment', 'No. ' || n || ' of ' || place.tenant_id || ' at '
                              || place.now || ', a text of some length: the call was clear.',
                              'attachment_type', 'text',
                              'categories', ARRAY['positive', 'negative']),
           1, place.now, place.now
      FROM (SELECT p.tenant_id, p.project_id, clock_timestamp() AS now,
                   (SELECT count(*) FROM work.assignment AS a
                     WHERE a.tenant_id = p.tenant_id AND a.state = 'open')::int AS open
              FROM work.project AS p
             WHERE p.tenant_id = ANY (%(tenant_ids)s)
            OFFSET 0) AS place
     CROSS JOIN LATERAL generate_series(place.open + 1, %(each)s) AS n
 RETURNING tenant_id, task_id, project_id, created_at)
INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position, state)
SELECT tenant_id, gen_random_uuid(), task_id, project_id, -10,
       round(date_part('epoch', created_at) * 1000000)::bigint, 'open'
  FROM made;

-- name: make_annotators
-- Annotators with tokens of which the hashes are given.
WITH made AS (
    INSERT INTO workforce.annotator (annotator_id, email, name, kind, reviewer, created_at)
    SELECT gen_random_uuid(), 'bench ' || n || '@bench.example', 'bench', 'person', false, now()
      FROM generate_series(1, cardinality(%(hashes)s::bytea[])) AS n
 RETURNING annotator_id, email)
INSERT INTO workforce.token (token_hash, annotator_id, purpose, created_at)
SELECT given.hash, made.annotator_id, 'api', now()
  FROM unnest(%(hashes)s::bytea[]) WITH ORDINALITY AS given (hash, n)
  JOIN made ON made.email = 'bench ' || given.n || '@bench.example';

-- name: unsettled
-- What background work still owes.
SELECT (SELECT count(*) FROM work.count_change) + (SELECT count(*) FROM work.assessment_due)
     + (SELECT count(*) FROM ledger.entry WHERE position IS NULL);

-- name: refresh_statistics
-- What autovacuum does within a minute of a large import.
VACUUM (ANALYZE);
