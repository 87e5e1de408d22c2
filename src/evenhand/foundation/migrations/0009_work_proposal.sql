-- work: what the votes came to, for the reviewer who decides.

ALTER TABLE work.task ADD COLUMN proposal jsonb;
COMMENT ON COLUMN work.task.proposal IS
    'The response that the votes came to when a reviewer was asked; none if they were tied.';
