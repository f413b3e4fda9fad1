-- What people learn. The title, texts and audience are those of the newest published version.
CREATE TABLE course (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    locale TEXT NOT NULL,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    refresh_months INTEGER,
    state TEXT NOT NULL,
    created_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_course PRIMARY KEY (id),
    CONSTRAINT uq_course_slug UNIQUE (slug),
    CONSTRAINT ck_course_state CHECK (state IN ('DRAFT', 'PUBLISHED', 'RETIRED'))
) :strict;
CREATE INDEX ix_course_created_at ON course (created_at, id);
CREATE INDEX ix_course_title ON course (title, id);

CREATE TABLE course_version (
    id :uuid NOT NULL,
    course_id :uuid NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    locale TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    prerequisites :json NOT NULL,
    refresh_months INTEGER,
    outdates :truth NOT NULL,
    document TEXT NOT NULL,
    author_id :uuid,
    created_at :instant NOT NULL,
    published_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_course_version PRIMARY KEY (id),
    CONSTRAINT fk_course_version_course FOREIGN KEY (course_id) REFERENCES course (id),
    CONSTRAINT fk_course_version_author FOREIGN KEY (author_id) REFERENCES person (id),
    CONSTRAINT uq_course_version_course_number UNIQUE (course_id, number),
    CONSTRAINT ck_course_version_state CHECK (state IN ('DRAFT', 'PUBLISHED', 'RETIRED'))
) :strict;
CREATE INDEX ix_course_version_course_state ON course_version (course_id, state);
CREATE UNIQUE INDEX uq_course_version_published ON course_version (course_id) WHERE state = 'PUBLISHED';
CREATE UNIQUE INDEX uq_course_version_draft ON course_version (course_id) WHERE state = 'DRAFT';

CREATE TABLE course_module (
    id :uuid NOT NULL,
    course_version_id :uuid NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    CONSTRAINT pk_course_module PRIMARY KEY (id),
    CONSTRAINT fk_course_module_course_version FOREIGN KEY (course_version_id) REFERENCES course_version (id),
    CONSTRAINT uq_course_module_course_version_key UNIQUE (course_version_id, key)
) :strict;
CREATE INDEX ix_course_module_course_version_position ON course_module (course_version_id, position, id);

CREATE TABLE course_file (
    id :uuid NOT NULL,
    course_version_id :uuid NOT NULL,
    path TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    digest TEXT NOT NULL,
    content :bytes NOT NULL,
    CONSTRAINT pk_course_file PRIMARY KEY (id),
    CONSTRAINT fk_course_file_course_version FOREIGN KEY (course_version_id) REFERENCES course_version (id),
    CONSTRAINT uq_course_file_course_version_path UNIQUE (course_version_id, path)
) :strict;

-- The quiz holds its key; clients never read the column.
CREATE TABLE lesson (
    id :uuid NOT NULL,
    course_version_id :uuid NOT NULL,
    module_id :uuid NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    video_url TEXT,
    file_id :uuid,
    quiz :json,
    exam :truth NOT NULL,
    CONSTRAINT pk_lesson PRIMARY KEY (id),
    CONSTRAINT fk_lesson_course_version FOREIGN KEY (course_version_id) REFERENCES course_version (id),
    CONSTRAINT fk_lesson_module FOREIGN KEY (module_id) REFERENCES course_module (id),
    CONSTRAINT fk_lesson_file FOREIGN KEY (file_id) REFERENCES course_file (id),
    CONSTRAINT uq_lesson_course_version_key UNIQUE (course_version_id, key),
    CONSTRAINT ck_lesson_kind CHECK (kind IN ('TEXT', 'VIDEO', 'FILE', 'QUIZ'))
) :strict;
CREATE INDEX ix_lesson_course_version_position ON lesson (course_version_id, position, id);
CREATE INDEX ix_lesson_module_position ON lesson (module_id, position, id);

