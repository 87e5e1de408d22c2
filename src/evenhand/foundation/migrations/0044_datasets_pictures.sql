-- datasets: what a stored picture is, and the file that is shown in the place of one that no
-- browser shows, or that lies on its side. Code of the version before leaves all of it empty, which
-- says that nobody has looked.

ALTER TABLE datasets.file
    ADD COLUMN width       int  CHECK (width > 0),
    ADD COLUMN height      int  CHECK (height > 0),
    ADD COLUMN flaw        text CHECK (length(flaw) <= 1000),
    ADD COLUMN original_id uuid,
    ADD CHECK ((width IS NULL) = (height IS NULL)),
    ADD CHECK (width IS NULL OR flaw IS NULL),
    ADD FOREIGN KEY (tenant_id, original_id) REFERENCES datasets.file (tenant_id, file_id);

COMMENT ON COLUMN datasets.file.width IS
    'Of the picture as it is seen, upright, whatever its bytes are turned by.';
COMMENT ON COLUMN datasets.file.flaw IS
    'Why a picture that was looked at cannot be shown, in words for who brought it.';
COMMENT ON COLUMN datasets.file.original_id IS
    'The file that this one was made of, and in whose place it is shown.';
CREATE UNIQUE INDEX file_shown_for ON datasets.file (tenant_id, original_id)
    WHERE original_id IS NOT NULL;

ALTER TABLE work.task_file
    ADD COLUMN kind text CHECK (kind IN ('image', 'audio', 'video', 'pdf', 'website'));
COMMENT ON COLUMN work.task_file.kind IS
    'What the task needs the file to be; empty where it was not said.';
