//! What a run gives up when it is cancelled or out of time stays open; what belongs together stays together; nothing leaves late.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bulk_endpoint::testing::Script;
use bulk_endpoint::transport::TransportErrorKind;
use bulk_endpoint::{Bulk, Verified, bulk_api};
use futures_util::{StreamExt, stream};

use crate::support::{Error, Job, Place, Tokens, done, keys, never, sqlite3};

const RUNNING: &str = r#"{"job":7,"state":"running"}"#;
const FINISHED: &str = r#"{"job":7,"state":"done","done":["k0","k1"]}"#;

#[bulk_api]
trait Repeatable {
    /// A job that may be started again.
    #[post("/jobs")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true, poll = "/jobs/{job}")]
    fn job(&self) -> Bulk<String, Job, Error>;
}

fn paths(place: &Place) -> Vec<String> {
    place.sent().into_iter().map(|(path, ..)| path).collect()
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test]
async fn a_job_is_asked_again_after_a_cancel_or_a_deadline() {
    for is_late in [false, true] {
        let place = Place::new();
        let first = place.client(|number, _| Script::response(if number == 0 { 202 } else { 200 }, RUNNING));
        let store = place.store().await;
        let mut run = first.job().send(keys(0..2));
        if is_late {
            run = run.run_timeout(ms(400));
        }
        let run = run.journal(&store, "jobs").restart_timeout();
        let watch = run.watch();
        let cancel = async {
            tokio::time::sleep(ms(500)).await;
            watch.cancel();
        };
        let report = tokio::join!(run.into_future(), cancel).0.unwrap();
        assert_eq!((report.counters().unknown, report.open()), (2, 2), "{report}");
        place.sent();
        let second = place.client(|_, _| Script::response(200, FINISHED));
        let report = second.job().send(keys(0..2)).journal(&store, "jobs").await.unwrap();
        assert_eq!((report.counters().succeeded, paths(&place)), (2, vec!["/jobs/7".to_owned()]), "{report}");
    }
}

