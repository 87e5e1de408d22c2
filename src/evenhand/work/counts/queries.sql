-- name: count_kept
-- How many tasks fit, from the counts that are kept: what is folded, and what is not yet. Both are
-- seen as of one moment.
SELECT coalesce(sum(kept.tasks), 0)::bigint
  FROM (SELECT c.tasks
          FROM work.count_of_project AS c
         WHERE c.tenant_id = %(tenant_id)s
           AND c.is_test = %(is_test)s
           AND (%(project_id)s::uuid IS NULL OR c.project_key = %(project_id)s)
           AND (%(type)s::text IS NULL OR c.type = %(type)s)
           AND (%(status)s::text IS NULL OR c.status = %(status)s)
         UNION ALL
        SELECT c.tasks
          FROM work.count_change AS c
         WHERE c.tenant_id = %(tenant_id)s
           AND c.is_test = %(is_test)s
           AND (%(project_id)s::uuid IS NULL OR c.project_key = %(project_id)s)
           AND (%(type)s::text IS NULL OR c.type = %(type)s)
           AND (%(status)s::text IS NULL OR c.status = %(status)s)) AS kept;

-- name: count_kept_of_batch
-- The same within a batch.
SELECT coalesce(sum(kept.tasks), 0)::bigint
  FROM (SELECT c.tasks
          FROM work.count_of_batch AS c
         WHERE c.tenant_id = %(tenant_id)s
           AND c.batch_id = %(batch_id)s
           AND (%(project_id)s::uuid IS NULL OR c.project_key = %(project_id)s)
           AND (%(type)s::text IS NULL OR c.type = %(type)s)
           AND (%(status)s::text IS NULL OR c.status = %(status)s)
         UNION ALL
        SELECT c.tasks
          FROM work.count_change AS c
         WHERE c.tenant_id = %(tenant_id)s
           AND c.batch_id = %(batch_id)s
           AND (%(project_id)s::uuid IS NULL OR c.project_key = %(project_id)s)
           AND (%(type)s::text IS NULL OR c.type = %(type)s)
           AND (%(status)s::text IS NULL OR c.status = %(status)s)) AS kept;

-- name: count_kept_of_tags
-- The same of tasks that have one of some tags; a task that has several is counted once for each.
SELECT coalesce(sum(kept.tasks), 0)::bigint
  FROM (SELECT c.tasks
          FROM work.count_of_tag AS c
         WHERE c.tenant_id = %(tenant_id)s
           AND c.is_test = %(is_test)s
           AND c.tag = ANY(%(tags)s::text[])
           AND (%(project_id)s::uuid IS NULL OR c.project_key = %(project_id)s)
           AND (%(batch_id)s::uuid IS NULL OR c.batch_key = %(batch_id)s)
           AND (%(type)s::text IS NULL OR c.type = %(type)s)
           AND (%(status)s::text IS NULL OR c.status = %(status)s)
         UNION ALL
        SELECT coalesce(tag.tasks, c.tasks)
          FROM work.count_change AS c
         CROSS JOIN LATERAL unnest(c.tags, c.tagged) AS tag (name, tasks)
         WHERE c.tenant_id = %(tenant_id)s
           AND c.is_test = %(is_test)s
           AND tag.name = ANY(%(tags)s)
           AND (%(project_id)s::uuid IS NULL OR c.project_key = %(project_id)s)
           AND (%(batch_id)s::uuid IS NULL OR c.batch_id = %(batch_id)s)
           AND (%(type)s::text IS NULL OR c.type = %(type)s)
           AND (%(status)s::text IS NULL OR c.status = %(status)s)) AS kept;

-- name: count_created
-- How many tasks were created between two moments, both included; none where the first is later.
SELECT greatest(0, work.tasks_since(%(tenant_id)s, %(is_test)s,
                                    coalesce(%(created_from)s::timestamptz, '-infinity'))
                 - CASE WHEN %(created_to)s::timestamptz IS NULL THEN 0
                        ELSE work.tasks_since(%(tenant_id)s, %(is_test)s,
                                              %(created_to)s::timestamptz
                                              + interval '1 microsecond') END);

