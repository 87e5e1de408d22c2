-- Statements of the demo.

-- name: tenant_tables
-- Every table and view that the server's role may read and that says whose a row is.
SELECT c.table_schema, c.table_name
  FROM information_schema.columns AS c
 WHERE c.column_name = 'tenant_id'
   AND has_table_privilege(format('%%I.%%I', c.table_schema, c.table_name), 'SELECT')
 ORDER BY c.table_schema, c.table_name;
