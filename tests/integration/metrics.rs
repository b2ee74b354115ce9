//! The metrics of a run, as a recorder gets them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bulk_endpoint::testing::Script;
use bulk_endpoint::transport::TransportErrorKind;
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::support::{Shapes, all_done, ids, scripted, seconds, sent_ids};

/// What was recorded: `name{label=value}` without the endpoint, with the counter, the gauge, or the number and sum of a histogram's values.
fn recorded(snapshotter: &Snapshotter) -> BTreeMap<String, String> {
    let metrics = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let labels = key.key().labels().filter(|label| label.key() != "endpoint");
        let labels: Vec<_> = labels.map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(value) => value.to_string(),
            DebugValue::Histogram(values) => {
                format!("{} {:.2}", values.len(), values.iter().map(|value| value.into_inner()).sum::<f64>())
            }
        };
        (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
    });
    metrics.collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_reports_items_requests_retries_and_waits() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let guard = metrics::set_default_local_recorder(&recorder);
    let client = scripted(|n, request| match n {
        0 => Script::response(429, "").header("Retry-After", "4").after(seconds(1)),
        2 => Script::error(TransportErrorKind::Timeout, "too late").after(seconds(2)),
        _ => {
            let mut ids = sent_ids(request);
            // One of the items is handed back, once.
            let back = (n == 4).then(|| ids.pop()).flatten();
            let body = serde_json::json!({ "successes": ids, "unprocessed": Vec::from_iter(back) });
            Script::response(200, body.to_string()).after(seconds(1))
        }
    });
    let report = client.idempotent().send(ids(7)).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 7);
    let recorded = recorded(&snapshotter);
    drop(guard);
    let get = |name: &str| recorded.get(name).map_or("", String::as_str);
    assert_eq!(get("bulk_items_total{outcome=succeeded}"), "7");
    assert_eq!(get("bulk_items_total{outcome=failed}"), "0");
    assert_eq!(get("bulk_requests_total{result=429}"), "1");
    assert_eq!(get("bulk_requests_total{result=timeout}"), "1");
    assert_eq!(get("bulk_requests_total{result=200}"), format!("{}", report.requests() - 2));
    assert_eq!(get("bulk_retries_total{reason=throttled}"), "3");
    assert_eq!(get("bulk_retries_total{reason=uncertain}"), "3");
    assert_eq!(get("bulk_retries_total{reason=item}"), "1");
    assert_eq!(get("bulk_requests_in_flight{}"), "0");
    assert_eq!(get("bulk_throttled_seconds{by=host}").split(' ').next_back(), Some("4.00"), "{recorded:#?}");
    let durations = format!("{} {:.2}", report.requests(), 1.0 + 2.0 + (report.requests() - 2) as f64);
    assert_eq!(get("bulk_request_duration_seconds{}"), durations);
    let fill: f64 = get("bulk_batch_fill_ratio{}").split(' ').next_back().unwrap().parse().unwrap();
    let sent = 7.0 + 3.0 + 3.0 + 1.0;
    assert!((fill - sent / 3.0).abs() < 0.01, "{fill}: {sent} items in requests of at most 3");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_or_dropped_run_leaves_nothing_in_flight() {
    for ends in ["cancelled", "dropped"] {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let guard = metrics::set_default_local_recorder(&recorder);
        let client = scripted(|_, request| all_done(request).after(seconds(60)));
        let bulk = client.idempotent();
        let run = bulk.send(ids(7)).concurrency(2);
        let watch = run.watch();
        let mut future = Box::pin(run.into_future());
        assert!(futures_util::FutureExt::now_or_never(&mut future).is_none());
        // A snapshot takes the values out: the next one shows the change since.
        assert_eq!(recorded(&snapshotter)["bulk_requests_in_flight{}"], "2");
        if ends == "cancelled" {
            watch.cancel();
            assert!(future.await.stopped().is_some());
        } else {
            drop(future);
        }
        assert_eq!(recorded(&snapshotter)["bulk_requests_in_flight{}"], "-2", "{ends}: both are over");
        drop(guard);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_end_of_the_run_cuts_short_counts() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let guard = metrics::set_default_local_recorder(&recorder);
    let client = scripted(|_, _| Script::response(429, "").header("Retry-After", "300"));
    let bulk = client.idempotent();
    let run = bulk.send(ids(3));
    let watch = run.watch();
    let cancelled = async {
        tokio::time::sleep(seconds(240)).await;
        watch.cancel();
    };
    let (report, ()) = tokio::join!(run.into_future(), cancelled);
    assert!(report.stopped().is_some());
    assert_eq!(recorded(&snapshotter)["bulk_throttled_seconds{by=host}"], "1 240.00");
    drop(guard);
}

/// A recorder that panics when it registers histograms, or else when a counter is incremented.
struct Panicking {
    registers: bool,
    increments: Arc<AtomicUsize>,
}

struct PanickingCounter(Arc<AtomicUsize>);

impl CounterFn for PanickingCounter {
    fn increment(&self, _: u64) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("no more memory for counters");
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Panicking {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(PanickingCounter(self.increments.clone())))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        assert!(self.registers, "no histograms here");
        Histogram::noop()
    }
}

#[tokio::test(start_paused = true)]
async fn a_recorder_that_panics_loses_no_item_and_is_not_called_again() {
    for (registers, calls) in [(false, 0), (true, 1)] {
        let increments = Arc::new(AtomicUsize::new(0));
        let recorder = Panicking { registers, increments: increments.clone() };
        let guard = metrics::set_default_local_recorder(&recorder);
        let client = scripted(|_, request| all_done(request));
        let report = client.idempotent().send(ids(7)).await;
        drop(guard);
        assert_eq!(report.counters().succeeded, 7);
        assert_eq!(increments.load(Ordering::Relaxed), calls);
    }
}
