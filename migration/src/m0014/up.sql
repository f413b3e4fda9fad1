-- What of the library belongs to a section of a playbook: slugs of assets in their order, each
-- between bars. An asset's slug never becomes another's.
ALTER TABLE playbook_section ADD COLUMN assets TEXT NOT NULL DEFAULT '';
