//! Files: uploaded, looked at, attached, had again by whoever may read what they are attached to,
//! and collected when nothing uses them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entente::auth::Actor;
use entente::config::Files;
use entente::course::author::{Imported, publish_bundle};
use entente::course::folder::Bundle;
use entente::error::Error;
use entente::file::{Pace, Store};
use entity::staff_role::VendorRole;
use entity::{file, file_inbox};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::support::team::Team;
use crate::support::wire::Served;
use crate::support::{Portal, Someone};

const PDF: &[u8] = b"%PDF-1.7\nA guide.\n%%EOF\n";

/// An answer with bytes in it.
struct Had {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// Asks for a signed address, wherever the portal says that it is, at this server.
async fn call(server: SocketAddr, method: &str, url: &str, more: &str, body: &[u8]) -> Had {
    let path = url.strip_prefix("https://partners.lumen.example").unwrap();
    let mut socket = TcpStream::connect(server).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: portal.example\r\nconnection: close\r\n{more}\
         content-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    // Where it is refused unread, the rest cannot be sent.
    let _ = socket.write_all(body).await;
    let mut bytes = Vec::new();
    let _ = socket.read_to_end(&mut bytes).await;
    let at = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..at].to_vec())
        .unwrap()
        .to_lowercase();
    Had {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: bytes[at + 4..].to_vec(),
    }
}

impl Had {
    fn code(&self) -> String {
        let answer: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let code = &answer["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }
}

const BEGIN: &str = "mutation($input: FileUploadCreateInput!) { fileUploadCreate(input: $input) {
    file { id name mediaType state url } uploadUrl userErrors { code field message } } }";

async fn begin(
    who: &Someone<'_>,
    name: &str,
    size: usize,
    partner: Option<&str>,
) -> (String, String) {
    let input = json!({ "input": { "name": name, "size": size, "partner": partner } });
    let begun = who.act(BEGIN, input).await;
    assert_eq!(begun["file"]["state"], "STAGED");
    assert_eq!(begun["file"]["url"], Value::Null);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&begun["file"]["id"]), text(&begun["uploadUrl"]))
}

async fn url_of(who: &Someone<'_>, id: &str) -> Option<String> {
    let query = "query($id: ID!) { node(id: $id) { ... on File { url } } }";
    let found = who.ask(query, json!({ "id": id })).await;
    found["node"]["url"].as_str().map(str::to_owned)
}

async fn two_teams(portal: &Portal) -> (Someone<'_>, Team<'_>, Team<'_>) {
    let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
    let ours = portal.team(&paula, "Bergwind").await;
    let theirs = portal.team(&paula, "Quarzwerk").await;
    portal.keep_promises().await;
    (paula, ours, theirs)
}

/// A course for one region that gives a file away.
fn guide(text: &[u8]) -> Bundle {
    let course =
        b"slug: guide\ntitle: The guide\nlocale: en\naudience: {regions: [EMEA]}\nmodules:\n  \
        - key: one\n    title: One\n    lessons:\n      \
        - {key: guide, title: Guide, minutes: 1, kind: FILE, file: files/guide.pdf}\n";
    let files = [
        ("course.yaml".to_owned(), course.to_vec()),
        ("files/guide.pdf".to_owned(), text.to_vec()),
    ];
    Bundle::from_files(files.into()).unwrap()
}

const LESSON_FILE: &str = "{ courses(filter: { slug: { eq: \"guide\" } }) { nodes { newestVersion {
    lessons { nodes { file { id name mediaType size url } } } } } } }";

