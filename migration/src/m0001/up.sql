-- The words behind colons are the database's own: see `Words` in lib.rs.
-- Where a row belongs to a partner, what points at it carries the partner too: (partner_id, id).

CREATE TABLE person (
    id :uuid NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    password_hash TEXT,
    state TEXT NOT NULL,
    session_epoch INTEGER NOT NULL,
    email_confirmed_at :instant,
    created_at :instant NOT NULL,
    updated_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_email UNIQUE (email),
    CONSTRAINT ck_person_state CHECK (state IN ('ACTIVE', 'DISABLED')),
    CONSTRAINT ck_person_email CHECK (email = lower(email))
) :strict;
CREATE INDEX ix_person_name ON person (name, id);

CREATE TABLE staff_role (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    role TEXT NOT NULL,
    granted_at :instant NOT NULL,
    CONSTRAINT pk_staff_role PRIMARY KEY (id),
    CONSTRAINT fk_staff_role_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_staff_role_person_role UNIQUE (person_id, role),
    CONSTRAINT ck_staff_role_role CHECK (role IN ('ADMIN', 'PROGRAM_MANAGER', 'PARTNER_MANAGER', 'ENABLEMENT_MANAGER', 'FINANCE', 'AUDITOR'))
) :strict;

CREATE TABLE session (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    created_at :instant NOT NULL,
    used_at :instant NOT NULL,
    expires_at :instant NOT NULL,
    ended_at :instant,
    end_reason TEXT,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT fk_session_person FOREIGN KEY (person_id) REFERENCES person (id)
) :strict;
CREATE INDEX ix_session_person ON session (person_id, created_at, id);

CREATE TABLE refresh_token (
    id :uuid NOT NULL,
    session_id :uuid NOT NULL,
    token_hash TEXT NOT NULL,
    created_at :instant NOT NULL,
    expires_at :instant NOT NULL,
    used_at :instant,
    CONSTRAINT pk_refresh_token PRIMARY KEY (id),
    CONSTRAINT fk_refresh_token_session FOREIGN KEY (session_id) REFERENCES session (id),
    CONSTRAINT uq_refresh_token_token_hash UNIQUE (token_hash)
) :strict;
CREATE INDEX ix_refresh_token_session ON refresh_token (session_id);
CREATE UNIQUE INDEX uq_refresh_token_live ON refresh_token (session_id) WHERE used_at IS NULL;

CREATE TABLE application (
    id :uuid NOT NULL,
    legal_name TEXT NOT NULL,
    normalized_name TEXT NOT NULL,
    website TEXT NOT NULL,
    domain TEXT NOT NULL,
    country TEXT NOT NULL,
    kind TEXT NOT NULL,
    regions :json NOT NULL,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    contact_name TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    why TEXT NOT NULL,
    terms_version TEXT NOT NULL,
    terms_accepted_at :instant NOT NULL,
    state TEXT NOT NULL,
    email_confirmed_at :instant,
    submitted_at :instant NOT NULL,
    reviewer_id :uuid,
    decided_at :instant,
    welcome_again_on :day,
    created_at :instant NOT NULL,
    updated_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_application PRIMARY KEY (id),
    CONSTRAINT fk_application_reviewer FOREIGN KEY (reviewer_id) REFERENCES person (id),
    CONSTRAINT ck_application_kind CHECK (kind IN ('RESELLER', 'REFERRAL', 'SERVICES', 'TECHNOLOGY', 'MANAGED_SERVICE')),
    CONSTRAINT ck_application_state CHECK (state IN ('APPLIED', 'IN_REVIEW', 'ACTION_REQUIRED', 'APPROVED', 'REJECTED')),
    CONSTRAINT ck_application_decided CHECK ((decided_at IS NOT NULL) = (state IN ('APPROVED', 'REJECTED')))
) :strict;
CREATE INDEX ix_application_state ON application (state, created_at, id);
CREATE INDEX ix_application_created ON application (created_at, id);
CREATE INDEX ix_application_normalized_name ON application (normalized_name);
CREATE INDEX ix_application_domain ON application (domain);

