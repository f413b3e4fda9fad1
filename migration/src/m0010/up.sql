-- What a partner did for a customer. Everybody meets those that are published.
CREATE TABLE case_study (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    partner_name TEXT NOT NULL,
    author_id :uuid NOT NULL,
    slug TEXT,
    locale TEXT NOT NULL,
    translation_of :uuid,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    customer TEXT NOT NULL,
    industry TEXT,
    region TEXT,
    products TEXT NOT NULL,
    challenge TEXT NOT NULL,
    solution TEXT NOT NULL,
    outcome TEXT NOT NULL,
    results :json NOT NULL,
    images :json NOT NULL,
    quote TEXT NOT NULL,
    quote_by TEXT NOT NULL,
    quote_role TEXT NOT NULL,
    submitted_by :uuid,
    submitted_at :instant,
    taken_up_by :uuid,
    published_at :instant,
    closed_at :instant,
    closed_reason TEXT,
    created_at :instant NOT NULL,
    updated_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_case_study PRIMARY KEY (id),
    CONSTRAINT fk_case_study_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_case_study_author FOREIGN KEY (author_id) REFERENCES person (id),
    CONSTRAINT fk_case_study_translation_of FOREIGN KEY (translation_of) REFERENCES case_study (id),
    CONSTRAINT fk_case_study_submitted_by FOREIGN KEY (submitted_by) REFERENCES person (id),
    CONSTRAINT fk_case_study_taken_up_by FOREIGN KEY (taken_up_by) REFERENCES person (id),
    CONSTRAINT uq_case_study_slug UNIQUE (slug),
    CONSTRAINT ck_case_study_state CHECK (state IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'CHANGES_REQUESTED', 'APPROVED', 'PUBLISHED', 'ARCHIVED', 'WITHDRAWN', 'DECLINED')),
    CONSTRAINT ck_case_study_industry CHECK (industry IN ('AGRICULTURE', 'CONSTRUCTION', 'EDUCATION', 'ENERGY', 'FINANCE', 'GOVERNMENT', 'HEALTHCARE', 'HOSPITALITY', 'INSURANCE', 'LOGISTICS', 'MANUFACTURING', 'MEDIA', 'NONPROFIT', 'PROFESSIONAL_SERVICES', 'RETAIL', 'TECHNOLOGY', 'TELECOMMUNICATIONS', 'OTHER')),
    CONSTRAINT ck_case_study_public CHECK ((slug IS NULL) = (published_at IS NULL) AND (published_at IS NOT NULL) = (state IN ('PUBLISHED', 'ARCHIVED', 'WITHDRAWN')))
) :strict;
CREATE INDEX ix_case_study_partner_updated_at ON case_study (partner_id, updated_at, id);
CREATE INDEX ix_case_study_state_published_at ON case_study (state, published_at, id);
CREATE INDEX ix_case_study_updated_at ON case_study (updated_at, id);
CREATE INDEX ix_case_study_created_at ON case_study (created_at, id);
CREATE INDEX ix_case_study_title ON case_study (title, id);
CREATE INDEX ix_case_study_author ON case_study (author_id);
CREATE INDEX ix_case_study_translation_of ON case_study (translation_of, updated_at, id);
CREATE INDEX ix_case_study_submitted_by ON case_study (submitted_by);
CREATE INDEX ix_case_study_taken_up_by ON case_study (taken_up_by);

CREATE TABLE case_study_contributor (
    id :uuid NOT NULL,
    case_study_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    added_at :instant NOT NULL,
    CONSTRAINT pk_case_study_contributor PRIMARY KEY (id),
    CONSTRAINT fk_case_study_contributor_case_study FOREIGN KEY (case_study_id) REFERENCES case_study (id),
    CONSTRAINT fk_case_study_contributor_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_case_study_contributor_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_case_study_contributor_case_study_person UNIQUE (case_study_id, person_id)
) :strict;
CREATE INDEX ix_case_study_contributor_case_study_added_at ON case_study_contributor (case_study_id, added_at, id);
CREATE INDEX ix_case_study_contributor_partner ON case_study_contributor (partner_id);
CREATE INDEX ix_case_study_contributor_person ON case_study_contributor (person_id);

CREATE TABLE case_study_consent (
    id :uuid NOT NULL,
    case_study_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    revision INTEGER NOT NULL,
    content :json NOT NULL,
    method TEXT NOT NULL,
    state TEXT NOT NULL,
    file_id :uuid,
    name TEXT NOT NULL,
    email TEXT,
    locale TEXT NOT NULL,
    asked_by :uuid NOT NULL,
    asked_at :instant NOT NULL,
    expires_at :instant,
    answered_at :instant,
    note TEXT NOT NULL,
    withdrawn_at :instant,
    withdrawn_by :uuid,
    withdrawn_reason TEXT,
    version INTEGER NOT NULL,
    CONSTRAINT pk_case_study_consent PRIMARY KEY (id),
    CONSTRAINT fk_case_study_consent_case_study FOREIGN KEY (case_study_id) REFERENCES case_study (id),
    CONSTRAINT fk_case_study_consent_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_case_study_consent_file FOREIGN KEY (file_id) REFERENCES file (id),
    CONSTRAINT fk_case_study_consent_asked_by FOREIGN KEY (asked_by) REFERENCES person (id),
    CONSTRAINT fk_case_study_consent_withdrawn_by FOREIGN KEY (withdrawn_by) REFERENCES person (id),
    CONSTRAINT ck_case_study_consent_method CHECK (method IN ('LINK', 'PAPER')),
    CONSTRAINT ck_case_study_consent_state CHECK (state IN ('ASKED', 'GIVEN', 'REFUSED', 'OUTDATED', 'WITHDRAWN')),
    CONSTRAINT ck_case_study_consent_letter CHECK ((method = 'LINK') = (email IS NOT NULL) AND (method = 'LINK') = (expires_at IS NOT NULL)),
    CONSTRAINT ck_case_study_consent_paper CHECK ((method = 'PAPER') = (file_id IS NOT NULL))
) :strict;
CREATE INDEX ix_case_study_consent_case_study_asked_at ON case_study_consent (case_study_id, asked_at, id);
CREATE INDEX ix_case_study_consent_partner ON case_study_consent (partner_id);
CREATE INDEX ix_case_study_consent_file ON case_study_consent (file_id);
CREATE INDEX ix_case_study_consent_asked_by ON case_study_consent (asked_by);
CREATE INDEX ix_case_study_consent_withdrawn_by ON case_study_consent (withdrawn_by);
-- Of a text that is up for consent there is one answer, or one question.
CREATE UNIQUE INDEX uq_case_study_consent_open ON case_study_consent (case_study_id) WHERE state IN ('ASKED', 'GIVEN');
