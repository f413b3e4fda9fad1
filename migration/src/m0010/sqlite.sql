-- SQLite takes no constraint from a table that is there: what can be submitted is a closed list of
-- the code, which grows with each concept.
CREATE TABLE verdict_with_comments (
    id BLOB NOT NULL,
    partner_id BLOB,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    fields TEXT NOT NULL,
    comments TEXT NOT NULL DEFAULT '[]',
    reviewer_id BLOB NOT NULL,
    decided_at TEXT NOT NULL,
    person_id BLOB,
    CONSTRAINT pk_verdict PRIMARY KEY (id),
    CONSTRAINT fk_verdict_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_verdict_reviewer FOREIGN KEY (reviewer_id) REFERENCES person (id),
    CONSTRAINT fk_verdict_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_verdict_revision UNIQUE (subject_id, revision),
    CONSTRAINT ck_verdict_outcome CHECK (outcome IN ('ACTION_REQUIRED', 'RETURNED', 'ACCEPTED', 'REJECTED', 'WAIVED', 'DECLINED'))
) STRICT;
INSERT INTO verdict_with_comments SELECT id, partner_id, subject_kind, subject_id, revision, outcome, reason, fields, '[]', reviewer_id, decided_at, person_id FROM verdict;
DROP TABLE verdict;
ALTER TABLE verdict_with_comments RENAME TO verdict;
CREATE INDEX ix_verdict_subject ON verdict (subject_id, decided_at, id);
CREATE INDEX ix_verdict_partner ON verdict (partner_id);
CREATE INDEX ix_verdict_person ON verdict (person_id);
