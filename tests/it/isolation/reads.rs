//! Reads: by id, by list, by filter.

use serde_json::json;

use super::{Divided, absent};
use crate::support::Portal;

#[tokio::test]
async fn what_a_partner_asks_of_a_member_of_two_is_between_them() {
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let theirs = portal.someone("anna@quarzwerk.example");
        let carla = portal.someone("carla@freelance.example").me().await;
        let partner = &divided.theirs["Partner"][0];
        let found = theirs
            .ask(
                "{ courses { nodes { id slug } } certifications { nodes { id slug } } }",
                json!({}),
            )
            .await;
        let of = |list: &str, slug: &str| {
            let mut all = found[list]["nodes"].as_array().unwrap().iter();
            all.find(|it| it["slug"] == slug).unwrap()["id"].clone()
        };
        let course = of("courses", "quarzwerk-tour");
        theirs
            .assign(partner, &carla, json!({ "course": course }))
            .await;
        let certification = of("certifications", "quarzwerk-proof");
        theirs
            .assign(partner, &carla, json!({ "certification": certification }))
            .await;
        // Late by then, which is nothing to the other partner either.
        portal.pass(chrono::TimeDelta::days(40));

        let query = "query($who: ID!, $filter: EnrollmentFilter!) {
            enrollments(filter: { and: [{ person: { eq: $who } }, $filter] }) { nodes {
                dueOn dueAt isOverdue assignedBy { id } assignedFor { id }
            } }
            certificates(filter: { person: { eq: $who } }) { nodes {
                state dueAt assignedBy { id } assignedFor { id }
            } } }";
        let all = json!({ "who": carla, "filter": {} });
        let (_, ours) = &divided.outsiders[0];
        let seen = divided.ask(ours, query, all.clone()).await;
        let bare = json!({
            "dueOn": null, "dueAt": null, "isOverdue": false, "assignedBy": null, "assignedFor": null,
        });
        assert_eq!(seen["data"]["enrollments"]["nodes"], json!([bare, bare]));
        let bare = json!({
            "state": "OPEN", "dueAt": null, "assignedBy": null, "assignedFor": null,
        });
        assert_eq!(seen["data"]["certificates"]["nodes"], json!([bare]));
        let known = theirs.ask(query, all).await;
        assert_eq!(known["enrollments"]["nodes"][0]["isOverdue"], json!(true));
        assert_eq!(known["certificates"]["nodes"][0]["state"], json!("OVERDUE"));
        for filter in [json!({ "eq": partner }), json!({ "isNull": false })] {
            let filter = json!({ "who": carla, "filter": { "assignedFor": filter } });
            let found = divided.ask(ours, query, filter.clone()).await;
            assert_eq!(found["data"]["enrollments"]["nodes"], json!([]), "{filter}");
            let found = theirs.ask(query, filter).await;
            assert_eq!(found["enrollments"]["nodes"].as_array().unwrap().len(), 2);
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_is_another_partners_answers_like_what_is_absent() {
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let mut wrong = Vec::new();
        let mut tried = 0;
        for root in divided.schema.ty("Query").fields() {
            let takes_ids = root.args.iter().filter(|arg| arg.ty.base() == "ID");
            for arg in takes_ids {
                let is_list = arg.ty.item().is_some();
                let besides = divided.besides(root, arg);
                let query = format!(
                    "query($id: {}) {{ found: {}({}: $id{besides}) {{ __typename }} }}",
                    arg.ty, root.name, arg.name
                );
                let nothing_at_all = if is_list {
                    json!({ "data": { "found": [null] } })
                } else {
                    json!({ "data": { "found": null } })
                };
                for (name, ids) in &divided.theirs {
                    for id in ids {
                        let given = |id: &str| json!({ "id": if is_list { json!([id]) } else { json!(id) } });
                        for (who, actor) in &divided.outsiders {
                            let theirs = divided.ask(actor, &query, given(id)).await;
                            let nothing = divided.ask(actor, &query, given(&absent(name))).await;
                            if theirs != nothing_at_all || theirs != nothing {
                                wrong.push(format!("{who}: {}({id}): {theirs}", root.name));
                            }
                            tried += 1;
                        }
                    }
                }
            }
        }
        assert!(tried > 500, "only {tried} were tried");
        assert!(wrong.is_empty(), "{}: {wrong:#?}", portal.name());
    }
}

