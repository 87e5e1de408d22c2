-- work, ledger: what is due is found in the order in which it was entered, and so from a moment on.
-- What is done lies in front of it for as long as an old transaction keeps vacuum from taking it
-- away; each look, and each step after it, would walk past all of it.

-- The default is also for a server of the version before. The moment of the row and not of its
-- transaction, so that it is late by as little as can be.
ALTER TABLE work.assessment_due
    ADD COLUMN due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    DROP CONSTRAINT assessment_due_pkey,
    ADD PRIMARY KEY (tenant_id, due_at, annotation_id);
CREATE INDEX assessment_due_first ON work.assessment_due (due_at, tenant_id);

ALTER TABLE work.count_change
    ADD COLUMN due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    DROP CONSTRAINT count_change_pkey,
    ADD PRIMARY KEY (tenant_id, due_at, change_id);
CREATE INDEX count_change_first ON work.count_change (due_at, tenant_id);

-- Looks begin at the moment and not with the tenants, for those who only wait cost nothing then.
CREATE FUNCTION work.tenants_to_assess_since(moment timestamptz)
    RETURNS TABLE (tenant_id uuid, since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT due.tenant_id, min(due.due_at)
  FROM (SELECT d.tenant_id, d.due_at
          FROM work.assessment_due AS d
         WHERE d.due_at >= moment
         ORDER BY d.due_at
        OFFSET 0) AS due
 GROUP BY due.tenant_id
$$;

CREATE FUNCTION work.tenants_to_count_since(moment timestamptz)
    RETURNS TABLE (tenant_id uuid, since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT due.tenant_id, min(due.due_at)
  FROM (SELECT c.tenant_id, c.due_at
          FROM work.count_change AS c
         WHERE c.due_at >= moment
         ORDER BY c.due_at
        OFFSET 0) AS due
 GROUP BY due.tenant_id
$$;

GRANT SELECT (due_at) ON work.assessment_due, work.count_change TO evenhand_dispatcher;
GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
REVOKE ALL ON FUNCTION work.tenants_to_assess_since(timestamptz),
                       work.tenants_to_count_since(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.tenants_to_assess_since(timestamptz),
                          work.tenants_to_count_since(timestamptz) TO evenhand_app;
ALTER FUNCTION work.tenants_to_assess_since(timestamptz) OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_to_count_since(timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;

-- An entry's id begins with the millisecond in which it was entered.
CREATE FUNCTION ledger.first_id(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE AS
$$
SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
REVOKE ALL ON FUNCTION ledger.first_id(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.first_id(timestamptz) TO evenhand_app, evenhand_dispatcher;

CREATE INDEX entry_pending_first ON ledger.entry (entry_id, tenant_id) WHERE position IS NULL;

-- Where anything is pending, a probe for each tenant, since one may have very many entries.
CREATE FUNCTION ledger.tenants_pending_since(moment timestamptz)
    RETURNS TABLE (tenant_id uuid, since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id,
       to_timestamp(('x' || left(replace(first.entry_id::text, '-', ''), 12))::bit(48)::bigint
                    / 1000.0)
  FROM tenants.tenant AS t
 CROSS JOIN LATERAL (SELECT e.entry_id
                       FROM ledger.entry AS e
                      WHERE e.tenant_id = t.tenant_id AND e.position IS NULL
                        AND e.entry_id >= ledger.first_id(moment)
                      ORDER BY e.entry_id
                      LIMIT 1) AS first
 WHERE (SELECT count(*)
          FROM (SELECT FROM ledger.entry AS e
                 WHERE e.position IS NULL AND e.entry_id >= ledger.first_id(moment)
                 ORDER BY e.entry_id
                 LIMIT 1) AS pending) > 0
$$;

GRANT SELECT (entry_id) ON ledger.entry TO evenhand_dispatcher;
GRANT CREATE ON SCHEMA ledger TO evenhand_dispatcher;
REVOKE ALL ON FUNCTION ledger.tenants_pending_since(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.tenants_pending_since(timestamptz) TO evenhand_app;
ALTER FUNCTION ledger.tenants_pending_since(timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA ledger FROM evenhand_dispatcher;
