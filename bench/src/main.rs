//! Measures what nested reads through shapes, and a mutation, cost beside the same written by hand:
//! CPU of the server and of its PostgreSQL backends for each request, same data, same JSON.
//!
//! `bench program` measures what it costs to apply a [program] to facts.
//! `bench review [postgres://…/empty_database]` measures a night's [review] of all partners.
//! `bench search [postgres://…/empty_database]` measures the [search] instead.
//!
//! `bench postgres://…/empty_database` fills the database, starts both servers in turn, compares
//! their answers and prints the ratios. The server must run on this machine: CPU is read from `/proc`.

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
mod case;
mod data;
mod load;
mod program;
mod review;
mod search;

use std::process::{Command, ExitCode};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub(crate) use case::{Asker, Case, Nth, Slot, team_admin, team_partner};

pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

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
        ["serve", way, case, asker, port, url] => serve(way, (case, asker), port, url),
        ["program"] => program::run(),
        ["review"] => review::run(None),
        ["review", url] => review::run(Some(url)),
        ["search"] => search::run(None),
        ["search", url] => search::run(Some(url)),
        [url] => run(url, "10", None),
        [url, seconds] => run(url, seconds, None),
        [url, seconds, case] => run(url, seconds, Some(case)),
        _ => Err("usage: bench postgres://user@127.0.0.1/empty_database [seconds [case]], or: bench search [postgres://…], or: bench program, or: bench review [postgres://…]".into()),
    };
    if let Err(error) = ended {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A child of `run`: one of the two servers.
fn serve(way: &str, (case, asker): (&str, &str), port: &str, url: &str) -> Result<()> {
    let case = Case::named(case).ok_or("no such case")?;
    let asker = Asker::named(asker).ok_or("no such asker")?;
    let port = port.parse()?;
    actix_web::rt::System::new().block_on(async {
        if way == "shapes" {
            by_shapes::serve(url, case, asker, port).await
        } else {
            by_hand::serve(url, case, asker, port).await
        }
    })
}

fn run(url: &str, seconds: &str, only: Option<&str>) -> Result<()> {
    let time = Duration::from_secs(seconds.parse()?);
    tokio::runtime::Runtime::new()?.block_on(async {
        data::fill(url).await?;
        let mut port = 47_310;
        let wanted = |case: Case| only.is_none_or(|only| only == case.name());
        for (case, askers) in Case::ALL.into_iter().filter(|(case, _)| wanted(*case)) {
            for asker in askers {
                compare(url, (case, *asker), port, time).await?;
                port += ROUNDS;
            }
        }
        Ok(())
    })
}

/// How often a server is measured, both in turn.
const ROUNDS: u16 = 6;

/// Prints what both cost, and the ratio of the medians.
async fn compare(url: &str, (case, asker): (Case, Asker), port: u16, time: Duration) -> Result<()> {
    let (what, who) = (case.name(), asker.name());
    let mut costs: [Vec<load::Cost>; 2] = [Vec::new(), Vec::new()];
    let mut answers: [Option<serde_json::Value>; 2] = [None, None];
    // In turns, so that what else the machine does falls on both.
    for round in 0..ROUNDS {
        let index = usize::from(round % 2);
        let way = ["shapes", "hand"][index];
        let port = port + round;
        if case == Case::Lesson {
            data::begin_anew(url).await?;
        }
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", way, what, who, &port.to_string(), url])
            .spawn()?;
        let measured = load::measure(case, port, child.id(), url, time).await;
        child.kill()?;
        child.wait()?;
        let (cost, answer) = measured?;
        println!("{what:8} {who:6} {way:6} {cost}");
        costs[index].push(cost);
        answers[index] = Some(answer);
    }
    if answers[0] != answers[1] {
        return Err(format!("the answers to {case:?} differ for {asker:?}: {answers:?}").into());
    }
    let [shapes, hand] = costs.map(|mut costs| {
        costs.sort_by(|one, other| one.total().total_cmp(&other.total()));
        costs.swap_remove(costs.len() / 2).total()
    });
    println!("{what:8} {who:6} ratio  {:.2}", shapes / hand);
    Ok(())
}
