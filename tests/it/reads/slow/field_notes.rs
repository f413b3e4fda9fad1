//! The fields of field notes.

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn field_notes_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        let Thing::FieldNote(row) = thing else {
            never(thing, name)
        };
        match name {
            "partner" => self.partner(row.partner_id),
            // Whoever knows the author from elsewhere does not learn that the note is theirs.
            "author" => self.person(Some(row.author_id).filter(|_| self.of_mine(row.partner_id.0))),
            "partnerName" => plain(&row.partner_name),
            "state" => plain(row.state),
            "title" => plain(&row.title),
            "text" => plain(&row.text),
            "tags" => plain(listed(&row.tags)),
            "locale" => plain(&row.locale),
            "playbook" => plain(&row.playbook),
            "course" => plain(&row.course),
            "showsPartner" => plain(row.shows_partner),
            "kinds" => plain(listed(&row.kinds)),
            "tiers" => plain(listed(&row.tiers)),
            "regions" => plain(listed(&row.regions)),
            "endorsementCount" => plain(row.endorsements),
            "endorsedByViewer" => plain(
                self.world
                    .field_note_endorsement
                    .iter()
                    .any(|it| it.field_note_id == row.id && self.is_me(it.person_id.0)),
            ),
            "submittedAt" => instant(row.submitted_at),
            "publishedAt" => instant(row.published_at),
            "version" => plain(row.version),
            "verdicts" => self.verdicts(row.id.0),
            _ => never(thing, name),
        }
    }
}
