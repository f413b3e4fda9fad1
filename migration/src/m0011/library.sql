CREATE TABLE asset (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    kind TEXT NOT NULL,
    tags TEXT NOT NULL,
    locale TEXT NOT NULL,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    owner_id :uuid NOT NULL,
    expires_at :instant,
    state TEXT NOT NULL,
    created_at :instant NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_asset PRIMARY KEY (id),
    CONSTRAINT fk_asset_owner FOREIGN KEY (owner_id) REFERENCES person (id),
    CONSTRAINT uq_asset_slug UNIQUE (slug),
    CONSTRAINT ck_asset_kind CHECK (kind IN ('DATASHEET', 'PRESENTATION', 'IMAGE', 'VIDEO', 'LOGO', 'TEMPLATE', 'CONTRACT', 'OTHER')),
    CONSTRAINT ck_asset_state CHECK (state IN ('DRAFT', 'PUBLISHED', 'EXPIRED', 'RETIRED'))
) :strict;
CREATE INDEX ix_asset_title ON asset (title, id);
CREATE INDEX ix_asset_created_at ON asset (created_at, id);
CREATE INDEX ix_asset_owner ON asset (owner_id);

-- A file or a link, never both; it does not change once it is there.
CREATE TABLE asset_version (
    id :uuid NOT NULL,
    asset_id :uuid NOT NULL,
    number INTEGER NOT NULL,
    file_id :uuid,
    url TEXT,
    name TEXT,
    media_type TEXT,
    size INTEGER,
    change_note TEXT NOT NULL,
    zones :json NOT NULL,
    author_id :uuid NOT NULL,
    published_at :instant NOT NULL,
    CONSTRAINT pk_asset_version PRIMARY KEY (id),
    CONSTRAINT fk_asset_version_asset FOREIGN KEY (asset_id) REFERENCES asset (id),
    CONSTRAINT fk_asset_version_file FOREIGN KEY (file_id) REFERENCES file (id),
    CONSTRAINT fk_asset_version_author FOREIGN KEY (author_id) REFERENCES person (id),
    CONSTRAINT uq_asset_version_asset_number UNIQUE (asset_id, number),
    CONSTRAINT ck_asset_version_content CHECK ((file_id IS NULL) <> (url IS NULL)),
    CONSTRAINT ck_asset_version_file CHECK ((file_id IS NULL) = (name IS NULL) AND (file_id IS NULL) = (media_type IS NULL) AND (file_id IS NULL) = (size IS NULL))
) :strict;
CREATE INDEX ix_asset_version_file ON asset_version (file_id);
CREATE INDEX ix_asset_version_author ON asset_version (author_id);

CREATE TABLE asset_download (
    id :uuid NOT NULL,
    asset_id :uuid NOT NULL,
    asset_version_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    downloaded_at :instant NOT NULL,
    CONSTRAINT pk_asset_download PRIMARY KEY (id),
    CONSTRAINT fk_asset_download_asset FOREIGN KEY (asset_id) REFERENCES asset (id),
    CONSTRAINT fk_asset_download_asset_version FOREIGN KEY (asset_version_id) REFERENCES asset_version (id),
    CONSTRAINT fk_asset_download_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_asset_download_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT uq_asset_download_once UNIQUE (asset_version_id, person_id, partner_id)
) :strict;
CREATE INDEX ix_asset_download_asset_person ON asset_download (asset_id, person_id);
CREATE INDEX ix_asset_download_asset_downloaded_at ON asset_download (asset_id, downloaded_at, id);
CREATE INDEX ix_asset_download_person ON asset_download (person_id);
CREATE INDEX ix_asset_download_partner ON asset_download (partner_id);

CREATE TABLE asset_collection (
    id :uuid NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    locale TEXT NOT NULL,
    kinds TEXT NOT NULL,
    tiers TEXT NOT NULL,
    regions TEXT NOT NULL,
    pinned_tiers TEXT NOT NULL,
    pinned_steps TEXT NOT NULL,
    created_at :instant NOT NULL,
    retired_at :instant,
    version INTEGER NOT NULL,
    CONSTRAINT pk_asset_collection PRIMARY KEY (id),
    CONSTRAINT uq_asset_collection_slug UNIQUE (slug)
) :strict;
CREATE INDEX ix_asset_collection_title ON asset_collection (title, id);

CREATE TABLE asset_collection_item (
    id :uuid NOT NULL,
    collection_id :uuid NOT NULL,
    asset_id :uuid NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_asset_collection_item PRIMARY KEY (id),
    CONSTRAINT fk_asset_collection_item_collection FOREIGN KEY (collection_id) REFERENCES asset_collection (id),
    CONSTRAINT fk_asset_collection_item_asset FOREIGN KEY (asset_id) REFERENCES asset (id),
    CONSTRAINT uq_asset_collection_item_collection_asset UNIQUE (collection_id, asset_id)
) :strict;
CREATE INDEX ix_asset_collection_item_asset ON asset_collection_item (asset_id);
CREATE INDEX ix_asset_collection_item_collection_position ON asset_collection_item (collection_id, position, id);

-- One copy for each logo that a partner had.
CREATE TABLE asset_co_branding (
    id :uuid NOT NULL,
    asset_version_id :uuid NOT NULL,
    partner_id :uuid NOT NULL,
    logo_id :uuid NOT NULL,
    file_id :uuid NOT NULL,
    person_id :uuid NOT NULL,
    made_at :instant NOT NULL,
    CONSTRAINT pk_asset_co_branding PRIMARY KEY (id),
    CONSTRAINT fk_asset_co_branding_asset_version FOREIGN KEY (asset_version_id) REFERENCES asset_version (id),
    CONSTRAINT fk_asset_co_branding_partner FOREIGN KEY (partner_id) REFERENCES partner (id),
    CONSTRAINT fk_asset_co_branding_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_asset_co_branding_logo FOREIGN KEY (logo_id) REFERENCES file (id),
    CONSTRAINT fk_asset_co_branding_file FOREIGN KEY (file_id) REFERENCES file (id),
    CONSTRAINT uq_asset_co_branding_once UNIQUE (asset_version_id, partner_id, logo_id)
) :strict;
CREATE INDEX ix_asset_co_branding_partner ON asset_co_branding (partner_id);
CREATE INDEX ix_asset_co_branding_logo ON asset_co_branding (logo_id);
CREATE INDEX ix_asset_co_branding_file ON asset_co_branding (file_id);
CREATE INDEX ix_asset_co_branding_person ON asset_co_branding (person_id);