-- name: second_of_place
-- The second after the one in which a place of the whole list lies, and how many tasks of that
-- second come before it: found by days, then minutes, then seconds.
SELECT second.starts_at + interval '1 second' AS before, second.skip
  FROM work.time_of_place(%(tenant_id)s, %(is_test)s, 86400, '-infinity', 'infinity', %(place)s)
    AS day
 CROSS JOIN LATERAL work.time_of_place(
       %(tenant_id)s, %(is_test)s, 60, day.starts_at, day.starts_at + interval '24 hours',
       day.skip) AS minute
 CROSS JOIN LATERAL work.time_of_place(
       %(tenant_id)s, %(is_test)s, 1, minute.starts_at, minute.starts_at + interval '1 minute',
       minute.skip) AS second;

-- name: tenants_to_count
-- Tenants whose counts have changes to fold in, made from a moment on.
SELECT tenant_id, since
  FROM work.tenants_to_count_since(%(since)s);

-- name: fold_counts
-- Changes become part of the counts. Two who fold at once take different changes; whoever counts
-- sees each change in one place or the other. The order keeps two from waiting for each other.
WITH taken AS (
    SELECT due_at, change_id
      FROM work.count_change
     WHERE tenant_id = %(tenant_id)s
       AND due_at >= %(since)s
     ORDER BY due_at
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED),
folded AS (
    DELETE FROM work.count_change AS c
     USING taken
     WHERE c.tenant_id = %(tenant_id)s
       AND c.due_at >= %(since)s
       AND c.due_at = taken.due_at
       AND c.change_id = taken.change_id
 RETURNING c.tenant_id, c.is_test, c.project_key, c.batch_id, c.type, c.status, c.created_at,
           c.tasks),
by_project AS (
    INSERT INTO work.count_of_project AS kept (tenant_id, is_test, project_key, type, status, tasks)
    SELECT tenant_id, is_test, project_key, type, status, sum(tasks)
      FROM folded
     GROUP BY tenant_id, is_test, project_key, type, status
     ORDER BY is_test, project_key, type, status
        ON CONFLICT (tenant_id, is_test, project_key, type, status)
        DO UPDATE SET tasks = kept.tasks + EXCLUDED.tasks),
by_batch AS (
    INSERT INTO work.count_of_batch AS kept (tenant_id, batch_id, is_test, project_key, type,
                                             status, tasks)
    SELECT tenant_id, batch_id, is_test, project_key, type, status, sum(tasks)
      FROM folded
     WHERE batch_id IS NOT NULL
     GROUP BY tenant_id, batch_id, is_test, project_key, type, status
     ORDER BY batch_id, is_test, project_key, type, status
        ON CONFLICT (tenant_id, batch_id, is_test, project_key, type, status)
        DO UPDATE SET tasks = kept.tasks + EXCLUDED.tasks),
by_time AS (
    INSERT INTO work.count_of_time AS kept (tenant_id, is_test, seconds, starts_at, tasks)
    SELECT tenant_id, is_test, width.seconds,
           date_bin(make_interval(secs => width.seconds), created_at, '2000-01-01 00:00:00+00')
           AS starts_at, sum(tasks)
      FROM folded
     CROSS JOIN (VALUES (1), (60), (86400)) AS width (seconds)
     WHERE created_at IS NOT NULL
     GROUP BY tenant_id, is_test, width.seconds, starts_at
     ORDER BY is_test, width.seconds, starts_at
        ON CONFLICT (tenant_id, is_test, seconds, starts_at)
        DO UPDATE SET tasks = kept.tasks + EXCLUDED.tasks)
SELECT count(*)
  FROM folded;
