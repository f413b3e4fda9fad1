//! Mail under faults: whatever the SMTP server does, no letter is lost and none is sent in vain.

use std::io::BufRead;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use entente::auth::{Actor, Permission, Scope};
use entente::config::{Config, MailTransport, Secret};
use entente::jobs::Worker;
use entente::notification::{Letter, Reader, tell};
use entente::outbox;
use entity::outbox_message;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Portal, rows};

/// What the server does where it would have answered kindly.
#[derive(Clone, Copy, Debug)]
enum Does {
    Says(&'static str),
    TakesItsTime,
    FallsSilent,
    HangsUp,
}

/// What the server was told to do, and what it heard.
#[derive(Debug, Default)]
struct Script {
    /// At which command, by how it begins; `greeting` is before the first.
    does: Vec<(String, Does)>,
    conversations: usize,
    recipients: Vec<String>,
    /// Message-IDs of the letters that it took.
    taken: Vec<String>,
}

/// An SMTP server that does as it is told, conversation after conversation.
#[derive(Clone, Debug)]
struct Server {
    port: u16,
    script: Arc<Mutex<Script>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            script: Arc::default(),
        };
        let script = server.script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                script.lock().unwrap().conversations += 1;
                tokio::spawn(talk(stream, script.clone()));
            }
        });
        server
    }

    fn set(&self, config: &mut Config) {
        config.mail.transport = MailTransport::Smtp;
        let url = format!("smtp+plain://127.0.0.1:{}", self.port);
        config.mail.smtp_url = Some(url.parse().unwrap());
        config.mail.deadline = 1;
    }

    /// From now on it does nothing but this out of the ordinary.
    fn told(&self, does: &[(&str, Does)]) {
        let does = does.iter().map(|(at, does)| ((*at).to_owned(), *does));
        self.script.lock().unwrap().does = does.collect();
    }

    fn conversations(&self) -> usize {
        self.script.lock().unwrap().conversations
    }

    fn taken(&self) -> Vec<String> {
        self.script.lock().unwrap().taken.clone()
    }

    fn was_asked_for(&self, address: &str) -> usize {
        let script = self.script.lock().unwrap();
        script.recipients.iter().filter(|it| *it == address).count()
    }
}

async fn talk(stream: TcpStream, script: Arc<Mutex<Script>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut asked, mut in_message, mut id) = ("greeting".to_owned(), false, String::new());
    loop {
        let kindly = match asked.split([' ', '\r', ':']).next().unwrap() {
            "greeting" => "220 ready",
            "." => {
                in_message = false;
                "250 taken"
            }
            _ if in_message => "",
            "EHLO" => "250-here\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 welcome",
            "MAIL" => "250 ok",
            "RCPT" => {
                let to = asked.split(['<', '>']).nth(1).unwrap().to_owned();
                script.lock().unwrap().recipients.push(to);
                "250 ok"
            }
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            other => panic!("the server does not know {other}"),
        };
        let told = {
            let script = script.lock().unwrap();
            let mut does = script.does.iter();
            does.find(|(at, _)| !kindly.is_empty() && asked.starts_with(at.as_str()))
                .map(|(_, does)| *does)
        };
        let answer = match told {
            None => kindly,
            Some(Does::Says(answer)) => answer,
            Some(Does::TakesItsTime) => {
                tokio::time::sleep(Duration::from_millis(700)).await;
                kindly
            }
            Some(Does::FallsSilent) => {
                tokio::time::sleep(Duration::from_secs(10)).await;
                return Ok(());
            }
            Some(Does::HangsUp) => return Ok(()),
        };
        if answer == "354 go on" {
            in_message = true;
        }
        if answer == "250 taken" {
            script.lock().unwrap().taken.push(id.clone());
        }
        if !answer.is_empty() {
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        asked.clear();
        if stream.read_line(&mut asked).await? == 0 {
            return Ok(());
        }
        if let Some(found) = asked.strip_prefix("Message-ID: ") {
            id = found.trim().to_owned();
        }
    }
}

