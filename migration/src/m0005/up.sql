-- What proves somebody beside the password. The secret of a TOTP factor is made from the link key
-- and the id of its row, so it is not here.
CREATE TABLE factor (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at :instant NOT NULL,
    confirmed_at :instant,
    used_at :instant,
    last_step :long,
    ceremony :json,
    credential_id TEXT,
    credential :json,
    counter :long,
    CONSTRAINT pk_factor PRIMARY KEY (id),
    CONSTRAINT fk_factor_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_factor_credential_id UNIQUE (credential_id),
    CONSTRAINT ck_factor_kind CHECK (kind IN ('TOTP', 'PASSKEY'))
) :strict;
CREATE INDEX ix_factor_person ON factor (person_id, created_at, id);

CREATE TABLE recovery_code (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    code_hash TEXT NOT NULL,
    created_at :instant NOT NULL,
    used_at :instant,
    CONSTRAINT pk_recovery_code PRIMARY KEY (id),
    CONSTRAINT fk_recovery_code_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_recovery_code_person_code_hash UNIQUE (person_id, code_hash)
) :strict;

-- A right password whose second factor is still to come.
CREATE TABLE challenge (
    id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    token_hash TEXT NOT NULL,
    tries_left INTEGER NOT NULL,
    ceremony :json,
    created_at :instant NOT NULL,
    expires_at :instant NOT NULL,
    used_at :instant,
    CONSTRAINT pk_challenge PRIMARY KEY (id),
    CONSTRAINT fk_challenge_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_challenge_token_hash UNIQUE (token_hash)
) :strict;
CREATE INDEX ix_challenge_person ON challenge (person_id);
CREATE INDEX ix_challenge_expires_at ON challenge (expires_at);

-- When a second factor was last proven in it or, without one, the password.
ALTER TABLE session ADD COLUMN proven_at :instant;

ALTER TABLE partner ADD COLUMN factor_required :truth NOT NULL DEFAULT FALSE;
