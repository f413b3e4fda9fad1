-- Everybody meets what is published, and changes none of it.
CREATE POLICY wall_case_study_published ON case_study FOR SELECT USING (state = 'PUBLISHED');

ALTER TABLE verdict ADD COLUMN comments jsonb NOT NULL DEFAULT '[]';
-- What can be submitted is a closed list of the code, which grows with each concept.
ALTER TABLE verdict DROP CONSTRAINT ck_verdict_subject_kind;
