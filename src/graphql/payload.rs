//! What a mutation answers: the changed objects, or why nothing was changed.
//!
//! An expected refusal is data, not a failure: each mutation has a `UserError` type of its own
//! with a closed enum of codes, and all of them implement the interface `UserError`. A mutation
//! names its objects and its codes once, in [`mutation!`](crate::graphql::payload::mutation).

use std::any::type_name;
use std::borrow::Cow;
use std::marker::PhantomData;

use async_graphql::parser::types::Field as Selected;
use async_graphql::registry::{MetaEnumValue, MetaField, MetaType, Registry};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    CacheControl, ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned,
    ServerResult, Value,
};

use crate::error::{Error, Refusal};

/// The mutation whose refusals these are.
pub(crate) trait Mutation: Send + Sync + 'static {
    /// Name in capitals, such as `PartnerApply`.
    const NAME: &'static str;
    /// Every code with which it refuses; at least one, since no enum is empty.
    const CODES: &'static [&'static str];
}

/// One reason why a mutation was refused.
pub(crate) struct UserError<M>(Refusal, PhantomData<M>);

/// The refusals of a result, or its value. A failure that is no refusal stays one, and so does a
/// code that the mutation does not list: that is a mistake of ours, which a test would have seen.
pub(crate) fn settle<M: Mutation, T>(
    result: Result<T, Error>,
) -> async_graphql::Result<Result<T, Vec<UserError<M>>>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Refused(refusals)) => {
            let unknown = refusals
                .iter()
                .find(|refusal| !M::CODES.contains(&refusal.code));
            if let Some(refusal) = unknown {
                let what = format!("{} does not list its code {}", M::NAME, refusal.code);
                return Err(super::answer(Error::fault(what)));
            }
            let of = |refusal| UserError(refusal, PhantomData);
            Ok(Err(refusals.into_iter().map(of).collect()))
        }
        Err(error) => Err(super::answer(error)),
    }
}

/// Whether one of them is that another edit came first: the payload shows the object as it is now.
pub(crate) fn is_conflict<M>(errors: &[UserError<M>]) -> bool {
    errors
        .iter()
        .any(|error| matches!(error.0.code, "CONFLICT" | "ALREADY_DECIDED"))
}

