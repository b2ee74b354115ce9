//! The tracing spans of a run, its batches and attempts, and what they do not contain.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bulk_endpoint::testing::Script;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::{Shapes, all_done, ids, scripted};

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_its_batches_and_their_attempts_have_spans() {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::NEW)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // With a single subscriber, a callsite that another test's thread reaches first is disabled for all threads. With two it is not.
    let _other = tracing_subscriber::registry().set_default();
    let dispatch = subscriber.set_default();
    let client = scripted(|n, request| if n == 0 { Script::response(429, "") } else { all_done(request) });
    let report = client.lists("org").send(ids(4)).concurrency(1).await;
    drop(dispatch);
    assert_eq!(report.requests(), 3);
    let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
    let spans = |last: &str| text.lines().filter(|line| line.ends_with("new") && spans_of(line) == last).count();
    assert_eq!(spans("bulk_run"), 1, "{text}");
    assert_eq!(spans("bulk_run bulk_batch"), 2, "{text}");
    assert_eq!(spans("bulk_run bulk_batch bulk_attempt"), 3, "{text}");
    assert!(text.contains("waiting wait=") && text.contains("run finished"), "{text}");
    assert!(!text.contains("s3cret") && !text.contains("\"t0\""), "neither credentials nor bodies: {text}");
}

/// Returns the names of the spans around an event.
fn spans_of(line: &str) -> String {
    let names = line.split('{').map(|before| before.rsplit([':', ' ', '}']).next().unwrap_or(before));
    names.filter(|name| name.starts_with("bulk_")).collect::<Vec<_>>().join(" ")
}
