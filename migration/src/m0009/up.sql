-- What partners sell by. The title, summary and audience are those of the newest published version.
CREATE TABLE playbook (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    locale TEXT NOT NULL,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_playbook PRIMARY KEY (id),
    CONSTRAINT uq_playbook_slug UNIQUE (slug),
    CONSTRAINT ck_playbook_state CHECK (state IN ('DRAFT', 'PUBLISHED', 'RETIRED'))
) :strict;
CREATE INDEX ix_playbook_title ON playbook (title, id);
CREATE INDEX ix_playbook_created_at ON playbook (created_at, id);

CREATE TABLE playbook_version (
    id :uuid NOT NULL,
    playbook_id :uuid NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    locale TEXT NOT NULL,
    texts :json NOT NULL,
    acknowledge_within_days INTEGER,
    document TEXT NOT NULL,
    author_id :uuid,
    writers :json NOT NULL,
    created_at :instant NOT NULL,
    submitted_at :instant,
    submitted_by :uuid,
    accepted_at :instant,
    published_at :instant,
    published_by :uuid,
    retired_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_playbook_version PRIMARY KEY (id),
    CONSTRAINT fk_playbook_version_playbook FOREIGN KEY (playbook_id) REFERENCES playbook (id),
    CONSTRAINT fk_playbook_version_author FOREIGN KEY (author_id) REFERENCES person (id),
    CONSTRAINT fk_playbook_version_submitted_by FOREIGN KEY (submitted_by) REFERENCES person (id),
    CONSTRAINT fk_playbook_version_published_by FOREIGN KEY (published_by) REFERENCES person (id),
    CONSTRAINT uq_playbook_version_playbook_number UNIQUE (playbook_id, number),
    CONSTRAINT ck_playbook_version_state CHECK (state IN ('DRAFT', 'IN_REVIEW', 'PUBLISHED', 'RETIRED'))
) :strict;
CREATE INDEX ix_playbook_version_playbook_state ON playbook_version (playbook_id, state);
CREATE INDEX ix_playbook_version_created_at ON playbook_version (created_at, id);
CREATE INDEX ix_playbook_version_author ON playbook_version (author_id);
CREATE INDEX ix_playbook_version_submitted_by ON playbook_version (submitted_by);
CREATE INDEX ix_playbook_version_published_by ON playbook_version (published_by);
CREATE UNIQUE INDEX uq_playbook_version_published ON playbook_version (playbook_id) WHERE state = 'PUBLISHED';
CREATE UNIQUE INDEX uq_playbook_version_draft ON playbook_version (playbook_id) WHERE state IN ('DRAFT', 'IN_REVIEW');

-- Complete in each of the version's languages: what is not written in one stands there in the main one.
CREATE TABLE playbook_section (
    id :uuid NOT NULL,
    playbook_version_id :uuid NOT NULL,
    key TEXT NOT NULL,
    locale TEXT NOT NULL,
    written_in TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    CONSTRAINT pk_playbook_section PRIMARY KEY (id),
    CONSTRAINT fk_playbook_section_playbook_version FOREIGN KEY (playbook_version_id) REFERENCES playbook_version (id),
    CONSTRAINT uq_playbook_section_playbook_version_key_locale UNIQUE (playbook_version_id, key, locale),
    CONSTRAINT ck_playbook_section_kind CHECK (kind IN ('PLAY', 'VALUE_PROPOSITION', 'TEMPLATE', 'TEXT'))
) :strict;
CREATE INDEX ix_playbook_section_playbook_version_position ON playbook_section (playbook_version_id, position, id);

-- One person as a member of one partner. Who is asked and has not done it yet has a row without `acknowledged_at`.
CREATE TABLE playbook_acknowledgement (
    id :uuid NOT NULL,
    playbook_id :uuid NOT NULL,
    playbook_version_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    asked_at :instant NOT NULL,
    due_on :day,
    due_at :instant,
    acknowledged_at :instant,
    CONSTRAINT pk_playbook_acknowledgement PRIMARY KEY (id),
    CONSTRAINT fk_playbook_acknowledgement_playbook FOREIGN KEY (playbook_id) REFERENCES playbook (id),
    CONSTRAINT fk_playbook_acknowledgement_playbook_version FOREIGN KEY (playbook_version_id) REFERENCES playbook_version (id),
    CONSTRAINT fk_playbook_acknowledgement_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_playbook_acknowledgement_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_playbook_acknowledgement_version_partner_person UNIQUE (playbook_version_id, partner_id, person_id),
    CONSTRAINT ck_playbook_acknowledgement_due CHECK ((due_on IS NULL) = (due_at IS NULL))
) :strict;
CREATE INDEX ix_playbook_acknowledgement_playbook_version_asked_at ON playbook_acknowledgement (playbook_version_id, asked_at, id);
CREATE INDEX ix_playbook_acknowledgement_playbook ON playbook_acknowledgement (playbook_id, person_id);
CREATE INDEX ix_playbook_acknowledgement_partner ON playbook_acknowledgement (partner_id, asked_at, id);
CREATE INDEX ix_playbook_acknowledgement_person ON playbook_acknowledgement (person_id, asked_at, id);
CREATE INDEX ix_playbook_acknowledgement_asked_at ON playbook_acknowledgement (asked_at, id);