/// What each code means, for the schema.
const MEANINGS: &[(&str, &str)] = &[
    (
        "ACCOUNT_DISABLED",
        "The account is closed: ask the program's administrators.",
    ),
    (
        "ADMIN_ONLY",
        "Only an administrator of the partner may do this: it binds the partner.",
    ),
    (
        "ALREADY_DECIDED",
        "Another reviewer decided first, or about the same before; the message says who and what.",
    ),
    ("ALREADY_ENROLLED", "You are on the course already."),
    ("ALREADY_MEMBER", "The person has an active seat already."),
    ("ALREADY_OPEN", "There is one that is not over yet."),
    ("ALREADY_OVER", "It does not count any more."),
    ("ALREADY_STAFF", "The person is of the staff already."),
    (
        "ALREADY_SUBMITTED",
        "The answers were handed in already; the payload holds how they were judged.",
    ),
    (
        "ANNOUNCED_ALREADY",
        "Another version is announced: withdraw it, or wait until it counts.",
    ),
    ("ANSWER_MISSING", "The question does not say what is right."),
    (
        "ASSIGNED",
        "It was assigned to you: ask who did so to take it back.",
    ),
    ("ATTEMPTS_USED", "Every attempt was used."),
    (
        "CHALLENGE_INVALID",
        "The sign-in has ended: begin anew with the password.",
    ),
    (
        "CHOICES_MISSING",
        "A question of the type `CHOICE` names its choices.",
    ),
    (
        "CHOICES_NOT_ASKED",
        "Only a question of the type `CHOICE` names choices.",
    ),
    (
        "CLOSED",
        "It is done, waived or given up: nothing can be done about it.",
    ),
    (
        "CODE_INVALID",
        "The code is not right, or was used already.",
    ),
    (
        "CONFLICT",
        "It has changed since you read it; the payload holds it as it is now.",
    ),
    (
        "CONSENT_GIVEN",
        "The customer has consented to this text already.",
    ),
    (
        "CONSENT_MISSING",
        "The customer has not consented to this text yet.",
    ),
    (
        "COOL_DOWN",
        "It is too early for another attempt; the message says from when on.",
    ),
    (
        "CYCLE",
        "Steps wait for each other in a circle; the message names it.",
    ),
    (
        "DECIDED_BEFORE",
        "You had a part in what is appealed against: somebody else has to decide.",
    ),
    ("DUPLICATE", "It is there twice."),
    (
        "EMAIL_UNCONFIRMED",
        "The applicant has not confirmed the e-mail address yet.",
    ),
    (
        "EMPTIED",
        "What it said was purged: there is nothing left to send.",
    ),
    ("EMPTY_FILE", "There is nothing in it."),
    (
        "FACTOR_NEEDED",
        "There is a second factor: a password is not enough.",
    ),
    (
        "FILE_TOO_LARGE",
        "It has more bytes than the portal takes; the message says how many those are.",
    ),
    (
        "FORM_MISSING",
        "The rule asks for a form, and the step has none.",
    ),
    (
        "FORM_NOT_ASKED",
        "The step has a form, and the rule does not ask for one.",
    ),
    (
        "INVALID",
        "The field is not in order; the message says what it takes.",
    ),
    (
        "INVALID_ANSWER",
        "The answer does not fit its question; the message says what it takes.",
    ),
    (
        "INVALID_ARCHIVE",
        "The archive cannot be used; the message names the entry.",
    ),
    (
        "INVALID_CREDENTIALS",
        "The address or the password is wrong, or the account may not sign in.",
    ),
    (
        "INVALID_DATE",
        "It is no day, or no instant; the message says how to write one.",
    ),
    (
        "INVALID_FORMULA",
        "The formula cannot be read; the message says where.",
    ),
    (
        "INVALID_KEY",
        "A key is made of lower-case letters, digits and hyphens.",
    ),
    ("INVALID_LOCALE", "It is no language tag."),
    (
        "INVALID_NAME",
        "It is no name of a file: a name has no path and ends with its kind.",
    ),
    (
        "INVALID_NUMBER",
        "It is no number, or has too many digits; the message says how to write one.",
    ),
    (
        "INVALID_PATH",
        "The path leads to no place in the course's folder.",
    ),
    ("INVALID_TEXT", "The text holds control characters."),
    (
        "INVALID_URL",
        "It is no address on the web, or not one with https.",
    ),
    (
        "INVALID_VALUE",
        "The value does not fit; the message says why.",
    ),
    (
        "INVALID_YAML",
        "The file cannot be understood; the message names line and column.",
    ),
    (
        "INVALID_ZONE",
        "There is no such time zone: write an IANA name, such as Europe/Berlin.",
    ),
    ("IN_FUTURE", "It cannot have happened yet."),
    ("IN_USE", "Something uses it."),
    (
        "KNOWN_OTHERWISE",
        "Something else was told under this name: correct it by `factCorrect`.",
    ),
    (
        "LAST_ADMIN",
        "There has to be an administrator: make somebody else one first.",
    ),
    (
        "LINK_INVALID",
        "The link was used, has expired, or is for something else.",
    ),
    ("LOCKED", "The step waits for others to be done first."),
    ("MISFIT", "The rule does not fit who does the step."),
    ("MISSING_FILE", "The course names a file that is not there."),
    (
        "NOTHING_CHANGES",
        "It says the same as the version in force.",
    ),
    ("NOTHING_DECIDED", "Nothing was decided here yet."),
    (
        "NOTICE_TOO_SHORT",
        "The program promises a longer notice; the message names the earliest day.",
    ),
    ("NOT_ACCEPTED", "No reviewer has accepted it yet."),
    ("NOT_ACTIVE", "The seat has ended."),
    ("NOT_ANNOUNCED", "It is not announced, or counts already."),
    ("NOT_ASKED", "The certification asks for no evidence."),
    ("NOT_AUTHOR", "Somebody else of your partner wrote it."),
    (
        "NOT_DRAFT",
        "The version was published and does not change any more.",
    ),
    (
        "NOT_FROM_OUTSIDE",
        "The portal recorded it itself: nobody corrects it.",
    ),
    ("NOT_IN_FORCE", "The program has no rules in force."),
    ("NOT_ISSUED", "The certificate was not issued yet."),
    (
        "NOT_MEMBER",
        "The person is no active member of the partner.",
    ),
    (
        "NOT_NEWEST",
        "Partners get the newest version; an earlier one is for staff alone.",
    ),
    ("NOT_ONBOARDING", "The partner's onboarding is over."),
    ("NOT_OPEN", "Not possible in the state in which it is."),
    ("NOT_PUBLISHED", "Nobody starts on it, or reads it, now."),
    ("NOT_SUBMITTED", "Nothing waits for a decision."),
    ("NOT_TEMPLATE", "The section is no template."),
    (
        "NOT_UPLOADED",
        "The bytes of the file have not come yet: send them to its `uploadUrl` first.",
    ),
    ("NO_FACTOR", "There is no second factor."),
    ("NO_LOGO", "The partner has no logo."),
    (
        "NO_PLAN",
        "No published onboarding plan suits the partner: publish one, or name one.",
    ),
    ("NO_QUIZ", "It is no quiz, or has no exam in it."),
    ("NO_ZONE", "It has no place for a logo."),
    (
        "OUT_OF_RANGE",
        "The number is too small or too large; the message says how far it may go.",
    ),
    (
        "OWN_ADDRESS",
        "It is an address of the partner or of the vendor.",
    ),
    ("OWN_NOTE", "It is a note of your own partner."),
    (
        "OWN_SUBMISSION",
        "Nobody reviews what they submitted themselves.",
    ),
    ("PASSED", "The quiz was passed already."),
    (
        "PASSKEY_INVALID",
        "The passkey was not made for this page, or not now.",
    ),
    (
        "PASSWORD_TOO_EASY",
        "The password is known or easily guessed.",
    ),
    (
        "PASSWORD_TOO_LONG",
        "The password is longer than can be taken.",
    ),
    ("PASSWORD_TOO_SHORT", "The password is too short."),
    (
        "PREREQUISITES",
        "Other courses come first; the message names them.",
    ),
    ("QUIZ_FIRST", "A quiz is completed by passing it."),
    (
        "QUOTA_EXCEEDED",
        "The partner has no room for it; the message says how much is left.",
    ),
    ("REQUIRED", "The field may not be empty."),
    ("RETIRED", "It is not offered any more."),
    ("RETRACTED", "It was taken back already."),
    ("REVOKED", "The certificate was revoked."),
    (
        "SECURITY_LETTER",
        "It is about the security of an account: it cannot be switched off.",
    ),
    ("SESSION_ENDED", "The session has ended: sign in again."),
    (
        "SIGN_IN_FIRST",
        "The account has a second factor: sign in, then open the link again.",
    ),
    ("SLUG_TAKEN", "There is one of that name already."),
    ("TERMS_OUTDATED", "There is a newer version of the terms."),
    (
        "TEST_FAILED",
        "A test of the document itself fails; the message says which and how.",
    ),
    (
        "TOO_LATE",
        "The time to appeal is over, and it is not judged anew any more.",
    ),
    ("TOO_LONG", "The text is longer than can be kept."),
    ("TOO_MANY", "There are more than can be kept."),
    (
        "TOO_MANY_UPLOADS",
        "You have begun many uploads: finish some of them first.",
    ),
    ("UNKNOWN_ASSET", "There is no such asset."),
    ("UNKNOWN_CASE_STUDY", "There is no such case study."),
    ("UNKNOWN_CHOICE", "The question has no such choice."),
    ("UNKNOWN_COURSE", "There is no such course."),
    ("UNKNOWN_FIELD", "There is no such field."),
    (
        "UNKNOWN_FILE",
        "There is no such file that you uploaded for this partner.",
    ),
    (
        "UNKNOWN_KIND",
        "There is no such kind; the message names those that there are.",
    ),
    (
        "UNKNOWN_LESSON",
        "There is no such module or lesson, or not every one is named once.",
    ),
    ("UNKNOWN_LOCALE", "It is not one of the languages."),
    (
        "UNKNOWN_MERGE_FIELD",
        "There is no such merge field; the message names the line.",
    ),
    (
        "UNKNOWN_NAME",
        "There is nothing of that name; the message says what there is.",
    ),
    (
        "UNKNOWN_OWNER",
        "The owner has to be one of the staff with an active account: of a partner, a partner manager.",
    ),
    (
        "UNKNOWN_PARTNER",
        "There is no such partner, or more than one.",
    ),
    (
        "UNKNOWN_PLAYBOOK",
        "There is no such playbook; the message says which may be meant.",
    ),
    ("UNKNOWN_QUESTION", "There is no such question."),
    (
        "UNKNOWN_REGION",
        "The region is none of the configured ones.",
    ),
    ("UNKNOWN_STEP", "The plan, or any plan, has no such step."),
    ("UNKNOWN_TIER", "The track, or any track, has no such tier."),
    (
        "UNREADABLE_FILE",
        "The file cannot be used; the message says why.",
    ),
    (
        "UNUSED_FILE",
        "The archive has a file that no lesson names.",
    ),
    (
        "WAITS_FOR_REVIEW",
        "It was handed in and waits for a reviewer.",
    ),
    ("WITHDRAWN", "It was withdrawn."),
    (
        "WRONG_FILE_TYPE",
        "It is not of a kind that is taken here; the message says which are.",
    ),
    ("WRONG_PERFORMER", "Somebody else does this step."),
];

