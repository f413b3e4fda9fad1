-- The tier above the one that is earned, how many of its requirements are missing, and how far the one
-- that has come least has come, in per cent. What is there is told at the next look.
ALTER TABLE standing ADD COLUMN next_tier TEXT;
ALTER TABLE standing ADD COLUMN next_missing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN next_reached INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_standing_next_reached ON standing (next_reached, id);
CREATE INDEX ix_standing_program_next_reached ON standing (program_id, next_reached, id);
CREATE INDEX ix_standing_partner_next_reached ON standing (partner_id, next_reached, id);
