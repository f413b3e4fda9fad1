//! Who is asking, and what they may do.

pub mod email;
pub mod link;
pub mod password;
mod policy;
pub mod token;

use std::sync::Arc;

use entity::id::{ApplicationId, PartnerId, PersonId, SessionId};
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;

use crate::db::Reach;
use crate::error::{Error, Result};

pub use policy::{ALL_PERMISSIONS, Permission, Scope, allows};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody yet.
    Anonymous,
    /// The holder of a link to their own application.
    Applicant(ApplicationId),
    /// Someone who signed in.
    Person(Arc<SignedIn>),
    /// The portal itself, keeping its promises.
    System,
}

/// Someone who signed in, with what they hold at this instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub id: PersonId,
    /// By which sign-in.
    pub session: SessionId,
    /// Roles among the vendor's staff.
    pub roles: Vec<VendorRole>,
    /// Seats in partners, those that are active.
    pub seats: Vec<(PartnerId, MemberRole)>,
    /// What is known of their second factor.
    pub assurance: Assurance,
}

/// What is known of somebody's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assurance {
    /// They need one and have none. They hold no roles and no seats until they do.
    Missing,
    /// They have proven themselves in this session, but not lately.
    Old,
    /// They have proven themselves a moment ago: by their second factor or, where they have none
    /// and need none, by their password.
    Recent,
}

impl Actor {
    /// The person who signed in.
    #[must_use]
    pub fn person(&self) -> Option<&SignedIn> {
        match self {
            Self::Person(person) => Some(person),
            Self::Anonymous | Self::Applicant(_) | Self::System => None,
        }
    }

    /// Whether somebody asks who may be told what there is.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where nobody is signed in, [`Error::FactorRequired`] where they
    /// need a second factor first.
    pub fn known(&self) -> Result<()> {
        match self {
            Self::Anonymous => Err(Error::Unauthenticated),
            Self::Person(person) if person.assurance == Assurance::Missing => {
                Err(Error::FactorRequired)
            }
            Self::Applicant(_) | Self::Person(_) | Self::System => Ok(()),
        }
    }

    /// Whether the asker holds one of these vendor roles.
    #[must_use]
    pub fn has_role(&self, roles: &[VendorRole]) -> bool {
        self.person()
            .is_some_and(|person| person.roles.iter().any(|role| roles.contains(role)))
    }

    /// Whether the asker is of the vendor's staff, or the portal itself.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        match self {
            Self::System => true,
            Self::Person(person) => !person.roles.is_empty(),
            Self::Anonymous | Self::Applicant(_) => false,
        }
    }

    /// Whose rows a transaction on their behalf meets at most.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self {
            _ if self.is_staff() => Reach::Portal,
            Self::Person(person) => {
                let partners = person.seats.iter().map(|(id, _)| id.0);
                Reach::Own(partners.chain([person.id.0]).collect())
            }
            Self::Applicant(id) => Reach::Own(vec![id.0]),
            Self::Anonymous | Self::System => Reach::Own(Vec::new()),
        }
    }

    /// The partners in which the asker has a seat.
    pub fn partners(&self) -> impl Iterator<Item = PartnerId> + '_ {
        self.person()
            .into_iter()
            .flat_map(|person| person.seats.iter().map(|(id, _)| *id))
    }
}
