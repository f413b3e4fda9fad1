//! Pure: what a server's refusal means for the letter, for the address and for us.
//!
//! Where the conversation stopped decides as much as the number does. A server that refuses *us*
//! (greeting, TLS, sender) may take the letter when that has been mended; one that refuses the
//! address or the letter never will; and only what is said of an address may be held against it:
//! a `550` after the whole letter was read is most often somebody's opinion of the letter.

use entity::suppression::SuppressionReason;

/// Where in the conversation the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Greeting, EHLO, STARTTLS.
    Connecting,
    /// The sign-in.
    SignIn,
    /// From whom.
    Sender,
    /// To whom.
    Recipient,
    /// The letter itself.
    Content,
}

/// What it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The server does not take letters from us at present.
    Later,
    /// The reader's side asks to wait.
    Deferred,
    /// Not this letter, ever.
    Never,
    /// Not this address, ever.
    NoSuchAddress(SuppressionReason),
    /// We are not who we say we are: no letter leaves until that is mended.
    SignInRefused,
}

/// What a reply means that refuses. `text` is what follows the number.
pub(super) fn classify(stage: Stage, code: u16, text: &str) -> Class {
    let is_permanent = code >= 500;
    match stage {
        Stage::SignIn if is_permanent => Class::SignInRefused,
        // Servers that want a sign-in from those who brought none say so here.
        Stage::Sender | Stage::Recipient if matches!(code, 530 | 535 | 538) => Class::SignInRefused,
        Stage::Connecting | Stage::SignIn | Stage::Sender => Class::Later,
        Stage::Recipient | Stage::Content if !is_permanent => Class::Deferred,
        Stage::Recipient => of_address(code, enhanced(text)),
        Stage::Content => match enhanced(text) {
            Some(status) if is_unknown_address(status) => of_address(550, Some(status)),
            _ => Class::Never,
        },
    }
}

fn of_address(code: u16, status: Option<(u16, u16)>) -> Class {
    match (code, status) {
        // Policy, a full mailbox, too large a letter, or a sender that is not liked: none says
        // that the address does not exist.
        (_, Some((7, _) | (2, 2 | 3) | (3, 4) | (1, 7 | 8))) => Class::Never,
        (551, _) | (_, Some((1, 6))) => Class::NoSuchAddress(SuppressionReason::Moved),
        (553, _) | (_, Some((1, 3))) => Class::NoSuchAddress(SuppressionReason::NotAllowed),
        (550, _) => Class::NoSuchAddress(SuppressionReason::NoSuchMailbox),
        (_, Some(status)) if is_unknown_address(status) => {
            Class::NoSuchAddress(SuppressionReason::NoSuchMailbox)
        }
        _ => Class::Never,
    }
}

/// No such mailbox, no such host, no such syntax, moved, a host that takes no mail (RFC 3463, 7505).
fn is_unknown_address(status: (u16, u16)) -> bool {
    matches!(status, (1, 1 | 2 | 3 | 6 | 10))
}

/// Subject and detail of a permanent enhanced status code (RFC 3463), where the text begins with
/// one: `(7, 1)` of `5.7.1 refused`.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.split_whitespace().next()?.split('.');
    let mut part = || parts.next()?.parse().ok();
    let (class, subject, detail): (u16, u16, u16) = (part()?, part()?, part()?);
    (class == 5 && parts.next().is_none()).then_some((subject, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stage::{Connecting, Content, Recipient, Sender, SignIn};

    const NONE: Class = Class::NoSuchAddress(SuppressionReason::NoSuchMailbox);
    const MOVED: Class = Class::NoSuchAddress(SuppressionReason::Moved);
    const NOT_ALLOWED: Class = Class::NoSuchAddress(SuppressionReason::NotAllowed);

    #[test]
    fn every_refusal_has_its_meaning() {
        let table = [
            (Connecting, 421, "busy", Class::Later),
            (Connecting, 554, "not you", Class::Later),
            (SignIn, 535, "5.7.8 bad credentials", Class::SignInRefused),
            (SignIn, 534, "5.7.9 too weak", Class::SignInRefused),
            (SignIn, 454, "4.7.0 try again", Class::Later),
            (SignIn, 421, "4.3.2 closing", Class::Later),
            (Sender, 530, "5.7.0 sign in first", Class::SignInRefused),
            (Sender, 550, "sender unknown", Class::Later),
            (Sender, 451, "busy", Class::Later),
            (Recipient, 530, "sign in first", Class::SignInRefused),
            (Recipient, 421, "closing", Class::Deferred),
            (Recipient, 450, "4.2.1 busy", Class::Deferred),
            (Recipient, 451, "4.7.1 greylisted", Class::Deferred),
            (Recipient, 452, "4.2.2 full", Class::Deferred),
            (Recipient, 550, "no such mailbox", NONE),
            (Recipient, 550, "5.1.1 no such mailbox", NONE),
            (Recipient, 550, "5.1.10 null MX", NONE),
            (Recipient, 554, "5.1.2 no such host", NONE),
            (Recipient, 551, "user not local", MOVED),
            (Recipient, 550, "5.1.6 moved", MOVED),
            (Recipient, 553, "mailbox name not allowed", NOT_ALLOWED),
            (Recipient, 501, "5.1.3 bad syntax", NOT_ALLOWED),
            (Recipient, 550, "5.7.1 refused by policy", Class::Never),
            (Recipient, 551, "5.7.1 refused by policy", Class::Never),
            (Recipient, 553, "5.7.1 not your sender", Class::Never),
            (Recipient, 550, "5.1.8 sender's host", Class::Never),
            (Recipient, 550, "5.2.2 over quota", Class::Never),
            (Recipient, 552, "over quota", Class::Never),
            (Recipient, 552, "5.2.2 over quota", Class::Never),
            (Recipient, 554, "no", Class::Never),
            (Recipient, 550, "5.x.1 odd", NONE),
            (Recipient, 550, "", NONE),
            (Content, 451, "try again", Class::Deferred),
            (Content, 421, "closing", Class::Deferred),
            (Content, 552, "too large", Class::Never),
            (Content, 550, "looks like spam", Class::Never),
            (Content, 550, "5.7.1 looks like spam", Class::Never),
            (Content, 554, "looks like spam", Class::Never),
            (Content, 550, "5.1.1 no such mailbox after all", NONE),
        ];
        for (stage, code, text, class) in table {
            assert_eq!(
                classify(stage, code, text),
                class,
                "{stage:?}: {code} {text}"
            );
        }
    }
}
