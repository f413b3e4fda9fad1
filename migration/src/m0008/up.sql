-- What a file is, and who brought it. Its bytes lie in the store, under its key and digest.
CREATE TABLE file (
    id :uuid NOT NULL,
    owner_id :uuid,
    partner_id :uuid,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT,
    state TEXT NOT NULL,
    is_open :truth NOT NULL,
    created_at :instant NOT NULL,
    stored_at :instant,
    CONSTRAINT pk_file PRIMARY KEY (id),
    CONSTRAINT fk_file_owner FOREIGN KEY (owner_id) REFERENCES person (id),
    CONSTRAINT fk_file_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT ck_file_state CHECK (state IN ('STAGED', 'STORED')),
    CONSTRAINT ck_file_stored CHECK (state = 'STAGED' OR (sha256 IS NOT NULL AND stored_at IS NOT NULL))
) :strict;
CREATE INDEX ix_file_owner ON file (owner_id);
CREATE INDEX ix_file_partner ON file (partner_id);
CREATE INDEX ix_file_created ON file (created_at, id);

-- To what it is attached. What nothing uses is collected.
CREATE TABLE file_use (
    file_id :uuid NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id :uuid NOT NULL,
    CONSTRAINT pk_file_use PRIMARY KEY (file_id, subject_kind, subject_id),
    CONSTRAINT fk_file_use_file FOREIGN KEY (file_id) REFERENCES file (id)
) :strict;
CREATE INDEX ix_file_use_subject ON file_use (subject_kind, subject_id);

-- Bytes that were made in a transaction, until they are carried into the store.
CREATE TABLE file_inbox (
    id :uuid NOT NULL,
    content :bytes NOT NULL,
    CONSTRAINT pk_file_inbox PRIMARY KEY (id),
    CONSTRAINT fk_file_inbox_file FOREIGN KEY (id) REFERENCES file (id)
) :strict;

INSERT INTO file (id, owner_id, partner_id, name, media_type, size, sha256, state, is_open, created_at, stored_at)
SELECT f.id, NULL, NULL, replace(substr(f.path, 7), '/', '-'), f.media_type, f.size, f.digest, 'STORED', FALSE, v.created_at, v.created_at
FROM course_file f JOIN course_version v ON v.id = f.course_version_id;
INSERT INTO file_use (file_id, subject_kind, subject_id) SELECT id, 'COURSE_VERSION', course_version_id FROM course_file;
INSERT INTO file_inbox (id, content) SELECT id, content FROM course_file;

-- Where in the folder of a course a file lies.
CREATE TABLE course_path (
    course_version_id :uuid NOT NULL,
    path TEXT NOT NULL,
    file_id :uuid NOT NULL,
    CONSTRAINT pk_course_path PRIMARY KEY (course_version_id, path),
    CONSTRAINT fk_course_path_course_version FOREIGN KEY (course_version_id) REFERENCES course_version (id),
    CONSTRAINT fk_course_path_file FOREIGN KEY (file_id) REFERENCES file (id)
) :strict;
CREATE INDEX ix_course_path_file ON course_path (file_id);
INSERT INTO course_path (course_version_id, path, file_id) SELECT course_version_id, path, id FROM course_file;

-- What a binary of before names stays as it is for it; whoever comes after reads this column.
ALTER TABLE lesson ADD COLUMN stored_file_id :uuid CONSTRAINT fk_lesson_stored_file REFERENCES file (id);
UPDATE lesson SET stored_file_id = file_id;
CREATE INDEX ix_lesson_stored_file ON lesson (stored_file_id);

ALTER TABLE partner ADD COLUMN logo_id :uuid CONSTRAINT fk_partner_logo REFERENCES file (id);
CREATE INDEX ix_partner_logo ON partner (logo_id);
ALTER TABLE onboarding_step ADD COLUMN document_id :uuid CONSTRAINT fk_onboarding_step_document REFERENCES file (id);
CREATE INDEX ix_onboarding_step_document ON onboarding_step (document_id);
