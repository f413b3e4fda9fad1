//! What strangers get: pages, a list and a feed, whatever people have written into them.

use atom_syndication::Feed;
use chrono::TimeDelta;
use entente::case_study::public::PAGE;
use entity::case_study;
use entity::id::CaseStudyId;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use sea_orm::{ActiveModelTrait, ColumnTrait, Database, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::house::{House, get, says};
use crate::support::team::{PIXEL, whole};
use crate::support::wire::Served;
use crate::support::{Portal, by_force};

/// What tries to become more than a text.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u{2028}\u{FFFE}]]>&lt;{{ 7*7 }}";

/// The JSON of the page's only script.
fn json_ld(page: &str) -> Value {
    let parts: Vec<_> = page.split("<script").collect();
    assert_eq!(parts.len(), 2, "one script: {page}");
    let (head, rest) = parts[1].split_once('>').unwrap();
    assert_eq!(head, " type=\"application/ld+json\"");
    let (json, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn a_hostile_case_study_is_a_text_everywhere() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let ben = &house.team.member;
        let study = ben.begins(&house.team.partner, "en", HOSTILE).await;
        let markdown = format!("[x](javascript:alert(1)) <b onclick=x>{HOSTILE}</b>\n\n{HOSTILE}");
        let study = ben
            .tells(
                "Update",
                &study,
                json!({
                    "summary": HOSTILE, "customer": HOSTILE, "industry": "OTHER", "region": "EMEA",
                    "products": [HOSTILE], "challenge": markdown, "solution": markdown,
                    "outcome": markdown, "quote": HOSTILE, "quoteBy": HOSTILE, "quoteRole": HOSTILE,
                    "results": [{ "label": HOSTILE, "value": "1", "unit": "<i>", "before": "\"", "after": "'" }],
                }),
            )
            .await;
        let study = ben.tells("Submit", &study, json!({})).await;
        let study = house.paula.tells("Approve", &study, json!({})).await;
        let link = house.asked(&study).await;
        let page = get(&served, &link).await;
        assert!(
            !page.body.contains("<script") && !page.body.contains("<img"),
            "{}",
            page.body
        );
        assert_eq!(says(&served, &link, "answer=yes").await.status, 303);
        let study = house.paula.tells("Publish", &study, json!({})).await;
        let slug = study["slug"].as_str().unwrap();
        assert!(slug.starts_with("script-script-alert-1"), "{slug}");

        let page = get(&served, &format!("/case-studies/{slug}")).await;
        assert_eq!(page.status, 200);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
        let described = json_ld(&page.body);
        assert_eq!(described["headline"], HOSTILE);
        assert_eq!(described["about"]["name"], HOSTILE);
        assert_eq!(described["author"]["name"], "Bergwind GmbH");
        for tame in ["<img", "onclick=x>", "href=\"javascript", "<i>", "49"] {
            assert!(!page.body.contains(tame), "{tame} in {}", page.body);
        }
        let list = get(&served, "/case-studies").await;
        assert!(
            list.status == 200 && !list.body.contains("<script"),
            "{}",
            list.body
        );
        let feed = get(&served, "/case-studies/feed.atom").await;
        assert!(!feed.body.contains('\u{FFFE}'));
        let feed = Feed::read_from(feed.body.as_bytes()).unwrap();
        assert_eq!(feed.entries.len(), 1);
        assert_eq!(feed.entries[0].title.value, HOSTILE.replace('\u{FFFE}', ""));
        let html = feed.entries[0]
            .content
            .as_ref()
            .unwrap()
            .value
            .clone()
            .unwrap();
        assert!(
            !html.contains("<script") && !html.contains("javascript:alert(1)\""),
            "{html}"
        );
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_public_picture_does_not_tell_where_it_was_taken() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let ben = &house.team.member;
        let mut photo = Vec::new();
        let mut encoder = JpegEncoder::new(&mut photo);
        let exif = b"MM\0*\0\0\0\x08\0\0\0\0\0\0at 52.5200 N 13.4050 E";
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
        encoder
            .write_image(&[9; 3], 1, 1, ExtendedColorType::Rgb8)
            .unwrap();
        let partner = Some(house.team.partner.as_str());
        let picture = ben.upload("door.jpg", &photo, partner).await;
        let study = house.written("Ours").await;
        let shown = json!({ "images": [{ "file": picture, "alt": "A door." }] });
        let study = ben.tells("Update", &study, shown).await;
        let study = ben.tells("Submit", &study, json!({})).await;
        let link = house.asked(&study).await;
        // As text, which is enough to read what it should not tell.
        let seen = get(&served, &format!("{link}/images/0")).await;
        assert_eq!(
            (seen.status, seen.header("content-type")),
            (200, Some("image/jpeg"))
        );
        assert!(seen.body.contains("JFIF") && !seen.body.contains("52.5200"));
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn headings_of_authors_stay_below_those_of_the_page() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let ben = &house.team.member;
        let study = house.written("Ours").await;
        let big = json!({ "challenge": "# Big\n\n## Less" });
        let study = ben.tells("Update", &study, big).await;
        let study = ben.tells("Submit", &study, json!({})).await;
        let study = house.paula.tells("Approve", &study, json!({})).await;
        let link = house.asked(&study).await;
        let page = get(&served, &link).await.body;
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
        for heading in ["<h3>The challenge</h3>", "<h4>Big</h4>", "<h5>Less</h5>"] {
            assert!(page.contains(heading), "{heading}: {page}");
        }
        assert_eq!(says(&served, &link, "answer=yes").await.status, 303);
        house.paula.tells("Publish", &study, json!({})).await;
        let page = get(&served, "/case-studies/ours").await.body;
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
        let feed = get(&served, "/case-studies/feed.atom").await.body;
        let feed = Feed::read_from(feed.as_bytes()).unwrap();
        let feed = feed.entries[0].content.clone().unwrap().value.unwrap();
        for text in [page, feed] {
            for heading in ["<h2>The challenge</h2>", "<h3>Big</h3>", "<h4>Less</h4>"] {
                assert!(text.contains(heading), "{heading}: {text}");
            }
        }
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_case_study_is_found_by_its_partner_its_industry_and_each_product() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let ben = &house.team.member;
        let study = ben.begins(&house.team.partner, "de", "Boden").await;
        let mut content = whole("Quarz");
        content["industry"] = json!("MANUFACTURING");
        content["region"] = json!("EMEA");
        content["products"] = json!(["Northlight Floor", "Northlight Link"]);
        let study = ben.tells("Update", &study, content).await;
        let study = ben.tells("Submit", &study, json!({})).await;
        let study = house.paula.tells("Approve", &study, json!({})).await;
        let link = house.asked(&study).await;
        assert_eq!(says(&served, &link, "answer=yes").await.status, 303);
        house.paula.tells("Publish", &study, json!({})).await;
        let query = "query($query: String!) { search(query: $query) {
            nodes { title tags } tags { tag count } } }";
        for words in ["Bergwind GmbH", "Fertigung", "Northlight Link"] {
            let found = portal.nobody().ask(query, json!({ "query": words })).await;
            assert_eq!(
                found["search"]["nodes"],
                json!([{ "title": "Boden", "tags": ["Northlight Floor", "Northlight Link"] }]),
                "{words}"
            );
        }
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_browser_is_told_on_a_page_what_is_not_there() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (_, link) = house.published("Ours", &served).await;
        assert_eq!(says(&served, &link, "answer=withdraw").await.status, 303);
        let browser = "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (path, status, says) in [
            ("/case-studies/ours", 410, "was taken down"),
            ("/case-studies/nope", 404, "There is no case study here."),
            ("/consent/x", 404, "This link is not whole."),
        ] {
            let page = served
                .send(&format!("GET {path} HTTP/1.1\r\n{browser}"), "")
                .await;
            assert_eq!(page.status, status, "{path}");
            let html = Some("text/html; charset=utf-8");
            assert_eq!(page.header("content-type"), html, "{path}");
            assert!(page.body.contains(says), "{path}: {}", page.body);
            assert!(page.body.contains("href=\"/case-studies\""), "{path}");
            // Programs get what they always got.
            for accept in ["accept: */*", "accept: application/json", "x-a: b"] {
                let plain = served
                    .send(&format!("GET {path} HTTP/1.1\r\n{accept}"), "")
                    .await;
                assert_eq!(plain.status, status, "{path}");
                assert_ne!(plain.header("content-type"), html, "{path} {accept}");
            }
        }
        served.stop().await;
        portal.keep_promises().await;
    }
}

