-- work, ledger: tables that only grow are vacuumed when a fiftieth of them is dead and not a fifth.
-- Of ten million rows a fifth are two million, which whoever reads in order walks past meanwhile.
-- Rows of small tables are changed in place as it is, so those keep what is usual.
ALTER TABLE work.assignment SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.05
);
ALTER TABLE work.task SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.05
);
ALTER TABLE ledger.entry SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000
);
