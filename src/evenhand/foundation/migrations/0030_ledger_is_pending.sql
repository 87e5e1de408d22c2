-- ledger: whether any entry waits for its place is asked by itself, four times a second: to plan
-- the search for whose they are takes ten times as long as to see that there are none.

CREATE FUNCTION ledger.is_pending_since(moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT EXISTS (SELECT FROM ledger.entry AS e
                WHERE e.position IS NULL AND e.entry_id >= ledger.first_id(moment))
$$;
GRANT CREATE ON SCHEMA ledger TO evenhand_dispatcher;
REVOKE ALL ON FUNCTION ledger.is_pending_since(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.is_pending_since(timestamptz) TO evenhand_app;
ALTER FUNCTION ledger.is_pending_since(timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA ledger FROM evenhand_dispatcher;
