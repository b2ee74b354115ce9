//! Responses that name a job: it is polled until it ends, in virtual time, and no item is lost or applied twice meanwhile.

mod handles;
mod location;
mod outcomes;
mod polling;
mod stops;
mod tokens;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bulk_endpoint::{Bulk, Client, ClientBuilder, Report, Run, TokioClock, bulk_api};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::Request,
};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::support::{Error, Id, Told, sent_ids, words};

#[bulk_api]
trait Jobs {
    #[post("/lists/{list}/start")]
    #[bulk_endpoint(max = 2, partial = true, retry("Busy", 429), poll = "/lists/{list}/jobs/{job}")]
    fn start(&self, list: &str) -> Bulk<Id, Told, Error>;

    #[post("/again")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true, retry("Busy", 429), poll = "/jobs/{job}")]
    fn idempotent(&self) -> Bulk<Id, Told, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 2, partial = false, poll = post("/check", "/query/id"))]
    fn whole(&self) -> Bulk<Id, Told, Error>;
}

/// The jobs `j0`, `j1`, … of a vendor, the ids that each was started with, and the number of polls of each.
#[derive(Clone, Default)]
struct Vendor(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    jobs: BTreeMap<String, (Vec<String>, usize)>,
    /// Requests with their time in seconds: `start t0 t1`, `ask j0`.
    log: Vec<(u64, String)>,
}

/// A job, as one poll sees it.
struct Asked {
    handle: String,
    /// The number of earlier polls.
    before: usize,
    ids: Vec<String>,
    /// The token of the poll.
    token: Option<HeaderValue>,
}

impl Asked {
    fn done(&self) -> Script {
        Script::response(200, json!({"state": "done", "done": self.ids}).to_string())
    }

    fn running(&self) -> Script {
        Script::response(200, json!({"id": self.handle, "state": "running"}).to_string())
    }
}

fn script(status: u16, body: &Value) -> Script {
    Script::response(status, body.to_string())
}

impl Vendor {
    /// Returns a client of the vendor. `tells` returns the response to a poll.
    fn client(&self, tells: impl Fn(&Asked) -> Script + Send + Sync + 'static) -> JobsClient {
        self.client_by(|_, _| None, tells, |builder| builder)
    }

    /// Like `client`. `starts` can return another response to a start, given the number of earlier starts.
    fn client_by(
        &self,
        starts: impl Fn(usize, &Request) -> Option<Script> + Send + Sync + 'static,
        tells: impl Fn(&Asked) -> Script + Send + Sync + 'static,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> JobsClient {
        let (clock, known, began) = (TokioClock::new(), self.clone(), tokio::time::Instant::now());
        let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
            let mut known = known.0.lock().unwrap();
            let at = began.elapsed().as_secs();
            let handle = match request.url.path().split_once("/jobs/") {
                Some((_, handle)) => handle.to_owned(),
                None if request.url.path() == "/check" => {
                    let body: Value = serde_json::from_slice(&request.body).unwrap();
                    body["query"]["id"].as_str().unwrap().to_owned()
                }
                None => {
                    let ids = sent_ids(request);
                    known.log.push((at, format!("start {}", ids.join(" "))));
                    let number = known.jobs.len();
                    let other = starts(number, request);
                    // A start without a response may have been carried out: the client knows no handle for it.
                    let handle = format!("j{number}");
                    known.jobs.insert(handle.clone(), (ids, 0));
                    return other.unwrap_or_else(|| script(202, &json!({"id": handle, "state": "running"})));
                }
            };
            known.log.push((at, format!("ask {handle}")));
            let (ids, before) = known.jobs.get_mut(&handle).map(|(ids, asked)| (ids.clone(), asked)).unwrap();
            let asked = Asked { handle, before: *before, ids, token: request.headers.get(AUTHORIZATION).cloned() };
            *before += 1;
            tells(&asked)
        });
        let builder = Client::builder("https://api.example.com").transport(transport).clock(clock);
        JobsClient::new(set_up(builder).build().unwrap())
    }

    fn log(&self) -> Vec<(u64, String)> {
        self.0.lock().unwrap().log.clone()
    }

    /// Returns the times of the requests that start with `what`.
    fn times(&self, what: &str) -> Vec<u64> {
        self.log().iter().filter(|(_, line)| line.starts_with(what)).map(|(at, _)| *at).collect()
    }

    /// Returns how often each id was sent.
    fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for (ids, _) in self.0.lock().unwrap().jobs.values() {
            ids.iter().for_each(|id| *sent.entry(id.clone()).or_default() += 1);
        }
        sent
    }
}

type JobReport = Report<Id, Told, Error>;

/// Checks that every item is accounted for.
fn whole(report: &JobReport, items: usize) {
    assert!(report.counters().balanced(), "{report}");
    assert_eq!((report.counters().settled(), words(report).len()), (items, items), "{report}");
}

async fn send(run: Run<'_, Id, Told, Error, Id>, items: usize) -> JobReport {
    let report = run.await;
    whole(&report, items);
    report
}