#[tokio::test]
async fn a_job_goes_on_for_the_items_that_it_has_not_told_about() {
    let place = Place::new();
    let first = RepeatableClient::new(place.http(|number, _| match number {
        0 => Script::response(202, RUNNING),
        _ => Script::response(200, r#"{"job":7,"state":"running","done":["k0"]}"#),
    }));
    let store = place.store().await;
    let run = first.job().send(keys(0..2)).journal(&store, "jobs");
    let watch = run.watch();
    let cancel = async {
        tokio::time::sleep(ms(2_500)).await;
        watch.cancel();
    };
    let report = tokio::join!(run.into_future(), cancel).0.unwrap();
    assert_eq!((report.counters().succeeded, report.open()), (1, 1), "{report}");
    place.sent();
    let second = RepeatableClient::new(place.http(|_, _| Script::response(200, FINISHED)));
    let report = second.job().send(keys(0..2)).journal(&store, "jobs").await.unwrap();
    assert_eq!((report.counters().succeeded, paths(&place)), (2, vec!["/jobs/7".to_owned()]), "{report}");
}

#[tokio::test]
async fn a_job_is_not_started_again_for_a_part_of_its_items() {
    let place = Place::new();
    let first = RepeatableClient::new(place.http(|_, _| Script::response(202, RUNNING)));
    let store = place.store().await;
    let mut outcomes = first.job().send(keys(0..2)).journal(&store, "jobs").outcomes();
    assert!(tokio::time::timeout(ms(300), outcomes.next()).await.is_err(), "the job runs");
    drop(outcomes);
    place.sent();
    let told = |_: usize, _: &[String]| Script::response(200, r#"{"job":7,"state":"done","done":["k0"]}"#);
    let second = RepeatableClient::new(place.http(told));
    let report = second.job().send(keys(0..1)).journal(&store, "jobs").await.unwrap();
    assert_eq!((report.counters().succeeded, paths(&place)), (1, vec!["/jobs/7".to_owned()]), "{report}");
}

#[tokio::test]
async fn verify_is_asked_again_after_a_cancel() {
    let place = Place::new();
    let client = place.client(|_, _| Script::error(TransportErrorKind::Reset, "cut"));
    let store = place.store().await;
    let verify = |ids: Vec<String>| async move {
        Ok::<_, Infallible>(ids.into_iter().map(|id| (id, Verified::Applied)).collect::<Vec<_>>())
    };
    // Its server may be at work until the attempt timeout of 300 ms is over.
    let run = client.mail().send(keys(0..2)).verify(verify).journal(&store, "mails");
    let watch = run.watch();
    let cancel = async {
        tokio::time::sleep(ms(100)).await;
        watch.cancel();
    };
    let report = tokio::join!(run.into_future(), cancel).0.unwrap();
    assert_eq!((report.counters().unknown, report.open()), (2, 2), "{report}");
    let report = client.mail().send(keys(0..2)).verify(verify).journal(&store, "mails").await.unwrap();
    assert_eq!((report.counters().succeeded, report.requests()), (2, 1), "{report}");
}

/// R3: an uncertain batch comes again as it was, however slow the input is.
#[tokio::test]
async fn a_slow_source_splits_no_batch_under_its_key() {
    for is_bound in [false, true] {
        let place = Place::new();
        let first = place.client(|number, ids| if number == 20 { never() } else { done(ids) });
        let store = place.store().await;
        let bulk = || if is_bound { first.pay() } else { first.off("o") };
        let mut outcomes = bulk().send(keys(0..44)).concurrency(1).journal(&store, "run").outcomes();
        while let Ok(Some(_)) = tokio::time::timeout(ms(150), outcomes.next()).await {}
        drop(outcomes);
        let uncertain = place.sent().pop().unwrap();
        let second = place.client(|_, ids| done(ids));
        // The first item of the batch comes long after the life has begun, and the second one a little later.
        let slow = stream::iter(keys(0..44)).then(|key| async {
            tokio::time::sleep(ms(15)).await;
            key
        });
        let bulk = if is_bound { second.pay() } else { second.off("o") };
        let report = bulk.send_stream(slow).concurrency(1).journal(&store, "run").await.unwrap();
        assert!(report.is_complete(), "{report}");
        assert_eq!(place.sent().first(), Some(&uncertain));
    }
}

/// R1, R3: what is unknown when its attempts are used up, when the run is out of time or when its token is refused, stays open while its key
/// protects it. It ends with its key.
#[tokio::test]
async fn an_uncertain_batch_under_its_key_is_left_to_the_next_call() {
    for (wait, is_out_of_time, is_refused) in
        [(0, false, false), (0, true, false), (0, false, true), (1_100, false, false)]
    {
        let place = Place::new();
        // The request before the lost one shows that the token is valid, so that a refusal may concern one request alone.
        let first = place.client(move |number, ids| match number {
            0 => done(ids),
            2 if is_refused => Script::response(401, r#"{"message":"who?"}"#),
            _ => Script::error(TransportErrorKind::Reset, "cut"),
        });
        let store = place.store().await;
        let mut run = first.pay().send(keys(0..4)).concurrency(1).max_attempts(if is_out_of_time { 50 } else { 2 });
        if is_out_of_time {
            run = run.run_timeout(ms(200));
        }
        let report = run.journal(&store, "payments").restart_timeout().await.unwrap();
        assert_eq!((report.counters().unknown, report.open()), (2, 2), "{is_out_of_time} {is_refused} {report}");
        let lost = place.sent().pop().unwrap();
        tokio::time::sleep(ms(wait)).await;
        let second = place.client(|_, ids| done(ids));
        let report = second.pay().send(keys(0..4)).journal(&store, "payments").restart_timeout().await.unwrap();
        let (unknown, sent) = if wait == 0 { (0, vec![lost]) } else { (2, Vec::new()) };
        assert_eq!((report.counters().unknown, report.open(), place.sent()), (unknown, 0, sent), "{wait} {report}");
    }
}

/// R12, and promise 5: a store and a quota take a request for sent when its intent is made.
#[tokio::test]
async fn a_slow_consumer_makes_no_request_leave_late() {
    let place = Place::new();
    let left = Arc::new(Mutex::new(Vec::new()));
    let client = place.client({
        let left = left.clone();
        move |number, ids| {
            left.lock().unwrap().push(SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
            done(ids).after(ms(20 + 7 * (number as u64 % 2)))
        }
    });
    let store = place.store().await;
    let mut outcomes = client.mail().send(keys(0..16)).concurrency(2).journal(&store, "mails").outcomes();
    let mut number = 0;
    while outcomes.next().await.is_some() {
        number += 1;
        // Longer than a request may wait for its turn.
        if number == 4 {
            tokio::time::sleep(ms(6_000)).await;
        }
    }
    drop(outcomes);
    let sql = "select sent / 1000.0 from attempts where result not like 'not sent%' order by id";
    let sent = sqlite3(&place.path(), sql);
    let sent: Vec<Duration> = sent.lines().map(|line| Duration::from_secs_f64(line.parse().unwrap())).collect();
    let left = left.lock().unwrap();
    assert_eq!(sent.len(), left.len());
    for (sent, left) in sent.iter().zip(left.iter()) {
        assert!(left.saturating_sub(*sent) < ms(5_100), "recorded at {sent:?}, left at {left:?}");
    }
}
