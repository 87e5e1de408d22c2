-- ledger: an entry as part of a step that is one statement.

-- An event without a place: the sequencer gives it one, so no writer waits for another. Its id is
-- of version 7 (RFC 9562), in steps of a quarter of a microsecond: the order of a step's entries is
-- kept where `at` is the same for all, a cause comes before what it caused whichever machine
-- entered it, and new entries fall side by side in the index.
CREATE FUNCTION ledger.enter(tenant uuid, moment timestamptz, told text, secret bytea) RETURNS uuid
    LANGUAGE plpgsql VOLATILE AS
$$
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
REVOKE ALL ON FUNCTION ledger.enter(uuid, timestamptz, text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.enter(uuid, timestamptz, text, bytea) TO evenhand_app;
