-- work: projects, batches, tasks, assignments, annotations, verdicts; whose turn it is.

CREATE SCHEMA work;
GRANT USAGE ON SCHEMA work TO evenhand_app, evenhand_dispatcher;

CREATE TABLE work.project (
    tenant_id       uuid        NOT NULL REFERENCES tenants.tenant,
    project_id      uuid        NOT NULL,
    is_test         boolean     NOT NULL,
    name            text        NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    type            text        NOT NULL,
    staged          boolean     NOT NULL DEFAULT false,
    policy          jsonb       NOT NULL DEFAULT '{}',
    archived        boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, project_id),
    UNIQUE (tenant_id, is_test, name)
);
COMMENT ON COLUMN work.project.staged IS
    'Batches of this project begin in staging and must be finalized (Rapid and Studio projects).';
COMMENT ON COLUMN work.project.policy IS
    'How many annotations a task needs and when to ask for more: see quality.Policy.';

CREATE TABLE work.project_params (
    tenant_id   uuid        NOT NULL,
    project_id  uuid        NOT NULL,
    version     int         NOT NULL CHECK (version >= 0),
    params      jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, project_id, version),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id)
);

CREATE TABLE work.batch (
    tenant_id     uuid        NOT NULL,
    batch_id      uuid        NOT NULL,
    project_id    uuid        NOT NULL,
    is_test       boolean     NOT NULL,
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    status        text        NOT NULL
                  CHECK (status IN ('staging', 'in_progress', 'completed', 'paused', 'cancelled')),
    callback      text        CHECK (length(callback) <= 8000),
    metadata      jsonb       NOT NULL DEFAULT '{}',
    options       jsonb       NOT NULL DEFAULT '{}',
    finalized     boolean     NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    completed_at  timestamptz,
    PRIMARY KEY (tenant_id, batch_id),
    UNIQUE (tenant_id, is_test, name),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id)
);
CREATE INDEX batch_newest ON work.batch (tenant_id, is_test, created_at DESC, batch_id DESC);

CREATE TABLE work.task (
    tenant_id              uuid        NOT NULL,
    task_id                text        COLLATE "C" NOT NULL CHECK (length(task_id) = 24),
    is_test                boolean     NOT NULL,
    project_id             uuid,
    batch_id               uuid,
    type                   text        NOT NULL,
    status                 text        NOT NULL
                           CHECK (status IN ('pending', 'completed', 'canceled', 'error')),
    stage                  text        NOT NULL
                           CHECK (stage IN ('preparing', 'staged', 'open', 'review', 'closed')),
    instruction            text        NOT NULL DEFAULT '',
    params                 jsonb       NOT NULL,
    metadata               jsonb       NOT NULL DEFAULT '{}',
    unique_id              text        COLLATE "C" CHECK (length(unique_id) <= 1000),
    clear_unique_id_on_error boolean   NOT NULL DEFAULT false,
    tags                   text[],
    priority               smallint    NOT NULL DEFAULT 10 CHECK (priority BETWEEN 1 AND 100),
    annotations_wanted     smallint    NOT NULL CHECK (annotations_wanted BETWEEN 0 AND 1000),
    callback_url           text        CHECK (length(callback_url) <= 8000),
    callback_succeeded     boolean,
    customer_review_status text,
    project_param_version  int,
    error                  text,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    completed_at           timestamptz,
    PRIMARY KEY (tenant_id, task_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES work.batch (tenant_id, batch_id),
    CHECK ((status = 'pending') = (stage <> 'closed'))
);
COMMENT ON COLUMN work.task.stage IS
    'preparing: attachments are being fetched; staged: its batch is not finalized; open: '
    'being annotated; review: a person must decide; closed: final.';

CREATE UNIQUE INDEX task_unique_id ON work.task (tenant_id, unique_id, is_test)
    WHERE unique_id IS NOT NULL;
CREATE INDEX task_newest ON work.task (tenant_id, is_test, created_at DESC, task_id DESC);
CREATE INDEX task_of_batch ON work.task (tenant_id, batch_id, status) WHERE batch_id IS NOT NULL;
CREATE INDEX task_of_batch_newest ON work.task (tenant_id, batch_id, created_at DESC, task_id DESC)
    WHERE batch_id IS NOT NULL;
CREATE INDEX task_of_project ON work.task (tenant_id, project_id, created_at DESC, task_id DESC)
    WHERE project_id IS NOT NULL;

CREATE TABLE work.idempotency (
    tenant_id   uuid        NOT NULL REFERENCES tenants.tenant,
    is_test     boolean     NOT NULL,
    key_hash    bytea       NOT NULL CHECK (octet_length(key_hash) = 32),
    body_hash   bytea       NOT NULL CHECK (octet_length(body_hash) = 32),
    answer      text,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, is_test, key_hash)
);
COMMENT ON TABLE work.idempotency IS
    'What was answered to a request that carried an Idempotency-Key, to be answered again.';
