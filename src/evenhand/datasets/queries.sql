-- Statements of the datasets part.

-- name: newest_key
-- The key under which new files are sealed.
SELECT key_id, wrapped
  FROM datasets.data_key
 WHERE tenant_id = %(tenant_id)s
 ORDER BY created_at DESC, key_id DESC
 LIMIT 1;

-- name: find_key
-- The key that a file names.
SELECT wrapped
  FROM datasets.data_key
 WHERE tenant_id = %(tenant_id)s
   AND key_id = %(key_id)s;

-- name: insert_key
-- A new data key, sealed by the master key.
INSERT INTO datasets.data_key (tenant_id, key_id, wrapped, created_at)
VALUES (%(tenant_id)s, %(key_id)s, %(wrapped)s, %(now)s);

-- name: insert_file
-- A file whose object has been written: the row comes last, so that none lacks its object.
INSERT INTO datasets.file (tenant_id, file_id, key_id, salt, is_test, original_id, project_names,
                           reference_id, display_name, source_url, mime_type, size, sha256,
                           width, height, flaw, metadata, metadata_ordered, created_at, updated_at)
VALUES (%(tenant_id)s, %(file_id)s, %(key_id)s, %(salt)s, %(is_test)s, %(original_id)s,
        %(project_names)s, %(reference_id)s, %(display_name)s, %(source_url)s, %(mime_type)s,
        %(size)s, %(sha256)s, %(width)s, %(height)s, %(flaw)s, %(metadata)s::json,
        %(metadata)s::json, %(now)s, %(now)s);

-- name: find_file
-- One file of the tenant.
SELECT file_id, key_id, salt, is_test, project_names, reference_id, display_name, source_url,
       mime_type, size, sha256, width, height, flaw,
       coalesce(metadata_ordered, metadata::json) AS metadata, created_at, updated_at
  FROM datasets.file
 WHERE tenant_id = %(tenant_id)s
   AND file_id = %(file_id)s;

-- name: list_files
-- A page of files, newest first, after the last one of the page before; those alone that a tenant
-- brought.
SELECT file_id, key_id, salt, is_test, project_names, reference_id, display_name, source_url,
       mime_type, size, sha256, width, height, flaw,
       coalesce(metadata_ordered, metadata::json) AS metadata, created_at, updated_at
  FROM datasets.file
 WHERE tenant_id = %(tenant_id)s
   AND is_test = %(is_test)s
   AND original_id IS NULL
   AND (%(project_name)s::text IS NULL OR %(project_name)s::text = ANY (project_names))
   AND (%(metadata)s::jsonb IS NULL OR metadata @> %(metadata)s::jsonb)
   AND (%(after_time)s::timestamptz IS NULL
        OR (created_at, file_id) < (%(after_time)s::timestamptz, %(after_id)s::uuid))
 ORDER BY created_at DESC, file_id DESC
 LIMIT %(limit)s;
