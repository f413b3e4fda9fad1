-- How often something was tried, in the words of the generic cell rate algorithm: from which
-- instant on, in microseconds since 1970, nothing of it is left to be forgotten.
CREATE TABLE throttle (
    name TEXT NOT NULL,
    free_at :long NOT NULL,
    CONSTRAINT pk_throttle PRIMARY KEY (name)
) :strict;
CREATE INDEX ix_throttle_free_at ON throttle (free_at);

ALTER TABLE session ADD COLUMN used_from TEXT NOT NULL DEFAULT '';
UPDATE session SET used_from = address;
