-- work: what a project learns of its annotators, task by task; assignments kept for the skilled.

ALTER TABLE work.assignment
    ADD COLUMN reserved_until timestamptz,
    ADD COLUMN skill_least real CHECK (skill_least BETWEEN 0 AND 1),
    ADD CONSTRAINT assignment_reserved CHECK ((reserved_until IS NULL) = (skill_least IS NULL));
COMMENT ON COLUMN work.assignment.reserved_until IS
    'Until then only for annotators of at least that skill in the project; then for anyone.';

ALTER TABLE work.task
    ADD COLUMN votes_confidence real CHECK (votes_confidence BETWEEN 0 AND 1);
COMMENT ON COLUMN work.task.votes_confidence IS
    'How sure the votes alone were when a reviewer was asked.';

ALTER TABLE work.skill ADD COLUMN record jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN work.skill.record IS
    'The sums that the estimate stands on: see quality.live.records.Record.';

CREATE TABLE work.experience (
    tenant_id      uuid        NOT NULL,
    project_id     uuid        NOT NULL,
    usual          jsonb       NOT NULL DEFAULT '{}',
    truths         jsonb       NOT NULL DEFAULT '{}',
    tasks          int         NOT NULL DEFAULT 0 CHECK (tasks >= 0),
    fitted_tasks   int         NOT NULL DEFAULT 0 CHECK (fitted_tasks >= 0),
    fitted_at      timestamptz,
    skill_median   real        CHECK (skill_median BETWEEN 0 AND 1),
    PRIMARY KEY (tenant_id, project_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id)
);
COMMENT ON TABLE work.experience IS
    'What a project has learned of all its annotators together, and how often each label is true.';
COMMENT ON COLUMN work.experience.tasks IS
    'Tasks learned from; with fitted_tasks it tells when all of them are due to be fitted anew.';
CREATE TABLE work.learning_due (
    tenant_id   uuid NOT NULL,
    task_id     text COLLATE "C" NOT NULL,
    project_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, task_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task (tenant_id, task_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id)
);
COMMENT ON TABLE work.learning_due IS
    'One row a settled task from which nothing has been learned yet: so each counts once.';

CREATE TABLE work.alert (
    tenant_id     uuid        NOT NULL,
    alert_id      uuid        NOT NULL,
    project_id    uuid        NOT NULL,
    kind          text        NOT NULL CHECK (length(kind) BETWEEN 1 AND 50),
    subject       text        NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    annotator_id  uuid        REFERENCES workforce.annotator,
    task_id       text        COLLATE "C",
    severity      real        NOT NULL CHECK (severity BETWEEN 0 AND 1),
    reason        text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    evidence      jsonb       NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, alert_id),
    UNIQUE (tenant_id, project_id, kind, subject),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task (tenant_id, task_id)
);
COMMENT ON TABLE work.alert IS
    'What a check of the annotations found worth a look, with its evidence; it pauses nobody.';
CREATE INDEX alert_newest ON work.alert (tenant_id, last_seen_at DESC, alert_id DESC);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['experience', 'learning_due', 'alert'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE work.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON work.%I USING '
                       '(tenant_id = nullif(current_setting(''evenhand.tenant_id'', true), '''')'
                       '::uuid)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON work.%I TO evenhand_app', name);
    END LOOP;
END
$$;
GRANT DELETE ON work.learning_due TO evenhand_app;

GRANT SELECT (tenant_id) ON work.learning_due TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.learning_due FOR SELECT TO evenhand_dispatcher USING (true);

-- Tenants that have settled tasks to learn from.
CREATE FUNCTION work.tenants_to_teach() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.learning_due AS d WHERE d.tenant_id = t.tenant_id)
$$;

GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
REVOKE ALL ON FUNCTION work.tenants_to_teach() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.tenants_to_teach() TO evenhand_app;
ALTER FUNCTION work.tenants_to_teach() OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
