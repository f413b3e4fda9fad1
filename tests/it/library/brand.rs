//! Files of assets, and copies of them with a partner's logo.

use std::io::Cursor;

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};

use super::house::{DOWNLOAD, PUBLISH, saved};
use crate::support::{Portal, Someone, rows};

const LOGO: &str = "mutation($input: PartnerUpdateInput!) { partnerUpdate(input: $input) {
    partner { version logo { id } } userErrors { code field message } } }";

const CO_BRAND: &str = "mutation($input: AssetCoBrandInput!) { assetCoBrand(input: $input) {
    file { id name mediaType size url } userErrors { code field message } } }";

fn png(width: u32, height: u32, colour: [u8; 4]) -> Vec<u8> {
    let image = RgbaImage::from_pixel(width, height, Rgba(colour));
    let mut out = Cursor::new(Vec::new());
    let image = DynamicImage::ImageRgba8(image);
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A PDF of one page.
fn pdf() -> Vec<u8> {
    include_bytes!("../../../assets/library/cloud-overview.pdf").to_vec()
}

fn zone() -> Value {
    json!({ "page": 1, "x": 700, "y": 0, "width": 300, "height": 200 })
}

/// Publishes an asset that is this file; it.
async fn shelved(who: &Someone<'_>, name: &str, bytes: Vec<u8>) -> Value {
    let slug = name.replace('.', "-");
    let asset = saved(who, &slug, &json!({ "kind": "DATASHEET" })).await;
    let file = who.upload(name, &bytes, None).await;
    let input = json!({
        "id": asset["id"], "expectedVersion": asset["version"], "content": { "file": file },
        "zones": [zone()],
    });
    let mut done = who.act(PUBLISH, json!({ "input": input })).await;
    done["asset"].take()
}

async fn put_up(who: &Someone<'_>, partner: &str, logo: &str) {
    let query = "query($id: ID!) { partner(id: $id) { version } }";
    let data = who.ask(query, json!({ "id": partner })).await;
    let input = json!({
        "id": partner, "expectedVersion": data["partner"]["version"], "logo": logo,
    });
    who.act(LOGO, json!({ "input": input })).await;
}

async fn co_brand(who: &Someone<'_>, asset: &Value, partner: &str) -> Value {
    let input = json!({ "id": asset["id"], "partner": partner });
    let mut done = who.act(CO_BRAND, json!({ "input": input })).await;
    done["file"].take()
}

/// The name of the file of that id, as they see it.
async fn name_of(who: &Someone<'_>, file: &Value) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on File { name } } }";
    let mut data = who.ask(query, json!({ "id": file })).await;
    data["node"].take()
}

/// How many facts of co-branding there are.
async fn facts(portal: &Portal) -> usize {
    let sql = "SELECT kind FROM fact WHERE kind = 'asset.co_branded'";
    rows::column(&portal.app.db, sql).await.len()
}

#[tokio::test]
async fn a_partner_puts_its_logo_on_pictures_and_pages_once_for_each_logo() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let before = facts(&portal).await;
        let sheet = shelved(&elena, "sheet.pdf", pdf()).await;
        let banner = shelved(&elena, "banner.png", png(400, 100, [255; 4])).await;
        let mut logos = Vec::new();
        // Two logos: the team has one already.
        for (round, colour) in (1..).zip([[220, 0, 0, 255], [0, 0, 220, 255]]) {
            let logo = ours
                .admin
                .upload("logo.png", &png(90, 30, colour), Some(&ours.partner))
                .await;
            put_up(&ours.admin, &ours.partner, &logo).await;
            for (asset, media_type) in [(&sheet, "application/pdf"), (&banner, "image/png")] {
                let made = co_brand(&ours.member, asset, &ours.partner).await;
                assert_eq!(made["mediaType"], media_type);
                assert!(made["url"].is_string());
                assert_eq!(
                    co_brand(&ours.admin, asset, &ours.partner).await["id"],
                    made["id"]
                );
                assert_ne!(name_of(&ours.member, &made["id"]).await, Value::Null);
                assert_eq!(name_of(&theirs.admin, &made["id"]).await, Value::Null);
            }
            assert_eq!(facts(&portal).await, before + 2 * round);
            logos.push(json!(logo));
        }
        portal.keep_promises().await;

        // What nothing uses is collected; the logo of before is named by the copies with it.
        let unused = ours
            .admin
            .upload("unused.pdf", &pdf(), Some(&ours.partner))
            .await;
        for _ in 0..2 {
            portal.pass(TimeDelta::hours(25));
            portal.app.worker().plan_today().await.unwrap();
            portal.keep_promises().await;
        }
        assert_eq!(name_of(&ours.admin, &json!(unused)).await, Value::Null);
        let again = co_brand(&ours.admin, &sheet, &ours.partner).await;
        assert!(again["url"].is_string());
        let sql = "SELECT name FROM file WHERE name = 'logo.png'";
        assert!(rows::column(&portal.app.db, sql).await.len() >= logos.len());
    }
}

