-- work: a task with a unique_id keeps a digest of the request that it was created from, so that the
-- same request sent again is known from another one under the same unique_id.

-- Empty for tasks without a unique_id, and for those created before or by a server of the version
-- before: these are compared by what they say.
ALTER TABLE work.task ADD COLUMN asked bytea CHECK (octet_length(asked) = 16);