/// Promises a letter to somebody without an account.
async fn write_to(portal: &Portal, email: &str) {
    // Ids of one instant are in no order.
    portal.pass(TimeDelta::milliseconds(1));
    let input = (email.to_owned(), "Costa & Filhos, Lda.".to_owned());
    portal
        .app
        .op(Actor::System)
        .unit(input, |tx, (email, company)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                let to = Reader::Address {
                    email: email.clone(),
                    name: "Ana".to_owned(),
                    locale: "en".to_owned(),
                    time_zone: "UTC".to_owned(),
                };
                let company = company.clone();
                tell(&permit, to, None, Letter::ApplicationReceived { company }).await
            })
        })
        .await
        .unwrap();
}

async fn forget_password(portal: &Portal, email: &str) {
    portal.pass(TimeDelta::milliseconds(1));
    portal
        .nobody()
        .act(
            "mutation($email: String!) { passwordResetRequest(input: { email: $email }) {
                accepted userErrors { code } } }",
            json!({ "email": email }),
        )
        .await;
}

/// Keeps what is due, whatever comes of it.
async fn turn(portal: &Portal) {
    let worker = portal.app.worker();
    while worker.turn().await.unwrap() > 0 {}
}

/// All letters, the oldest first.
async fn letters(portal: &Portal) -> Vec<outbox_message::Model> {
    let all = outbox_message::Entity::find().order_by_asc(outbox_message::Column::Id);
    let mut all = all.all(portal.app.db.reader()).await.unwrap();
    all.retain(|row| row.kind == "letter");
    all
}

fn is_open(row: &outbox_message::Model) -> bool {
    row.done_at.is_none() && row.dead_at.is_none()
}

fn why(row: &outbox_message::Model) -> &str {
    row.last_error.as_deref().unwrap_or_default()
}

const ANA: &str = "ana@costa.example";

#[tokio::test]
async fn a_letter_survives_every_fault_of_the_server_and_arrives_once() {
    let server = Server::start().await;
    for portal in Portal::each_with(|config| server.set(config)).await {
        let faults = [
            ("greeting", Does::Says("421 busy"), "421"),
            ("greeting", Does::Says("554 not you"), "554"),
            ("greeting", Does::HangsUp, "connecting"),
            ("greeting", Does::FallsSilent, "no answer within 1 s"),
            ("EHLO", Does::HangsUp, "connecting"),
            ("MAIL", Does::Says("550 sender unknown"), "550"),
            ("RCPT", Does::Says("421 closing"), "421"),
            ("RCPT", Does::Says("450 busy"), "450"),
            ("RCPT", Does::HangsUp, "recipient"),
            ("DATA", Does::Says("451 later"), "451"),
            (".", Does::Says("452 disk full"), "452"),
            (".", Does::FallsSilent, "no answer within 1 s"),
            (".", Does::HangsUp, "letter"),
        ];
        for (nth, (at, does, told)) in faults.into_iter().enumerate() {
            server.told(&[(at, does)]);
            let before = server.taken().len();
            let to = format!("ana@costa{nth}.example");
            write_to(&portal, &to).await;
            turn(&portal).await;
            let row = letters(&portal).await.pop().unwrap();
            assert!(is_open(&row), "{at} {does:?}: {row:#?}");
            assert_eq!(row.attempts, 1, "{at} {does:?}");
            assert!(why(&row).contains(told), "{at} {does:?}: {row:#?}");

            server.told(&[]);
            portal.pass(TimeDelta::minutes(5));
            turn(&portal).await;
            let row = letters(&portal).await.pop().unwrap();
            assert!(row.done_at.is_some(), "{at} {does:?}: {row:#?}");
            let taken = server.taken().split_off(before);
            assert_eq!(taken.len(), 1, "{at} {does:?}: {taken:?}");
            assert!(taken[0].contains(&row.id.to_string()));
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_speaks_no_tls_gets_the_letter_later() {
    let server = Server::start().await;
    for url in [
        "smtp+plain://127.0.0.1:1".to_owned(),
        format!("smtps://127.0.0.1:{}", server.port),
        format!("smtp://127.0.0.1:{}", server.port),
    ] {
        let set = |config: &mut Config| {
            server.set(config);
            config.mail.smtp_url = Some(url.parse().unwrap());
        };
        for portal in Portal::each_with(set).await {
            write_to(&portal, ANA).await;
            turn(&portal).await;
            let row = letters(&portal).await.pop().unwrap();
            assert!(is_open(&row) && row.attempts == 1, "{url}: {row:#?}");
            assert!(why(&row).contains("127.0.0.1"), "{url}: {row:#?}");
        }
    }
    assert_eq!(server.taken().len(), 0);
}

const LISTS: &str = "{ deadLetters { nodes { id kind letter maskedAddress attempts lastError person { email } } }
    suppressions(filter: { liftedAt: { isNull: true } }) { nodes { id address reason reply letter { id } liftedBy { email } } } }";
const LIFT: &str = "mutation($id: ID!) { suppressionLift(input: { id: $id }) {
    suppression { address liftedAt liftedBy { email } } userErrors { code field } } }";
