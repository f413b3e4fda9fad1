-- Programs, over all their versions.
CREATE TABLE program (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_program PRIMARY KEY (id),
    CONSTRAINT uq_program_slug UNIQUE (slug)
) :strict;
CREATE INDEX ix_program_name ON program (name, id);

-- What was announced never changes, and is named by its hash.
CREATE TABLE program_version (
    id :uuid NOT NULL,
    program_id :uuid NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    author_id :uuid,
    created_at :instant NOT NULL,
    announced_at :instant,
    announced_by :uuid,
    favourable :truth,
    in_force_on :day,
    in_force_at :instant,
    ended_at :instant,
    withdrawn_reason TEXT,
    version INTEGER NOT NULL,
    CONSTRAINT pk_program_version PRIMARY KEY (id),
    CONSTRAINT fk_program_version_program FOREIGN KEY (program_id) REFERENCES program (id),
    CONSTRAINT fk_program_version_author FOREIGN KEY (author_id) REFERENCES person (id),
    CONSTRAINT fk_program_version_announced_by FOREIGN KEY (announced_by) REFERENCES person (id),
    CONSTRAINT uq_program_version_program_number UNIQUE (program_id, number),
    CONSTRAINT ck_program_version_state CHECK (state IN ('DRAFT', 'ANNOUNCED', 'IN_FORCE', 'SUPERSEDED', 'WITHDRAWN')),
    CONSTRAINT ck_program_version_announced CHECK ((state = 'DRAFT') = (announced_at IS NULL) AND (announced_at IS NULL) = (in_force_at IS NULL))
) :strict;
CREATE INDEX ix_program_version_program_state ON program_version (program_id, state);
CREATE INDEX ix_program_version_created_at ON program_version (created_at, id);
CREATE INDEX ix_program_version_author ON program_version (author_id);
CREATE INDEX ix_program_version_announced_by ON program_version (announced_by);
CREATE UNIQUE INDEX uq_program_version_draft ON program_version (program_id) WHERE state = 'DRAFT';
CREATE UNIQUE INDEX uq_program_version_announced ON program_version (program_id) WHERE state = 'ANNOUNCED';
CREATE UNIQUE INDEX uq_program_version_in_force ON program_version (program_id) WHERE state = 'IN_FORCE';

-- What a partner was told of a version before it counted, and that it was read.
CREATE TABLE program_notice (
    id :uuid NOT NULL,
    program_version_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    differences :json NOT NULL,
    told_at :instant NOT NULL,
    acknowledged_at :instant,
    acknowledged_by :uuid,
    CONSTRAINT pk_program_notice PRIMARY KEY (id),
    CONSTRAINT fk_program_notice_program_version FOREIGN KEY (program_version_id) REFERENCES program_version (id),
    CONSTRAINT fk_program_notice_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_program_notice_acknowledged_by FOREIGN KEY (acknowledged_by) REFERENCES person (id),
    CONSTRAINT uq_program_notice_version_partner UNIQUE (program_version_id, partner_id),
    CONSTRAINT ck_program_notice_acknowledged CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
) :strict;
CREATE INDEX ix_program_notice_partner ON program_notice (partner_id, told_at, id);
CREATE INDEX ix_program_notice_told_at ON program_notice (told_at, id);
CREATE INDEX ix_program_notice_version_told_at ON program_notice (program_version_id, told_at, id);
CREATE INDEX ix_program_notice_acknowledged_by ON program_notice (acknowledged_by);

-- One round over all partners under a version, on one of its days.
CREATE TABLE program_review (
    id :uuid NOT NULL,
    program_version_id :uuid NOT NULL,
    on_day :day NOT NULL,
    started_at :instant NOT NULL,
    reviewed_to :uuid,
    partners INTEGER NOT NULL,
    moves INTEGER NOT NULL,
    finished_at :instant,
    CONSTRAINT pk_program_review PRIMARY KEY (id),
    CONSTRAINT fk_program_review_program_version FOREIGN KEY (program_version_id) REFERENCES program_version (id),
    CONSTRAINT uq_program_review_version_day UNIQUE (program_version_id, on_day)
) :strict;
CREATE INDEX ix_program_review_started_at ON program_review (started_at, id);
CREATE INDEX ix_program_review_version_started_at ON program_review (program_version_id, started_at, id);

