-- ledger: another public log in place of one that cannot go on.

ALTER TABLE ledger.public_log ADD COLUMN instead_of text;
COMMENT ON COLUMN ledger.public_log.instead_of IS
    'JSON: what was published of the log that this one was begun in place of, and what was held.';

-- Epochs of the log that ended, and what they said of private logs, go: under another name nothing
-- of it can be proved any more. It does what its caller may: the application may not empty a table.
CREATE FUNCTION ledger.begin_anew(name text, empty_root bytea, ended text) RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
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
REVOKE ALL ON FUNCTION ledger.begin_anew(text, bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.begin_anew(text, bytea, text) TO evenhand_app;
