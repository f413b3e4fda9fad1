-- Short learnings of partners. What is published others read too: see the wall.
CREATE TABLE field_note (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    author_id :uuid NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    tags TEXT NOT NULL,
    locale TEXT NOT NULL,
    playbook TEXT,
    course TEXT,
    shows_partner :truth NOT NULL,
    partner_name TEXT,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    endorsements INTEGER NOT NULL,
    submitted_at :instant NOT NULL,
    published_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_field_note PRIMARY KEY (id),
    CONSTRAINT fk_field_note_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_field_note_author FOREIGN KEY (author_id) REFERENCES person (id),
    CONSTRAINT ck_field_note_state CHECK (state IN ('SUBMITTED', 'CHANGES_REQUESTED', 'PUBLISHED', 'HIDDEN', 'DECLINED', 'WITHDRAWN')),
    CONSTRAINT ck_field_note_partner_name CHECK (shows_partner OR partner_name IS NULL),
    CONSTRAINT ck_field_note_endorsements CHECK (endorsements >= 0)
) :strict;
CREATE INDEX ix_field_note_partner ON field_note (partner_id, submitted_at, id);
CREATE INDEX ix_field_note_author ON field_note (author_id);
CREATE INDEX ix_field_note_submitted_at ON field_note (submitted_at, id);
CREATE INDEX ix_field_note_endorsements ON field_note (endorsements, id);
CREATE INDEX ix_field_note_playbook ON field_note (playbook, submitted_at, id);
CREATE INDEX ix_field_note_course ON field_note (course, submitted_at, id);

CREATE TABLE field_note_endorsement (
    id :uuid NOT NULL,
    field_note_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    endorsed_at :instant NOT NULL,
    CONSTRAINT pk_field_note_endorsement PRIMARY KEY (id),
    CONSTRAINT fk_field_note_endorsement_field_note FOREIGN KEY (field_note_id) REFERENCES field_note (id),
    CONSTRAINT fk_field_note_endorsement_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_field_note_endorsement_field_note_person UNIQUE (field_note_id, person_id)
) :strict;
CREATE INDEX ix_field_note_endorsement_person ON field_note_endorsement (person_id);