CREATE INDEX idempotency_oldest ON work.idempotency (tenant_id, created_at);

CREATE TABLE work.task_file (
    tenant_id   uuid NOT NULL,
    task_id     text COLLATE "C" NOT NULL,
    number      int  NOT NULL CHECK (number >= 0),
    url         text NOT NULL CHECK (length(url) <= 8192),
    file_id     uuid,
    PRIMARY KEY (tenant_id, task_id, number),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task (tenant_id, task_id),
    FOREIGN KEY (tenant_id, file_id) REFERENCES datasets.file (tenant_id, file_id)
);
COMMENT ON TABLE work.task_file IS
    'Which stored file an attachment of a task is; file_id is empty until it has been fetched.';

CREATE TABLE work.assignment (
    tenant_id      uuid        NOT NULL,
    assignment_id  uuid        NOT NULL,
    task_id        text        COLLATE "C" NOT NULL,
    rank           smallint    NOT NULL,
    position       bigint      NOT NULL,
    review         boolean     NOT NULL DEFAULT false,
    state          text        NOT NULL CHECK (state IN ('open', 'leased', 'done', 'skipped')),
    annotator_id   uuid        REFERENCES workforce.annotator,
    leased_at      timestamptz,
    expires_at     timestamptz,
    ended_at       timestamptz,
    skip_reason    text        CHECK (length(skip_reason) <= 2000),
    PRIMARY KEY (tenant_id, assignment_id),
    UNIQUE (tenant_id, task_id, annotator_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task (tenant_id, task_id),
    CHECK ((state = 'open') = (annotator_id IS NULL)),
    CHECK ((state = 'leased') = (expires_at IS NOT NULL))
);
COMMENT ON TABLE work.assignment IS
    'One row stands for one annotation wanted: so overlap cannot be exceeded and a lease is '
    'one statement.';
COMMENT ON COLUMN work.assignment.rank IS 'Minus the priority: lower goes first.';
COMMENT ON COLUMN work.assignment.review IS 'For reviewers only: its annotation decides the task.';

-- Only this index has rank and position, so the planner cannot walk past what is already done.
CREATE INDEX assignment_open ON work.assignment (tenant_id, review, rank, position, task_id)
    WHERE state = 'open';
CREATE INDEX assignment_leased ON work.assignment (tenant_id, annotator_id, expires_at)
    WHERE state = 'leased';

CREATE TABLE work.draft (
    tenant_id      uuid        NOT NULL,
    assignment_id  uuid        NOT NULL,
    annotator_id   uuid        NOT NULL REFERENCES workforce.annotator,
    response       jsonb       NOT NULL,
    version        int         NOT NULL CHECK (version > 0),
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, assignment_id),
    FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.assignment (tenant_id, assignment_id)
);

CREATE TABLE work.annotation (
    tenant_id      uuid        NOT NULL,
    task_id        text        COLLATE "C" NOT NULL,
    annotation_id  uuid        NOT NULL,
    assignment_id  uuid        NOT NULL,
    annotator_id   uuid        NOT NULL,
    response       jsonb       NOT NULL,
    active_ms      int         NOT NULL CHECK (active_ms >= 0),
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, task_id, annotation_id),
    UNIQUE (tenant_id, assignment_id),
    FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.assignment (tenant_id, assignment_id)
);

CREATE TABLE work.assessment_due (
    tenant_id      uuid NOT NULL,
    annotation_id  uuid NOT NULL,
    task_id        text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, annotation_id)
);
COMMENT ON TABLE work.assessment_due IS
    'One row an annotation that has not been weighed yet; taken away by the assessment.';

CREATE TABLE work.verdict (
    tenant_id    uuid        NOT NULL,
    task_id      text        COLLATE "C" NOT NULL,
    response     jsonb       NOT NULL,
    confidence   real        CHECK (confidence BETWEEN 0 AND 1),
    agreement    real        CHECK (agreement BETWEEN 0 AND 1),
    method       text        NOT NULL,
    annotations  int         NOT NULL CHECK (annotations >= 0),
    settled_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, task_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task (tenant_id, task_id)
);

CREATE INDEX verdict_newest ON work.verdict (tenant_id, settled_at);

CREATE TABLE work.skill (
    tenant_id     uuid        NOT NULL,
    project_id    uuid        NOT NULL,
    annotator_id  uuid        NOT NULL REFERENCES workforce.annotator,
    accuracy      real        NOT NULL CHECK (accuracy BETWEEN 0 AND 1),
    lower         real        NOT NULL CHECK (lower BETWEEN 0 AND 1),
    upper         real        NOT NULL CHECK (upper BETWEEN 0 AND 1),
    tasks         int         NOT NULL CHECK (tasks >= 0),
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, project_id, annotator_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id)
);