const RETRY: &str = "mutation($id: ID!) { deadLetterRetry(input: { id: $id }) {
    retried userErrors { code field } } }";
const DROP: &str = "mutation($id: ID!) { deadLetterDrop(input: { id: $id }) {
    dropped userErrors { code field } } }";

fn nodes<'v>(lists: &'v Value, name: &str) -> &'v [Value] {
    lists[name]["nodes"].as_array().unwrap()
}

#[tokio::test]
async fn an_address_that_does_not_exist_is_written_to_once_until_staff_lift_it() {
    let server = Server::start().await;
    for portal in Portal::each_with(|config| server.set(config)).await {
        let paula = portal.staff("Paula", &[VendorRole::Admin]).await;
        let manager = portal.staff("Martin", &[VendorRole::PartnerManager]).await;
        let auditor = portal.staff("Agnes", &[VendorRole::Auditor]).await;
        let lost = "martin@lumen.example";
        let asked = server.was_asked_for(lost);

        server.told(&[("RCPT TO:<martin@", Does::Says("550 5.1.1 no such mailbox"))]);
        forget_password(&portal, lost).await;
        turn(&portal).await;
        // Not even a letter about the security of the account goes to an address that is none.
        server.told(&[]);
        forget_password(&portal, lost).await;
        turn(&portal).await;
        assert_eq!(
            server.was_asked_for(lost),
            asked + 1,
            "on {}",
            portal.name()
        );

        let lists = auditor.ask(LISTS, json!({})).await;
        let [suppression] = nodes(&lists, "suppressions") else {
            panic!("{lists:#}")
        };
        assert_eq!(suppression["address"], lost);
        assert_eq!(suppression["reason"], "NO_SUCH_MAILBOX");
        assert!(suppression["reply"].as_str().unwrap().contains("550"));
        let [second, first] = nodes(&lists, "deadLetters") else {
            panic!("{lists:#}")
        };
        assert_eq!(suppression["letter"]["id"], first["id"]);
        for dead in [first, second] {
            assert_eq!(dead["letter"], "reset_password");
            assert_eq!(dead["person"]["email"], lost);
        }
        assert_eq!(first["attempts"], 1);
        let told = second["lastError"].as_str().unwrap();
        assert!(
            told.contains("suppressed") && told.contains("550"),
            "{told}"
        );

        // Others neither see nor settle them.
        let seen = manager.ask(LISTS, json!({})).await;
        assert!(nodes(&seen, "suppressions").is_empty() && nodes(&seen, "deadLetters").is_empty());
        let id = |it: &Value| json!({ "id": it["id"] });
        for who in [&manager, &auditor] {
            for (mutation, what) in [(LIFT, suppression), (RETRY, first), (DROP, first)] {
                let answer = who.answer(mutation, id(what)).await;
                assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
            }
        }

        let lifted = paula.act(LIFT, id(suppression)).await;
        assert_eq!(
            lifted["suppression"]["liftedBy"]["email"],
            "paula@lumen.example"
        );
        let again = paula.refused(LIFT, id(suppression)).await;
        assert_eq!(again, [("NOT_OPEN".to_owned(), "id".to_owned())]);
        assert_eq!(paula.act(DROP, id(first)).await["dropped"], true);
        assert_eq!(paula.act(RETRY, id(second)).await["retried"], true);
        for gone in [first, second] {
            let answer = paula.answer(RETRY, id(gone)).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
        }
        turn(&portal).await;
        assert_eq!(server.was_asked_for(lost), asked + 2);
        let lists = paula.ask(LISTS, json!({})).await;
        assert!(
            nodes(&lists, "suppressions").is_empty() && nodes(&lists, "deadLetters").is_empty()
        );
        let rows = letters(&portal).await;
        let [.., dropped, retried] = &rows[..] else {
            panic!("{rows:#?}")
        };
        assert!(dropped.done_at.is_some() && why(dropped).contains("dropped by staff"));
        assert!(retried.done_at.is_some() && retried.last_error.is_none());
        let lines = paula
            .ask(
                "{ auditEntries(filter: { action: { eq: \"SettleMail\" } }) { nodes {
                    subjectKind change } } }",
                json!({}),
            )
            .await;
        let lines = nodes(&lines, "auditEntries");
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(!json!(lines).to_string().contains(lost), "{lines:#?}");
    }
}

