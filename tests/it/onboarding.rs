//! Onboarding: plans from draft to retirement, and partners' ways through them.
//!
//! Every story runs on SQLite, and again on PostgreSQL where `ENTENTE_TEST_POSTGRES_URL` names a
//! server.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may end where it stands, and says where it did not run"
)]

/// A snapshot that is the same on both databases.
macro_rules! says {
    ($value:expr, @$text:literal) => {
        let value = $value;
        insta::allow_duplicates! { insta::assert_snapshot!(value, @$text) }
    };
}

macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Room::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(room) = super::Room::postgres().await {
                    super::$name(room).await;
                }
            })+
        }
    };
}

mod plans;
mod reminders;
mod report;
mod reviews;
mod room;
mod steps;
mod way;