-- One round of one person on one course; the next one begins when this one is over.
CREATE TABLE enrollment (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    course_id :uuid NOT NULL,
    course_version_id :uuid NOT NULL,
    round INTEGER NOT NULL,
    state TEXT NOT NULL,
    requires :json NOT NULL,
    assigned_by :uuid,
    assigned_for :uuid,
    due_on :day,
    due_at :instant,
    refreshes :truth NOT NULL,
    enrolled_at :instant NOT NULL,
    started_at :instant,
    completed_at :instant,
    withdrawn_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_enrollment PRIMARY KEY (id),
    CONSTRAINT fk_enrollment_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_enrollment_course FOREIGN KEY (course_id) REFERENCES course (id),
    CONSTRAINT fk_enrollment_course_version FOREIGN KEY (course_version_id) REFERENCES course_version (id),
    CONSTRAINT fk_enrollment_assigned_by FOREIGN KEY (assigned_by) REFERENCES person (id),
    CONSTRAINT fk_enrollment_assigned_for FOREIGN KEY (assigned_for) REFERENCES partner (id),
    CONSTRAINT uq_enrollment_person_course_round UNIQUE (person_id, course_id, round),
    CONSTRAINT ck_enrollment_state CHECK (state IN ('ENROLLED', 'IN_PROGRESS', 'COMPLETED', 'WITHDRAWN'))
) :strict;
CREATE INDEX ix_enrollment_course_state ON enrollment (course_id, state);
CREATE INDEX ix_enrollment_course_enrolled_at ON enrollment (course_id, enrolled_at, id);
CREATE INDEX ix_enrollment_course_version ON enrollment (course_version_id);
CREATE INDEX ix_enrollment_assigned_for ON enrollment (assigned_for);
CREATE INDEX ix_enrollment_due_at ON enrollment (due_at, id);
CREATE INDEX ix_enrollment_enrolled_at ON enrollment (enrolled_at, id);
CREATE INDEX ix_enrollment_person_enrolled_at ON enrollment (person_id, enrolled_at, id);
CREATE UNIQUE INDEX uq_enrollment_open ON enrollment (person_id, course_id) WHERE state IN ('ENROLLED', 'IN_PROGRESS');

CREATE TABLE lesson_progress (
    id :uuid NOT NULL,
    enrollment_id :uuid NOT NULL,
    lesson_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    opened_at :instant NOT NULL,
    seen_at :instant NOT NULL,
    completed_at :instant,
    seconds INTEGER NOT NULL,
    CONSTRAINT pk_lesson_progress PRIMARY KEY (id),
    CONSTRAINT fk_lesson_progress_enrollment FOREIGN KEY (enrollment_id) REFERENCES enrollment (id),
    CONSTRAINT fk_lesson_progress_lesson FOREIGN KEY (lesson_id) REFERENCES lesson (id),
    CONSTRAINT fk_lesson_progress_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_lesson_progress_enrollment_lesson UNIQUE (enrollment_id, lesson_id),
    CONSTRAINT ck_lesson_progress_seconds CHECK (seconds >= 0)
) :strict;
CREATE INDEX ix_lesson_progress_lesson ON lesson_progress (lesson_id);
CREATE INDEX ix_lesson_progress_person ON lesson_progress (person_id);
CREATE INDEX ix_lesson_progress_enrollment_opened_at ON lesson_progress (enrollment_id, opened_at, id);