#[tokio::test]
async fn a_letter_that_is_not_wanted_dies_and_its_reader_is_not_suppressed() {
    let server = Server::start().await;
    for portal in Portal::each_with(|config| server.set(config)).await {
        for (at, reply) in [
            ("RCPT", "552 5.2.2 mailbox full"),
            ("RCPT", "550 5.7.1 refused by policy"),
            (".", "550 looks like spam"),
            (".", "554 5.7.1 looks like spam"),
        ] {
            server.told(&[(at, Does::Says(reply))]);
            write_to(&portal, ANA).await;
            turn(&portal).await;
            let row = letters(&portal).await.pop().unwrap();
            assert!(
                row.dead_at.is_some() && row.attempts == 1,
                "{reply}: {row:#?}"
            );
            assert_eq!(row.masked_address.as_deref(), Some("a…@costa.example"));
            server.told(&[]);
            write_to(&portal, ANA).await;
            turn(&portal).await;
            let row = letters(&portal).await.pop().unwrap();
            assert!(row.done_at.is_some(), "{reply}: {row:#?}");
        }
    }
}

#[tokio::test]
async fn a_refused_sign_in_stops_all_mail_and_costs_no_letter_a_try() {
    let server = Server::start().await;
    let set = |config: &mut Config| {
        server.set(config);
        config.mail.smtp_user = Some("portal".to_owned());
        config.mail.smtp_password = Some(Secret::from("wrong".to_owned()));
    };
    for portal in Portal::each_with(set).await {
        let gate = || portal.app.mailer.gate().closed();
        server.told(&[("AUTH", Does::Says("535 5.7.8 wrong"))]);
        write_to(&portal, ANA).await;
        turn(&portal).await;
        assert!(gate().sign_in);
        let told = portal.app.mailer.check().await.unwrap_err();
        assert!(
            told.contains("535") && told.contains("mail.smtp_password"),
            "{told}"
        );
        let before = server.conversations();
        for nth in 0..5 {
            write_to(&portal, &format!("ben@berg{nth}.example")).await;
        }
        turn(&portal).await;
        assert_eq!(server.conversations(), before, "nobody else tried");
        // Far longer than a letter's tries would last, and each time only one asks.
        for _ in 0..100 {
            portal.pass(TimeDelta::minutes(35));
            turn(&portal).await;
        }
        let tried = server.conversations() - before;
        assert!((90..=110).contains(&tried), "{tried}");
        for row in letters(&portal).await {
            assert!(is_open(&row) && row.attempts == 0, "{row:#?}");
            assert!(why(&row).contains("sign-in"), "{row:#?}");
        }
        server.told(&[]);
        for _ in 0..3 {
            portal.pass(TimeDelta::minutes(35));
            turn(&portal).await;
        }
        assert!(
            letters(&portal)
                .await
                .iter()
                .all(|row| row.done_at.is_some())
        );
        assert!(!gate().sign_in);
    }
}

