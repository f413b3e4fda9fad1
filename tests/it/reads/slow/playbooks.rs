//! The fields of playbooks.

use super::*;

fn is_version<'w>(row: &playbook::Model) -> impl Fn(Thing<'w>) -> bool {
    let id = row.id;
    move |it| matches!(it, Thing::PlaybookVersion(it) if it.playbook_id == id)
}

impl<'w> Slow<'w> {
    pub(super) fn playbooks_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Playbook(row) => match name {
                "slug" => plain(&row.slug),
                "title" => plain(&row.title),
                "summary" => plain(&row.summary),
                "locale" => plain(&row.locale),
                "kinds" => plain(listed(&row.kinds)),
                "tiers" => plain(listed(&row.tiers)),
                "regions" => plain(listed(&row.regions)),
                "state" => plain(row.state),
                "createdAt" => instant(row.created_at),
                "version" => plain(row.version),
                "versions" => self.many("PlaybookVersion", is_version(row)),
                "newestVersion" => self.latest("PlaybookVersion", is_version(row)),
                "fieldNotes" => self.many("FieldNote", |it| {
                    matches!(it, Thing::FieldNote(it) if it.playbook_id == Some(row.id))
                }),
                _ => never(thing, name),
            },
            Thing::PlaybookVersion(row) => match name {
                "playbook" => self.one("Playbook", Some(row.playbook_id.0)),
                "number" => plain(row.number),
                "state" => plain(row.state),
                "title" => plain(&row.title),
                "locale" => plain(&row.locale),
                "texts" => Held::Within("PlaybookText", row.texts.clone()),
                "readerLocale" => plain(self.suits(row)),
                "acknowledgeWithinDays" => plain(row.acknowledge_within_days),
                "yaml" => plain(Some(&row.document).filter(|_| self.is_staff())),
                "author" => self.person(row.author_id),
                "createdAt" => instant(row.created_at),
                "submittedAt" => instant(row.submitted_at),
                "submittedBy" => self.person(row.submitted_by),
                "acceptedAt" => instant(row.accepted_at),
                "publishedAt" => instant(row.published_at),
                "publishedBy" => self.person(row.published_by),
                "retiredAt" => instant(row.retired_at),
                "version" => plain(row.version),
                "readerSections" => self.reader_sections(row),
                "sections" => self.many("PlaybookSection", |it| {
                    matches!(it, Thing::PlaybookSection(it) if it.playbook_version_id == row.id)
                }),
                "acknowledgedAt" => {
                    let seats = self.seats();
                    let rows = self.world.playbook_acknowledgement.iter();
                    let own = rows.filter(|it| {
                        it.playbook_version_id == row.id
                            && self.is_me(it.person_id.0)
                            && seats.contains(&it.partner_id.0)
                    });
                    instant(own.filter_map(|it| it.acknowledged_at).max())
                }
                "acknowledgements" => self.many("PlaybookAcknowledgement", of_version(row)),
                "acknowledgedCount" => self.count("PlaybookAcknowledgement", |it| {
                    of_version(row)(it)
                        && matches!(it, Thing::PlaybookAcknowledgement(it) if it.acknowledged_at.is_some())
                }),
                "unacknowledgedCount" => self.count("PlaybookAcknowledgement", |it| {
                    of_version(row)(it)
                        && matches!(it, Thing::PlaybookAcknowledgement(it) if it.acknowledged_at.is_none())
                }),
                "verdicts" => self.verdicts(row.id.0),
                _ => never(thing, name),
            },
            Thing::PlaybookSection(row) => match name {
                "playbookVersion" => {
                    self.one("PlaybookVersion", Some(row.playbook_version_id.0))
                }
                "key" => plain(&row.key),
                "locale" => plain(&row.locale),
                "writtenIn" => plain(&row.written_in),
                "position" => plain(row.position),
                "kind" => plain(row.kind),
                "title" => plain(&row.title),
                "body" => plain(&row.body),
                "html" => plain(&row.html),
                "assets" => self.named_assets(row),
                _ => never(thing, name),
            },
            Thing::PlaybookAcknowledgement(row) => match name {
                "playbook" => self.one("Playbook", Some(row.playbook_id.0)),
                "playbookVersion" => {
                    self.one("PlaybookVersion", Some(row.playbook_version_id.0))
                }
                "partner" => self.partner(row.partner_id),
                "person" => self.person(Some(row.person_id)),
                "askedAt" => instant(row.asked_at),
                "dueOn" => plain(row.due_on),
                "dueAt" => instant(row.due_at),
                "isOverdue" => plain(
                    row.acknowledged_at.is_none() && row.due_at.is_some_and(|due| due < now()),
                ),
                "acknowledgedAt" => instant(row.acknowledged_at),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }

    /// The language of a version that suits the reader best.
    fn suits(&self, row: &playbook_version::Model) -> String {
        let me = self.actor.person().map(|me| me.id);
        let mut people = self.world.person.iter();
        let reader = people.find(|it| Some(it.id) == me);
        let reader = reader.map_or("", |it| it.locale.as_str());
        let texts = row.texts.as_array().unwrap();
        let locales: Vec<&str> = texts
            .iter()
            .map(|text| text["locale"].as_str().unwrap())
            .collect();
        let language = |tag: &str| tag.split('-').next().unwrap().to_owned();
        let exact = locales.iter().find(|it| **it == reader);
        let near = || locales.iter().find(|it| language(it) == language(reader));
        let found = exact.or_else(near).copied();
        found.unwrap_or(&row.locale).to_owned()
    }

    /// Those that the section names and the reader sees, in its order.
    fn named_assets(&self, row: &playbook_section::Model) -> Held<'w> {
        let visible = self.visible("Asset");
        let named = |slug: &&str| {
            let is_it = |it: &&Thing<'w>| matches!(it, Thing::Asset(it) if it.slug == *slug);
            visible.iter().find(is_it).copied()
        };
        let slugs = listed(&row.assets);
        Held::Linked(Some(slugs.iter().filter_map(named).collect()))
    }

    fn reader_sections(&self, row: &playbook_version::Model) -> Held<'w> {
        let locale = self.suits(row);
        let mut sections = self.visible("PlaybookSection");
        sections.retain(|it| {
            matches!(it, Thing::PlaybookSection(it)
                if it.playbook_version_id == row.id && it.locale == locale)
        });
        self.sort(&mut sections, &default_order("PlaybookSection"));
        Held::Linked(Some(sections))
    }
}

fn of_version<'w>(row: &playbook_version::Model) -> impl Fn(Thing<'w>) -> bool {
    let id = row.id;
    move |it| matches!(it, Thing::PlaybookAcknowledgement(it) if it.playbook_version_id == id)
}
