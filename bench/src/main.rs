//! Measures what a nested read through shapes costs beside the same read written by hand: CPU of the
//! server and of its PostgreSQL backends for each request, same data, same JSON.
//!
//! `bench search [postgres://…/empty_database]` measures the [search] instead.
//!
//! `bench postgres://…/empty_database` fills the database, starts both servers in turn, compares
//! their answers and prints the ratio. The server must run on this machine: CPU is read from `/proc`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a program for the terminal"
)]

mod by_hand;
mod by_shapes;
mod data;
mod load;
mod search;

use std::process::{Command, ExitCode};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Partners × steps × verdicts, with each verdict's reviewer.
pub(crate) const QUERY: &str =
    "{ partners(first: 20) { nodes { id legalName country kind state createdAt
    onboardingSteps(first: 5) { nodes { id title state position dueAt
        verdicts(first: 5) { nodes { id outcome reason decidedAt reviewer { name } } } } } } } }";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A partner manager, who sees all.
    Staff,
    /// A member with a seat in this many partners.
    Member,
}

/// Threads that answer.
pub(crate) const WORKERS: usize = 2;
/// Connections of each of them.
pub(crate) const CONNECTIONS: u32 = 4;
/// In how many partners the member has a seat: enough for a whole page.
pub(crate) const SEATS: usize = 25;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match words.as_slice() {
        ["serve", way, asker, port, url] => serve(way, asker, port, url),
        ["search"] => search::run(None),
        ["search", url] => search::run(Some(url)),
        [url] => run(url, Duration::from_secs(10)),
        [url, seconds] => seconds
            .parse()
            .map_err(Into::into)
            .and_then(|seconds| run(url, Duration::from_secs(seconds))),
        _ => Err("usage: bench postgres://user@127.0.0.1/empty_database [seconds], or: bench search [postgres://…]".into()),
    };
    if let Err(error) = ended {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A child of `run`: one of the two servers.
fn serve(way: &str, asker: &str, port: &str, url: &str) -> Result<()> {
    let asker = if asker == "staff" {
        Asker::Staff
    } else {
        Asker::Member
    };
    let port = port.parse()?;
    actix_web::rt::System::new().block_on(async {
        if way == "shapes" {
            by_shapes::serve(url, asker, port).await
        } else {
            by_hand::serve(url, asker, port).await
        }
    })
}

fn run(url: &str, time: Duration) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        data::fill(url).await?;
        for (asker, who) in [(Asker::Staff, "staff"), (Asker::Member, "member")] {
            let mut costs: [Vec<load::Cost>; 2] = [Vec::new(), Vec::new()];
            let mut answers: [Option<serde_json::Value>; 2] = [None, None];
            // In turns, so that what else the machine does falls on both.
            for round in 0..6 {
                let index = round % 2;
                let way = ["shapes", "hand"][index];
                let port = 47_310 + u16::try_from(round)?;
                let mut child = Command::new(std::env::current_exe()?)
                    .args(["serve", way, who, &port.to_string(), url])
                    .spawn()?;
                let measured = load::measure(port, child.id(), url, time).await;
                child.kill()?;
                child.wait()?;
                let (cost, answer) = measured?;
                println!("{who:7} {way:7} {cost}");
                costs[index].push(cost);
                answers[index] = Some(answer);
            }
            if answers[0] != answers[1] {
                return Err(format!("the answers differ for {asker:?}").into());
            }
            let [shapes, hand] = costs.map(|mut costs| {
                costs.sort_by(|one, other| one.total().total_cmp(&other.total()));
                costs.swap_remove(costs.len() / 2).total()
            });
            println!("{who:7} ratio   {:.2}", shapes / hand);
        }
        Ok(())
    })
}
