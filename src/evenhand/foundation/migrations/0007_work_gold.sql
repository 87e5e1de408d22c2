-- work: gold tasks (evaluation and training), their scores, where annotators stand in projects,
-- pauses, contests.

ALTER TABLE work.task
    ADD COLUMN purpose text NOT NULL DEFAULT 'live'
        CHECK (purpose IN ('live', 'evaluation', 'training'));
COMMENT ON COLUMN work.task.purpose IS
    'live: its response is wanted; evaluation: hidden among live work, its answer is known; '
    'training: given first, with the answer shown afterwards.';

ALTER TABLE work.assignment
    ADD COLUMN attempt smallint NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    DROP CONSTRAINT assignment_state_check,
    ADD CONSTRAINT assignment_state_check
        CHECK (state IN ('open', 'leased', 'done', 'skipped', 'lapsed')),
    DROP CONSTRAINT assignment_tenant_id_task_id_annotator_id_key,
    ADD CONSTRAINT assignment_once UNIQUE (tenant_id, task_id, annotator_id, attempt);
COMMENT ON COLUMN work.assignment.attempt IS
    'Which round of a training course it belongs to; a live task has no second one.';
COMMENT ON COLUMN work.assignment.state IS
    'lapsed: the lease on a gold task ran out; nobody else is given it, and it can still be '
    'submitted, as a live task can that nobody else has taken.';
CREATE INDEX assignment_lapsed ON work.assignment (tenant_id, annotator_id)
    WHERE state = 'lapsed';

CREATE TABLE work.gold (
    tenant_id          uuid        NOT NULL,
    task_id            text        COLLATE "C" NOT NULL,
    project_id         uuid        NOT NULL,
    purpose            text        NOT NULL CHECK (purpose IN ('evaluation', 'training')),
    review             boolean     NOT NULL DEFAULT false,
    position           bigint      NOT NULL,
    expected_response  jsonb       NOT NULL,
    expected_version   int         NOT NULL DEFAULT 1 CHECK (expected_version > 0),
    initial_response   jsonb,
    source_task_id     text        COLLATE "C",
    created_at         timestamptz NOT NULL,
    retired_at         timestamptz,
    PRIMARY KEY (tenant_id, task_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.task (tenant_id, task_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id)
);
COMMENT ON COLUMN work.gold.position IS
    'Its place in the order of giving: of a course the time of creation, else a hash of the id.';
COMMENT ON COLUMN work.gold.review IS 'It measures reviewers, among reviews.';
COMMENT ON COLUMN work.gold.source_task_id IS
    'The settled task that it is a copy of: whoever has had that one is not given this one.';
CREATE INDEX gold_in_use ON work.gold (tenant_id, project_id, review, position, task_id)
    WHERE retired_at IS NULL AND purpose = 'evaluation';
CREATE INDEX gold_course ON work.gold (tenant_id, project_id, position, task_id)
    WHERE retired_at IS NULL AND purpose = 'training';
CREATE INDEX gold_newest ON work.gold (tenant_id, purpose, created_at DESC, task_id DESC);

CREATE TABLE work.score_due (
    tenant_id      uuid NOT NULL,
    annotation_id  uuid NOT NULL,
    task_id        text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, annotation_id)
);
COMMENT ON TABLE work.score_due IS
    'One row an annotation of an evaluation task that has not been scored yet.';

CREATE TABLE work.gold_score (
    tenant_id         uuid        NOT NULL,
    assignment_id     uuid        NOT NULL,
    project_id        uuid        NOT NULL,
    task_id           text        COLLATE "C" NOT NULL,
    annotator_id      uuid        NOT NULL REFERENCES workforce.annotator,
    purpose           text        NOT NULL CHECK (purpose IN ('evaluation', 'training')),
    attempt           smallint    NOT NULL,
    score             real        NOT NULL CHECK (score BETWEEN 0 AND 1),
    is_right          boolean     NOT NULL,
    is_void           boolean     NOT NULL DEFAULT false,
    expected_version  int         NOT NULL,
    answered_at       timestamptz NOT NULL,
    scored_at         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, assignment_id),
    FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.assignment (tenant_id, assignment_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES work.gold (tenant_id, task_id)
);
COMMENT ON COLUMN work.gold_score.is_void IS
    'A contest has shown that the gold task had no one right answer: it counts for nobody.';
