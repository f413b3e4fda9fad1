-- What other systems tell, and which fact takes the place of which. A fact is corrected once: who
-- corrects it again corrects the one that took its place.
ALTER TABLE fact ADD COLUMN corrects_id :uuid CONSTRAINT fk_fact_corrects REFERENCES fact (id);
ALTER TABLE fact ADD COLUMN source TEXT;
ALTER TABLE fact ADD COLUMN external_id TEXT
    CONSTRAINT ck_fact_external CHECK (external_id IS NULL OR source IS NOT NULL);
CREATE UNIQUE INDEX uq_fact_corrects ON fact (corrects_id) WHERE corrects_id IS NOT NULL;
CREATE UNIQUE INDEX uq_fact_external ON fact (source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX ix_fact_partner_occurred ON fact (partner_id, occurred_at, id);
CREATE INDEX ix_fact_occurred ON fact (occurred_at, id);
