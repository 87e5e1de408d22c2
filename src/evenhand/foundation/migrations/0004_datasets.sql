-- datasets: the files that tenants bring, sealed under a key per tenant.

CREATE SCHEMA datasets;
GRANT USAGE ON SCHEMA datasets TO evenhand_app;

CREATE TABLE datasets.data_key (
    tenant_id   uuid        NOT NULL REFERENCES tenants.tenant,
    key_id      uuid        NOT NULL,
    wrapped     bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);
COMMENT ON COLUMN datasets.data_key.wrapped IS
    'The tenant''s data key, sealed by the master key, which never enters the database.';

CREATE TABLE datasets.file (
    tenant_id     uuid        NOT NULL REFERENCES tenants.tenant,
    file_id       uuid        NOT NULL,
    key_id        uuid        NOT NULL,
    salt          bytea       NOT NULL CHECK (octet_length(salt) = 32),
    is_test       boolean     NOT NULL,
    project_names text[]      NOT NULL DEFAULT '{}',
    reference_id  text        CHECK (length(reference_id) <= 1000),
    display_name  text        CHECK (length(display_name) <= 1000),
    source_url    text        CHECK (length(source_url) <= 8000),
    mime_type     text        NOT NULL,
    size          bigint      NOT NULL CHECK (size >= 0),
    sha256        bytea       NOT NULL,
    metadata      jsonb       NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, file_id),
    FOREIGN KEY (tenant_id, key_id) REFERENCES datasets.data_key (tenant_id, key_id)
);
COMMENT ON COLUMN datasets.file.salt IS
    'With the data key it gives the key of this one object, so that no key seals two of them.';
CREATE INDEX file_newest ON datasets.file (tenant_id, is_test, created_at DESC, file_id DESC);

ALTER TABLE datasets.data_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE datasets.data_key FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON datasets.data_key
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

ALTER TABLE datasets.file ENABLE ROW LEVEL SECURITY;
ALTER TABLE datasets.file FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON datasets.file
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT ON datasets.data_key TO evenhand_app;
GRANT SELECT, INSERT, UPDATE ON datasets.file TO evenhand_app;