-- Frozen as it was asked: a later edit of the course changes nothing of it.
CREATE TABLE quiz_attempt (
    id :uuid NOT NULL,
    enrollment_id :uuid NOT NULL,
    lesson_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    number INTEGER NOT NULL,
    seed :long NOT NULL,
    asked :json NOT NULL,
    paper :json NOT NULL,
    answers :json,
    marks :json NOT NULL,
    pass_percent INTEGER NOT NULL,
    started_at :instant NOT NULL,
    ends_at :instant,
    submitted_at :instant,
    points INTEGER,
    out_of INTEGER NOT NULL,
    percent INTEGER,
    passed :truth,
    CONSTRAINT pk_quiz_attempt PRIMARY KEY (id),
    CONSTRAINT fk_quiz_attempt_enrollment FOREIGN KEY (enrollment_id) REFERENCES enrollment (id),
    CONSTRAINT fk_quiz_attempt_lesson FOREIGN KEY (lesson_id) REFERENCES lesson (id),
    CONSTRAINT fk_quiz_attempt_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_quiz_attempt_enrollment_lesson_number UNIQUE (enrollment_id, lesson_id, number)
) :strict;
CREATE INDEX ix_quiz_attempt_lesson_submitted_at ON quiz_attempt (lesson_id, submitted_at);
CREATE INDEX ix_quiz_attempt_person ON quiz_attempt (person_id);
CREATE INDEX ix_quiz_attempt_enrollment_started_at ON quiz_attempt (enrollment_id, started_at, id);
CREATE UNIQUE INDEX uq_quiz_attempt_open ON quiz_attempt (enrollment_id, lesson_id) WHERE submitted_at IS NULL;

CREATE TABLE learning_path (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    locale TEXT NOT NULL,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    created_at :instant NOT NULL,
    retired_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_learning_path PRIMARY KEY (id),
    CONSTRAINT uq_learning_path_slug UNIQUE (slug)
) :strict;
CREATE INDEX ix_learning_path_title ON learning_path (title, id);

CREATE TABLE learning_path_course (
    id :uuid NOT NULL,
    learning_path_id :uuid NOT NULL,
    course_id :uuid NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_learning_path_course PRIMARY KEY (id),
    CONSTRAINT fk_learning_path_course_learning_path FOREIGN KEY (learning_path_id) REFERENCES learning_path (id),
    CONSTRAINT fk_learning_path_course_course FOREIGN KEY (course_id) REFERENCES course (id),
    CONSTRAINT uq_learning_path_course_learning_path_course UNIQUE (learning_path_id, course_id)
) :strict;
CREATE INDEX ix_learning_path_course_course ON learning_path_course (course_id);
CREATE INDEX ix_learning_path_course_learning_path_position ON learning_path_course (learning_path_id, position, id);

CREATE TABLE certification (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    locale TEXT NOT NULL,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    route :json NOT NULL,
    renewal :json NOT NULL,
    validity_months INTEGER,
    window_days INTEGER NOT NULL,
    created_at :instant NOT NULL,
    retired_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_certification PRIMARY KEY (id),
    CONSTRAINT uq_certification_slug UNIQUE (slug)
) :strict;
CREATE INDEX ix_certification_title ON certification (title, id);

-- One period: opened, perhaps earned, perhaps revoked. Where it stands follows from it and the clock.
CREATE TABLE certificate (
    id :uuid NOT NULL,
    certification_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    sequence INTEGER NOT NULL,
    renewal :truth NOT NULL,
    window_opens_at :instant NOT NULL,
    due_at :instant,
    window_days INTEGER NOT NULL,
    assigned_by :uuid,
    assigned_for :uuid,
    issued_at :instant,
    valid_from :instant,
    valid_until :instant,
    number TEXT,
    holder TEXT,
    outdated_at :instant,
    revoked_at :instant,
    revoked_by :uuid,
    revoked_reason TEXT,
    revoked_evidence TEXT,
    status_index :long,
    version INTEGER NOT NULL,
    CONSTRAINT pk_certificate PRIMARY KEY (id),
    CONSTRAINT fk_certificate_certification FOREIGN KEY (certification_id) REFERENCES certification (id),
    CONSTRAINT fk_certificate_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_certificate_assigned_by FOREIGN KEY (assigned_by) REFERENCES person (id),
    CONSTRAINT fk_certificate_assigned_for FOREIGN KEY (assigned_for) REFERENCES partner (id),
    CONSTRAINT fk_certificate_revoked_by FOREIGN KEY (revoked_by) REFERENCES person (id),
    CONSTRAINT uq_certificate_person_certification_sequence UNIQUE (person_id, certification_id, sequence),
    CONSTRAINT uq_certificate_number UNIQUE (number),
    CONSTRAINT uq_certificate_status_index UNIQUE (status_index),
    CONSTRAINT ck_certificate_whole CHECK ((issued_at IS NULL) = (number IS NULL) AND (issued_at IS NULL) = (holder IS NULL) AND (issued_at IS NULL) = (valid_from IS NULL)),
    CONSTRAINT ck_certificate_period CHECK (valid_until IS NULL OR valid_until > valid_from)
) :strict;
CREATE INDEX ix_certificate_certification_valid_until ON certificate (certification_id, valid_until);
CREATE INDEX ix_certificate_certification_window_opens_at ON certificate (certification_id, window_opens_at, id);
CREATE INDEX ix_certificate_assigned_for ON certificate (assigned_for);
CREATE INDEX ix_certificate_window_opens_at ON certificate (window_opens_at, id);
CREATE INDEX ix_certificate_person_window_opens_at ON certificate (person_id, window_opens_at, id);
CREATE UNIQUE INDEX uq_certificate_open ON certificate (person_id, certification_id) WHERE issued_at IS NULL;

