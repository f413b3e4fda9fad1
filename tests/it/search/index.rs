//! The index: the same however it came about.

use entente::auth::Actor;
use entente::findable::{self, behind};
use entity::{search_entry, search_shelf, search_word};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, QueryOrder};

use super::house::Text;
use crate::support::Portal;

type Index = (
    Vec<search_shelf::Model>,
    Vec<search_entry::Model>,
    Vec<search_word::Model>,
);

async fn index(portal: &Portal) -> Index {
    let db = portal.app.db.reader();
    (
        search_shelf::Entity::find()
            .order_by_asc(search_shelf::Column::Id)
            .all(db)
            .await
            .unwrap(),
        search_entry::Entity::find()
            .order_by_asc(search_entry::Column::Id)
            .order_by_asc(search_entry::Column::ShelfId)
            .all(db)
            .await
            .unwrap(),
        search_word::Entity::find()
            .order_by_asc(search_word::Column::Id)
            .all(db)
            .await
            .unwrap(),
    )
}

async fn is_behind(portal: &Portal) -> usize {
    behind(&portal.app.db.reader().into(), 100).await.unwrap()
}

/// Texts that share words, come back changed, and move from one shelf to another.
fn texts(seed: usize) -> Vec<Text> {
    let words = [
        "anchor",
        "harbour",
        "Häfen",
        "Schiffe",
        "ships",
        "Maßnahme",
        "pier",
        "tide",
    ];
    let word = |n: usize| words[(n * 7 + seed * 3 + n / 3) % words.len()];
    let text = |n: usize| {
        let locale = if (n + seed).is_multiple_of(3) {
            "de"
        } else {
            "en"
        };
        let body = format!("{} {} {}", word(n), word(n + 1), word(n + 5));
        let text = Text::new(&format!("t{}", n % 7), locale, word(n + 2), &body);
        if (n + seed).is_multiple_of(4) {
            text.of("APAC")
        } else {
            text
        }
    };
    (0..21).map(text).collect()
}

#[tokio::test]
async fn what_is_written_bit_by_bit_is_what_is_built_at_once() {
    for portal in Portal::each().await {
        let system = portal.app.op(Actor::System);
        for seed in 0..3 {
            for text in texts(seed) {
                portal.publish(&text).await;
            }
            let bit_by_bit = index(&portal).await;
            assert_eq!(is_behind(&portal).await, 0);
            assert_eq!(findable::rebuild(&system).await.unwrap(), 7);
            assert_eq!(index(&portal).await, bit_by_bit);
            // From nothing, as after an upgrade: by the promise of the day.
            for table in ["search_word", "search_entry", "search_shelf"] {
                portal.force(&format!("DELETE FROM {table}")).await;
            }
            assert_eq!(is_behind(&portal).await, 7);
            portal.pass(chrono::TimeDelta::days(1));
            portal.app.worker().plan_today().await.unwrap();
            portal.keep_promises().await;
            assert_eq!(index(&portal).await, bit_by_bit);
        }
        // What is gone without a word is taken out.
        for table in ["lesson", "course_module", "course_version", "course"] {
            portal.force(&format!("DELETE FROM {table}")).await;
        }
        assert_eq!(is_behind(&portal).await, 7);
        findable::rebuild(&system).await.unwrap();
        let nothing = (Vec::new(), Vec::new(), Vec::new());
        assert_eq!(index(&portal).await, nothing);
    }
}

#[tokio::test]
async fn those_who_write_at_once_leave_one_whole_index() {
    for portal in Portal::each().await {
        let all = texts(1);
        for round in all.chunks(7) {
            join_all(round.iter().map(|text| portal.publish(text))).await;
        }
        let at_once = index(&portal).await;
        assert_eq!(at_once.1.len(), 7);
        let system = portal.app.op(Actor::System);
        findable::rebuild(&system).await.unwrap();
        assert_eq!(index(&portal).await, at_once);
    }
}
