-- work: equal tags fall by a handle of the queue and the beacon of the epoch in which the tag was
-- moved. The handle is drawn once, and in the record before the beacon can be known.

ALTER TABLE work.queue ADD COLUMN handle uuid NOT NULL DEFAULT gen_random_uuid();

CREATE FUNCTION work.advance(tenant uuid, start bigint, step bigint)
    RETURNS TABLE (tag_before bigint, tag_after bigint, epoch bigint)
    LANGUAGE plpgsql AS
$$
#variable_conflict use_column
BEGIN
    IF step = 0 THEN
        RETURN QUERY SELECT start, start, beacon.epoch FROM ledger.beacon() AS beacon;
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE work.queue AS q
       SET tag = greatest(q.tag, start) + step,
           served = greatest(q.served, q.tag, start),
           tie = encode(sha256(convert_to(beacon.value || q.handle::text, 'UTF8')), 'hex')
      FROM ledger.beacon() AS beacon
     WHERE q.tenant_id = tenant
    RETURNING q.tag - step, q.tag, beacon.epoch;
END
$$;
REVOKE ALL ON FUNCTION work.advance(uuid, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.advance(uuid, bigint, bigint) TO evenhand_app;

CREATE FUNCTION work.note_opened(tenant uuid, virtual_time bigint)
    RETURNS TABLE (tag bigint, tie text, has_open boolean, has_reviews boolean, handle uuid,
                   epoch bigint)
    LANGUAGE plpgsql AS
$$
#variable_conflict use_column
DECLARE
    opened  boolean;
    reviews boolean;
    drawn   uuid := gen_random_uuid();
BEGIN
    WITH gone AS (
        DELETE FROM work.queue_opened AS o WHERE o.tenant_id = tenant
        RETURNING o.review)
    SELECT bool_or(NOT gone.review), bool_or(gone.review)
      INTO opened, reviews
      FROM gone;
    IF opened IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH beacon AS MATERIALIZED (SELECT b.epoch, b.value FROM ledger.beacon() AS b),
    noted AS (
        INSERT INTO work.queue AS q (tenant_id, tag, served, has_open, has_reviews, handle, tie)
        SELECT tenant, virtual_time, 0, opened, reviews, drawn,
               encode(sha256(convert_to(beacon.value || drawn::text, 'UTF8')), 'hex')
          FROM beacon
            ON CONFLICT (tenant_id) DO UPDATE
           SET tag = CASE WHEN q.has_open OR q.has_reviews THEN q.tag
                          ELSE greatest(q.tag, excluded.tag) END,
               tie = CASE WHEN q.has_open OR q.has_reviews THEN q.tie
                          ELSE encode(sha256(convert_to((SELECT beacon.value FROM beacon)
                                                        || q.handle::text, 'UTF8')), 'hex') END,
               has_open = q.has_open OR excluded.has_open,
               has_reviews = q.has_reviews OR excluded.has_reviews
         WHERE (q.has_open, q.has_reviews)
            <> (q.has_open OR excluded.has_open, q.has_reviews OR excluded.has_reviews)
        RETURNING q.tag, q.tie, q.has_open, q.has_reviews, q.handle)
    SELECT noted.tag, noted.tie, noted.has_open, noted.has_reviews, noted.handle, beacon.epoch
      FROM noted
     CROSS JOIN beacon;
END
$$;
REVOKE ALL ON FUNCTION work.note_opened(uuid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.note_opened(uuid, bigint) TO evenhand_app;

-- All queues are noted anew, so that the record says of each its handle and where it stands. Of
-- all tenants, so the policies that show one alone are set aside for this transaction.
ALTER TABLE work.queue NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.queue_opened NO FORCE ROW LEVEL SECURITY;
INSERT INTO work.queue_opened (tenant_id, review)
SELECT tenant_id, false FROM work.queue WHERE has_open
 UNION ALL
SELECT tenant_id, true FROM work.queue WHERE has_reviews;
UPDATE work.queue SET has_open = false, has_reviews = false WHERE has_open OR has_reviews;
ALTER TABLE work.queue FORCE ROW LEVEL SECURITY;
ALTER TABLE work.queue_opened FORCE ROW LEVEL SECURITY;