CREATE TABLE certificate_correction (
    id :uuid NOT NULL,
    certificate_id :uuid NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    reason TEXT NOT NULL,
    corrected_by :uuid NOT NULL,
    corrected_at :instant NOT NULL,
    CONSTRAINT pk_certificate_correction PRIMARY KEY (id),
    CONSTRAINT fk_certificate_correction_certificate FOREIGN KEY (certificate_id) REFERENCES certificate (id),
    CONSTRAINT fk_certificate_correction_corrected_by FOREIGN KEY (corrected_by) REFERENCES person (id)
) :strict;
CREATE INDEX ix_certificate_correction_certificate_corrected_at ON certificate_correction (certificate_id, corrected_at, id);

CREATE TABLE certification_evidence (
    id :uuid NOT NULL,
    certificate_id :uuid NOT NULL,
    certification_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT,
    submitted_at :instant NOT NULL,
    taken_up_by :uuid,
    decided_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_certification_evidence PRIMARY KEY (id),
    CONSTRAINT fk_certification_evidence_certificate FOREIGN KEY (certificate_id) REFERENCES certificate (id),
    CONSTRAINT fk_certification_evidence_certification FOREIGN KEY (certification_id) REFERENCES certification (id),
    CONSTRAINT fk_certification_evidence_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_certification_evidence_taken_up_by FOREIGN KEY (taken_up_by) REFERENCES person (id),
    CONSTRAINT ck_certification_evidence_state CHECK (state IN ('SUBMITTED', 'IN_REVIEW', 'CHANGES_REQUESTED', 'ACCEPTED', 'DECLINED'))
) :strict;
CREATE UNIQUE INDEX uq_certification_evidence_open ON certification_evidence (certificate_id) WHERE state <> 'DECLINED';
CREATE INDEX ix_certification_evidence_certificate ON certification_evidence (certificate_id, submitted_at, id);
CREATE INDEX ix_certification_evidence_person ON certification_evidence (person_id);
CREATE INDEX ix_certification_evidence_certification_state ON certification_evidence (certification_id, state);
CREATE INDEX ix_certification_evidence_submitted_at ON certification_evidence (submitted_at, id);

-- Hands out places in the list of revoked credentials.
CREATE TABLE status_list (
    id INTEGER NOT NULL,
    next :long NOT NULL,
    CONSTRAINT pk_status_list PRIMARY KEY (id)
) :strict;
INSERT INTO status_list (id, next) VALUES (1, 0);

-- Whose it is, where it is about something of a person's and not of a partner's.
ALTER TABLE verdict ADD COLUMN person_id :uuid REFERENCES person (id);
CREATE INDEX ix_verdict_person ON verdict (person_id);