#[tokio::test]
async fn whoever_put_a_logo_on_an_earlier_version_is_told_of_a_newer_one() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let mut banner = shelved(&elena, "banner.png", png(400, 100, [255; 4])).await;
        let logo = ours
            .admin
            .upload("logo.png", &png(90, 30, [9; 4]), Some(&ours.partner))
            .await;
        put_up(&ours.admin, &ours.partner, &logo).await;
        co_brand(&ours.member, &banner, &ours.partner).await;
        // Of the second one the copy is there before anybody can be told.
        for (round, copies) in [(2, false), (3, true)] {
            let file = png(400, 100, [round; 4]);
            let file = elena.upload("banner.png", &file, None).await;
            let input = json!({
                "id": banner["id"], "expectedVersion": banner["version"],
                "content": { "file": file }, "zones": [zone()],
            });
            let mut done = elena.act(PUBLISH, json!({ "input": input })).await;
            banner = done["asset"].take();
            if copies {
                co_brand(&ours.member, &banner, &ours.partner).await;
            }
            portal.keep_promises().await;
        }
        let letters = portal.letters().await;
        let told = letters.iter().filter(|it| it.kind == "asset_updated");
        let told: Vec<_> = told.map(|it| &*it.to).collect();
        assert_eq!(told, ["ben@bergwind.example"]);
    }
}

