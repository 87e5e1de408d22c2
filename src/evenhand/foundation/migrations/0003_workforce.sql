-- workforce: the annotators, people and models, whom all tenants share.
-- These two tables belong to no tenant, hold nothing of one, and are named as such in the firewall.

CREATE SCHEMA workforce;
GRANT USAGE ON SCHEMA workforce TO evenhand_app;

CREATE TABLE workforce.annotator (
    annotator_id  uuid        PRIMARY KEY,
    email         text        NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 320),
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind          text        NOT NULL CHECK (kind IN ('person', 'model')),
    reviewer      boolean     NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);

CREATE TABLE workforce.token (
    token_hash    bytea       PRIMARY KEY,
    annotator_id  uuid        NOT NULL REFERENCES workforce.annotator,
    purpose       text        NOT NULL CHECK (purpose IN ('api', 'session')),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz,
    revoked_at    timestamptz
);
CREATE INDEX token_annotator ON workforce.token (annotator_id);

GRANT SELECT, INSERT, UPDATE ON workforce.annotator, workforce.token TO evenhand_app;
