-- What others found when they checked the public log, as they signed it: of no tenant, and nothing
-- that a decision reads.
CREATE TABLE ledger.statement (
    statement_id  uuid        PRIMARY KEY,
    origin        text        NOT NULL CHECK (length(origin) BETWEEN 1 AND 255),
    verifier_key  text        NOT NULL CHECK (length(verifier_key) BETWEEN 1 AND 400),
    note          bytea       NOT NULL CHECK (length(note) BETWEEN 1 AND 4096),
    checked_at    timestamptz NOT NULL,
    published_at  timestamptz NOT NULL,
    withdrawn_at  timestamptz
);
COMMENT ON TABLE ledger.statement IS
    'Statements of verification stay as they came; those that were not withdrawn are shown.';
CREATE UNIQUE INDEX statement_once ON ledger.statement (sha256(note)) WHERE withdrawn_at IS NULL;
CREATE INDEX statement_shown ON ledger.statement (origin, checked_at DESC, statement_id DESC)
    WHERE withdrawn_at IS NULL;

GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON ledger.statement TO evenhand_app;