#[tokio::test]
async fn letters_to_a_host_in_a_storm_wait_untried_and_others_leave() {
    let server = Server::start().await;
    for portal in Portal::each_with(|config| server.set(config)).await {
        let before = server.taken().len();
        server.told(&[("RCPT", Does::Says("451 4.7.1 too many"))]);
        for nth in 0..5 {
            write_to(&portal, &format!("p{nth}@storm.example")).await;
        }
        turn(&portal).await;
        assert_eq!(portal.app.mailer.gate().closed().hosts, 1);
        let asked = server.conversations();
        for nth in 5..30 {
            write_to(&portal, &format!("p{nth}@storm.example")).await;
        }
        turn(&portal).await;
        assert_eq!(server.conversations(), asked, "none of them was tried");
        let rows = letters(&portal).await;
        assert!(rows.iter().all(is_open), "{rows:#?}");
        let tries =
            |rows: &[outbox_message::Model]| rows.iter().map(|row| row.attempts).sum::<i32>();
        assert_eq!(tries(&rows), 4, "the fifth closed the gate");
        assert!(rows[5..].iter().all(|row| row.attempts == 0));
        assert!(why(&rows[29]).contains("storm.example"), "{:#?}", rows[29]);

        server.told(&[("RCPT TO:<p", Does::Says("451 4.7.1 too many"))]);
        write_to(&portal, ANA).await;
        turn(&portal).await;
        assert_eq!(
            server.taken().len(),
            before + 1,
            "another host's letter leaves"
        );

        // Four days of storm cost no letter a try, and the host is asked ever more seldom.
        let asked = server.conversations();
        for _ in 0..4 * 48 {
            portal.pass(TimeDelta::minutes(30));
            turn(&portal).await;
        }
        let asked = server.conversations() - asked;
        assert!((40..70).contains(&asked), "{asked}");
        let rows = letters(&portal).await;
        assert_eq!(tries(&rows), 4 + 1);
        assert!(rows.iter().all(|row| row.dead_at.is_none()), "{rows:#?}");
        server.told(&[]);
        for _ in 0..8 {
            portal.pass(TimeDelta::hours(3));
            turn(&portal).await;
        }
        assert!(
            letters(&portal)
                .await
                .iter()
                .all(|row| row.done_at.is_some())
        );
        assert_eq!(server.taken().len(), before + 31, "each arrived once");

        // For ever is too long: after five days letters are given up.
        server.told(&[("RCPT", Does::Says("451 4.7.1 too many"))]);
        for nth in 30..40 {
            write_to(&portal, &format!("p{nth}@storm.example")).await;
        }
        turn(&portal).await;
        portal.pass(TimeDelta::days(4));
        turn(&portal).await;
        assert!(
            letters(&portal)
                .await
                .iter()
                .all(|row| row.dead_at.is_none())
        );
        portal.pass(TimeDelta::days(2));
        turn(&portal).await;
        let rows = letters(&portal).await;
        assert_eq!(rows.iter().filter(|row| row.dead_at.is_some()).count(), 10);
    }
}

#[tokio::test]
async fn a_letter_whose_link_has_expired_does_not_leave() {
    let server = Server::start().await;
    for portal in Portal::each_with(|config| server.set(config)).await {
        let paula = portal.staff("Paula", &[VendorRole::Admin]).await;
        server.told(&[("greeting", Does::Says("421 down"))]);
        forget_password(&portal, "paula@lumen.example").await;
        paula
            .act(
                "mutation { staffInvite(input: { email: \"ben@lumen.example\", name: \"Ben\",
                    roles: [FINANCE] }) { userErrors { code } } }",
                json!({}),
            )
            .await;
        turn(&portal).await;
        let before = server.taken().len();
        server.told(&[]);
        portal.pass(TimeDelta::minutes(61));
        turn(&portal).await;
        let rows = letters(&portal).await;
        let of = |kind: &str| {
            let found = rows.iter().find(|row| row.letter.as_deref() == Some(kind));
            found.unwrap()
        };
        let reset = of("reset_password");
        assert!(reset.done_at.is_some(), "{reset:#?}");
        assert!(why(reset).contains("link had expired"), "{reset:#?}");
        assert!(of("invitation").last_error.is_none());
        assert_eq!(
            server.taken().len(),
            before + 1,
            "the invitation is good for 14 days"
        );
    }
}

