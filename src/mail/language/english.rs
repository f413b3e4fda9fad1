//! English.

use entity::membership::MemberRole;
use entity::plan_step::Performer;

use super::Language;
use crate::tongue::Tongue;

pub(super) static ENGLISH: Language = Language {
    code: "en",
    tongue: Tongue::English,
    name: "English",
    hello: "Hello",
    regards: "Kind regards,",
    copy: "Or open this address:",
    switch_off: "Do not send me such letters any more",
    certificate: "Certificate",
    time: |time, zone| format!("{time} {zone}"),
    zone: |_| None,
    plural: |count| usize::from(count != 1),
    role: |role| match role {
        MemberRole::PartnerAdmin => "as an administrator",
        MemberRole::PartnerMember => "as a member",
    },
    performer: |performer| match performer {
        Performer::Partner => "done by your team",
        Performer::Vendor => "done by us",
        Performer::System => "completes itself",
    },
    field: |name| {
        Some(match name {
            "legalName" => "Legal name",
            "website" => "Web site",
            "country" => "Country",
            "kind" => "Kind of partner",
            "regions" => "Regions",
            "timeZone" => "Time zone",
            "locale" => "Language",
            "contactName" => "Name of the contact",
            "why" => "Why you want to join",
            "title" => "Title",
            "summary" => "Summary",
            "customer" => "Customer",
            "industry" => "Industry",
            "region" => "Region",
            "products" => "Products",
            "challenge" => "Challenge",
            "solution" => "Solution",
            "outcome" => "Outcome",
            "results" => "Measured results",
            "images" => "Pictures",
            "quote" => "Quote",
            "quoteBy" => "Who is quoted",
            "quoteRole" => "Role of who is quoted",
            "text" => "Text",
            "url" => "Web address",
            "tags" => "Tags",
            "evidence" => "Evidence",
            "texts" => "Titles and summaries",
            _ => return None,
        })
    },
};
