-- What can be found has a number, and words tell by numbers what has them: a third of the bytes of keys.
-- `postings` is emptied as the index is put in anew; the release before goes on writing it.
CREATE TABLE search_number (
    number :serial,
    entry_id :uuid NOT NULL,
    CONSTRAINT uq_search_number_entry UNIQUE (entry_id)
) :strict;
ALTER TABLE search_entry ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_search_entry_number ON search_entry (number);
ALTER TABLE search_word ADD COLUMN numbered :bytes NOT NULL DEFAULT :nothing;
