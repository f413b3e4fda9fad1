ALTER TABLE verdict DROP CONSTRAINT ck_verdict_subject_kind;
ALTER TABLE verdict ADD CONSTRAINT ck_verdict_subject_kind CHECK (subject_kind IN ('APPLICATION', 'ONBOARDING_STEP', 'CERTIFICATION_EVIDENCE'));
ALTER TABLE verdict DROP CONSTRAINT ck_verdict_outcome;
ALTER TABLE verdict ADD CONSTRAINT ck_verdict_outcome CHECK (outcome IN ('ACTION_REQUIRED', 'RETURNED', 'ACCEPTED', 'REJECTED', 'WAIVED', 'DECLINED'));

-- A person meets what was said of theirs.
DROP POLICY wall_verdict ON verdict;
CREATE POLICY wall_verdict ON verdict USING (
    (SELECT current_setting('entente.portal', true) = 'on')
    OR partner_id = ANY (CAST((SELECT CAST(NULLIF(current_setting('entente.own', true), '') AS uuid[])) AS uuid[]))
    OR subject_id = ANY (CAST((SELECT CAST(NULLIF(current_setting('entente.own', true), '') AS uuid[])) AS uuid[]))
    OR person_id = ANY (CAST((SELECT CAST(NULLIF(current_setting('entente.own', true), '') AS uuid[])) AS uuid[]))
);
