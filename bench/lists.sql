-- Statements of the benchmark of lists, run as the superuser of a throwaway database.

-- name: others
-- The other tenants, each with a project.
WITH made AS (
    INSERT INTO tenants.tenant (tenant_id, name, callback_auth_key, created_at)
    SELECT gen_random_uuid(), 'other ' || n, '\x00', now()
      FROM generate_series(1, %(tenants)s) AS n
 RETURNING tenant_id)
INSERT INTO work.project (tenant_id, project_id, is_test, name, type, created_at)
SELECT tenant_id, gen_random_uuid(), false, 'other', 'categorization', now()
  FROM made;

-- name: places
-- Projects and batches of the tenant that is large; one project in twenty is of another type.
WITH projects AS (
    INSERT INTO work.project (tenant_id, project_id, is_test, name, type, created_at)
    SELECT %(tenant_id)s, gen_random_uuid(), false, 'project ' || n,
           CASE n WHEN 19 THEN 'textcollection' ELSE 'categorization' END, now()
      FROM generate_series(0, 19) AS n
 RETURNING tenant_id, project_id, name)
INSERT INTO work.batch (tenant_id, batch_id, project_id, is_test, name, status, created_at)
SELECT tenant_id, gen_random_uuid(), project_id, false,
       'batch ' || split_part(name, ' ', 2) || ' ' || n, 'in_progress', now()
  FROM projects
 CROSS JOIN generate_series(0, 9) AS n;

-- name: fill
-- Tasks of the large tenant from a number on, in calls of a thousand a microsecond apart, spread
-- over 90 days. The newer are pending, the older completed, and few of each are otherwise.
INSERT INTO work.task (tenant_id, task_id, is_test, project_id, batch_id, type, status, stage,
                       params, unique_id, tags, annotations_wanted, created_at, updated_at,
                       completed_at)
SELECT %(tenant_id)s, lpad(to_hex(made.n), 8, '0') || left(md5(made.n::text), 16), false,
       place.project_id, place.batch_id, place.type, made.status,
       CASE made.status WHEN 'pending' THEN 'open' ELSE 'closed' END,
       jsonb_build_object('attachment', 'A text of some length, number ' || made.n,
                          'attachment_type', 'text', 'categories', ARRAY['a', 'b']),
       'u' || made.n,
       CASE WHEN made.n %% 10 = 0 THEN ARRAY['common']
            WHEN made.n %% 1000 = 7 THEN ARRAY['rare'] END,
       1, made.created_at,
       CASE made.status WHEN 'pending' THEN made.created_at
                        ELSE made.created_at + made.lag END,
       CASE made.status WHEN 'completed' THEN made.created_at + made.lag END
  FROM (SELECT n, %(first)s::timestamptz + n / 1000 * (interval '90 days' * 1000 / %(tasks)s)
               + n %% 1000 * interval '1 microsecond' AS created_at,
               interval '1 hour' + n::bigint * 7919 %% 3600 * interval '1 second' AS lag,
               CASE WHEN n %% 3001 = 5 THEN 'error' WHEN n %% 97 = 3 THEN 'canceled'
                    WHEN (n > %(tasks)s * 0.6) <> (n %% 20 = 1) THEN 'pending'
                    ELSE 'completed' END AS status
          FROM generate_series(%(begin)s::int, %(end)s::int - 1) AS n) AS made
  JOIN (SELECT p.project_id, b.batch_id, p.type, split_part(b.name, ' ', 2)::int AS project,
               split_part(b.name, ' ', 3)::int AS number
          FROM work.project AS p
          JOIN work.batch AS b ON b.tenant_id = p.tenant_id AND b.project_id = p.project_id
         WHERE p.tenant_id = %(tenant_id)s) AS place
    ON place.project = made.n / 1000 %% 20 AND place.number = made.n / 20000 %% 10;

-- name: fill_others
-- As many tasks for each of the others.
INSERT INTO work.task (tenant_id, task_id, is_test, project_id, type, status, stage, params,
                       annotations_wanted, created_at, updated_at)
SELECT p.tenant_id, md5(p.project_id::text || n)::char(24), false, p.project_id, p.type, 'pending',
       'open', '{}', 1, %(first)s::timestamptz + n * interval '1 hour',
       %(first)s::timestamptz + n * interval '1 hour'
  FROM work.project AS p
 CROSS JOIN generate_series(1, %(each)s) AS n
 WHERE p.name = 'other';

-- name: settle
-- What was completed has a response, and what is pending is wanted.
INSERT INTO work.verdict (tenant_id, task_id, response, confidence, method, annotations, settled_at)
SELECT tenant_id, task_id, '{"category": "a"}', 0.9, 'majority', 1, completed_at
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND status = 'completed';

-- name: want
-- What is pending is offered.
INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position, state)
SELECT tenant_id, gen_random_uuid(), task_id, project_id, -10,
       round(date_part('epoch', created_at) * 1000000)::bigint, 'open'
  FROM work.task
 WHERE tenant_id = %(tenant_id)s
   AND status = 'pending';

-- name: refresh_statistics
-- What autovacuum does within a minute of a large import.
VACUUM (ANALYZE);

-- name: tenant_of_name
-- The large tenant.
SELECT tenant_id
  FROM tenants.tenant
 WHERE name = %(name)s;
