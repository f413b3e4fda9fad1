//! What monitoring reads at `/metrics`, on a listener of its own.

use std::fmt;
use std::sync::PoisonError;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::Shared;

/// Seconds that part the buckets of durations.
const BUCKETS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0];

/// How long the outbox may take to be counted.
const PATIENCE: Duration = Duration::from_secs(3);

/// What waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Promises that are due.
    pub due: u64,
    /// Seconds since the oldest of them was due.
    pub oldest_seconds: u64,
    /// Promises that were given up.
    pub dead: u64,
    /// Addresses to which nothing is sent.
    pub suppressed: u64,
    /// 1 where the SMTP server refuses our sign-in, so that no letter leaves this process.
    pub sign_in_refused: u64,
    /// Seconds since what is done every day was last promised; none where it never was.
    pub daily_seconds: Option<u64>,
    /// Hosts that put off so much that this process lets letters to them wait.
    pub hosts_waiting: u64,
}

/// Labels of one kind of answer. Names that clients choose are none: there is no end of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    /// `query`, `mutation`, or `other`.
    kind: &'static str,
    /// `OK`, or the code of the first error.
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// Everything that is counted.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Kind, Histogram>,
    in_flight: Gauge,
    due: Gauge,
    oldest: Gauge,
    dead: Gauge,
    suppressed: Gauge,
    sign_in_refused: Gauge,
    hosts_waiting: Gauge,
    daily: Gauge,
    // The gauges of the outbox are set and read by one scrape at a time.
    scrape: Arc<Mutex<()>>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("entente");
        let requests = Family::<Answered, Counter>::default();
        registry.register(
            "requests",
            "Answers, by kind of operation and code",
            requests.clone(),
        );
        let seconds = Family::<Kind, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register(
            "request_seconds",
            "Time to an answer, by kind of operation",
            seconds.clone(),
        );
        let in_flight = Gauge::default();
        registry.register(
            "requests_in_flight",
            "Requests that are being answered",
            in_flight.clone(),
        );
        registry.register(
            "build",
            "Which version this is",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        let [
            due,
            oldest,
            dead,
            suppressed,
            sign_in_refused,
            hosts_waiting,
            daily,
        ] = [(); 7].map(|()| Gauge::default());
        registry.register("outbox_due", "Promises that are due", due.clone());
        registry.register(
            "outbox_oldest_seconds",
            "Seconds since the oldest of them was due",
            oldest.clone(),
        );
        registry.register("outbox_dead", "Promises that were given up", dead.clone());
        registry.register(
            "mail_suppressed",
            "Addresses to which nothing is sent",
            suppressed.clone(),
        );
        registry.register(
            "mail_sign_in_refused",
            "Whether the SMTP server refuses our sign-in, so that no letter leaves",
            sign_in_refused.clone(),
        );
        registry.register(
            "mail_hosts_waiting",
            "Hosts that put off letter after letter, so that letters to them wait",
            hosts_waiting.clone(),
        );
        registry.register(
            "daily_seconds",
            "Seconds since what is done every day was last promised, -1 where it never was",
            daily.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
            in_flight,
            due,
            oldest,
            dead,
            suppressed,
            sign_in_refused,
            hosts_waiting,
            daily,
            scrape: Arc::default(),
        }
    }

    pub(super) fn began(&self) {
        self.in_flight.inc();
    }

    pub(super) fn ended(&self, kind: &'static str, code: &str, seconds: f64) {
        self.in_flight.dec();
        let answered = Answered {
            kind,
            code: code.to_owned(),
        };
        self.requests.get_or_create(&answered).inc();
        self.seconds.get_or_create(&Kind { kind }).observe(seconds);
    }

    /// Comes when nothing is being answered.
    pub(super) async fn idle(&self) {
        while self.in_flight.get() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn text(&self, waiting: Option<Waiting>) -> Result<String, fmt::Error> {
        let _one_at_a_time = self.scrape.lock().unwrap_or_else(PoisonError::into_inner);
        // What could not be counted must not look like nothing.
        let count = |count: fn(Waiting) -> u64| {
            waiting.map_or(-1, |waiting| {
                i64::try_from(count(waiting)).unwrap_or(i64::MAX)
            })
        };
        self.due.set(count(|waiting| waiting.due));
        self.oldest.set(count(|waiting| waiting.oldest_seconds));
        self.dead.set(count(|waiting| waiting.dead));
        self.suppressed.set(count(|waiting| waiting.suppressed));
        self.sign_in_refused
            .set(count(|waiting| waiting.sign_in_refused));
        self.hosts_waiting
            .set(count(|waiting| waiting.hosts_waiting));
        let daily = waiting.and_then(|waiting| waiting.daily_seconds);
        self.daily
            .set(daily.map_or(-1, |seconds| i64::try_from(seconds).unwrap_or(i64::MAX)));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// `GET /metrics`.
pub(super) async fn show(shared: web::Data<Shared>) -> HttpResponse {
    let waiting = match &shared.parts.backlog {
        Some(backlog) => match tokio::time::timeout(PATIENCE, backlog()).await {
            Ok(Ok(waiting)) => Some(waiting),
            Ok(Err(error)) => {
                tracing::warn!(?error, "the outbox could not be counted");
                None
            }
            Err(_) => None,
        },
        None => None,
    };
    match shared.metrics.text(waiting) {
        Ok(text) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
