-- A partner's files are met by the partner; the vendor's, and those that are open to everybody, by
-- all: who may read them is said by what they are attached to.
ALTER TABLE file ENABLE ROW LEVEL SECURITY;
ALTER TABLE file FORCE ROW LEVEL SECURITY;
CREATE POLICY wall_file ON file USING (
    (SELECT current_setting('entente.portal', true) = 'on')
    OR partner_id IS NULL
    OR is_open
    OR partner_id = ANY ((SELECT NULLIF(current_setting('entente.own', true), '')::uuid[])::uuid[])
) WITH CHECK (
    (SELECT current_setting('entente.portal', true) = 'on')
    OR partner_id IS NULL
    OR partner_id = ANY ((SELECT NULLIF(current_setting('entente.own', true), '')::uuid[])::uuid[])
);