CREATE INDEX gold_score_of_annotator
    ON work.gold_score (tenant_id, annotator_id, project_id, purpose, attempt);
CREATE INDEX gold_score_of_task ON work.gold_score (tenant_id, task_id);

CREATE TABLE work.standing (
    tenant_id       uuid        NOT NULL,
    project_id      uuid        NOT NULL,
    annotator_id    uuid        NOT NULL REFERENCES workforce.annotator,
    lent            int         NOT NULL DEFAULT 0 CHECK (lent >= 0),
    attempt         smallint    NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    training_score  real        CHECK (training_score BETWEEN 0 AND 1),
    passed_at       timestamptz,
    judged_from     timestamptz,
    told_until      timestamptz,
    paused_at       timestamptz,
    pause_kind      text        CHECK (pause_kind IN ('gold', 'training', 'manual')),
    pause_reason    text        CHECK (length(pause_reason) <= 2000),
    PRIMARY KEY (tenant_id, project_id, annotator_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES work.project (tenant_id, project_id),
    CHECK ((paused_at IS NULL) = (pause_kind IS NULL)),
    CHECK ((paused_at IS NULL) = (pause_reason IS NULL))
);
COMMENT ON TABLE work.standing IS
    'Where an annotator stands in a project that has gold tasks, or in which they were paused.';
COMMENT ON COLUMN work.standing.lent IS
    'How many assignments they were lent: by it gold tasks fall due.';
COMMENT ON COLUMN work.standing.judged_from IS
    'After a pause was lifted by hand, gold answers from before it no longer count against them.';
COMMENT ON COLUMN work.standing.told_until IS
    'When they were last paused over gold tasks: what they answered until then was told to them.';
CREATE INDEX standing_of_annotator ON work.standing (tenant_id, annotator_id);
CREATE INDEX skill_of_annotator ON work.skill (tenant_id, annotator_id);

CREATE TABLE work.contest (
    tenant_id      uuid        NOT NULL,
    contest_id     uuid        NOT NULL,
    assignment_id  uuid        NOT NULL,
    project_id     uuid        NOT NULL,
    task_id        text        COLLATE "C" NOT NULL,
    annotator_id   uuid        NOT NULL REFERENCES workforce.annotator,
    reason         text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    state          text        NOT NULL DEFAULT 'open'
                   CHECK (state IN ('open', 'upheld', 'rejected')),
    note           text        CHECK (length(note) <= 2000),
    created_at     timestamptz NOT NULL,
    decided_at     timestamptz,
    PRIMARY KEY (tenant_id, contest_id),
    UNIQUE (tenant_id, assignment_id),
    FOREIGN KEY (tenant_id, assignment_id) REFERENCES work.gold_score (tenant_id, assignment_id),
    CHECK ((state = 'open') = (decided_at IS NULL))
);
COMMENT ON TABLE work.contest IS
    'An annotator says that an answer of theirs was right; the tenant decides.';
CREATE INDEX contest_newest ON work.contest (tenant_id, created_at DESC, contest_id DESC);
CREATE INDEX contest_open ON work.contest (tenant_id, annotator_id) WHERE state = 'open';

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['gold', 'score_due', 'gold_score', 'standing', 'contest'] LOOP
        EXECUTE format('ALTER TABLE work.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE work.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON work.%I USING '
                       '(tenant_id = nullif(current_setting(''evenhand.tenant_id'', true), '''')'
                       '::uuid)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON work.%I TO evenhand_app', name);
    END LOOP;
END
$$;
-- What was scored and contested is never taken away; a due row goes once it has been scored.
GRANT DELETE ON work.score_due TO evenhand_app;

-- The dispatcher sees whether a tenant has gold tasks and who is paused, and no content.
GRANT SELECT (tenant_id, purpose, retired_at) ON work.gold TO evenhand_dispatcher;
GRANT SELECT (tenant_id) ON work.score_due TO evenhand_dispatcher;
GRANT SELECT (tenant_id, annotator_id, paused_at) ON work.standing TO evenhand_dispatcher;
GRANT SELECT (tenant_id, annotator_id) ON work.skill TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.gold FOR SELECT TO evenhand_dispatcher USING (true);
CREATE POLICY dispatcher ON work.score_due FOR SELECT TO evenhand_dispatcher USING (true);
CREATE POLICY dispatcher ON work.standing FOR SELECT TO evenhand_dispatcher USING (true);
CREATE POLICY dispatcher ON work.skill FOR SELECT TO evenhand_dispatcher USING (true);

-- The published rule for gold: of the assignments of a project that an annotator is lent, one in
-- each block is an evaluation task, and which one follows from a hash that anyone who knows the
-- ids can recompute. The first six come in blocks of two, later ones in blocks of one over the
-- project's share.
CREATE FUNCTION work.gold_is_due(share real, lent int, project uuid, annotator uuid)
    RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$
SELECT coalesce(share > 0 AND place.inside = block.lot % place.size, false)
  FROM (SELECT greatest(1, least(1000000, round(1 / nullif(share, 0))))::int AS size) AS usual
 CROSS JOIN LATERAL (
       SELECT CASE WHEN lent < 6 THEN least(2, usual.size) ELSE usual.size END AS size,
              CASE WHEN lent < 6 THEN lent % least(2, usual.size)
                   ELSE (lent - 6) % usual.size END AS inside,
              CASE WHEN lent < 6 THEN lent / least(2, usual.size)
                   ELSE 6 + (lent - 6) / usual.size END AS number) AS place
 CROSS JOIN LATERAL (
       SELECT ('x' || left(encode(sha256(convert_to(
                  concat_ws(' ', project, annotator, place.number), 'UTF8')), 'hex'), 8)
              )::bit(32)::bigint AS lot) AS block
$$;

-- As before, and whether anything stands between the annotator and some of the tenant's work:
-- a pause of theirs, or gold tasks in use.
DROP FUNCTION work.queues(boolean, uuid);
CREATE FUNCTION work.queues(reviewer boolean, annotator uuid)
    RETURNS TABLE (tenant_id uuid, weight real, virtual_start double precision,
                   virtual_finish double precision, head text[], held bigint, guarded boolean)
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
         WHERE a.tenant_id = t.tenant_id AND a.state = 'leased' AND a.annotator_id = annotator),
       EXISTS (SELECT FROM work.gold AS g
                WHERE g.tenant_id = t.tenant_id AND g.retired_at IS NULL
                  AND g.purpose = 'evaluation')
           OR EXISTS (SELECT FROM work.gold AS g
                       WHERE g.tenant_id = t.tenant_id AND g.retired_at IS NULL
                         AND g.purpose = 'training')
           OR EXISTS (SELECT FROM work.standing AS s
                       WHERE s.tenant_id = t.tenant_id AND s.annotator_id = annotator
                         AND s.paused_at IS NOT NULL)
  FROM tenants.tenant AS t
  LEFT JOIN work.turn AS turn ON turn.tenant_id = t.tenant_id
$$;

-- Tenants that have answers to gold tasks to score.
CREATE FUNCTION work.tenants_to_score() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.score_due AS d WHERE d.tenant_id = t.tenant_id)
$$;

-- Tenants in whose projects something is known of the annotator.
CREATE FUNCTION work.tenants_that_know(annotator uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.standing AS s
                WHERE s.tenant_id = t.tenant_id AND s.annotator_id = annotator)
    OR EXISTS (SELECT FROM work.skill AS s
                WHERE s.tenant_id = t.tenant_id AND s.annotator_id = annotator)
$$;

GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
REVOKE ALL
    ON FUNCTION work.queues(boolean, uuid), work.tenants_to_score(), work.tenants_that_know(uuid)
  FROM PUBLIC;
GRANT EXECUTE
   ON FUNCTION work.queues(boolean, uuid), work.tenants_to_score(), work.tenants_that_know(uuid)
   TO evenhand_app;
ALTER FUNCTION work.queues(boolean, uuid) OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_to_score() OWNER TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_that_know(uuid) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
