-- work, datasets: JSON keeps the order in which it was given. `jsonb` sorts the members of objects,
-- `json` keeps their text.

-- Columns beside the old ones: to change the type of a column writes the whole table anew while
-- nobody may read it. Of what is written from now on only the new column is filled; what was
-- written before has lost its order already and stays where it is.
ALTER TABLE work.task
    ADD COLUMN params_ordered json,
    ADD COLUMN metadata_ordered json,
    ALTER COLUMN params DROP NOT NULL,
    ADD CONSTRAINT task_params_given
        CHECK (params IS NOT NULL OR params_ordered IS NOT NULL) NOT VALID;
ALTER TABLE work.annotation
    ADD COLUMN response_ordered json,
    ALTER COLUMN response DROP NOT NULL,
    ADD CONSTRAINT annotation_response_given
        CHECK (response IS NOT NULL OR response_ordered IS NOT NULL) NOT VALID;
ALTER TABLE work.verdict
    ADD COLUMN response_ordered json,
    ALTER COLUMN response DROP NOT NULL,
    ADD CONSTRAINT verdict_response_given
        CHECK (response IS NOT NULL OR response_ordered IS NOT NULL) NOT VALID;
COMMENT ON COLUMN work.task.params IS
    'Of tasks from before params_ordered, which holds them for all later ones.';
COMMENT ON COLUMN work.task.metadata IS 'Holds only where metadata_ordered is empty.';
COMMENT ON COLUMN work.annotation.response IS
    'Of annotations from before response_ordered, which holds it for all later ones.';
COMMENT ON COLUMN work.verdict.response IS
    'Of verdicts from before response_ordered, which holds it for all later ones.';

-- What is small, or is searched, is kept both ways. Who reads takes the text where it says the
-- same, for a server of the version before writes the other alone.
ALTER TABLE work.project ADD COLUMN policy_ordered json;
ALTER TABLE work.project_params ADD COLUMN params_ordered json;
ALTER TABLE work.batch ADD COLUMN metadata_ordered json;
ALTER TABLE work.gold
    ADD COLUMN expected_response_ordered json,
    ADD COLUMN initial_response_ordered json;
ALTER TABLE datasets.file ADD COLUMN metadata_ordered json;

-- The one in the order in which it was given, if it says the same as what counts.
CREATE FUNCTION work.in_order(counts jsonb, ordered json) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
SELECT CASE WHEN ordered::jsonb = counts THEN ordered ELSE counts::json END
$$;
REVOKE ALL ON FUNCTION work.in_order(jsonb, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.in_order(jsonb, json) TO evenhand_app;

-- As the function of this name that takes jsonb, which a server of the version before asks.
CREATE FUNCTION work.accept_annotation(tenant uuid, assignment uuid, annotator uuid,
                                       annotation uuid, given json, active int,
                                       task_purpose text, held_only boolean, moment timestamptz)
    RETURNS TABLE (was_open boolean, review boolean)
    LANGUAGE plpgsql VOLATILE AS
$$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH found AS (
        SELECT a.assignment_id, a.state = 'open' AS was_open
          FROM work.assignment AS a
         WHERE a.tenant_id = tenant
           AND a.assignment_id = assignment
           AND CASE a.state WHEN 'leased' THEN a.annotator_id = annotator
                            WHEN 'lapsed' THEN a.annotator_id = annotator AND NOT held_only
                            WHEN 'open' THEN NOT held_only
                            ELSE false END
           FOR NO KEY UPDATE),
    done AS (
        UPDATE work.assignment AS a
           SET state = 'done', annotator_id = annotator, expires_at = NULL, ended_at = moment
          FROM found
         WHERE a.tenant_id = tenant
           AND a.assignment_id = found.assignment_id
     RETURNING a.task_id, a.review, found.was_open),
    due AS (
        INSERT INTO work.assessment_due (tenant_id, annotation_id, task_id)
        SELECT tenant, annotation, done.task_id FROM done WHERE task_purpose = 'live'),
    to_score AS (
        INSERT INTO work.score_due (tenant_id, annotation_id, task_id)
        SELECT tenant, annotation, done.task_id FROM done WHERE task_purpose = 'evaluation'),
    kept AS (
        INSERT INTO work.annotation (tenant_id, task_id, annotation_id, assignment_id,
                                     annotator_id, response_ordered, active_ms, created_at)
        SELECT tenant, done.task_id, annotation, assignment, annotator, given, active, moment
          FROM done)
    SELECT done.was_open, done.review FROM done;
END
$$;
REVOKE ALL ON FUNCTION work.accept_annotation(uuid, uuid, uuid, uuid, json, int, text, boolean,
                                              timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.accept_annotation(uuid, uuid, uuid, uuid, json, int, text, boolean,
                                                 timestamptz) TO evenhand_app;

-- The params of a task that has just been lent, as they were given; the functions that lend answer
-- a server of the version before as well, in the old column.
CREATE FUNCTION work.params_in_order(tenant uuid, task text) RETURNS json
    LANGUAGE plpgsql STABLE AS
$$
BEGIN
    RETURN (SELECT t.params_ordered
              FROM work.task AS t
             WHERE t.tenant_id = tenant AND t.task_id = task);
END
$$;
REVOKE ALL ON FUNCTION work.params_in_order(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.params_in_order(uuid, text) TO evenhand_app;

-- While servers of the version before run beside this one: they read the old columns alone, so
-- whatever a new one holds is copied there, and what they write over is no longer in order.
-- `0041_work_order_kept_after` ends it.
CREATE FUNCTION work.keep_for_version_before() RETURNS trigger
    LANGUAGE plpgsql AS
$$
DECLARE
    now_said jsonb := to_jsonb(NEW);
    was_said jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END;
    kept     jsonb := '{}';
    one      text;
    ordered  text;
BEGIN
    FOREACH one IN ARRAY TG_ARGV LOOP
        ordered := one || '_ordered';
        IF now_said -> ordered IS DISTINCT FROM coalesce(was_said -> ordered, 'null') THEN
            kept := kept || jsonb_build_object(one, now_said -> ordered);
        ELSIF TG_OP = 'UPDATE' AND now_said -> one IS DISTINCT FROM was_said -> one THEN
            kept := kept || jsonb_build_object(ordered, NULL);
        END IF;
    END LOOP;
    RETURN jsonb_populate_record(NEW, kept);
END
$$;
REVOKE ALL ON FUNCTION work.keep_for_version_before() FROM PUBLIC;
CREATE TRIGGER keep_for_version_before
    BEFORE INSERT OR UPDATE OF params, params_ordered, metadata, metadata_ordered ON work.task
    FOR EACH ROW EXECUTE FUNCTION work.keep_for_version_before('params', 'metadata');
CREATE TRIGGER keep_for_version_before
    BEFORE INSERT OR UPDATE OF response, response_ordered ON work.annotation
    FOR EACH ROW EXECUTE FUNCTION work.keep_for_version_before('response');
CREATE TRIGGER keep_for_version_before
    BEFORE INSERT OR UPDATE OF response, response_ordered ON work.verdict
    FOR EACH ROW EXECUTE FUNCTION work.keep_for_version_before('response');
