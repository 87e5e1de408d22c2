-- work: answers are corrected until they are weighed. How often, and what was said last of a gold
-- task, whose first answer stays what is scored. The version before leaves both alone.
ALTER TABLE work.annotation
    ADD COLUMN revision smallint NOT NULL DEFAULT 0 CHECK (revision >= 0),
    ADD COLUMN corrected json;

GRANT UPDATE (response, response_ordered, corrected, revision, active_ms) ON work.annotation
   TO evenhand_app;
