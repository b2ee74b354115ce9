//! Checks a response: each item has one outcome, and only one that the response supports.

use std::future::IntoFuture;
use std::time::Duration;

use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, Outcome, OutcomeKind,
    reply::{BodyShape, FieldKind},
};
use bulk_endpoint::{testing::Script, transport::Response};
use futures_util::FutureExt;

use super::client;
use super::expected::{May, Told, undamaged};
use super::shapes::{Cell, Hostile};

/// The number of shapes.
pub const SHAPES: u8 = 17;

/// Items `t0 t1 …`, more than a batch that is searched linearly.
const ITEMS: usize = 34;

/// Sends `t0 t1 t2`, or more, to an endpoint of a shape that gets this response: each item has one outcome, which the response supports.
pub fn check_answer(shape: u8, many: bool, status: u16, body: &[u8]) {
    let count = if many { ITEMS } else { 3 };
    let client = client({
        let body = body.to_vec();
        move |_, _| Script { after: Duration::ZERO, end: Ok(Response::new(status, Default::default(), body.clone())) }
    });
    let texts: Vec<String> = (0..count).map(|n| format!("t{n}")).collect();
    let numbers: Vec<u64> = (0..count as u64).collect();
    let cell = |row: u64| Cell { id: "t".into(), row, value: true };
    let body = &undamaged(body)[..];
    let told = Told { root: serde_json::from_slice(body).ok(), count };
    let sound = (200..300).contains(&status);
    let text = String::clone;
    let place = |id: &String| id[1..].parse::<usize>().unwrap();
    match shape % SHAPES {
        0 => meet(&client.lists("o"), texts, status, |id| told.in_lists(id), text),
        1 => meet(&client.failures_only(), texts, status, |id| told.by_silence(id), text),
        2 => meet(&client.all_or_none(), texts, status, |id| told.by_silence(id).all_or_none(&told), text),
        3 => meet(&client.each(), texts, status, |id| told.each(told.root, id), text),
        4 => meet(&client.results(), texts, status, |id| told.each(told.only("results"), id), text),
        5 => meet(&client.placed(), texts, status, |id| told.placed(place(id)), text),
        6 => meet(&client.numbers(), numbers, status, |id| told.numbered(*id), |id| id.to_string()),
        7 => meet(
            &client.cells(),
            numbers.into_iter().map(cell).collect(),
            status,
            |cell| told.cell(cell.row),
            |cell| format!("t/{}", cell.row),
        ),
        8 => meet(&client.pairs(), texts, status, |id| told.named(told.root, id), text),
        9 => {
            let lines: Vec<_> =
                body.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
            meet(&client.lines(), texts, status, |id| told.named(lines.iter().copied(), id), text);
        }
        10 => meet(&client.parts(), texts, status, |id| told.unless_named(told.only("results").is_some(), id), text),
        11 => {
            let listed = told.only("successes").is_some();
            let may = |id: &String| May { fail: listed, hand_back: !sound, ..told.named(told.root, id) };
            meet_under(&client.done_only(), texts, status, &[400], may, text);
        }
        12 => meet(
            &client.status(),
            texts,
            status,
            |id| May { hand_back: true, ..told.unless_named(told.only("status").is_some(), id) },
            text,
        ),
        13 => {
            let may = |id: &String| match status {
                204 => May { succeed: true, ..May::default() },
                400 | 409 => May { hand_back: true, ..told.by_silence(id) },
                _ => told.by_silence(id),
            };
            meet_under(&client.by_status(), texts, status, &[400, 409], may, text);
        }
        14 => meet(&client.nullable(), texts, status, |id| May { hand_back: true, ..told.placed(place(id)) }, text),
        15 => meet(&client.indexed(), texts, status, |id| told.indexed(place(id) + 1), text),
        _ => meet(&client.silent(), texts, status, |_| May { succeed: sound, ..May::default() }, text),
    }
}

fn meet<T, R, E>(bulk: &Bulk<T, R, E>, items: Vec<T>, status: u16, may: impl Fn(&T) -> May, key: impl Fn(&T) -> String)
where
    T: BulkItem + Clone,
    R: BulkReply,
    E: ApiError,
{
    meet_under(bulk, items, status, &[], may, key);
}

/// The same, for a reply under further statuses.
fn meet_under<T, R, E>(
    bulk: &Bulk<T, R, E>,
    items: Vec<T>,
    status: u16,
    declared: &[u16],
    may: impl Fn(&T) -> May,
    key: impl Fn(&T) -> String,
) where
    T: BulkItem + Clone,
    R: BulkReply,
    E: ApiError,
{
    let count = items.len();
    let run = bulk.send(items).max_attempts(1).patience(Duration::ZERO);
    let report = run.into_future().now_or_never().expect("a scripted run does not wait");
    assert_eq!((report.iter().count(), report.counters().settled()), (count, count));
    let names_job = match R::SHAPE.body {
        BodyShape::Object(fields) => {
            fields.iter().any(|field| matches!(field.kind, FieldKind::Job | FieldKind::NextJob))
        }
        _ => false,
    };
    // A request that is too large is halved; a job that does not end is polled five times.
    let most = match status {
        413 | 414 | 431 => 2 * count - 1,
        _ => 1 + if names_job { 5 } else { 0 },
    };
    assert!((1..=most).contains(&report.requests()), "{} requests", report.requests());
    let sound = (200..300).contains(&status) || declared.contains(&status);
    for (item, outcome) in report.iter() {
        let may = if sound { may(item) } else { May { hand_back: true, ..May::default() } };
        let told = match outcome.kind() {
            OutcomeKind::Succeeded => may.succeed,
            OutcomeKind::Failed => may.fail,
            // A failure for now ends as refused.
            OutcomeKind::Refused => may.hand_back || may.fail,
            OutcomeKind::Unknown => true,
            // The server did not process the request.
            OutcomeKind::NotAttempted => matches!(status, 421 | 425),
        };
        assert!(told, "{} is {} under {status}: {:?}", key(item), outcome.kind(), outcome.message());
        if let (Outcome::Unknown(doubt), true) = (outcome, sound) {
            // Each outcome has this text: a response of megabytes must not be copied for each item.
            assert!(doubt.detail.chars().count() < 1000, "{} characters of doubt", doubt.detail.len());
        }
    }
    let (text, succeeded) = (report.to_string(), report.counters().succeeded);
    let mut lines = text.lines();
    let headline = lines.next().unwrap_or_default();
    let start = match count - succeeded {
        0 => format!("all {count} items succeeded"),
        left => format!("{left} of {count} items did not succeed: "),
    };
    assert!(headline.starts_with(&start), "{text}");
    // Ten items that did not succeed, each in a short line, and how many more there are.
    let listed = (count - succeeded).min(10) + usize::from(count - succeeded > 10);
    assert_eq!(lines.clone().count(), listed, "{text}");
    assert!(lines.all(|line| line.len() < 2_500 && !line.contains(char::is_control)), "{text:?}");
    assert_eq!(report.rows().count(), count);
    assert!(report.rows().zip(report.iter()).all(|(row, (item, _))| row.key == key(item)));
}
