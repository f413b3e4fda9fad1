CREATE TABLE replay (
    digest TEXT NOT NULL,
    request TEXT NOT NULL,
    outcome TEXT,
    answer TEXT,
    created_at :instant NOT NULL,
    expires_at :instant NOT NULL,
    CONSTRAINT pk_replay PRIMARY KEY (digest),
    CONSTRAINT ck_replay_something CHECK (outcome IS NOT NULL OR answer IS NOT NULL)
) :strict;
CREATE INDEX ix_replay_expires ON replay (expires_at);

CREATE TABLE audit_head (
    chain :uuid NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (chain)
) :strict;
ALTER TABLE audit_entry ADD COLUMN chain :uuid;
ALTER TABLE audit_entry ADD COLUMN seq INTEGER;
ALTER TABLE audit_entry ADD COLUMN salt TEXT;
ALTER TABLE audit_entry ADD COLUMN personal TEXT;
ALTER TABLE audit_entry ADD COLUMN hash TEXT;
CREATE UNIQUE INDEX uq_audit_entry_chain_seq ON audit_entry (chain, seq);
-- Lines from before the chains are not made to look as if they had been in one: they are counted.
INSERT INTO audit_head (chain, seq, hash) SELECT :before, count(*), '' FROM audit_entry;
