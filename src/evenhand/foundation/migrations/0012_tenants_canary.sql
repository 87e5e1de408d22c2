-- tenants: a sealed word by which a server proves that its secret is this database's.

CREATE TABLE tenants.canary (
    only_row  boolean  PRIMARY KEY DEFAULT true CHECK (only_row),
    sealed    bytea    NOT NULL
);
COMMENT ON TABLE tenants.canary IS
    'Opens with the secret that the tenants'' keys are sealed with; says nothing of any tenant.';

-- Never updated: whoever has the wrong secret cannot make it the right one.
GRANT SELECT, INSERT ON tenants.canary TO evenhand_app;