async fn ask_if(served: &Served, path: &str, header: &str, value: &str) -> u16 {
    let head = format!("GET {path} HTTP/1.1\r\n{header}: {value}");
    served.send(&head, "").await.status
}

#[tokio::test]
async fn who_has_it_already_is_told_so_until_it_changes() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let feed = "/case-studies/feed.atom";
        let empty = get(&served, feed).await;
        assert_eq!(empty.status, 200);
        Feed::read_from(empty.body.as_bytes()).unwrap();
        let (_, link) = house.published("Ours", &served).await;
        let known = get(&served, feed).await;
        assert_eq!(
            known.header("content-type"),
            Some("application/atom+xml; charset=utf-8")
        );
        assert_eq!(known.header("cache-control"), Some("no-cache"));
        let tag = known.tag.clone().unwrap();
        assert_ne!(empty.tag, known.tag);
        assert_eq!(ask_if(&served, feed, "if-none-match", &tag).await, 304);
        assert_eq!(ask_if(&served, feed, "if-none-match", "*").await, 304);
        assert_eq!(
            ask_if(&served, feed, "if-none-match", "\"other\"").await,
            200
        );
        // An instant tells of less than what happened: none is told, and none is asked for.
        assert_eq!(known.header("last-modified"), None);
        let later = "Fri, 31 Dec 2060 23:59:59 GMT";
        assert_eq!(ask_if(&served, feed, "if-modified-since", later).await, 200);
        // What was taken down is a change, although the newest entry is older then.
        assert_eq!(says(&served, &link, "answer=withdraw").await.status, 303);
        assert_eq!(ask_if(&served, feed, "if-none-match", &tag).await, 200);
        served.stop().await;
        portal.keep_promises().await;
    }
}

