"""Projects, tasks, assignments, verdicts: the work itself, in rooms; owns the schema `work`."""