#[tokio::test]
async fn what_old_letters_said_is_emptied_once_a_day_whoever_looks_first() {
    let server = Server::start().await;
    for portal in Portal::each_with(|config| server.set(config)).await {
        let paula = portal.staff("Paula", &[VendorRole::Admin]).await;
        server.told(&[
            ("RCPT TO:<dead@", Does::Says("552 full")),
            ("RCPT TO:<open@", Does::Says("450 later")),
        ]);
        for name in ["kept", "dead", "open"] {
            write_to(&portal, &format!("{name}@costa.example")).await;
        }
        turn(&portal).await;
        let plan = async || {
            for _ in 0..2 {
                portal.app.worker().plan_today().await.unwrap();
            }
            turn(&portal).await;
        };
        plan().await;
        portal.pass(TimeDelta::days(29));
        plan().await;
        let rows = letters(&portal).await;
        assert!(rows.iter().all(|row| row.emptied_at.is_none()), "{rows:#?}");
        // Nobody looked for two days.
        portal.pass(TimeDelta::days(2));
        write_to(&portal, "young@costa.example").await;
        plan().await;
        let rows = letters(&portal).await;
        let is_empty: Vec<_> = rows.iter().map(|row| row.payload == json!({})).collect();
        assert_eq!(is_empty, [true, true, false, false], "{rows:#?}");
        for row in &rows {
            assert_eq!(
                row.emptied_at.is_some(),
                row.payload == json!({}),
                "{row:#?}"
            );
        }
        let all = outbox_message::Entity::find();
        let all = all.all(portal.app.db.reader()).await.unwrap();
        let purges: Vec<_> = all.iter().filter(|row| row.kind == "mail.purge").collect();
        assert_eq!(purges.len(), 3, "one for each day: {purges:#?}");
        assert!(purges.iter().all(|row| row.done_at.is_some()));

        let lists = paula.ask(LISTS, json!({})).await;
        let [dead] = nodes(&lists, "deadLetters") else {
            panic!("{lists:#}")
        };
        let refused = paula.refused(RETRY, json!({ "id": dead["id"] })).await;
        assert_eq!(refused, [("EMPTIED".to_owned(), "id".to_owned())]);
        paula.act(DROP, json!({ "id": dead["id"] })).await;
    }
}