-- A computation of where a partner stands. The proof is text, byte for byte: its digest is over it.
CREATE TABLE evaluation (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    program_version_id :uuid NOT NULL,
    as_of :instant NOT NULL,
    known_on :instant NOT NULL,
    proof TEXT NOT NULL,
    digest TEXT NOT NULL,
    CONSTRAINT pk_evaluation PRIMARY KEY (id),
    CONSTRAINT fk_evaluation_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_evaluation_program_version FOREIGN KEY (program_version_id) REFERENCES program_version (id)
) :strict;
CREATE INDEX ix_evaluation_partner ON evaluation (partner_id, as_of, id);
CREATE INDEX ix_evaluation_program_version ON evaluation (program_version_id, as_of, id);
CREATE INDEX ix_evaluation_as_of ON evaluation (as_of, id);

-- A tier that people gave against the rules: one proposes it, another one decides.
CREATE TABLE standing_override (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    program_id :uuid NOT NULL,
    track TEXT NOT NULL,
    tier TEXT NOT NULL,
    reason TEXT NOT NULL,
    ends_on :day NOT NULL,
    ends_at :instant NOT NULL,
    state TEXT NOT NULL,
    proposed_by :uuid NOT NULL,
    proposed_at :instant NOT NULL,
    decided_by :uuid,
    decided_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_standing_override PRIMARY KEY (id),
    CONSTRAINT fk_standing_override_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_standing_override_program FOREIGN KEY (program_id) REFERENCES program (id),
    CONSTRAINT fk_standing_override_proposed_by FOREIGN KEY (proposed_by) REFERENCES person (id),
    CONSTRAINT fk_standing_override_decided_by FOREIGN KEY (decided_by) REFERENCES person (id),
    CONSTRAINT ck_standing_override_state CHECK (state IN ('PROPOSED', 'APPROVED', 'DECLINED', 'ENDED')),
    CONSTRAINT ck_standing_override_decided CHECK ((state = 'PROPOSED') = (decided_at IS NULL)),
    CONSTRAINT ck_standing_override_another CHECK (decided_by IS NULL OR decided_by <> proposed_by)
) :strict;
CREATE INDEX ix_standing_override_partner ON standing_override (partner_id, proposed_at, id);
CREATE INDEX ix_standing_override_program ON standing_override (program_id);
CREATE INDEX ix_standing_override_proposed_at ON standing_override (proposed_at, id);
CREATE INDEX ix_standing_override_proposed_by ON standing_override (proposed_by);
CREATE INDEX ix_standing_override_decided_by ON standing_override (decided_by);
CREATE UNIQUE INDEX uq_standing_override_open ON standing_override (partner_id, program_id, track) WHERE state IN ('PROPOSED', 'APPROVED');

-- Where a partner stands on a track now.
CREATE TABLE standing (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    program_id :uuid NOT NULL,
    track TEXT NOT NULL,
    tier TEXT,
    tier_rank INTEGER NOT NULL,
    earned TEXT,
    phase TEXT NOT NULL,
    phase_since :instant,
    decided_on :day,
    since :instant NOT NULL,
    looked_at :instant NOT NULL,
    evaluation_id :uuid,
    override_id :uuid,
    ended_at :instant,
    CONSTRAINT pk_standing PRIMARY KEY (id),
    CONSTRAINT fk_standing_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_standing_program FOREIGN KEY (program_id) REFERENCES program (id),
    CONSTRAINT fk_standing_evaluation FOREIGN KEY (evaluation_id) REFERENCES evaluation (id),
    CONSTRAINT fk_standing_override FOREIGN KEY (override_id) REFERENCES standing_override (id),
    CONSTRAINT uq_standing_partner_program_track UNIQUE (partner_id, program_id, track),
    CONSTRAINT ck_standing_phase CHECK (phase IN ('STEADY', 'AT_RISK', 'GRACE')),
    CONSTRAINT ck_standing_phase_days CHECK ((phase = 'STEADY') = (decided_on IS NULL) AND (decided_on IS NULL) = (phase_since IS NULL))
) :strict;
CREATE INDEX ix_standing_partner ON standing (partner_id, tier);
CREATE INDEX ix_standing_program_tier ON standing (program_id, track, tier_rank, id);
CREATE INDEX ix_standing_partner_since ON standing (partner_id, since, id);
CREATE INDEX ix_standing_program_since ON standing (program_id, since, id);
CREATE INDEX ix_standing_since ON standing (since, id);
CREATE INDEX ix_standing_looked_at ON standing (looked_at);
CREATE INDEX ix_standing_evaluation ON standing (evaluation_id);
CREATE INDEX ix_standing_override_id ON standing (override_id);

