-- SQLite changes no constraint of a table that is there.
CREATE TABLE verdict_with_more (
    id BLOB NOT NULL,
    partner_id BLOB,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    fields TEXT NOT NULL,
    reviewer_id BLOB NOT NULL,
    decided_at TEXT NOT NULL,
    person_id BLOB,
    CONSTRAINT pk_verdict PRIMARY KEY (id),
    CONSTRAINT fk_verdict_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_verdict_reviewer FOREIGN KEY (reviewer_id) REFERENCES person (id),
    CONSTRAINT fk_verdict_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_verdict_revision UNIQUE (subject_id, revision),
    CONSTRAINT ck_verdict_subject_kind CHECK (subject_kind IN ('APPLICATION', 'ONBOARDING_STEP', 'CERTIFICATION_EVIDENCE', 'PLAYBOOK_VERSION')),
    CONSTRAINT ck_verdict_outcome CHECK (outcome IN ('ACTION_REQUIRED', 'RETURNED', 'ACCEPTED', 'REJECTED', 'WAIVED', 'DECLINED'))
) STRICT;
INSERT INTO verdict_with_more SELECT id, partner_id, subject_kind, subject_id, revision, outcome, reason, fields, reviewer_id, decided_at, person_id FROM verdict;
DROP TABLE verdict;
ALTER TABLE verdict_with_more RENAME TO verdict;
CREATE INDEX ix_verdict_subject ON verdict (subject_id, decided_at, id);
CREATE INDEX ix_verdict_partner ON verdict (partner_id);
CREATE INDEX ix_verdict_person ON verdict (person_id);
