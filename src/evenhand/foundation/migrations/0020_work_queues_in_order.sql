-- work: queues that have work lie in the order of their tags, so that a decision looks at the first
-- few of them; leases and submissions that are one statement each.

-- The table before last and the function that fed the rule from it: no server that may still run
-- beside this one reads them.
DROP FUNCTION work.queues(boolean, uuid);
DROP TABLE work.turn;

ALTER TABLE work.queue
    ADD COLUMN has_open boolean NOT NULL DEFAULT false,
    ADD COLUMN has_reviews boolean NOT NULL DEFAULT false,
    ADD COLUMN tie text COLLATE "C" NOT NULL DEFAULT '',
    ALTER COLUMN waiting SET DEFAULT false;
COMMENT ON COLUMN work.queue.waiting IS 'Of the rule before this one; nobody reads it any more.';
COMMENT ON COLUMN work.queue.has_open IS
    'Annotators may find work: noted by the first decision after it came, taken back by one that '
    'found none.';
COMMENT ON COLUMN work.queue.has_reviews IS 'As has_open, for reviewers.';
COMMENT ON COLUMN work.queue.tie IS 'Equal tags fall by it; new each time that the tag moves.';
GRANT SELECT ON work.queue TO evenhand_dispatcher;

CREATE INDEX queue_for_annotators ON work.queue (tag, tie) WHERE has_open;
CREATE INDEX queue_for_reviewers ON work.queue (tag, tie) WHERE has_open OR has_reviews;
CREATE INDEX queue_served ON work.queue (served);

-- Work came to a queue that was thought to have none. Rows are only added, so that those who bring
-- work at once do not wait for each other; the next decision notes it, and takes them away.
CREATE TABLE work.queue_opened (
    tenant_id  uuid     NOT NULL REFERENCES tenants.tenant,
    opened_id  uuid     NOT NULL DEFAULT gen_random_uuid(),
    review     boolean  NOT NULL,
    PRIMARY KEY (tenant_id, opened_id)
);
COMMENT ON TABLE work.queue_opened IS 'Queues that got work since the last decision.';
ALTER TABLE work.queue_opened ENABLE ROW LEVEL SECURITY;
ALTER TABLE work.queue_opened FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON work.queue_opened
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON work.queue_opened TO evenhand_app;
GRANT SELECT (tenant_id) ON work.queue_opened TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.queue_opened FOR SELECT TO evenhand_dispatcher USING (true);

-- Whoever opens assignments locks the queue's row together with others who do; whoever takes back
-- that it has work locks it alone, and so sees all that was opened, or leaves it.
CREATE FUNCTION work.tell_opened(tenant uuid, for_review boolean) RETURNS void
    LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    PERFORM FROM work.queue AS q WHERE q.tenant_id = tenant FOR KEY SHARE;
    -- A tenant's first work finds no row to lock: it is always told. Else a statement of its own,
    -- for it must see what was done while the lock was waited for.
    IF NOT FOUND
       OR (NOT EXISTS (SELECT FROM work.queue AS q
                        WHERE q.tenant_id = tenant
                          AND CASE WHEN for_review THEN q.has_reviews ELSE q.has_open END)
           AND NOT EXISTS (SELECT FROM work.queue_opened AS o
                            WHERE o.tenant_id = tenant AND o.review = for_review)) THEN
        INSERT INTO work.queue_opened (tenant_id, review) VALUES (tenant, for_review);
    END IF;
END
$$;

CREATE FUNCTION work.tell_inserted() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM work.tell_opened(kind.tenant_id, kind.review)
       FROM (SELECT DISTINCT i.tenant_id, i.review FROM inserted AS i WHERE i.state = 'open')
         AS kind;
    RETURN NULL;
END
$$;
CREATE TRIGGER assignment_inserted AFTER INSERT ON work.assignment
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION work.tell_inserted();

CREATE FUNCTION work.tell_reopened() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM work.tell_opened(NEW.tenant_id, NEW.review);
    RETURN NULL;
END
$$;
CREATE TRIGGER assignment_reopened AFTER UPDATE OF state ON work.assignment
    FOR EACH ROW WHEN (NEW.state = 'open' AND OLD.state <> 'open')
    EXECUTE FUNCTION work.tell_reopened();

-- The triggers above hold off whoever writes assignments until this is committed, so what is open
-- now is all there is.
ALTER TABLE work.assignment NO FORCE ROW LEVEL SECURITY;
ALTER TABLE work.queue NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.tenant NO FORCE ROW LEVEL SECURITY;
INSERT INTO work.queue (tenant_id, tag, served, has_open, has_reviews, tie)
SELECT t.tenant_id, 0, 0, has.open, has.reviews,
       encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex')
  FROM tenants.tenant AS t
 CROSS JOIN LATERAL (
       SELECT EXISTS (SELECT FROM work.assignment AS a
                       WHERE a.tenant_id = t.tenant_id AND NOT a.review AND a.state = 'open'),
              EXISTS (SELECT FROM work.assignment AS a
                       WHERE a.tenant_id = t.tenant_id AND a.review AND a.state = 'open'))
    AS has (open, reviews)
    ON CONFLICT (tenant_id) DO UPDATE
   SET has_open = excluded.has_open, has_reviews = excluded.has_reviews, tie = excluded.tie;
ALTER TABLE work.assignment FORCE ROW LEVEL SECURITY;
ALTER TABLE work.queue FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.tenant FORCE ROW LEVEL SECURITY;
