-- Statements of the raw limit: the shape of Evenhand's own, with all else left out.

-- name: make_tables
-- One row of `assignment` stands for one annotation wanted. The open ones are found in a
-- partial index by a column that no other index has.
DROP TABLE IF EXISTS annotation, assignment;
CREATE TABLE assignment (
    tenant_id      uuid    NOT NULL,
    assignment_id  uuid    NOT NULL,
    project_id     uuid    NOT NULL,
    task_id        uuid    NOT NULL,
    content        text    NOT NULL,
    position       bigint  NOT NULL,
    annotator_id   uuid,
    expires_at     timestamptz,
    done           boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, assignment_id),
    UNIQUE (tenant_id, task_id, annotator_id)
);
CREATE INDEX open_assignment ON assignment (tenant_id, project_id, position)
 WHERE annotator_id IS NULL;
CREATE TABLE annotation (
    tenant_id      uuid    NOT NULL,
    annotation_id  uuid    NOT NULL,
    assignment_id  uuid    NOT NULL,
    annotator_id   uuid    NOT NULL,
    response       jsonb   NOT NULL,
    PRIMARY KEY (tenant_id, annotation_id),
    FOREIGN KEY (tenant_id, assignment_id) REFERENCES assignment (tenant_id, assignment_id)
);

-- name: load
COPY assignment (tenant_id, assignment_id, project_id, task_id, content, position) FROM STDIN;

-- name: build_walls
-- As in Evenhand: the role that works owns nothing and sees the rows of one tenant only.
ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON assignment
    USING (tenant_id = nullif(current_setting('bench.tenant_id', true), '')::uuid);
ALTER TABLE annotation ENABLE ROW LEVEL SECURITY;
ALTER TABLE annotation FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON annotation
    USING (tenant_id = nullif(current_setting('bench.tenant_id', true), '')::uuid);
DROP ROLE IF EXISTS bench_app;
CREATE ROLE bench_app NOLOGIN;
GRANT SELECT, INSERT, UPDATE ON assignment, annotation TO bench_app;

-- name: enter_walls
SET ROLE bench_app;

-- name: refresh_statistics
VACUUM ANALYZE assignment, annotation;

-- name: name_tenant
SELECT set_config('bench.tenant_id', %(tenant_id)s::text, true);

-- name: lease
-- OFFSET 0 keeps the planner from turning the look-up into an anti-join, which reads every
-- assignment of the tenant once for each lease.
UPDATE assignment
   SET annotator_id = %(annotator_id)s, expires_at = now() + interval '15 minutes'
 WHERE tenant_id = %(tenant_id)s
   AND assignment_id = (
        SELECT assignment_id
          FROM assignment AS open
         WHERE open.tenant_id = %(tenant_id)s
           AND open.project_id = %(project_id)s
           AND open.annotator_id IS NULL
           AND NOT EXISTS (SELECT FROM assignment AS had
                            WHERE had.tenant_id = open.tenant_id
                              AND had.task_id = open.task_id
                              AND had.annotator_id = %(annotator_id)s
                           OFFSET 0)
         ORDER BY open.position
         LIMIT 1
           FOR UPDATE SKIP LOCKED)
RETURNING assignment_id, content;

-- name: submit
WITH accepted AS (
    UPDATE assignment
       SET done = true
     WHERE tenant_id = %(tenant_id)s
       AND assignment_id = %(assignment_id)s
       AND annotator_id = %(annotator_id)s
       AND NOT done
 RETURNING assignment_id)
INSERT INTO annotation (tenant_id, annotation_id, assignment_id, annotator_id, response)
SELECT %(tenant_id)s, %(annotation_id)s, assignment_id, %(annotator_id)s, %(response)s
  FROM accepted
RETURNING assignment_id;