CREATE TABLE partner (
    id :uuid NOT NULL,
    application_id :uuid NOT NULL,
    legal_name TEXT NOT NULL,
    normalized_name TEXT NOT NULL,
    website TEXT NOT NULL,
    domain TEXT NOT NULL,
    country TEXT NOT NULL,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    state TEXT NOT NULL,
    owner_id :uuid NOT NULL,
    approved_at :instant NOT NULL,
    activated_at :instant,
    created_at :instant NOT NULL,
    updated_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_partner PRIMARY KEY (id),
    CONSTRAINT fk_partner_application FOREIGN KEY (application_id) REFERENCES application (id),
    CONSTRAINT uq_partner_application UNIQUE (application_id),
    CONSTRAINT fk_partner_owner FOREIGN KEY (owner_id) REFERENCES person (id),
    CONSTRAINT ck_partner_kind CHECK (kind IN ('RESELLER', 'REFERRAL', 'SERVICES', 'TECHNOLOGY', 'MANAGED_SERVICE')),
    CONSTRAINT ck_partner_state CHECK (state IN ('ONBOARDING', 'ACTIVE', 'SUSPENDED', 'OFFBOARDING', 'TERMINATED'))
) :strict;
CREATE INDEX ix_partner_state ON partner (state, created_at, id);
CREATE INDEX ix_partner_created ON partner (created_at, id);
CREATE INDEX ix_partner_legal_name ON partner (legal_name, id);
CREATE INDEX ix_partner_owner ON partner (owner_id, created_at, id);
CREATE INDEX ix_partner_normalized_name ON partner (normalized_name);
CREATE INDEX ix_partner_domain ON partner (domain);

CREATE TABLE membership (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    joined_at :instant NOT NULL,
    ended_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT fk_membership_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_membership_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_membership_partner_id UNIQUE (partner_id, id),
    CONSTRAINT uq_membership_person UNIQUE (partner_id, person_id),
    CONSTRAINT ck_membership_role CHECK (role IN ('PARTNER_ADMIN', 'PARTNER_MEMBER')),
    CONSTRAINT ck_membership_state CHECK (state IN ('ACTIVE', 'DEACTIVATED')),
    CONSTRAINT ck_membership_ended CHECK ((ended_at IS NOT NULL) = (state = 'DEACTIVATED'))
) :strict;
CREATE INDEX ix_membership_person ON membership (person_id, joined_at, id);
CREATE INDEX ix_membership_partner_joined ON membership (partner_id, joined_at, id);

CREATE TABLE invitation (
    id :uuid NOT NULL,
    partner_id :uuid,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    member_role TEXT,
    vendor_roles :json NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    state TEXT NOT NULL,
    invited_by :uuid,
    created_at :instant NOT NULL,
    expires_at :instant NOT NULL,
    closed_at :instant,
    accepted_by :uuid,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT fk_invitation_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_invitation_invited_by FOREIGN KEY (invited_by) REFERENCES person (id),
    CONSTRAINT fk_invitation_accepted_by FOREIGN KEY (accepted_by) REFERENCES person (id),
    CONSTRAINT uq_invitation_partner_id UNIQUE (partner_id, id),
    CONSTRAINT ck_invitation_member_role CHECK (member_role IN ('PARTNER_ADMIN', 'PARTNER_MEMBER')),
    CONSTRAINT ck_invitation_state CHECK (state IN ('PENDING', 'ACCEPTED', 'WITHDRAWN')),
    CONSTRAINT ck_invitation_seat CHECK ((partner_id IS NULL) = (member_role IS NULL)),
    CONSTRAINT ck_invitation_closed CHECK ((closed_at IS NULL) = (state = 'PENDING'))
) :strict;
CREATE INDEX ix_invitation_partner ON invitation (partner_id, created_at, id);
CREATE INDEX ix_invitation_email ON invitation (email);

CREATE TABLE link (
    id :uuid NOT NULL,
    purpose TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    email TEXT NOT NULL,
    person_id :uuid,
    application_id :uuid,
    invitation_id :uuid,
    created_at :instant NOT NULL,
    expires_at :instant NOT NULL,
    used_at :instant,
    CONSTRAINT pk_link PRIMARY KEY (id),
    CONSTRAINT fk_link_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_link_application FOREIGN KEY (application_id) REFERENCES application (id),
    CONSTRAINT fk_link_invitation FOREIGN KEY (invitation_id) REFERENCES invitation (id),
    CONSTRAINT uq_link_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_link_purpose CHECK (purpose IN ('CONFIRM_EMAIL', 'EDIT_APPLICATION', 'ACCEPT_INVITATION', 'RESET_PASSWORD')),
    CONSTRAINT ck_link_purpose_of CHECK (CASE purpose WHEN 'RESET_PASSWORD' THEN person_id IS NOT NULL WHEN 'ACCEPT_INVITATION' THEN invitation_id IS NOT NULL ELSE application_id IS NOT NULL END)
) :strict;
CREATE INDEX ix_link_person ON link (person_id);
CREATE INDEX ix_link_application ON link (application_id);
CREATE INDEX ix_link_invitation ON link (invitation_id);

