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

-- What can be found, by the key of what it is. Its texts are last: what is counted lies before them.
CREATE TABLE search_entry (
    id :uuid NOT NULL,
    shelf_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    of_version INTEGER NOT NULL,
    grammar INTEGER NOT NULL,
    tags TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    passages :json NOT NULL,
    CONSTRAINT pk_search_entry PRIMARY KEY (id),
    CONSTRAINT fk_search_entry_shelf FOREIGN KEY (shelf_id) REFERENCES search_shelf (id)
) :strict;
CREATE INDEX ix_search_entry_shelf ON search_entry (shelf_id);
CREATE INDEX ix_search_entry_partner ON search_entry (partner_id);
CREATE INDEX ix_search_entry_grammar ON search_entry (grammar);

-- The words of a shelf: as written in lower case, without accents, by its stem, and both backward.
CREATE TABLE search_word (
    id :long NOT NULL,
    shelf_id :uuid NOT NULL,
    word TEXT:bytewise NOT NULL,
    plain TEXT:bytewise NOT NULL,
    plain_back TEXT:bytewise NOT NULL,
    term TEXT:bytewise NOT NULL,
    term_back TEXT:bytewise NOT NULL,
    CONSTRAINT pk_search_word PRIMARY KEY (id),
    CONSTRAINT fk_search_word_shelf FOREIGN KEY (shelf_id) REFERENCES search_shelf (id),
    CONSTRAINT uq_search_word_shelf_word UNIQUE (shelf_id, word)
) :strict;
CREATE INDEX ix_search_word_shelf_term ON search_word (shelf_id, term);
CREATE INDEX ix_search_word_shelf_term_back ON search_word (shelf_id, term_back);
CREATE INDEX ix_search_word_shelf_plain ON search_word (shelf_id, plain);
CREATE INDEX ix_search_word_shelf_plain_back ON search_word (shelf_id, plain_back);

-- Which entries have a word, and how much it says of each.
CREATE TABLE search_posting (
    word_id :long NOT NULL,
    entry_id :uuid NOT NULL,
    weight INTEGER NOT NULL,
    in_title :truth NOT NULL,
    CONSTRAINT pk_search_posting PRIMARY KEY (word_id, entry_id):covering,
    CONSTRAINT fk_search_posting_word FOREIGN KEY (word_id) REFERENCES search_word (id),
    CONSTRAINT fk_search_posting_entry FOREIGN KEY (entry_id) REFERENCES search_entry (id)
) :strict:clustered;
CREATE INDEX ix_search_posting_entry ON search_posting (entry_id);
CREATE INDEX ix_search_posting_title ON search_posting (word_id) WHERE in_title;
