-- What an annotator holds is counted in one message with the lock that makes the count stand, and
-- by an index of theirs instead of tenant by tenant.

CREATE INDEX assignment_held ON work.assignment (annotator_id, tenant_id, assignment_id)
    WHERE state = 'leased';

CREATE OR REPLACE FUNCTION work.held_by(annotator uuid)
    RETURNS TABLE (tenant_id uuid, assignment_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT a.tenant_id, a.assignment_id
  FROM work.assignment AS a
 WHERE a.state = 'leased' AND a.annotator_id = annotator
$$;

-- VOLATILE: the second statement sees what the transactions did for which the first one waited.
CREATE FUNCTION work.held_alone(who uuid) RETURNS int
    LANGUAGE sql VOLATILE SET search_path = pg_catalog AS
$$
SELECT FROM workforce.annotator WHERE annotator_id = who FOR NO KEY UPDATE;
SELECT count(*)::int FROM work.held_by(who);
$$;
COMMENT ON FUNCTION work.held_alone IS
    'Lets one transaction at a time decide what is lent to an annotator; how many they hold.';
REVOKE ALL ON FUNCTION work.held_alone(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.held_alone(uuid) TO evenhand_app;
