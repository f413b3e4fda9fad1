-- What a note stands beside, by its key: slugs of playbooks and courses never change.
ALTER TABLE field_note ADD COLUMN playbook_id :uuid REFERENCES playbook (id);
ALTER TABLE field_note ADD COLUMN course_id :uuid REFERENCES course (id);
UPDATE field_note SET
    playbook_id = (SELECT id FROM playbook WHERE slug = field_note.playbook),
    course_id = (SELECT id FROM course WHERE slug = field_note.course);
CREATE INDEX ix_field_note_playbook_id ON field_note (playbook_id, submitted_at, id);
CREATE INDEX ix_field_note_course_id ON field_note (course_id, submitted_at, id);

-- What is to take the place of a note's published text, until a reviewer has said whether it does.
-- A table of its own, since a note that is published others read.
CREATE TABLE field_note_change (
    id :uuid NOT NULL,
    field_note_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    tags TEXT NOT NULL,
    locale TEXT NOT NULL,
    playbook TEXT,
    playbook_id :uuid,
    course TEXT,
    course_id :uuid,
    shows_partner :truth NOT NULL,
    submitted_at :instant NOT NULL,
    CONSTRAINT pk_field_note_change PRIMARY KEY (id),
    CONSTRAINT fk_field_note_change_field_note FOREIGN KEY (field_note_id) REFERENCES field_note (id),
    CONSTRAINT fk_field_note_change_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_field_note_change_playbook FOREIGN KEY (playbook_id) REFERENCES playbook (id),
    CONSTRAINT fk_field_note_change_course FOREIGN KEY (course_id) REFERENCES course (id),
    CONSTRAINT uq_field_note_change_field_note UNIQUE (field_note_id),
    CONSTRAINT ck_field_note_change_state CHECK (state IN ('SUBMITTED', 'CHANGES_REQUESTED', 'DECLINED', 'WITHDRAWN'))
) :strict;
CREATE INDEX ix_field_note_change_partner ON field_note_change (partner_id, submitted_at, id);
CREATE INDEX ix_field_note_change_submitted_at ON field_note_change (submitted_at, id);
CREATE INDEX ix_field_note_change_playbook ON field_note_change (playbook_id);
CREATE INDEX ix_field_note_change_course ON field_note_change (course_id);
