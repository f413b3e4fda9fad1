-- Entries that are alike in kind, language and readers stand on one shelf: who may read is decided
-- by shelves, before any word is looked up. All zeros where it is no partner's own.
CREATE TABLE search_shelf (
    id :uuid NOT NULL,
    kind TEXT NOT NULL,
    locale TEXT NOT NULL,
    readers TEXT NOT NULL,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    partner_id :uuid NOT NULL,
    CONSTRAINT pk_search_shelf PRIMARY KEY (id),
    CONSTRAINT ck_search_shelf_readers CHECK (readers IN ('STAFF', 'AUDIENCE', 'PARTNER', 'EVERYBODY'))
) :strict;
CREATE INDEX ix_search_shelf_partner ON search_shelf (partner_id);

-- What can be found, by the key of what it is, in each of its languages. Its texts are last: what is
-- counted lies before them.
CREATE TABLE search_entry (
    id :uuid NOT NULL,
    shelf_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    position INTEGER NOT NULL,
    of_version INTEGER NOT NULL,
    grammar INTEGER NOT NULL,
    tags TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    passages :json NOT NULL,
    words :bytes NOT NULL,
    CONSTRAINT pk_search_entry PRIMARY KEY (id, shelf_id),
    CONSTRAINT fk_search_entry_shelf FOREIGN KEY (shelf_id) REFERENCES search_shelf (id)
) :strict;
CREATE INDEX ix_search_entry_shelf ON search_entry (shelf_id);
CREATE INDEX ix_search_entry_partner ON search_entry (partner_id);
CREATE INDEX ix_search_entry_grammar ON search_entry (grammar);

-- The words of a shelf: as written in lower case, without accents, by its stem, and both backward;
-- and what has them, packed.
CREATE TABLE search_word (
    id :long NOT NULL,
    shelf_id :uuid NOT NULL,
    word TEXT:bytewise NOT NULL,
    plain TEXT:bytewise NOT NULL,
    plain_back TEXT:bytewise NOT NULL,
    term TEXT:bytewise NOT NULL,
    term_back TEXT:bytewise NOT NULL,
    in_title :truth NOT NULL,
    postings :bytes NOT NULL,
    CONSTRAINT pk_search_word PRIMARY KEY (id),
    CONSTRAINT fk_search_word_shelf FOREIGN KEY (shelf_id) REFERENCES search_shelf (id),
    CONSTRAINT uq_search_word_shelf_word UNIQUE (shelf_id, word)
) :strict;
CREATE INDEX ix_search_word_shelf_term ON search_word (shelf_id, term);
CREATE INDEX ix_search_word_shelf_term_back ON search_word (shelf_id, term_back);
CREATE INDEX ix_search_word_shelf_plain ON search_word (shelf_id, plain);
CREATE INDEX ix_search_word_shelf_plain_back ON search_word (shelf_id, plain_back);
