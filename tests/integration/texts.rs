//! Texts of a server in reports and evidence: short and on one line, for any content.

use bulk_endpoint::{Bulk, Client, OutcomeKind, Report, TokioClock, Verified, bulk_api};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::{Request, Response, TransportErrorKind, TruncationKind},
};
use serde_json::{Value, json};

use crate::support::{Error, Id, Told, doubts, ids, sent_ids, words};

#[bulk_api]
trait Telling {
    #[post("/told")]
    #[bulk_endpoint(
        max = 20,
        partial = true,
        idempotent = true,
        retry("Busy"),
        uncertain("Maybe"),
        poll = "/jobs/{job}"
    )]
    fn told(&self) -> Bulk<Id, Told, Error>;
}

type ToldReport = Report<Id, Told, Error>;

fn client(script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static) -> TellingClient {
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), script);
    TellingClient::new(Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap())
}

/// A long text with control characters that clear the screen.
fn long() -> String {
    format!("two\nlines\u{1b}[2J{}", "x".repeat(100_000))
}

fn told(body: &Value) -> Script {
    Script::response(200, body.to_string())
}

fn failed(request: &Request, code: &str) -> Script {
    let failed = |id| json!({"id": id, "message": long(), "code": code});
    told(&json!({"state": "done", "failed": sent_ids(request).into_iter().map(failed).collect::<Vec<_>>()}))
}

fn short(text: &str, what: &str) {
    assert!(text.len() < 2_500, "{what}: {} bytes", text.len());
    assert!(!text.contains(char::is_control), "{what}: {text:?}");
}

/// Checks that no text of a report is long.
fn check(report: &ToldReport, what: &str) {
    report.to_string().lines().for_each(|line| short(line, what));
    doubts(report).iter().for_each(|(_, detail)| short(detail, what));
    for row in report.rows() {
        [&row.message, &row.code, &row.request_id].into_iter().flatten().for_each(|text| short(text, what));
        report.attempts(row.index).for_each(|attempt| short(&attempt.end, what));
    }
    report.refused().for_each(|(_, refusal)| short(&refusal.to_string(), what));
    report.not_attempted().for_each(|(_, why)| short(&why.to_string(), what));
    report.stopped().into_iter().for_each(|why| short(why, what));
}

type Answers = fn(usize, &Request) -> Script;

const ANSWERS: [(&str, Answers, OutcomeKind); 15] = [
    (
        "a no to what is listed as done",
        |_, request| told(&json!({"state": "failed", "code": long(), "done": sent_ids(request)})),
        OutcomeKind::Unknown,
    ),
    (
        "a no that names one",
        |_, _| {
            told(
                &json!({"state": "failed", "message": long(), "done": ["t0"], "failed": [{"id": "t1", "message": "no"}]}),
            )
        },
        OutcomeKind::Unknown,
    ),
    ("a no to all", |_, _| told(&json!({"state": "failed", "message": long()})), OutcomeKind::Refused),
    (
        "a code that leaves it open",
        |_, _| told(&json!({"state": "failed", "message": long(), "code": "Maybe"})),
        OutcomeKind::Unknown,
    ),
    ("a status that is none", |_, _| told(&json!({"state": long()})), OutcomeKind::Unknown),
    ("an error", |_, _| error(500), OutcomeKind::Unknown),
    (
        "an error, then a failure",
        |n, request| if n == 0 { error(500) } else { failed(request, "no") },
        OutcomeKind::Unknown,
    ),
    ("a refusal", |_, _| error(400), OutcomeKind::Refused),
    ("a stop", |_, _| error(403), OutcomeKind::Refused),
    ("failures", |_, request| failed(request, "no"), OutcomeKind::Failed),
    ("failures that are none for now", |_, request| failed(request, "Busy"), OutcomeKind::Refused),
    ("failures that leave it open", |_, request| failed(request, "Maybe"), OutcomeKind::Unknown),
    ("no connection", |_, _| Script::error(TransportErrorKind::NotSent, &long()), OutcomeKind::NotAttempted),
    (
        "a stream that is not taken",
        |_, _| Script::error(TransportErrorKind::NotProcessed, &long()),
        OutcomeKind::NotAttempted,
    ),
    ("a reset", |_, _| Script::error(TransportErrorKind::Reset, &long()), OutcomeKind::Unknown),
];

fn error(status: u16) -> Script {
    Script::response(status, json!({"message": long(), "code": long(), "requestId": long()}).to_string())
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_is_repeated_short_and_on_one_line() {
    for (what, answers, kind) in ANSWERS {
        let report = client(answers)
            .told()
            .send(ids(40))
            .concurrency(1)
            .max_attempts(2)
            .patience(std::time::Duration::from_millis(1))
            .await;
        check(&report, what);
        assert!(report.rows().any(|row| row.outcome == kind), "{what}: {report}");
        if let Err(incomplete) = report.into_result() {
            incomplete.to_string().lines().for_each(|line| short(line, what));
        }
    }
    let cut = || {
        let body =
            bulk_endpoint::transport::TruncatedBody { start: "{".into(), kind: TruncationKind::Broken, detail: long() };
        Script {
            after: Default::default(),
            end: Ok(Response { body: Err(body), ..Response::new(200, Default::default(), "") }),
        }
    };
    check(&client(move |_, _| cut()).told().send(ids(3)).max_attempts(1).await, "a response that is cut off");
}

#[tokio::test(start_paused = true)]
async fn what_was_found_not_to_be_applied_repeats_little() {
    let bulk = client(|n, request| if n == 0 { error(500) } else { failed(request, "Maybe") }).told();
    let run = bulk.send(ids(3)).max_attempts(2).verify(|ids: Vec<Id>| async move {
        Ok::<_, String>(ids.into_iter().map(|id| (id, Verified::NotApplied)).collect::<Vec<_>>())
    });
    let report = run.await;
    assert_eq!(words(&report), ["not_applied"; 3]);
    check(&report, "not applied");
    for (_, refusal) in report.refused() {
        [&refusal.message, &refusal.code, &refusal.request_id]
            .into_iter()
            .flatten()
            .for_each(|text| short(text, "one"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_named_short_and_in_quotes() {
    let handles = [long(), String::new(), "a \"b\"\t\u{9b}31m".to_owned()];
    for (handle, named) in
        handles.into_iter().zip(["the job \"two lines [2Jxxx", "the job \"\" did", r#"the job "a \"b\"  31m""#])
    {
        let known = handle.clone();
        let answers = move |n: usize, _: &Request| match n {
            0 => Script::response(202, json!({"id": known, "state": "running"}).to_string()),
            _ => error(500),
        };
        let report = client(answers).told().send(ids(3)).await;
        assert_eq!(words(&report), ["unknown pending"; 3]);
        check(&report, named);
        assert!(doubts(&report)[0].1.contains(named), "{:?}", doubts(&report)[0]);
    }
    // A failed item has its reason.
    for (code, end) in [
        (Some(long()), "failed, and may have applied some items: two lines [2Jxxx"),
        (None, "may have applied some items"),
    ] {
        let answers = move |n: usize, _: &Request| match n {
            0 => Script::response(202, r#"{"id":"j0","state":"running"}"#),
            _ => told(&json!({"state": "failed", "code": code})),
        };
        let report = client(answers).told().send(ids(3)).max_attempts(1).await;
        check(&report, "a job that failed");
        assert!(doubts(&report)[0].1.contains(end), "{:?}", doubts(&report)[0]);
    }
}