CREATE TABLE verdict (
    id :uuid NOT NULL,
    partner_id :uuid,
    subject_kind TEXT NOT NULL,
    subject_id :uuid NOT NULL,
    revision INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    fields :json NOT NULL,
    reviewer_id :uuid NOT NULL,
    decided_at :instant NOT NULL,
    CONSTRAINT pk_verdict PRIMARY KEY (id),
    CONSTRAINT fk_verdict_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_verdict_reviewer FOREIGN KEY (reviewer_id) REFERENCES person (id),
    CONSTRAINT uq_verdict_revision UNIQUE (subject_id, revision),
    CONSTRAINT ck_verdict_subject_kind CHECK (subject_kind IN ('APPLICATION', 'ONBOARDING_STEP')),
    CONSTRAINT ck_verdict_outcome CHECK (outcome IN ('ACTION_REQUIRED', 'RETURNED', 'ACCEPTED', 'REJECTED', 'WAIVED'))
) :strict;
CREATE INDEX ix_verdict_subject ON verdict (subject_id, decided_at, id);
CREATE INDEX ix_verdict_partner ON verdict (partner_id);

CREATE TABLE onboarding_plan (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at :instant NOT NULL,
    CONSTRAINT pk_onboarding_plan PRIMARY KEY (id),
    CONSTRAINT uq_onboarding_plan_slug UNIQUE (slug)
) :strict;

CREATE TABLE plan_version (
    id :uuid NOT NULL,
    plan_id :uuid NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    locale TEXT NOT NULL,
    kinds :json NOT NULL,
    regions :json NOT NULL,
    document TEXT NOT NULL,
    author_id :uuid,
    created_at :instant NOT NULL,
    published_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_plan_version PRIMARY KEY (id),
    CONSTRAINT fk_plan_version_plan FOREIGN KEY (plan_id) REFERENCES onboarding_plan (id),
    CONSTRAINT fk_plan_version_author FOREIGN KEY (author_id) REFERENCES person (id),
    CONSTRAINT uq_plan_version_number UNIQUE (plan_id, number),
    CONSTRAINT ck_plan_version_state CHECK (state IN ('DRAFT', 'PUBLISHED', 'RETIRED')),
    CONSTRAINT ck_plan_version_published CHECK ((published_at IS NULL) = (state = 'DRAFT'))
) :strict;
CREATE UNIQUE INDEX uq_plan_version_one_published ON plan_version (plan_id) WHERE state = 'PUBLISHED';
CREATE UNIQUE INDEX uq_plan_version_one_draft ON plan_version (plan_id) WHERE state = 'DRAFT';

CREATE TABLE plan_step (
    id :uuid NOT NULL,
    plan_version_id :uuid NOT NULL,
    "key" TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    instructions TEXT NOT NULL,
    performer TEXT NOT NULL,
    rule :json NOT NULL,
    form :json NOT NULL,
    requires :json NOT NULL,
    needs_review :truth NOT NULL,
    due_days INTEGER NOT NULL,
    CONSTRAINT pk_plan_step PRIMARY KEY (id),
    CONSTRAINT fk_plan_step_plan_version FOREIGN KEY (plan_version_id) REFERENCES plan_version (id),
    CONSTRAINT uq_plan_step_key UNIQUE (plan_version_id, "key"),
    CONSTRAINT uq_plan_step_position UNIQUE (plan_version_id, position),
    CONSTRAINT ck_plan_step_performer CHECK (performer IN ('PARTNER', 'VENDOR', 'SYSTEM')),
    CONSTRAINT ck_plan_step_due_days CHECK (due_days >= 0)
) :strict;

CREATE TABLE onboarding (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    plan_version_id :uuid NOT NULL,
    started_at :instant NOT NULL,
    completed_at :instant,
    CONSTRAINT pk_onboarding PRIMARY KEY (id),
    CONSTRAINT fk_onboarding_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_onboarding_plan_version FOREIGN KEY (plan_version_id) REFERENCES plan_version (id),
    CONSTRAINT uq_onboarding_partner_id UNIQUE (partner_id, id)
) :strict;
CREATE INDEX ix_onboarding_partner ON onboarding (partner_id, started_at, id);
CREATE UNIQUE INDEX uq_onboarding_one_running ON onboarding (partner_id) WHERE completed_at IS NULL;

