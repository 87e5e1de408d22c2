-- delivery: what leaves: callbacks with every attempt on record.

CREATE SCHEMA delivery;
GRANT USAGE ON SCHEMA delivery TO evenhand_app, evenhand_dispatcher;

CREATE TABLE delivery.callback (
    tenant_id    uuid        NOT NULL,
    callback_id  uuid        NOT NULL,
    task_id      text        COLLATE "C",
    batch_id     uuid,
    event        text        NOT NULL
                 CHECK (event IN ('task.completed', 'task.error', 'task.audited',
                                  'task.recalled', 'batch.completed')),
    url          text        NOT NULL CHECK (length(url) <= 8000),
    state        text        NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    attempts     int         NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    created_at   timestamptz NOT NULL,
    due_at       timestamptz,
    busy_until   timestamptz,
    ended_at     timestamptz,
    PRIMARY KEY (tenant_id, callback_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task (tenant_id, task_id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES work.batch (tenant_id, batch_id),
    CHECK (num_nonnulls(task_id, batch_id) = 1),
    CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CHECK ((state = 'pending') = (ended_at IS NULL)),
    CHECK (state = 'pending' OR busy_until IS NULL)
);
COMMENT ON COLUMN delivery.callback.due_at IS
    'When the next attempt may begin; moved ahead during one, so that it falls due if lost.';
CREATE INDEX callback_of_task ON delivery.callback (tenant_id, task_id)
    WHERE task_id IS NOT NULL;
CREATE INDEX callback_due ON delivery.callback (tenant_id, due_at, callback_id)
    WHERE state = 'pending';
CREATE INDEX callback_busy ON delivery.callback (tenant_id, busy_until)
    WHERE busy_until IS NOT NULL;

CREATE TABLE delivery.attempt (
    tenant_id    uuid        NOT NULL,
    callback_id  uuid        NOT NULL,
    number       int         NOT NULL CHECK (number > 0),
    at           timestamptz NOT NULL,
    status_code  int,
    error        text        CHECK (length(error) <= 2000),
    elapsed_ms   int         NOT NULL CHECK (elapsed_ms >= 0),
    PRIMARY KEY (tenant_id, callback_id, number),
    FOREIGN KEY (tenant_id, callback_id) REFERENCES delivery.callback (tenant_id, callback_id)
);

ALTER TABLE delivery.callback ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery.callback FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON delivery.callback
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

ALTER TABLE delivery.attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery.attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON delivery.attempt
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE ON delivery.callback TO evenhand_app;
GRANT SELECT, INSERT ON delivery.attempt TO evenhand_app;

-- Which tenants have a callback due, and nothing about it.
GRANT SELECT (tenant_id, state, due_at) ON delivery.callback TO evenhand_dispatcher;
CREATE POLICY dispatcher ON delivery.callback FOR SELECT TO evenhand_dispatcher USING (true);

CREATE FUNCTION delivery.tenants_due(moment timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM delivery.callback AS c
                WHERE c.tenant_id = t.tenant_id AND c.state = 'pending' AND c.due_at <= moment)
$$;
REVOKE ALL ON FUNCTION delivery.tenants_due(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delivery.tenants_due(timestamptz) TO evenhand_app;
GRANT CREATE ON SCHEMA delivery TO evenhand_dispatcher;
ALTER FUNCTION delivery.tenants_due(timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA delivery FROM evenhand_dispatcher;
