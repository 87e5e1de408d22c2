-- ledger: what nobody could know before the last epoch was made, for whoever draws lots.

CREATE FUNCTION ledger.beacon() RETURNS TABLE (epoch bigint, value text)
    LANGUAGE sql STABLE AS
$$
SELECT coalesce(max(log.size), 0),
       coalesce(max(encode(log.root, 'hex')), encode(sha256(''), 'hex'))
  FROM ledger.public_log AS log
$$;
COMMENT ON FUNCTION ledger.beacon() IS
    'The epoch under way, and the root of the public log before it.';
REVOKE ALL ON FUNCTION ledger.beacon() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.beacon() TO evenhand_app;
