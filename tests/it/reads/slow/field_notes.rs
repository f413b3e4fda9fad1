//! The fields of field notes.

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn field_notes_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::FieldNote(row) => self.field_note_field(thing, row, name),
            Thing::FieldNoteChange(row) => match name {
                "fieldNote" => self.one("FieldNote", Some(row.field_note_id.0)),
                "partner" => self.partner(row.partner_id),
                "state" => plain(row.state),
                "title" => plain(&row.title),
                "text" => plain(&row.text),
                "tags" => plain(listed(&row.tags)),
                "locale" => plain(&row.locale),
                "playbook" => plain(&row.playbook),
                "course" => plain(&row.course),
                "showsPartner" => plain(row.shows_partner),
                "submittedAt" => instant(row.submitted_at),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }

    fn field_note_field(
        &self,
        thing: Thing<'w>,
        row: &'w field_note::Model,
        name: &str,
    ) -> Held<'w> {
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
            "playbook" => {
                let mut all = self.world.playbook.iter();
                let one = all.find(|it| Some(it.id) == row.playbook_id);
                let sees = self.of_mine(row.partner_id.0)
                    || one.is_some_and(|it| self.sees(Thing::Playbook(it)));
                plain(row.playbook.as_ref().filter(|_| sees))
            }
            "course" => {
                let mut all = self.world.course.iter();
                let one = all.find(|it| Some(it.id) == row.course_id);
                let sees = self.of_mine(row.partner_id.0)
                    || one.is_some_and(|it| self.sees(Thing::Course(it)));
                plain(row.course.as_ref().filter(|_| sees))
            }
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
            "version" => plain(Some(row.version).filter(|_| self.of_mine(row.partner_id.0))),
            "change" => self.latest(
                "FieldNoteChange",
                |it| matches!(it, Thing::FieldNoteChange(it) if it.field_note_id == row.id),
            ),
            "verdicts" => self.verdicts(row.id.0),
            _ => never(thing, name),
        }
    }
}