/// A process that keeps the portal's promises, as `entente work` does.
fn work(portal: &Portal, server: &Server) -> Child {
    Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(["work", "--data"])
        .arg(&portal.app.config.data)
        .current_dir(&portal.app.config.data)
        .env("ENTENTE_DATABASE_URL", portal.url())
        .env("ENTENTE_MAIL_TRANSPORT", "smtp")
        .env(
            "ENTENTE_MAIL_SMTP_URL",
            format!("smtp+plain://127.0.0.1:{}", server.port),
        )
        .env("ENTENTE_JOBS_POLL", "20")
        .env("ENTENTE_LOG_FILTER", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_told_to_stop_ends_what_it_began_and_holds_nothing_else() {
    const LETTERS: usize = 40;
    let server = Server::start().await;
    for portal in Portal::each_with(|config| server.set(config)).await {
        // On SQLite one process has the file.
        if !portal.app.db.is_postgres() {
            continue;
        }
        server.told(&[(".", Does::TakesItsTime)]);
        let mut workers = [work(&portal, &server), work(&portal, &server)];
        for worker in &mut workers {
            let mut said = String::new();
            let stdout = worker.stdout.as_mut().unwrap();
            std::io::BufReader::new(stdout)
                .read_line(&mut said)
                .unwrap();
            assert_eq!(said, "Entente keeps promises.\n");
        }
        for number in 0..LETTERS {
            write_to(&portal, &format!("ana{number}@costa.example")).await;
        }
        while server.script.lock().unwrap().recipients.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert_eq!(workers[0].try_wait().unwrap(), None);
        }
        for worker in &mut workers {
            let id = worker.id().to_string();
            Command::new("kill").args(["-TERM", &id]).status().unwrap();
        }
        for mut worker in workers {
            let ended = tokio::task::spawn_blocking(move || worker.wait().unwrap());
            assert!(ended.await.unwrap().success());
        }
        let rows = letters(&portal).await;
        let done: Vec<_> = rows.iter().filter(|row| row.done_at.is_some()).collect();
        assert!(!done.is_empty() && done.len() < LETTERS, "{}", done.len());
        assert_eq!(server.taken().len(), done.len());
        for row in rows.iter().filter(|row| row.done_at.is_none()) {
            assert_eq!((row.lease, row.leased_until, row.attempts), (None, None, 0));
        }
        // Whoever works next has all the others at once, and none of these.
        server.told(&[]);
        turn(&portal).await;
        let taken = server.taken();
        let each: std::collections::BTreeSet<_> = taken.iter().collect();
        assert_eq!((taken.len(), each.len()), (LETTERS, LETTERS));
    }
}

#[tokio::test]
async fn what_was_taken_and_not_begun_is_handed_back_untried() {
    for portal in Portal::each().await {
        write_to(&portal, "ana@costa.example").await;
        let (db, worker) = (&portal.app.db, uuid::Uuid::from_u128(7));
        let lease = Duration::from_mins(1);
        let now = "2026-11-03T12:00:00Z".parse().unwrap();
        let claimed = outbox::claim(db, worker, now, lease, 16).await.unwrap();
        let ids: Vec<_> = claimed.iter().map(|row| row.id).collect();
        // Somebody else cannot hand back what is not theirs.
        let other = uuid::Uuid::from_u128(8);
        outbox::release(db, other, ids.clone()).await.unwrap();
        assert_eq!(letters(&portal).await[0].lease, Some(worker));
        outbox::release(db, worker, ids).await.unwrap();
        let letter = letters(&portal).await.remove(0);
        assert_eq!(
            (letter.lease, letter.leased_until, letter.attempts),
            (None, None, 0)
        );
        portal.keep_promises().await;
    }
}

#[test]
fn on_sqlite_nobody_works_beside_who_serves() {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(["work", "--data"])
        .arg(data.path())
        .current_dir(data.path())
        .env_remove("ENTENTE_DATABASE_URL")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`serve` keeps the promises"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_done_every_day_is_done_once_by_many_and_after_a_pause() {
    for portal in Portal::each().await {
        let app = &portal.app;
        let sweep = |name: &str| format!("INSERT INTO throttle VALUES ('{name}', 0)");
        for (day, pause) in [0, 1, 6].into_iter().enumerate() {
            portal.pass(TimeDelta::days(pause));
            portal.force(&sweep(&format!("day {day}"))).await;
            let workers: Vec<_> = (0..4).map(|_| app.worker()).collect();
            for planned in join_all(workers.iter().map(Worker::plan_today)).await {
                planned.unwrap();
            }
            for kept in join_all(workers.iter().map(Worker::turn)).await {
                kept.unwrap();
            }
            portal.keep_promises().await;
            assert!(
                rows::column(&app.db, "SELECT name FROM throttle")
                    .await
                    .is_empty()
            );
            let kinds = "SELECT kind FROM outbox_message WHERE done_at IS NOT NULL ORDER BY kind";
            let kinds = rows::column(&app.db, kinds).await;
            let of = |kind: &str| kinds.iter().filter(|it| *it == kind).count();
            assert_eq!((of("mail.purge"), of("upkeep.sweep")), (day + 1, day + 1));
        }
        let now = app.clock.now();
        for kind in ["upkeep.sweep", "mail.purge", "another"] {
            let last = outbox::last_promised(&app.db, kind, now).await.unwrap();
            let at = (kind != "another").then_some((now, Some(now)));
            assert_eq!(last, at, "{kind}");
        }
        let long_after = now + TimeDelta::days(20);
        let last = outbox::last_promised(&app.db, "upkeep.sweep", long_after)
            .await
            .unwrap();
        assert_eq!(last.map(|(promised, _)| promised), Some(now));
    }
}