-- What became of standings, never edited: where a partner stood on a day is the last line before it.
CREATE TABLE standing_move (
    id :uuid NOT NULL,
    standing_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    program_version_id :uuid NOT NULL,
    track TEXT NOT NULL,
    kind TEXT NOT NULL,
    tier TEXT,
    from_tier TEXT,
    earned TEXT,
    decided_on :day,
    moved_at :instant NOT NULL,
    evaluation_id :uuid,
    override_id :uuid,
    CONSTRAINT pk_standing_move PRIMARY KEY (id),
    CONSTRAINT fk_standing_move_standing FOREIGN KEY (standing_id) REFERENCES standing (id),
    CONSTRAINT fk_standing_move_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_standing_move_program_version FOREIGN KEY (program_version_id) REFERENCES program_version (id),
    CONSTRAINT fk_standing_move_evaluation FOREIGN KEY (evaluation_id) REFERENCES evaluation (id),
    CONSTRAINT fk_standing_move_override FOREIGN KEY (override_id) REFERENCES standing_override (id),
    CONSTRAINT ck_standing_move_kind CHECK (kind IN ('ENTERED', 'ADVANCED', 'AT_RISK', 'GRACE_STARTED', 'KEPT', 'DEMOTED', 'OVERRIDDEN', 'OVERRIDE_ENDED', 'ENDED'))
) :strict;
CREATE INDEX ix_standing_move_standing ON standing_move (standing_id, moved_at, id);
CREATE INDEX ix_standing_move_partner ON standing_move (partner_id, moved_at, id);
CREATE INDEX ix_standing_move_program_version ON standing_move (program_version_id, moved_at, id);
CREATE INDEX ix_standing_move_moved_at ON standing_move (moved_at, id);
CREATE INDEX ix_standing_move_evaluation ON standing_move (evaluation_id, moved_at, id);
CREATE INDEX ix_standing_move_override ON standing_move (override_id);

-- A partner's word against an evaluation.
CREATE TABLE appeal (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    standing_id :uuid NOT NULL,
    evaluation_id :uuid NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    submitted_by :uuid NOT NULL,
    submitted_at :instant NOT NULL,
    answer_by :instant NOT NULL,
    decided_at :instant,
    override_id :uuid,
    version INTEGER NOT NULL,
    CONSTRAINT pk_appeal PRIMARY KEY (id),
    CONSTRAINT fk_appeal_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_appeal_standing FOREIGN KEY (standing_id) REFERENCES standing (id),
    CONSTRAINT fk_appeal_evaluation FOREIGN KEY (evaluation_id) REFERENCES evaluation (id),
    CONSTRAINT fk_appeal_submitted_by FOREIGN KEY (submitted_by) REFERENCES person (id),
    CONSTRAINT fk_appeal_override FOREIGN KEY (override_id) REFERENCES standing_override (id),
    CONSTRAINT ck_appeal_state CHECK (state IN ('SUBMITTED', 'ACTION_REQUIRED', 'UPHELD', 'DISMISSED', 'WITHDRAWN')),
    CONSTRAINT ck_appeal_decided CHECK ((state IN ('UPHELD', 'DISMISSED')) = (decided_at IS NOT NULL))
) :strict;
CREATE INDEX ix_appeal_partner ON appeal (partner_id, submitted_at, id);
CREATE INDEX ix_appeal_standing ON appeal (standing_id, submitted_at, id);
CREATE INDEX ix_appeal_evaluation ON appeal (evaluation_id);
CREATE INDEX ix_appeal_submitted_at ON appeal (submitted_at, id);
CREATE INDEX ix_appeal_submitted_by ON appeal (submitted_by);
CREATE INDEX ix_appeal_override ON appeal (override_id);
CREATE UNIQUE INDEX uq_appeal_open ON appeal (evaluation_id, standing_id) WHERE state IN ('SUBMITTED', 'ACTION_REQUIRED');

-- Advancements that all partners read, in the words of that day.
ALTER TABLE partner ADD COLUMN hides_advancement :truth NOT NULL DEFAULT FALSE;
CREATE TABLE recognition (
    id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    standing_id :uuid NOT NULL,
    partner_name TEXT NOT NULL,
    program TEXT NOT NULL,
    track TEXT NOT NULL,
    tier TEXT NOT NULL,
    advanced_at :instant NOT NULL,
    CONSTRAINT pk_recognition PRIMARY KEY (id),
    CONSTRAINT fk_recognition_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_recognition_standing FOREIGN KEY (standing_id) REFERENCES standing (id)
) :strict;
CREATE INDEX ix_recognition_partner ON recognition (partner_id, advanced_at, id);
CREATE INDEX ix_recognition_standing ON recognition (standing_id);
CREATE INDEX ix_recognition_advanced_at ON recognition (advanced_at, id);

-- What happened to people, whoever they worked for: most facts are about none, and those are not in it.
CREATE INDEX ix_fact_of_person ON fact (person_id, occurred_at, id) WHERE person_id IS NOT NULL;