/// The titles of a list.
fn titles(page: &str) -> Vec<String> {
    let rows = page.split("<h2").skip(1);
    rows.map(|row| {
        let (_, rest) = row.split_once("\">").unwrap();
        let (_, rest) = rest.split_once("\">").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    })
    .collect()
}

/// A case study in English, and the same in German, of Austria, and in French, each published.
async fn in_three_languages(house: &House<'_>, served: &Served) {
    let (study, _) = house.published("Doors", served).await;
    for (locale, title) in [("de", "Türen"), ("de-AT", "Türln"), ("fr", "Les portes")] {
        house.portal.pass(TimeDelta::minutes(30));
        let other = house.translated(&study, locale, title).await;
        let link = house.asked(&other).await;
        assert_eq!(says(served, &link, "answer=yes").await.status, 303);
        house.paula.tells("Publish", &other, json!({})).await;
    }
    house.portal.keep_promises().await;
}

#[tokio::test]
async fn the_list_of_one_language_speaks_it_and_names_the_others() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let list = "https://partners.lumen.example/case-studies";
        let empty = get(&served, "/case-studies").await.body;
        assert!(!empty.contains("hreflang") && empty.contains("There are none yet."));
        in_three_languages(&house, &served).await;
        let named = |rel: &str| format!("<link rel=\"alternate\" hreflang={rel}>");
        let all = [
            named(&format!("\"de\" href=\"{list}?lang=de\"")),
            named(&format!("\"en\" href=\"{list}?lang=en\"")),
            named(&format!("\"fr\" href=\"{list}?lang=fr\"")),
            named(&format!("\"x-default\" href=\"{list}\"")),
        ];
        let everything: &[&str] = &["Les portes", "Türln", "Türen", "Doors"];
        for (query, speaks, expected, aside) in [
            ("", "en", everything, false),
            ("?lang=de", "de", &["Türln", "Türen"][..], false),
            ("?lang=DE-ch", "de", &["Türln", "Türen"][..], false),
            ("?lang=en", "en", &["Doors"][..], false),
            // The portal has no words in it: its own are there.
            ("?lang=fr", "en", &["Les portes"][..], false),
            ("?lang=de&before=tueren", "de", &[][..], true),
            ("?lang=de&before=tuerln", "de", &["Türen"][..], true),
            ("?lang=it", "en", &[][..], true),
            ("?lang=", "en", &[][..], true),
            ("?lang=%00", "en", &[][..], true),
            ("?lang=%25", "en", &[][..], true),
        ] {
            let page = get(&served, &format!("/case-studies{query}")).await;
            assert_eq!(page.status, 200, "{query}");
            let body = page.body;
            assert_eq!(titles(&body), expected, "{query}");
            assert!(
                body.contains(&format!("<html lang=\"{speaks}\">")),
                "{query}"
            );
            assert_eq!(body.contains("noindex"), aside, "{query}: {body}");
            for link in &all {
                assert!(body.contains(link), "{query}: {link} in {body}");
            }
        }
        let french = get(&served, "/case-studies?lang=fr").await.body;
        assert!(french.contains("<li lang=\"fr\">"), "{french}");
        // What the portal says of it is in the portal's words.
        assert!(french.contains("<p class=\"by\" lang=\"en\">"), "{french}");
        let german = get(&served, "/case-studies?lang=de").await.body;
        assert!(german.contains("<li lang=\"de-AT\">") && german.contains("<li>"));
        assert!(german.contains("<h1>Fallstudien</h1>") && german.contains("Gastgewerbe"));
        let canonical = format!("<link rel=\"canonical\" href=\"{list}?lang=de\">");
        assert!(german.contains(&canonical), "{german}");
        let none = get(&served, "/case-studies?lang=it").await.body;
        assert!(none.contains("There are none in this language."), "{none}");
        served.stop().await;
    }
}

