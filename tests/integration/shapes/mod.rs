//! The response grammar, one module for each topic: how every setting of the derives reads correct and incorrect responses.

mod accepted;
mod containers;
mod flags;
mod floods;
mod headers;
mod keys;
mod liberal;
mod named;
mod refusals;
mod several;
mod spelled;
mod successes;
mod unlisted;
mod verdicts;

use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, Client, Index, ItemReply, Outcome, Report, Status, TokioClock,
    reply::NotListed,
};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::Request,
};
use serde::{Deserialize, Serialize};

use crate::support::words;

fn client(script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static) -> Client {
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), script);
    Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap()
}

/// Returns the outcome, code and message of each item of a report.
fn said<I, R: BulkReply, E>(report: &Report<I, R, E>) -> Vec<String> {
    let words = words(report).into_iter().zip(report.iter());
    let said = words.map(|(mut said, (_, outcome))| {
        if let (Outcome::Failed(_) | Outcome::Refused(_), Some(code)) = (outcome, outcome.code()) {
            said += &format!(" {code}");
        }
        match outcome {
            Outcome::Unknown(doubt) => format!("{said}: {}", doubt.detail),
            outcome => outcome.message().map_or(said.clone(), |message| format!("{said}: {message}")),
        }
    });
    said.collect()
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("t{n}")).collect()
}

/// Checks items against one response for each row, in runs of one attempt. Reports all rows that differ at once.
async fn meet<T, R, E>(
    bulk: impl Fn(Client) -> Bulk<T, R, E>,
    items: impl Fn() -> Vec<T>,
    rows: &[(u16, &str, &[&str])],
) where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let mut wrong = String::new();
    for (status, body, want) in rows {
        let answer = Script::response(*status, (*body).to_owned());
        let report = bulk(client(move |_, _| answer.clone()))
            .send(items())
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        let said = said(&report);
        if said != *want {
            wrong += &format!("\n({status}, {body:?}, &{said:#?}),");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn three() -> Vec<String> {
    texts(3)
}

fn two() -> Vec<String> {
    texts(2)
}

#[derive(Debug, Deserialize, ApiError)]
struct Error {
    #[bulk(nested)]
    error: Details,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Details {
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    text: String,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Problem {
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    text: Option<String>,
    #[bulk(retry_after = milliseconds)]
    #[serde(default)]
    retry_after_ms: Option<i64>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: String,
    #[bulk(message)]
    text: String,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct From0 {
    #[bulk(key)]
    index: Index<0>,
    #[bulk(message)]
    error: String,
}

#[derive(Deserialize, Serialize, Status)]
#[serde(rename_all = "kebab-case")]
enum Word {
    #[bulk(succeeded)]
    AllDone,
    #[bulk(accepted)]
    Queued,
    #[bulk(failed)]
    NotFound,
    #[bulk(unprocessed)]
    Skipped,
    #[bulk(pending)]
    Running,
    #[serde(untagged)]
    Other(String),
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = failed)]
struct DoneOnly {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Judged {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(message)]
    text: String,
}

impl From<NotListed> for Judged {
    fn from(_: NotListed) -> Self {
        Judged { id: String::new(), status: 410, text: "not among the rest".to_owned() }
    }
}