fn lesson_file(found: &Value) -> &Value {
    &found["courses"]["nodes"][0]["newestVersion"]["lessons"]["nodes"][0]["file"]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_lesson_is_had_by_whom_the_course_is_for_and_by_nobody_else() {
    for portal in Portal::each().await {
        let (_, ours, theirs) = two_teams(&portal).await;
        let (op, config) = (portal.app.op(Actor::System), &portal.app.config.portal);
        publish_bundle(&op, config, guide(PDF), false)
            .await
            .unwrap();
        let served = Served::of(&portal);
        // Before its bytes are carried into the store, and after.
        for _ in 0..2 {
            let found = ours.member.ask(LESSON_FILE, json!({})).await;
            let file = lesson_file(&found);
            assert_eq!(file["name"], "guide.pdf");
            assert_eq!(file["mediaType"], "application/pdf");
            assert_eq!(file["size"], PDF.len());
            let url = file["url"].as_str().unwrap();
            let had = call(served.address, "GET", url, "", b"").await;
            assert_eq!(
                (had.status, had.body.as_slice()),
                (200, PDF),
                "{}",
                had.head
            );
            for header in [
                "content-type: application/pdf",
                "content-disposition: attachment; filename=\"guide.pdf\"",
                "x-content-type-options: nosniff",
                "cache-control: private, no-cache",
            ] {
                assert!(had.head.contains(header), "{header}: {}", had.head);
            }
            portal.keep_promises().await;
        }
        let db = portal.app.db.reader();
        assert_eq!(file_inbox::Entity::find().count(db).await.unwrap(), 0);

        let found = theirs.member.ask(LESSON_FILE, json!({})).await;
        assert_eq!(found["courses"]["nodes"], json!([]));
        let found = ours.member.ask(LESSON_FILE, json!({})).await;
        let (id, url) = (
            &lesson_file(&found)["id"],
            lesson_file(&found)["url"].as_str().unwrap(),
        );
        assert_eq!(url_of(&theirs.member, id.as_str().unwrap()).await, None);
        // What was had already need not be sent again.
        let tag = call(served.address, "GET", url, "", b"").await.head;
        let tag = tag.lines().find(|it| it.starts_with("etag: ")).unwrap();
        let again = format!("if-none-match: {}\r\n", &tag[6..]);
        let had = call(served.address, "GET", url, &again, b"").await;
        assert_eq!((had.status, had.body.len()), (304, 0));
        // A link that was passed on, turned, or kept for too long opens nothing.
        let forged = url.replacen("/files/", "/files/A", 1);
        assert_eq!(
            call(served.address, "GET", &forged, "", b"").await.code(),
            "NOT_FOUND"
        );
        let uploads = url.replacen("/files/", "/uploads/", 1);
        let uploads = uploads.rsplit_once('/').unwrap().0;
        assert_eq!(
            call(served.address, "PUT", uploads, "", PDF).await.code(),
            "NOT_FOUND"
        );
        portal
            .force("UPDATE session SET ended_at = created_at")
            .await;
        assert_eq!(
            call(served.address, "GET", url, "", b"").await.code(),
            "NOT_FOUND"
        );
        let found = ours.member.ask(LESSON_FILE, json!({})).await;
        let url = lesson_file(&found)["url"].as_str().unwrap();
        assert_eq!(call(served.address, "GET", url, "", b"").await.status, 200);
        // The right is asked for again, not the link.
        portal.force("UPDATE course SET regions = '|APAC|'").await;
        assert_eq!(
            call(served.address, "GET", url, "", b"").await.code(),
            "NOT_FOUND"
        );
        portal.force("UPDATE course SET regions = '|EMEA|'").await;
        assert_eq!(call(served.address, "GET", url, "", b"").await.status, 200);
        portal.pass(TimeDelta::minutes(16));
        assert_eq!(
            call(served.address, "GET", url, "", b"").await.code(),
            "NOT_FOUND"
        );
        portal.keep_promises().await;
        served.stop().await;
    }
}

#[tokio::test]
async fn a_new_version_of_a_course_keeps_a_file_that_did_not_change_once() {
    for portal in Portal::each().await {
        let (op, config) = (portal.app.op(Actor::System), &portal.app.config.portal);
        let publish = |bundle| publish_bundle(&op, config, bundle, false);
        assert_eq!(publish(guide(PDF)).await.unwrap(), Imported::Published);
        assert_eq!(publish(guide(PDF)).await.unwrap(), Imported::Unchanged);
        let mut retitled = guide(PDF);
        retitled.document.title = "The same guide".to_owned();
        publish(retitled).await.unwrap();
        let count = || async {
            file::Entity::find()
                .count(portal.app.db.reader())
                .await
                .unwrap()
        };
        assert_eq!(count().await, 1);
        publish(guide(b"%PDF-1.7\nAnother guide.\n")).await.unwrap();
        assert_eq!(count().await, 2);
        portal.keep_promises().await;
        assert_eq!(portal.app.files.store().count(9).await.unwrap(), 2);
        let paula = portal
            .staff("Paula", &[VendorRole::EnablementManager])
            .await;
        let found = paula.ask(LESSON_FILE, json!({})).await;
        assert_eq!(lesson_file(&found)["size"], 24);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_taken_once_and_only_as_they_were_announced() {
    for portal in Portal::each().await {
        let (_, ours, theirs) = two_teams(&portal).await;
        let served = Served::of(&portal);
        let put = |url: String, bytes: Vec<u8>| async move {
            call(served.address, "PUT", &url, "", &bytes).await
        };
        let partner = Some(ours.partner.as_str());
        let (id, url) = begin(&ours.member, "Guide.PDF", PDF.len(), partner).await;
        assert_eq!(
            put(url.clone(), b"%PDF".to_vec()).await.code(),
            "WRONG_SIZE"
        );
        let longer = put(url.clone(), [PDF, PDF].concat()).await;
        assert_eq!(
            (longer.status, longer.code()),
            (422, "WRONG_SIZE".to_owned())
        );
        let other = vec![b'x'; PDF.len()];
        assert_eq!(
            put(url.clone(), other.clone()).await.code(),
            "WRONG_FILE_TYPE"
        );
        // Nobody else puts anything there, and nobody else knows of it.
        assert_eq!(url_of(&theirs.admin, &id).await, None);
        assert_eq!(url_of(&ours.admin, &id).await, None);
        let taken = put(url.clone(), PDF.to_vec()).await;
        assert_eq!((taken.status, taken.body.len()), (204, 0), "{}", taken.head);
        assert_eq!(
            put(url.clone(), PDF.to_vec()).await.status,
            204,
            "the answer was lost"
        );
        let mut changed = PDF.to_vec();
        changed[10] = b'B';
        let again = put(url.clone(), changed).await;
        assert_eq!(
            (again.status, again.code()),
            (409, "ALREADY_UPLOADED".to_owned())
        );
        let had = url_of(&ours.member, &id).await.unwrap();
        assert!(
            had.ends_with("/Guide%2EPDF") || had.ends_with("/Guide.PDF"),
            "{had}"
        );
        assert_eq!(call(served.address, "GET", &had, "", b"").await.body, PDF);
        assert_eq!(url_of(&theirs.admin, &id).await, None);
        assert_eq!(url_of(&ours.admin, &id).await, None);
        // Whoever has lost their seat does not have it any more.
        portal
            .force("UPDATE membership SET state = 'DEACTIVATED', ended_at = joined_at")
            .await;
        assert_eq!(
            call(served.address, "GET", &had, "", b"").await.code(),
            "NOT_FOUND"
        );
        let (_, url) = {
            portal
                .force("UPDATE membership SET state = 'ACTIVE', ended_at = NULL")
                .await;
            begin(&ours.member, "late.pdf", PDF.len(), partner).await
        };
        portal.pass(TimeDelta::minutes(61));
        assert_eq!(put(url, PDF.to_vec()).await.code(), "NOT_FOUND");
        served.stop().await;
    }
}

/// Announces bytes and sends none of them.
async fn stall(server: SocketAddr, url: &str, size: usize) -> TcpStream {
    let path = url.strip_prefix("https://partners.lumen.example").unwrap();
    let mut socket = TcpStream::connect(server).await.unwrap();
    let head =
        format!("PUT {path} HTTP/1.1\r\nhost: portal.example\r\ncontent-length: {size}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_stall_stop_no_download_and_one_person_does_not_stop_another() {
    for portal in Portal::each().await {
        let (paula, ours, theirs) = two_teams(&portal).await;
        let served = Served::of(&portal);
        let text = "A line of many, and each is another. ".repeat(90_000);
        let of = |who: &Someone<'_>| match &who.email {
            it if *it == paula.email => None,
            it if *it == theirs.admin.email || *it == theirs.member.email => {
                Some(theirs.partner.clone())
            }
            _ => Some(ours.partner.clone()),
        };
        let put = async |who: &Someone<'_>, bytes: &[u8]| {
            let (id, url) = begin(who, "notes.txt", bytes.len(), of(who).as_deref()).await;
            let put = call(served.address, "PUT", &url, "", bytes).await;
            (put.status, id)
        };
        // Within some seconds: what was sent to the portal is not there at once.
        let becomes = async |who: &Someone<'_>, status: u16| {
            for _ in 0..100 {
                // What was taken once is not taken again: each try is another file.
                let (_, url) = begin(who, "again.txt", 6, of(who).as_deref()).await;
                if call(served.address, "PUT", &url, "", b"Short.")
                    .await
                    .status
                    == status
                {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            false
        };
        let (status, id) = put(&ours.member, text.as_bytes()).await;
        assert_eq!(status, 204);
        let had = url_of(&ours.member, &id).await.unwrap();
        let mut stalled = Vec::new();
        for who in [&ours.member, &theirs.member, &theirs.admin, &paula] {
            assert_eq!(put(&ours.admin, b"Short.").await.0, 204);
            for size in [24 << 20, 8 << 20] {
                let (_, url) = begin(who, "film.mp4", size, of(who).as_deref()).await;
                stalled.push(stall(served.address, &url, size).await);
            }
            assert!(becomes(who, 503).await, "that is their share");
        }
        assert_eq!(put(&ours.admin, b"Short.").await.0, 503, "that is all");
        let whole = call(served.address, "GET", &had, "", b"").await;
        let length = format!("content-length: {}", text.len());
        assert_eq!(whole.status, 200);
        assert!(whole.head.contains(&length), "{}", whole.head);
        assert!(whole.body == text.as_bytes());
        drop(stalled);
        assert!(becomes(&ours.admin, 204).await);
        served.stop().await;
    }
}

/// Asks for a file with little room for what comes, and takes nothing of it yet but looks whether it
/// comes.
async fn ask_for(server: SocketAddr, url: &str) -> TcpStream {
    let path = url.strip_prefix("https://partners.lumen.example").unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(32 << 10).unwrap();
    let mut socket = socket.connect(server).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: portal.example\r\nconnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.peek(&mut [0]).await.unwrap();
    socket
}

/// Takes what comes, and waits after each of the first quarters of a megabyte; how many bytes came.
async fn takes(mut socket: TcpStream, wait: Duration, quarters: usize) -> usize {
    let mut piece = vec![0; 256 << 10];
    let (mut taken, mut pause) = (0, 0);
    while let Ok(size @ 1..) = socket.read(&mut piece).await {
        taken += size;
        if pause < quarters.min(taken / piece.len()) {
            pause += 1;
            tokio::time::sleep(wait).await;
        }
    }
    taken
}

/// How many connections the system holds to clients of a port; none where it does not say so.
fn held(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let ours = format!(":{port:04X}");
    let lines = table.lines().skip(1).map(|line| line.split_whitespace());
    let open = lines.filter(|line| {
        let mut line = line.clone().skip(1);
        // The local end, the other one, and 01 for an open connection.
        line.next().is_some_and(|it| it.ends_with(&ours)) && line.nth(1) == Some("01")
    });
    open.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_of_a_file_or_too_little_is_cut_off_and_who_takes_it_slowly_is_not() {
    for mut portal in Portal::each().await {
        // Eight megabytes are to be out within nine seconds. The grace is far longer than the slow
        // one waits: a busy machine makes it wait longer.
        let grace = Duration::from_secs(5);
        portal.app.files = portal.app.files.clone().at_pace(Pace {
            grace,
            bytes_per_second: 2 << 20,
        });
        let (_, ours, _) = two_teams(&portal).await;
        let served = Served::of(&portal);
        let text = "A line of many, and each is another.".repeat(240_000);
        let text = &text.as_bytes()[..8 << 20];
        let (id, url) = begin(&ours.member, "notes.txt", text.len(), Some(&ours.partner)).await;
        let put = call(served.address, "PUT", &url, "", text).await;
        assert_eq!(put.status, 204);
        // It is in the store, from which it comes a piece at a time.
        portal.keep_promises().await;
        let url = url_of(&ours.member, &id).await.unwrap();

        let steady = ask_for(served.address, &url).await;
        let steady = tokio::spawn(takes(steady, Duration::from_millis(200), 32));
        let began = Instant::now();
        // It takes two and a half megabytes in ten seconds, and the system holds four.
        let slow = ask_for(served.address, &url).await;
        let slow = tokio::spawn(takes(slow, Duration::from_secs(1), 10));
        let mut idle = Vec::new();
        for _ in 0..70 {
            idle.push(ask_for(served.address, &url).await);
        }
        // They have all the room that one person has.
        let full = ask_for(served.address, &url).await;
        assert!(takes(full, Duration::ZERO, 0).await < 1_000);
        let taken = steady.await.unwrap();
        assert!(taken > text.len(), "{taken}");
        assert!(began.elapsed() > grace, "within the grace");

        // Then they are cut off, and others have the room.
        idle.push(ask_for(served.address, &url).await);
        let room_again = async {
            loop {
                let again = ask_for(served.address, &url).await;
                if takes(again, Duration::ZERO, 0).await > text.len() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), room_again).await;
        assert!(waited.is_ok(), "there is no room again");
        let taken = slow.await.unwrap();
        assert!((1..text.len()).contains(&taken), "{taken}");
        let after = began.elapsed();
        assert!(after > Duration::from_secs(8), "{taken} bytes in {after:?}");
        let first = takes(idle.swap_remove(0), Duration::ZERO, 0).await;
        assert!((1..text.len()).contains(&first), "{first}");
        // And though they have never taken anything, their connections are gone when nothing, however
        // large, could still be on its way.
        let stalled = async {
            while held(served.address.port()) > 1 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), stalled).await;
        assert!(waited.is_ok(), "{} are held", held(served.address.port()));
        drop(idle);
        served.stop().await;
    }
}

#[tokio::test]
async fn what_is_no_good_file_is_refused_with_every_fault() {
    for portal in Portal::each_with(|config| {
        config.files.largest = 1000;
        config.files.partner_quota = 2000;
    })
    .await
    {
        let (paula, ours, theirs) = two_teams(&portal).await;
        // What they have already takes no room.
        portal.force("UPDATE file SET size = 0").await;
        let partner = json!(ours.partner);
        let refused = |name: &'static str, size: i64| {
            let (member, partner) = (ours.member.clone(), partner.clone());
            async move {
                let input = json!({ "name": name, "size": size, "partner": partner });
                let refused = member.refused(BEGIN, json!({ "input": input })).await;
                refused
                    .into_iter()
                    .map(|(code, _)| code)
                    .collect::<Vec<_>>()
                    .join(" ")
            }
        };
        assert_eq!(refused("../../etc/passwd", 7).await, "INVALID_NAME");
        assert_eq!(refused("a\\b.pdf", 0).await, "INVALID_NAME EMPTY_FILE");
        assert_eq!(
            refused("a.svg", 1001).await,
            "FILE_TOO_LARGE WRONG_FILE_TYPE"
        );
        assert_eq!(refused("a.html", 7).await, "WRONG_FILE_TYPE");
        assert_eq!(refused("a.pdf", -1).await, "EMPTY_FILE");
        for _ in 0..2 {
            begin(&ours.member, "a.pdf", 1000, Some(&ours.partner)).await;
        }
        assert_eq!(refused("a.pdf", 1).await, "QUOTA_EXCEEDED");
        // The room of one partner is not that of another.
        begin(&theirs.member, "a.pdf", 1000, Some(&theirs.partner)).await;
        // Another partner, and none, are not a member's; nor is a partner that of an auditor.
        let code = |answer: Value| answer["errors"][0]["extensions"]["code"].clone();
        let input =
            |partner: Value| json!({ "input": { "name": "a.pdf", "size": 1, "partner": partner } });
        let foreign = ours
            .member
            .answer(BEGIN, input(json!(theirs.partner)))
            .await;
        assert_eq!(code(foreign), "FORBIDDEN");
        let vendors = ours.member.answer(BEGIN, input(Value::Null)).await;
        assert_eq!(code(vendors), "FORBIDDEN");
        let nobody = portal.nobody().answer(BEGIN, input(Value::Null)).await;
        assert_eq!(code(nobody), "UNAUTHENTICATED");
        let audra = portal.staff("Audra", &[VendorRole::Auditor]).await;
        assert_eq!(
            code(audra.answer(BEGIN, input(Value::Null)).await),
            "FORBIDDEN"
        );
        begin(&paula, "a.pdf", 1000, None).await;
        let many = json!({ "name": "a.txt", "size": 1 });
        let mut last = Vec::new();
        for _ in 0..50 {
            let payload = paula.answer(BEGIN, json!({ "input": many })).await;
            last.push(payload["data"]["fileUploadCreate"]["userErrors"][0]["code"].clone());
        }
        assert_eq!(
            (&last[48], &last[49]),
            (&Value::Null, &json!("TOO_MANY_UPLOADS"))
        );
    }
}

#[tokio::test]
async fn what_nothing_uses_is_collected_after_a_day_and_its_bytes_with_it() {
    for portal in Portal::each().await {
        let (_, ours, _) = two_teams(&portal).await;
        let (op, config) = (portal.app.op(Actor::System), &portal.app.config.portal);
        publish_bundle(&op, config, guide(PDF), false)
            .await
            .unwrap();
        portal.keep_promises().await;
        let left = || async {
            let rows = file::Entity::find()
                .all(portal.app.db.reader())
                .await
                .unwrap();
            let mut names: Vec<_> = rows.into_iter().map(|row| row.name).collect();
            names.sort();
            let store: &Store = portal.app.files.store();
            (names, store.count(99).await.unwrap())
        };
        let used = left().await;
        ours.member
            .upload("mine.pdf", PDF, Some(&ours.partner))
            .await;
        // Somebody's machine went away between the bytes and the word that they are there.
        begin(&ours.member, "staged.pdf", PDF.len(), Some(&ours.partner)).await;
        let rows = file::Entity::find()
            .all(portal.app.db.reader())
            .await
            .unwrap();
        let staged = rows.iter().find(|row| row.name == "staged.pdf").unwrap();
        let store: &Store = portal.app.files.store();
        store.put(staged.id, "00", PDF.to_vec()).await.unwrap();
        let day = || async {
            portal.app.worker().plan_today().await.unwrap();
            portal.keep_promises().await;
        };
        portal.pass(TimeDelta::hours(23));
        day().await;
        assert_eq!(left().await.1, used.1 + 2);
        portal.pass(TimeDelta::hours(24));
        day().await;
        assert_eq!(left().await, used);
    }
}

#[tokio::test]
async fn an_upload_that_is_given_up_is_gone_at_once() {
    const DISCARD: &str = "mutation($id: ID!) { fileUploadDiscard(input: { id: $id }) {
        discarded userErrors { code field message } } }";
    for portal in Portal::each().await {
        let (paula, ours, theirs) = two_teams(&portal).await;
        let quota = || async {
            let rows = file::Entity::find()
                .all(portal.app.db.reader())
                .await
                .unwrap();
            let sizes = rows.iter().filter(|row| row.partner_id.is_some());
            sizes.map(|row| i64::from(row.size)).sum::<i64>()
        };
        let store: &Store = portal.app.files.store();
        let (before, objects) = (quota().await, store.count(99).await.unwrap());
        let partner = Some(ours.partner.as_str());
        let stored = ours.member.upload("mine.pdf", PDF, partner).await;
        let (staged, _) = begin(&ours.member, "staged.pdf", 99, partner).await;
        // Nobody else gives it up: not their administrator, not staff, not a stranger.
        for other in [&ours.admin, &paula, &theirs.member] {
            let answer = other.answer(DISCARD, json!({ "id": stored })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
        }
        for id in [json!(stored), json!(staged)] {
            let gone = ours.member.act(DISCARD, json!({ "id": id })).await;
            assert_eq!(gone["discarded"], id);
        }
        assert_eq!(quota().await, before);
        portal.keep_promises().await;
        assert_eq!(store.count(99).await.unwrap(), objects);

        let query = "query($id: ID!) { partner(id: $id) { logo { id } } }";
        let found = ours.admin.ask(query, json!({ "id": ours.partner })).await;
        let logo = &found["partner"]["logo"]["id"];
        assert_eq!(
            ours.admin.refused(DISCARD, json!({ "id": logo })).await,
            [("IN_USE".to_owned(), "id".to_owned())]
        );
    }
}

#[tokio::test]
async fn bytes_that_arrive_after_the_upload_was_given_up_do_not_stay() {
    const DISCARD: &str = "mutation($id: ID!) { fileUploadDiscard(input: { id: $id }) {
        discarded userErrors { code field message } } }";
    for portal in Portal::each().await {
        let (_, ours, _) = two_teams(&portal).await;
        let store: &Store = portal.app.files.store();
        let objects = store.count(99).await.unwrap();
        let partner = Some(ours.partner.as_str());
        let (id, url) = begin(&ours.member, "late.pdf", PDF.len(), partner).await;
        // They were on their way as it was given up, and what was to be removed then is removed.
        let op = ours.member.op().await;
        let rows = file::Entity::find()
            .all(portal.app.db.reader())
            .await
            .unwrap();
        let staged = rows.iter().find(|row| row.name == "late.pdf").unwrap();
        let on_its_way = portal.app.files.expected(&op, staged.id).await.unwrap();
        ours.member.act(DISCARD, json!({ "id": id })).await;
        portal.keep_promises().await;
        let came = portal.app.files.receive(&op, &on_its_way, PDF.to_vec());
        assert!(matches!(came.await, Err(Error::NotFound("File"))));
        portal.keep_promises().await;
        assert_eq!(store.count(99).await.unwrap(), objects);
        // Whoever sends them now is told that there is nothing to send.
        let served = Served::of(&portal);
        let sent = call(served.address, "PUT", &url, "", PDF).await;
        assert_eq!((sent.status, sent.code()), (404, "NOT_FOUND".to_owned()));
        served.stop().await;
        portal.keep_promises().await;
        assert_eq!(store.count(99).await.unwrap(), objects);
    }
}

