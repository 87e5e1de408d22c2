-- Statements of the assessment benchmark, run as the superuser of a throwaway database.

-- name: install
-- Deferred, a trigger runs when the transaction is about to commit.
CREATE SCHEMA bench;
CREATE TABLE bench.mark (kind text, task_id text, at timestamptz);
CREATE FUNCTION bench.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$
BEGIN
    INSERT INTO bench.mark VALUES (TG_TABLE_NAME, NEW.task_id, clock_timestamp());
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER bench AFTER INSERT ON work.annotation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bench.note();
CREATE CONSTRAINT TRIGGER bench AFTER INSERT ON work.verdict
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bench.note();
CREATE CONSTRAINT TRIGGER bench AFTER INSERT ON work.assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bench.note();

-- name: times
-- From the last annotation before a verdict or a further assignment to that.
SELECT kind, extract(epoch FROM at - annotated_at)::float8 * 1000 AS milliseconds
  FROM (SELECT kind, at,
               max(at) FILTER (WHERE kind = 'annotation') OVER (
                   PARTITION BY task_id ORDER BY at
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS annotated_at
          FROM bench.mark) AS noted
 WHERE kind <> 'annotation'
   AND annotated_at IS NOT NULL;
