-- What may be told of a promise without its payload, and since when that is empty.
ALTER TABLE outbox_message ADD COLUMN letter TEXT;
ALTER TABLE outbox_message ADD COLUMN person_id :uuid CONSTRAINT fk_outbox_message_person REFERENCES person (id);
ALTER TABLE outbox_message ADD COLUMN masked_address TEXT;
ALTER TABLE outbox_message ADD COLUMN emptied_at :instant;
UPDATE outbox_message SET letter = payload -> 'letter' ->> 'kind' WHERE kind = 'letter';
CREATE INDEX ix_outbox_message_dead ON outbox_message (created_at, id) WHERE dead_at IS NOT NULL;
CREATE INDEX ix_outbox_message_full ON outbox_message (created_at, id) WHERE kind = 'letter' AND emptied_at IS NULL;

CREATE TABLE suppression (
    id :uuid NOT NULL,
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    reply TEXT NOT NULL,
    letter_id :uuid NOT NULL,
    created_at :instant NOT NULL,
    lifted_at :instant,
    lifted_by :uuid,
    CONSTRAINT pk_suppression PRIMARY KEY (id),
    CONSTRAINT fk_suppression_letter FOREIGN KEY (letter_id) REFERENCES outbox_message (id),
    CONSTRAINT fk_suppression_lifted_by FOREIGN KEY (lifted_by) REFERENCES person (id),
    CONSTRAINT ck_suppression_address CHECK (address = lower(address)),
    CONSTRAINT ck_suppression_reason CHECK (reason IN ('NO_SUCH_MAILBOX', 'MOVED', 'NOT_ALLOWED')),
    CONSTRAINT ck_suppression_lifted CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
) :strict;
-- An address is suppressed once at a time; what was lifted stays as history.
CREATE UNIQUE INDEX uq_suppression_standing ON suppression (address) WHERE lifted_at IS NULL;
CREATE INDEX ix_suppression_created ON suppression (created_at, id);

-- Which letters somebody wants: without a row, every one.
CREATE TABLE letter_preference (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    letter TEXT NOT NULL,
    wanted :truth NOT NULL,
    changed_at :instant NOT NULL,
    CONSTRAINT pk_letter_preference PRIMARY KEY (id),
    CONSTRAINT fk_letter_preference_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_letter_preference_letter UNIQUE (person_id, letter)
) :strict;
CREATE INDEX ix_letter_preference_person ON letter_preference (person_id, changed_at, id);