#[tokio::test]
async fn where_no_logo_can_be_put_that_is_said() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let sheet = shelved(&elena, "sheet.pdf", pdf()).await;
        let refused = |code: &str, at: &str| vec![(code.to_owned(), at.to_owned())];

        // Of another partner there is no trace, whether it has a logo or not.
        let foreign = json!({ "input": { "id": sheet["id"], "partner": theirs.partner } });
        let answer = ours.member.answer(CO_BRAND, foreign).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");

        // A link has no place for one, nor has a text.
        let plain = saved(&elena, "plain", &json!({})).await;
        let publish = |content: Value, zones: Value| {
            json!({ "input": {
                "id": plain["id"], "expectedVersion": plain["version"], "content": content,
                "zones": zones,
            } })
        };
        let link = json!({ "url": "https://film.lumen.example/1" });
        assert_eq!(
            elena
                .refused(PUBLISH, publish(link.clone(), json!([zone()])))
                .await,
            refused("WRONG_FILE_TYPE", "zones")
        );
        let text = elena.upload("notes.txt", b"Some words.\n", None).await;
        let text = json!({ "file": text });
        assert_eq!(
            elena.refused(PUBLISH, publish(text, json!([zone()]))).await,
            refused("WRONG_FILE_TYPE", "zones")
        );
        // Neither has a page that is not there, nor what is beside a page.
        let file = elena.upload("other.pdf", &pdf(), None).await;
        let mut far = zone();
        far["page"] = json!(9);
        assert_eq!(
            elena
                .refused(
                    PUBLISH,
                    publish(json!({ "file": file }), json!([zone(), far]))
                )
                .await,
            refused("OUT_OF_RANGE", "zones.1.page")
        );
        let mut beside = zone();
        beside["x"] = json!(-2_147_483_648_i64);
        beside["page"] = json!(-2_147_483_648_i64);
        let told = elena
            .refused(PUBLISH, publish(json!({ "file": file }), json!([beside])))
            .await;
        assert!(
            told.iter().all(|(code, _)| code == "OUT_OF_RANGE"),
            "{told:?}"
        );
        // Somebody else's file is like none.
        let theirs_file = ours
            .admin
            .upload("their.pdf", &pdf(), Some(&ours.partner))
            .await;
        assert_eq!(
            elena
                .refused(
                    PUBLISH,
                    publish(json!({ "file": theirs_file }), json!([zone()]))
                )
                .await,
            refused("UNKNOWN_FILE", "content.file")
        );
        // What is encrypted has no place either.
        let locked = elena.upload("locked.pdf", &encrypted(), None).await;
        assert_eq!(
            elena
                .refused(PUBLISH, publish(json!({ "file": locked }), json!([zone()])))
                .await,
            refused("UNREADABLE_FILE", "content.file")
        );
        elena.act(PUBLISH, publish(link, json!([]))).await;
        let input = json!({ "input": { "id": plain["id"], "partner": ours.partner } });
        assert_eq!(
            ours.member.refused(CO_BRAND, input).await,
            refused("NO_ZONE", "id")
        );
        portal.force("UPDATE partner SET logo_id = NULL").await;
        let input = json!({ "input": { "id": sheet["id"], "partner": ours.partner } });
        assert_eq!(
            ours.member.refused(CO_BRAND, input).await,
            refused("NO_LOGO", "partner")
        );
        portal.keep_promises().await;
    }
}

/// A PDF that says that it is encrypted.
fn encrypted() -> Vec<u8> {
    let text = String::from_utf8_lossy(&pdf()).into_owned();
    let locked = "trailer\n<< /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (x) /U (y) >> ";
    assert!(text.contains("trailer\n<< "));
    text.replace("trailer\n<< ", locked).into_bytes()
}

#[tokio::test]
async fn a_file_is_handed_out_to_those_who_download_it_and_is_not_lost() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let sheet = shelved(&elena, "sheet.pdf", pdf()).await;
        let download = "mutation($input: AssetDownloadInput!) { assetDownload(input: $input) {
            assetVersion { number name mediaType size url }
            file { id name sha256 url } userErrors { code field message } } }";
        let input = json!({ "input": { "id": sheet["id"] } });
        let done = ours.member.act(download, input).await;
        assert_eq!(
            done["assetVersion"],
            json!({ "number": 1, "name": "sheet.pdf", "mediaType": "application/pdf",
                    "size": pdf().len(), "url": null })
        );
        assert!(done["file"]["url"].is_string(), "{done:#}");
        // Days later it is still there: something uses it.
        portal.pass(TimeDelta::days(3));
        portal.app.worker().plan_today().await.unwrap();
        portal.keep_promises().await;
        assert_ne!(
            name_of(&ours.member, &done["file"]["id"]).await,
            Value::Null
        );
        let narrow = json!({
            "expectedVersion": sheet["version"], "audience": { "regions": ["APAC"] },
            "kind": "DATASHEET",
        });
        saved(&elena, "sheet-pdf", &narrow).await;
        // Whoever may not have the asset any more has no file either.
        assert_eq!(
            name_of(&ours.member, &done["file"]["id"]).await,
            Value::Null
        );
        let again = ours
            .member
            .answer(DOWNLOAD, json!({ "input": { "id": sheet["id"] } }))
            .await;
        assert_eq!(again["errors"][0]["extensions"]["code"], "NOT_FOUND");
        portal.keep_promises().await;
    }
}
