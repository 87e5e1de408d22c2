-- work: how much votes on one task depend on each other, as a project's tasks have shown.

ALTER TABLE work.experience ADD COLUMN dependence real CHECK (dependence BETWEEN 0 AND 1);
COMMENT ON COLUMN work.experience.dependence IS
    'Beyond what is true, 0 to 1; NULL until enough tasks have been fitted together.';