fn meaning(code: &str) -> Option<&'static str> {
    MEANINGS
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, meaning)| *meaning)
}

fn code_type<M: Mutation>(registry: &mut Registry) -> String {
    let name = format!("{}ErrorCode", M::NAME);
    let values = M::CODES.iter().map(|code| {
        let mut value = MetaEnumValue::new(*code);
        value.description = meaning(code).map(str::to_owned);
        ((*code).to_owned(), value)
    });
    registry
        .types
        .entry(name.clone())
        .or_insert_with(|| MetaType::Enum {
            name: name.clone(),
            description: Some(format!("Why `{}` was refused.", lower_first(M::NAME))),
            enum_values: values.collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(type_name::<M>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        });
    format!("{name}!")
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect()
}

fn described(name: &str, ty: &str, about: &str) -> (String, MetaField) {
    let mut field = MetaField::new(name, ty);
    field.description = Some(about.to_owned());
    (name.to_owned(), field)
}

/// The fields that all user errors have.
fn common(registry: &mut Registry) -> [(String, MetaField); 2] {
    <String as OutputType>::create_type_info(registry);
    [
        described(
            "message",
            "String!",
            "What is wrong and what to do, for people.",
        ),
        described(
            "field",
            "[String!]",
            "Path of the input's field that is at fault; null where none is.",
        ),
    ]
}

/// The interface of all user errors. No field answers with it, so async-graphql would leave it out
/// of the schema: it is registered by hand, after what is not referred to was left out.
pub(crate) struct AnyUserError;

impl AnyUserError {
    const NAME: &'static str = "UserError";
}

impl OutputType for AnyUserError {
    fn type_name() -> Cow<'static, str> {
        Self::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let fields = common(registry).into_iter().collect();
        let implementing = registry.implements.iter();
        let possible_types = implementing
            .filter(|(_, interfaces)| interfaces.contains(Self::NAME))
            .map(|(name, _)| name.clone())
            .collect();
        let interface = MetaType::Interface {
            name: Self::NAME.to_owned(),
            description: Some(
                "One reason why a mutation was refused. Each mutation's own type adds `code`."
                    .to_owned(),
            ),
            fields,
            possible_types,
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(type_name::<Self>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        };
        registry.types.insert(Self::NAME.to_owned(), interface);
        Self::qualified_type_name()
    }

    /// Never asked for: no field answers with it.
    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Selected>,
    ) -> ServerResult<Value> {
        Ok(Value::Null)
    }
}