#[tokio::test]
async fn nothing_that_can_be_reached_is_another_partners() {
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let mut wrong = Vec::new();
        for (name, query) in divided.wide_queries() {
            for (who, actor) in &divided.outsiders {
                let answer = divided.ask(actor, &query, json!({})).await;
                let given = divided.given_away(&answer);
                if !given.is_empty() {
                    wrong.push(format!("{who}: {name} gives away {given:?}"));
                }
            }
        }
        // From one's own objects, by their ids.
        let within = |name: &str| divided.schema.everything(name, super::DEPTH);
        for (name, ids) in &divided.ours {
            let within = within(name);
            let query =
                format!("query($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {within} }} }} }}");
            for id in ids {
                for (who, actor) in &divided.outsiders {
                    let answer = divided.ask(actor, &query, json!({ "id": id })).await;
                    let given = divided.given_away(&answer);
                    if !given.is_empty() {
                        wrong.push(format!("{who}: {id} leads to {given:?}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}: {wrong:#?}", portal.name());
    }
}

#[tokio::test]
async fn no_filter_finds_out_about_another_partner() {
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let mut wrong = Vec::new();
        let mut tried = 0;
        for root in divided.schema.ty("Query").fields() {
            // What takes words beside a filter is the search, which is asked for theirs below.
            let takes_words = root.args.iter().any(|arg| arg.ty.to_string() == "String!");
            let filter = root.args.iter().find(|arg| arg.name == "filter");
            let Some(filter) = filter.filter(|_| !takes_words) else {
                continue;
            };
            let query = format!(
                "query($filter: {}) {{ found: {}(filter: $filter) {{ totalCount }} }}",
                filter.ty.base(),
                root.name
            );
            for input in divided.schema.ty(filter.ty.base()).inputs() {
                let values: Vec<_> = match input.ty.base() {
                    "IDFilter" | "OptionalIDFilter" => divided
                        .theirs
                        .values()
                        .filter_map(|ids| ids.first())
                        .map(|id| json!({ "eq": id }))
                        .collect(),
                    "String" => divided.secrets.iter().map(|text| json!(text)).collect(),
                    "StringFilter" | "EmailAddressFilter" | "OptionalEmailAddressFilter" => divided
                        .secrets
                        .iter()
                        .map(|text| json!({ "eq": text }))
                        .collect(),
                    _ => continue,
                };
                for value in values {
                    if value
                        .as_str()
                        .is_some_and(|text| text.chars().count() > 200)
                    {
                        continue;
                    }
                    // As the member alone: what nobody and the admin see differs in nothing here.
                    let (who, actor) = &divided.outsiders[1];
                    let variables = json!({ "filter": { input.name.as_str(): value } });
                    let answer = divided.ask(actor, &query, variables.clone()).await;
                    if answer != json!({ "data": { "found": { "totalCount": 0 } } }) {
                        wrong.push(format!("{who}: {}: {variables}: {answer}", root.name));
                    }
                    tried += 1;
                }
            }
        }
        assert!(tried > 100, "only {tried} were tried");
        assert!(wrong.is_empty(), "{}: {wrong:#?}", portal.name());
    }
}

#[tokio::test]
async fn no_word_of_another_partner_finds_anything_of_theirs() {
    let query = "query($words: String!) {
        search(query: $words, first: 100) { nodes {
            title titlePieces { text } excerpt { heading pieces { text } } node { id }
        } }
        searchSuggest(prefix: $words) { title node { id } } }";
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let mut wrong = Vec::new();
        let mut tried = 0;
        for words in &divided.secrets {
            if words.chars().count() > 200 {
                continue;
            }
            for (who, actor) in &divided.outsiders {
                let answer = divided.ask(actor, query, json!({ "words": words })).await;
                let given = divided.given_away(&answer);
                if !given.is_empty() || answer.get("errors").is_some() {
                    wrong.push(format!("{who}: {words:?} finds {given:?}: {answer}"));
                }
                tried += 1;
            }
        }
        assert!(tried > 100, "only {tried} were tried");
        assert!(wrong.is_empty(), "{}: {wrong:#?}", portal.name());
    }
}