#[tokio::test]
async fn the_feed_of_one_language_is_another_feed() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        in_three_languages(&house, &served).await;
        let all = get(&served, "/case-studies/feed.atom").await;
        let german = get(&served, "/case-studies/feed.atom?lang=de").await;
        assert_ne!(all.tag, german.tag);
        let read = |it: &str| Feed::read_from(it.as_bytes()).unwrap();
        let (all, feed) = (read(&all.body), read(&german.body));
        assert_eq!(all.entries.len(), 4);
        let titles: Vec<_> = feed
            .entries
            .iter()
            .map(|it| it.title.value.as_str())
            .collect();
        assert_eq!(titles, ["Türln", "Türen"]);
        assert_eq!(feed.lang.as_deref(), Some("de"));
        assert_ne!(all.id, feed.id);
        let hrefs: Vec<_> = feed.links.iter().map(|it| it.href.as_str()).collect();
        let at = "https://partners.lumen.example/case-studies";
        assert_eq!(
            hrefs,
            [format!("{at}/feed.atom?lang=de"), format!("{at}?lang=de")]
        );
        let page = get(&served, "/case-studies?lang=de").await.body;
        assert!(
            page.contains("href=\"/case-studies/feed.atom?lang=de\""),
            "{page}"
        );
        let none = get(&served, "/case-studies/feed.atom?lang=it").await;
        assert_eq!((none.status, read(&none.body).entries.len()), (200, 0));
        served.stop().await;
    }
}

#[tokio::test]
async fn the_list_of_one_language_goes_on_in_it() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        house.published("Ours", &served).await;
        portal.keep_promises().await;
        // As many again as a page holds, without each being written and consented to.
        let rows = Database::connect(by_force(&portal.url())).await.unwrap();
        let row = case_study::Entity::find()
            .filter(case_study::Column::Slug.eq("ours"))
            .one(&rows)
            .await
            .unwrap()
            .unwrap();
        for nth in 0..PAGE {
            let copy = case_study::Model {
                id: CaseStudyId(Uuid::from_u128(nth as u128)),
                slug: Some(format!("copy-{nth}")),
                ..row.clone()
            };
            let copy = copy.into_active_model().reset_all();
            copy.insert(&rows).await.unwrap();
        }
        rows.close().await.unwrap();
        let first = get(&served, "/case-studies?lang=en").await.body;
        assert_eq!(titles(&first).len(), PAGE);
        let (_, older) = first.split_once("rel=\"next\" href=\"").unwrap();
        let (older, _) = older.split_once('"').unwrap();
        let older = older.replace("&amp;", "&");
        assert!(
            older.starts_with("/case-studies?lang=en&before="),
            "{older}"
        );
        let second = get(&served, &older).await.body;
        assert_eq!(titles(&second).len(), 1);
        let newest = "<a href=\"/case-studies?lang=en\">The newest ones</a>";
        assert!(second.contains(newest), "{second}");
        served.stop().await;
    }
}