/// Something that answers as clamd does: it finds what says EICAR.
async fn scanner() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
                // The stream ends with a part of no length.
                while !all.ends_with(&[0; 4]) {
                    let read = socket.read(&mut buffer).await.unwrap();
                    all.extend_from_slice(&buffer[..read]);
                }
                let found = all.windows(5).any(|it| it == b"EICAR");
                let said: &[u8] = if found {
                    b"stream: Eicar-Test-Signature FOUND\0"
                } else {
                    b"stream: OK\0"
                };
                socket.write_all(said).await.unwrap();
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_scanner_finds_is_refused_and_without_its_word_nothing_is_taken() {
    let address = scanner().await;
    for portal in Portal::each_with(|config| config.files.scanner = Some(address.to_string())).await
    {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let served = Served::of(&portal);
        let clean = b"all is well";
        let (_, url) = begin(&paula, "a.txt", clean.len(), None).await;
        assert_eq!(
            call(served.address, "PUT", &url, "", clean).await.status,
            204
        );
        let bad = b"X5O EICAR";
        let (_, url) = begin(&paula, "b.txt", bad.len(), None).await;
        let refused = call(served.address, "PUT", &url, "", bad).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "MALWARE".to_owned())
        );
        assert!(String::from_utf8_lossy(&refused.body).contains("Eicar-Test-Signature"));
        served.stop().await;
    }
    for portal in
        Portal::each_with(|config| config.files.scanner = Some("127.0.0.1:1".to_owned())).await
    {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let served = Served::of(&portal);
        let (_, url) = begin(&paula, "a.txt", 3, None).await;
        let away = call(served.address, "PUT", &url, "", b"abc").await;
        assert_eq!((away.status, away.code()), (503, "UNAVAILABLE".to_owned()));
        served.stop().await;
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what is skipped says so")]
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
async fn the_same_bytes_lie_in_a_bucket() {
    let Ok(endpoint) = std::env::var("ENTENTE_TEST_S3_URL") else {
        println!("NOT RUN: ENTENTE_TEST_S3_URL names no S3 server with a bucket `entente`");
        return;
    };
    let bucket = |config: &mut Files| {
        config.s3_bucket = Some("entente".to_owned());
        config.s3_endpoint = Some(endpoint.parse().unwrap());
        config.s3_access_key = Some("portal".to_owned());
        config.s3_secret_key = Some("harbour-97-lantern".to_owned().into());
    };
    for portal in Portal::each_with(|config| bucket(&mut config.files)).await {
        let store = portal.app.files.store();
        store.check().await.unwrap();
        let before = store.count(1000).await.unwrap();
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let served = Served::of(&portal);
        let (id, url) = begin(&paula, "guide.pdf", PDF.len(), None).await;
        assert_eq!(call(served.address, "PUT", &url, "", PDF).await.status, 204);
        let url = url_of(&paula, &id).await.unwrap();
        assert_eq!(call(served.address, "GET", &url, "", b"").await.body, PDF);
        assert_eq!(store.count(1000).await.unwrap(), before + 1);
        assert!(!portal.app.config.data.join("files").exists());
        portal.pass(TimeDelta::hours(25));
        portal.app.worker().plan_today().await.unwrap();
        portal.keep_promises().await;
        assert_eq!(store.count(1000).await.unwrap(), before);
        served.stop().await;
    }
    for portal in Portal::each_with(|config| {
        bucket(&mut config.files);
        config.files.s3_bucket = Some("no-such-bucket".to_owned());
    })
    .await
    {
        let said = portal
            .app
            .files
            .store()
            .check()
            .await
            .unwrap_err()
            .to_string();
        assert!(said.contains("cannot be reached"), "{said}");
    }
}