impl<M: Mutation> OutputType for UserError<M> {
    fn type_name() -> Cow<'static, str> {
        format!("{}UserError", M::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = Self::type_name().into_owned();
        if !registry.types.contains_key(&name) {
            let code = code_type::<M>(registry);
            let mut fields: Vec<_> = common(registry).into();
            fields.push(described("code", &code, "Why, for programs."));
            registry
                .types
                .insert(name.clone(), object::<Self>(&name, fields));
            registry.add_implements(&name, AnyUserError::NAME);
        }
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Selected>,
    ) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

fn object<T>(name: &str, fields: Vec<(String, MetaField)>) -> MetaType {
    MetaType::Object {
        name: name.to_owned(),
        description: Some("One reason why the mutation was refused.".to_owned()),
        fields: fields.into_iter().collect(),
        cache_control: CacheControl::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        keys: None,
        visible: None,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        is_subscription: false,
        rust_typename: Some(type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

impl<M: Mutation> ContainerType for UserError<M> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        Ok(match ctx.item.node.name.node.as_str() {
            "message" => Some(Value::from(self.0.message.as_ref())),
            "code" => Some(Value::Enum(Name::new(self.0.code))),
            "field" if self.0.field.is_empty() => Some(Value::Null),
            "field" => Some(
                self.0
                    .field
                    .iter()
                    .map(|part| Value::from(part.as_str()))
                    .collect(),
            ),
            _ => None,
        })
    }
}

/// Declares a mutation's payload: its objects and the codes with which it refuses.
///
/// With one shape as its object, `of` makes the payload from an action's result: the object is read
/// back as any other read, and on a conflict as it is now. Anything else stands behind `with`, and
/// the resolver fills it in where [`settle`] found no refusal.
macro_rules! mutation {
    (
        $(#[doc = $about:literal])+
        $name:ident => $payload:ident { $(#[doc = $field_about:literal])+ $field:ident: $shape:ty }
        refuses [$($code:literal),* $(,)?]
    ) => {
        $crate::graphql::payload::mutation!(
            $(#[doc = $about])+
            $name => $payload with {
                $(#[doc = $field_about])+ $field: $crate::shape::One<$shape>
            }
            refuses [$($code),*]
        );

        impl $payload {
            /// From an action's result; `current` is the object that it was about.
            fn of<Id: Into<uuid::Uuid>>(
                result: $crate::error::Result<Id>,
                current: Option<uuid::Uuid>,
            ) -> async_graphql::Result<Option<Self>> {
                use $crate::graphql::payload::{is_conflict, settle};
                use $crate::shape::One;
                Ok(Some(match settle::<$name, _>(result)? {
                    Ok(id) => Self { $field: Some(One::by_key(id.into())), user_errors: Vec::new() },
                    Err(errors) => Self {
                        $field: current.filter(|_| is_conflict(&errors)).map(One::by_key),
                        user_errors: errors,
                    },
                }))
            }
        }
    };
    (
        $(#[doc = $about:literal])+
        $name:ident => $payload:ident telling { $(#[doc = $field_about:literal])+ $field:ident: $ty:ty $(,)? }
        refuses [$($code:literal),* $(,)?]
    ) => {
        $crate::graphql::payload::mutation!(
            $(#[doc = $about])+
            $name => $payload with { $(#[doc = $field_about])+ $field: $ty }
            refuses [$($code),*]
        );

        impl $payload {
            /// From what an action tells.
            fn told(result: $crate::error::Result<$ty>) -> async_graphql::Result<Option<Self>> {
                let told = $crate::graphql::payload::settle::<$name, _>(result)?;
                Ok(Some(match told {
                    Ok(told) => Self { $field: Some(told), user_errors: Vec::new() },
                    Err(user_errors) => Self { $field: None, user_errors },
                }))
            }
        }
    };
    (
        $(#[doc = $about:literal])+
        $name:ident => $payload:ident with { $($(#[doc = $field_about:literal])+ $field:ident: $ty:ty),* $(,)? }
        refuses [$($code:literal),* $(,)?]
    ) => {
        struct $name;

        impl $crate::graphql::payload::Mutation for $name {
            const NAME: &'static str = stringify!($name);
            const CODES: &'static [&'static str] = &[$($code),*];
        }

        $(#[doc = $about])+
        #[derive(async_graphql::SimpleObject)]
        pub(crate) struct $payload {
            $($(#[doc = $field_about])+ $field: Option<$ty>,)*
            /// Why nothing was changed; empty where it was.
            user_errors: Vec<$crate::graphql::payload::UserError<$name>>,
        }
    };
}
pub(crate) use mutation;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_are_sorted_and_told_once() {
        assert!(MEANINGS.is_sorted_by(|one, other| one.0 < other.0));
    }
}