CREATE TABLE work.turn (
    tenant_id       uuid             PRIMARY KEY REFERENCES tenants.tenant,
    virtual_start   double precision NOT NULL,
    virtual_finish  double precision NOT NULL
);
COMMENT ON TABLE work.turn IS 'Start-time fair queueing: where each tenant stands in virtual time.';

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['project', 'project_params', 'batch', 'task', 'task_file',
                                'idempotency', 'assignment', 'draft',
                                'annotation', 'assessment_due', 'verdict', 'skill', 'turn'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE work.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON work.%I USING '
                       '(tenant_id = nullif(current_setting(''evenhand.tenant_id'', true), '''')'
                       '::uuid)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON work.%I TO evenhand_app', name);
    END LOOP;
END
$$;
-- What was annotated and judged is never taken away by the server.
REVOKE DELETE
    ON work.annotation, work.verdict, work.task, work.project, work.project_params, work.batch
  FROM evenhand_app;
REVOKE UPDATE ON work.annotation, work.project_params FROM evenhand_app;

-- The dispatcher sees queues and times, no content, no names.
GRANT SELECT (tenant_id, assignment_id, task_id, review, state, rank, position, annotator_id,
              expires_at)
   ON work.assignment TO evenhand_dispatcher;
GRANT SELECT ON work.turn TO evenhand_dispatcher;
GRANT SELECT (tenant_id) ON work.assessment_due TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.assignment FOR SELECT TO evenhand_dispatcher USING (true);
CREATE POLICY dispatcher ON work.turn FOR SELECT TO evenhand_dispatcher USING (true);
CREATE POLICY dispatcher ON work.assessment_due FOR SELECT TO evenhand_dispatcher USING (true);

-- Every tenant's place in virtual time, the head of its queue where it has one (time of arrival
-- and task), and how many of its assignments the annotator holds. A task's id is random, so a
-- hash of it is a lot that favours nobody. One plan for all values, by index: to plan costs
-- more than to run, and a plan made while the table was empty would read all of it for ever.
CREATE FUNCTION work.queues(reviewer boolean, annotator uuid)
    RETURNS TABLE (tenant_id uuid, weight real, virtual_start double precision,
                   virtual_finish double precision, head text[], held bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off AS
$$
SELECT t.tenant_id, t.weight, coalesce(turn.virtual_start, 0), coalesce(turn.virtual_finish, 0),
       coalesce(CASE WHEN reviewer THEN
                   (SELECT ARRAY[a.position::text, a.task_id]
                      FROM work.assignment AS a
                     WHERE a.tenant_id = t.tenant_id AND a.review AND a.state = 'open'
                     ORDER BY a.rank, a.position, a.task_id
                     LIMIT 1)
                END,
                (SELECT ARRAY[a.position::text, a.task_id]
                   FROM work.assignment AS a
                  WHERE a.tenant_id = t.tenant_id AND NOT a.review AND a.state = 'open'
                  ORDER BY a.rank, a.position, a.task_id
                  LIMIT 1)),
       (SELECT count(*)
          FROM work.assignment AS a
         WHERE a.tenant_id = t.tenant_id AND a.state = 'leased' AND a.annotator_id = annotator)
  FROM tenants.tenant AS t
  LEFT JOIN work.turn AS turn ON turn.tenant_id = t.tenant_id
$$;

-- The assignments that an annotator holds, whosever they are.
CREATE FUNCTION work.held_by(annotator uuid) RETURNS TABLE (tenant_id uuid, assignment_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT a.tenant_id, a.assignment_id
  FROM tenants.tenant AS t
  JOIN work.assignment AS a ON a.tenant_id = t.tenant_id
 WHERE a.state = 'leased' AND a.annotator_id = annotator
$$;

-- Tenants that have annotations to weigh.
CREATE FUNCTION work.tenants_to_assess() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.assessment_due AS d WHERE d.tenant_id = t.tenant_id)
$$;

-- Tenants that have leases which ran out before the moment given.
CREATE FUNCTION work.tenants_with_overdue(moment timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.assignment AS a
                WHERE a.tenant_id = t.tenant_id AND a.state = 'leased' AND a.expires_at < moment)
$$;

GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
REVOKE ALL
    ON FUNCTION work.queues(boolean, uuid), work.held_by(uuid), work.tenants_to_assess(),
       work.tenants_with_overdue(timestamptz)
  FROM PUBLIC;
GRANT EXECUTE
   ON FUNCTION work.queues(boolean, uuid), work.held_by(uuid), work.tenants_to_assess(),
      work.tenants_with_overdue(timestamptz)
   TO evenhand_app;
ALTER FUNCTION work.queues(boolean, uuid) OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.held_by(uuid) OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_to_assess() OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_with_overdue(timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
