-- Statements of the benchmark of an hour of load, run as the superuser of a throwaway database.

-- name: hold
-- What a dump does: until it ends, nothing that was deleted since can be taken away.
SELECT count(*) FROM tenants.tenant;

-- name: dead_rows
-- Rows that only old transactions can see, by table.
SELECT schemaname || '.' || relname, n_dead_tup
  FROM pg_stat_user_tables
 WHERE schemaname <> 'public';

-- name: updates
-- What was updated, how much of it without touching an index, and what tables take with them.
SELECT schemaname || '.' || relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del,
       pg_total_relation_size(relid)
  FROM pg_stat_user_tables
 WHERE schemaname <> 'public'
   AND n_tup_upd + n_tup_del > 0
 ORDER BY n_tup_upd + n_tup_del DESC;