#[tokio::test]
async fn the_list_goes_on_page_by_page() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        for nth in 0..3 {
            house.published(&format!("Story {nth}"), &served).await;
            portal.pass(TimeDelta::minutes(30));
        }
        let first = get(&served, "/case-studies").await;
        assert_eq!(titles(&first.body), ["Story 2", "Story 1", "Story 0"]);
        let older = get(&served, "/case-studies?before=story-1").await;
        assert_eq!(titles(&older.body), ["Story 0"]);
        for nothing in ["nothing", "", "%00", "%27%3B--"] {
            let page = get(&served, &format!("/case-studies?before={nothing}")).await;
            assert_eq!(
                (page.status, titles(&page.body).len()),
                (200, 0),
                "{nothing}"
            );
        }
        served.stop().await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn pictures_are_public_as_long_as_their_case_study_is() {
    for portal in Portal::each().await {
        let house = House::new(&portal).await;
        let served = Served::of(&portal);
        let (ben, paula) = (&house.team.member, &house.paula);
        let partner = Some(house.team.partner.as_str());
        let mut content = whole("Bergwind");
        let picture = ben.upload("door.png", PIXEL, partner).await;
        let text = ben.upload("door.txt", b"A door.", partner).await;
        let quarz = portal.team(paula, "Quarzwerk").await;
        let theirs = quarz
            .member
            .upload("gate.png", PIXEL, Some(&quarz.partner))
            .await;
        let study = ben.begins(&house.team.partner, "en", "Ours").await;
        let at = |code: &str| vec![(code.to_owned(), "images.0.file".to_owned())];
        for (file, code) in [
            (&text, "WRONG_FILE_TYPE"),
            (&theirs, "UNKNOWN_FILE"),
            (&house.team.partner, "UNKNOWN_FILE"),
        ] {
            content["images"] = json!([{ "file": file }]);
            assert_eq!(
                ben.may_not_tell("Update", &study, content.clone()).await,
                at(code)
            );
        }
        content["images"] = json!([{ "file": picture }]);
        let study = ben.tells("Update", &study, content).await;
        let mute = ben.may_not_tell("Submit", &study, json!({})).await;
        assert_eq!(mute, [("REQUIRED".to_owned(), "images.0.alt".to_owned())]);
        let described = json!({ "images": [{ "file": picture, "alt": "A \"door\"." }] });
        let study = ben.tells("Update", &study, described).await;
        let study = ben.tells("Submit", &study, json!({})).await;
        let study = paula.tells("Approve", &study, json!({})).await;
        let public = "/case-studies/ours/images/0";
        assert_eq!(get(&served, public).await.status, 404);
        // The customer sees it before everybody does.
        let link = house.asked(&study).await;
        let page = get(&served, &link).await;
        let token = link.strip_prefix("/consent/").unwrap();
        assert!(
            page.body.contains(&format!("src=\"{token}/images/0\"")),
            "{}",
            page.body
        );
        assert!(
            page.header("content-security-policy")
                .unwrap()
                .contains("img-src 'self'")
        );
        assert_eq!(get(&served, &format!("{link}/images/0")).await.status, 200);
        assert_eq!(get(&served, &format!("{link}/images/1")).await.status, 404);
        assert_eq!(get(&served, "/consent/x/images/0").await.status, 404);
        assert_eq!(says(&served, &link, "answer=yes").await.status, 303);
        paula.tells("Publish", &study, json!({})).await;

        let shown = get(&served, public).await;
        assert_eq!(
            (shown.status, shown.header("content-type")),
            (200, Some("image/png"))
        );
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(ask_if(&served, public, "if-none-match", "*").await, 304);
        let page = get(&served, "/case-studies/ours").await;
        assert!(
            page.body
                .contains("src=\"/case-studies/ours/images/0\" alt=\"A &quot;door&quot;.\""),
            "{}",
            page.body
        );
        let described = json_ld(&page.body);
        assert_eq!(
            described["image"],
            json!([format!("https://partners.lumen.example{public}")])
        );
        let files = "{ caseStudies { nodes { images { alt } imageFiles { id name } } } }";
        let found = portal.nobody().ask(files, json!({})).await;
        assert_eq!(
            found["caseStudies"]["nodes"][0]["imageFiles"][0]["id"],
            json!(picture)
        );
        for wrong in [
            "images/1",
            "images/-1",
            "images/x",
            "images/99999999999999999999",
        ] {
            let path = format!("/case-studies/ours/{wrong}");
            assert_eq!(get(&served, &path).await.status, 404, "{wrong}");
        }

        assert_eq!(says(&served, &link, "answer=withdraw").await.status, 303);
        assert_eq!(get(&served, public).await.status, 404);
        let node = "query($id: ID!) { node(id: $id) { id } }";
        let found = portal.nobody().ask(node, json!({ "id": picture })).await;
        assert_eq!(found["node"], json!(null));
        served.stop().await;
        portal.keep_promises().await;
    }
}
