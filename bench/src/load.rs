//! Asks as fast as the server answers, and reads from `/proc` what it cost.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Case, Result};

/// Connections that ask at the same time.
const CLIENTS: usize = 16;
/// Clock ticks of `/proc` in a second, on every Linux that there is.
const TICKS: f64 = 100.0;

/// CPU microseconds for each request.
pub(crate) struct Cost {
    server: f64,
    database: f64,
    requests: u64,
    bytes: usize,
}

impl Cost {
    pub(crate) fn total(&self) -> f64 {
        self.server + self.database
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:6.0} µs CPU = {:5.0} server + {:5.0} database   {} requests of {} bytes",
            self.total(),
            self.server,
            self.database,
            self.requests,
            self.bytes
        )
    }
}

/// Puts load on the server of that process for `time`; answers what a request cost and what it
/// answered.
pub(crate) async fn measure(
    case: Case,
    port: u16,
    process: u32,
    url: &str,
    time: Duration,
) -> Result<(Cost, serde_json::Value)> {
    let answer = first(case, port).await?;
    let number = Arc::new(AtomicU64::new(1));
    // Warm: statements prepared, caches filled, connections open.
    drive(case, port, &number, time / 4).await?;
    let mut database = PgConnection::connect(url).await?;
    let backends: Vec<i32> = sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid()",
    )
    .fetch_all(&mut database)
    .await?;
    let used = |process: u32| -> Result<f64> { cpu(process) };
    let all = || -> Result<(f64, f64)> {
        let mut sum = 0.0;
        for backend in &backends {
            sum += used(u32::try_from(*backend)?)?;
        }
        Ok((used(process)?, sum))
    };
    let before = all()?;
    let requests = drive(case, port, &number, time).await?;
    let after = all()?;
    let each = |seconds: f64| seconds * 1e6 / requests as f64;
    let cost = Cost {
        server: each(after.0 - before.0),
        database: each(after.1 - before.1),
        requests,
        bytes: answer.len(),
    };
    let mut answer: serde_json::Value = serde_json::from_slice(&answer)?;
    Ok((cost, answer["data"].take()))
}

/// CPU seconds of a process.
pub(crate) fn cpu(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in parentheses and may hold spaces.
    let rest = stat.rsplit_once(')').ok_or("no such process")?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(ticks as f64 / TICKS)
}

async fn first(case: Case, port: u16) -> Result<Vec<u8>> {
    for _ in 0..100 {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await {
            return ask(&mut stream, case, 0).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("the server does not start".into())
}

/// Asks until the time is over, counting on from `number`; answers how many were answered.
async fn drive(case: Case, port: u16, number: &Arc<AtomicU64>, time: Duration) -> Result<u64> {
    let count = Arc::new(AtomicU64::new(0));
    let until = Instant::now() + time;
    let clients = (0..CLIENTS).map(|_| {
        let (count, number) = (count.clone(), number.clone());
        tokio::spawn(async move {
            let asked = async {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
                while Instant::now() < until {
                    let n = number.fetch_add(1, Ordering::Relaxed);
                    ask(&mut stream, case, n).await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Result::<()>::Ok(())
            };
            asked.await.map_err(|error| error.to_string())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await??;
    }
    Ok(count.load(Ordering::Relaxed))
}

/// One request over a connection that is kept.
async fn ask(stream: &mut TcpStream, case: Case, n: u64) -> Result<Vec<u8>> {
    let body = case.request(n);
    let request = format!(
        "POST /graphql?n={n} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(128 * 1024);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err("the server hung up".into());
        }
        let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&answer[..head])?.to_lowercase();
        let length = text.split_once("content-length: ").ok_or("no length")?.1;
        let length: usize = length
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .parse()?;
        let start = head + 4;
        if answer.len() >= start + length {
            if !text.starts_with("http/1.1 200") {
                return Err(text.into());
            }
            return Ok(answer.split_off(start));
        }
    }
}
