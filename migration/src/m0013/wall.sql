-- What happened to a person alone is met by that person, and by the partners of which they are a
-- member today: who of the partner may read it is said by the shape.
CREATE POLICY wall_fact_person ON fact FOR SELECT USING (
    partner_id IS NULL AND (
        person_id = ANY ((SELECT NULLIF(current_setting('entente.own', true), '')::uuid[])::uuid[])
        OR person_id IN (
            SELECT membership.person_id FROM membership WHERE membership.state = 'ACTIVE'
            AND membership.partner_id
                = ANY ((SELECT NULLIF(current_setting('entente.own', true), '')::uuid[])::uuid[])
        )
    )
);