CREATE TABLE onboarding_step (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    onboarding_id :uuid NOT NULL,
    plan_step_id :uuid NOT NULL,
    "key" TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    instructions TEXT NOT NULL,
    performer TEXT NOT NULL,
    rule :json NOT NULL,
    form :json NOT NULL,
    requires :json NOT NULL,
    needs_review :truth NOT NULL,
    state TEXT NOT NULL,
    due_at :instant NOT NULL,
    due_on :day NOT NULL,
    opened_at :instant,
    submitted_at :instant,
    submitted_by :uuid,
    closed_at :instant,
    answers :json NOT NULL,
    evidence TEXT NOT NULL,
    updated_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_onboarding_step PRIMARY KEY (id),
    CONSTRAINT fk_onboarding_step_onboarding FOREIGN KEY (partner_id, onboarding_id) REFERENCES onboarding (partner_id, id),
    CONSTRAINT fk_onboarding_step_plan_step FOREIGN KEY (plan_step_id) REFERENCES plan_step (id),
    CONSTRAINT fk_onboarding_step_submitted_by FOREIGN KEY (submitted_by) REFERENCES person (id),
    CONSTRAINT uq_onboarding_step_partner_id UNIQUE (partner_id, id),
    CONSTRAINT uq_onboarding_step_key UNIQUE (onboarding_id, "key"),
    CONSTRAINT ck_onboarding_step_performer CHECK (performer IN ('PARTNER', 'VENDOR', 'SYSTEM')),
    CONSTRAINT ck_onboarding_step_state CHECK (state IN ('LOCKED', 'OPEN', 'SUBMITTED', 'RETURNED', 'DONE', 'WAIVED')),
    CONSTRAINT ck_onboarding_step_closed CHECK ((closed_at IS NOT NULL) = (state IN ('DONE', 'WAIVED'))),
    CONSTRAINT ck_onboarding_step_opened CHECK (opened_at IS NOT NULL OR state IN ('LOCKED', 'WAIVED'))
) :strict;
CREATE INDEX ix_onboarding_step_onboarding ON onboarding_step (onboarding_id, position, id);
CREATE INDEX ix_onboarding_step_due ON onboarding_step (due_at, id);
CREATE INDEX ix_onboarding_step_state ON onboarding_step (state, due_at, id);
CREATE INDEX ix_onboarding_step_partner ON onboarding_step (partner_id, position, id);

CREATE TABLE fact (
    id :uuid NOT NULL,
    kind TEXT NOT NULL,
    partner_id :uuid,
    person_id :uuid,
    subject_id :uuid NOT NULL,
    detail :json NOT NULL,
    occurred_at :instant NOT NULL,
    recorded_at :instant NOT NULL,
    recorded_by :uuid,
    CONSTRAINT pk_fact PRIMARY KEY (id),
    CONSTRAINT fk_fact_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_fact_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_fact_recorded_by FOREIGN KEY (recorded_by) REFERENCES person (id)
) :strict;
CREATE INDEX ix_fact_partner_recorded ON fact (partner_id, recorded_at, id);
CREATE INDEX ix_fact_partner_kind ON fact (partner_id, kind, occurred_at, id);
CREATE INDEX ix_fact_person_kind ON fact (person_id, kind, occurred_at, id);
CREATE INDEX ix_fact_recorded ON fact (recorded_at, id);

CREATE TABLE audit_entry (
    id :uuid NOT NULL,
    at :instant NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id :uuid,
    action TEXT NOT NULL,
    partner_id :uuid,
    subject_kind TEXT NOT NULL,
    subject_id :uuid NOT NULL,
    change :json NOT NULL,
    request_id TEXT NOT NULL,
    address TEXT NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (id),
    CONSTRAINT fk_audit_entry_actor FOREIGN KEY (actor_id) REFERENCES person (id),
    CONSTRAINT fk_audit_entry_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT ck_audit_entry_actor_kind CHECK (actor_kind IN ('PERSON', 'SYSTEM', 'APPLICANT', 'ANONYMOUS'))
) :strict;
CREATE INDEX ix_audit_entry_at ON audit_entry (at, id);
CREATE INDEX ix_audit_entry_partner ON audit_entry (partner_id, at, id);
CREATE INDEX ix_audit_entry_subject ON audit_entry (subject_id, at, id);

CREATE TABLE outbox_message (
    id :uuid NOT NULL,
    kind TEXT NOT NULL,
    payload :json NOT NULL,
    once_key TEXT,
    attempts INTEGER NOT NULL,
    available_at :instant NOT NULL,
    lease :uuid,
    leased_until :instant,
    created_at :instant NOT NULL,
    done_at :instant,
    dead_at :instant,
    last_error TEXT,
    CONSTRAINT pk_outbox_message PRIMARY KEY (id),
    CONSTRAINT uq_outbox_message_once_key UNIQUE (once_key)
) :strict;
CREATE INDEX ix_outbox_message_due ON outbox_message (available_at, id) WHERE done_at IS NULL AND dead_at IS NULL;

CREATE TABLE notification (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    partner_id :uuid,
    kind TEXT NOT NULL,
    letter :json NOT NULL,
    created_at :instant NOT NULL,
    read_at :instant,
    CONSTRAINT pk_notification PRIMARY KEY (id),
    CONSTRAINT fk_notification_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_notification_partner FOREIGN KEY (partner_id) REFERENCES partner (id)
) :strict;
CREATE INDEX ix_notification_person ON notification (person_id, created_at, id);
CREATE INDEX ix_notification_unread ON notification (person_id) WHERE read_at IS NULL;
