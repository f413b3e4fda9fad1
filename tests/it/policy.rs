//! The whole policy on one page: who may do what, where.

use std::fmt::Write;
use std::sync::Arc;

use entente::auth::{ALL_PERMISSIONS, Actor, Assurance, Permission, Scope, SignedIn, allows};
use entity::id::{ApplicationId, PartnerId, PersonId, SessionId};
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;
use sea_orm::{ActiveEnum, Iterable};
use uuid::Uuid;

const ME: PersonId = PersonId(Uuid::from_u128(1));
const OURS: PartnerId = PartnerId(Uuid::from_u128(2));

const SCOPES: [(&str, Scope); 5] = [
    ("portal", Scope::Portal),
    ("own person", Scope::Person(ME)),
    ("other person", Scope::Person(PersonId(Uuid::from_u128(9)))),
    ("own partner", Scope::Partner(OURS)),
    (
        "other partner",
        Scope::Partner(PartnerId(Uuid::from_u128(9))),
    ),
];

fn person(roles: Vec<VendorRole>, seats: Vec<(PartnerId, MemberRole)>) -> Actor {
    Actor::Person(Arc::new(SignedIn {
        id: ME,
        session: SessionId(Uuid::from_u128(3)),
        roles,
        seats,
        assurance: Assurance::Recent,
    }))
}

/// Everybody, by the name of what makes them somebody.
fn everybody() -> Vec<(String, Actor)> {
    let staff = VendorRole::iter().map(|role| (role.to_value(), person(vec![role], vec![])));
    let members =
        MemberRole::iter().map(|role| (role.to_value(), person(vec![], vec![(OURS, role)])));
    let applicant = Actor::Applicant(ApplicationId(Uuid::from_u128(4)));
    [
        ("anonymous".to_owned(), Actor::Anonymous),
        ("applicant".to_owned(), applicant),
        ("signed in".to_owned(), person(vec![], vec![])),
    ]
    .into_iter()
    .chain(staff)
    .chain(members)
    .chain([("system".to_owned(), Actor::System)])
    .collect()
}

/// Who may, named the shorter way.
fn who(permission: Permission, scope: Scope) -> String {
    let (may, not): (Vec<_>, Vec<_>) = everybody()
        .into_iter()
        .partition(|(_, actor)| allows(actor, permission, scope));
    let names = |all: &[(String, Actor)]| {
        let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    };
    match (may.len(), not.len()) {
        (0, _) => "nobody".to_owned(),
        (_, 0) => "everybody".to_owned(),
        (_, 1..=2) => format!("everybody but {}", names(&not)),
        _ => names(&may),
    }
}

#[test]
fn the_policy_is_what_its_page_says() {
    let mut page = String::new();
    for permission in ALL_PERMISSIONS.iter().copied() {
        writeln!(page, "{}: {}", permission.name(), permission.about()).unwrap();
        if permission.is_grave() {
            writeln!(page, "  where they have proven themselves a moment ago").unwrap();
        }
        let by_scope = SCOPES.map(|(name, scope)| (name, who(permission, scope)));
        let everywhere = by_scope.iter().all(|(_, who)| *who == by_scope[0].1);
        if everywhere {
            writeln!(page, "  everywhere     {}", by_scope[0].1).unwrap();
        } else {
            for (name, who) in by_scope {
                writeln!(page, "  {name:<14} {who}").unwrap();
            }
        }
        page.push('\n');
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("policy", page.trim_end()));
}

#[test]
fn permissions_have_names_and_meanings_of_their_own() {
    let mut names: Vec<_> = ALL_PERMISSIONS.iter().map(|it| it.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL_PERMISSIONS.len());
    for permission in ALL_PERMISSIONS {
        assert!(permission.about().ends_with('.'), "{permission:?}");
    }
}
