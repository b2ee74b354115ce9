//! The tracing spans of a run, its batches and attempts, and what they do not contain.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::testing::Script;
use bulk_endpoint::transport::TransportErrorKind;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Instrument, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
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

/// The spans of a run, each as `name: field=value`, and which span follows from which.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Collected>>);

#[derive(Default)]
struct Collected {
    names: HashMap<u64, &'static str>,
    fields: Vec<String>,
    links: Vec<(u64, u64)>,
    closed: Vec<&'static str>,
}

impl Spans {
    fn note(&self, name: &'static str, record: impl FnOnce(&mut dyn Visit)) {
        record(&mut FieldsOf(name, self.0.clone()));
    }
}

struct FieldsOf(&'static str, Arc<Mutex<Collected>>);

impl Visit for FieldsOf {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.1.lock().unwrap().fields.push(format!("{}: {field}={value:?}", self.0));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let name = context.span(&id).map_or("", |span| span.name());
        self.0.lock().unwrap().closed.push(name);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let name = attributes.metadata().name();
        self.0.lock().unwrap().names.insert(id.into_u64(), name);
        self.note(name, |visit| attributes.record(visit));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let name = self.0.lock().unwrap().names[&id.into_u64()];
        self.note(name, |visit| values.record(visit));
    }

    fn on_follows_from(&self, id: &Id, from: &Id, _: Context<'_, S>) {
        self.0.lock().unwrap().links.push((id.into_u64(), from.into_u64()));
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_have_the_fields_of_an_http_client_and_batches_follow_their_callers() {
    let spans = Spans::default();
    let _other = tracing_subscriber::registry().set_default();
    let dispatch = tracing_subscriber::registry().with(spans.clone()).set_default();
    let client = scripted(|n, request| match n {
        0 => Script::response(429, ""),
        1 => Script::error(TransportErrorKind::Timeout, "too late"),
        _ => all_done(request),
    });
    let (tokens, driver) = client.idempotent().batcher().build();
    let callers = ids(2).into_iter().map(|id| tokens.send(id).instrument(tracing::info_span!("caller")));
    let calls = futures_util::future::join_all(callers.collect::<Vec<_>>());
    let (results, ended) = tokio::join!(
        async {
            let results = calls.await;
            tokens.close(Duration::ZERO).await;
            results
        },
        driver
    );
    ended.unwrap();
    drop(dispatch);
    assert!(results.iter().all(Result::is_ok));
    let collected = spans.0.lock().unwrap();
    for (field, times) in [
        ("otel.kind=\"client\"", 3),
        ("otel.name=POST /again", 3),
        ("http.request.method=\"POST\"", 3),
        ("url.template=\"/again\"", 3),
        ("server.address=\"api.example.com\"", 3),
        ("server.port=443", 3),
        ("http.request.resend_count=1", 1),
        ("http.request.resend_count=2", 1),
        ("http.response.status_code=429", 1),
        ("http.response.status_code=200", 1),
        ("error.type=\"429\"", 1),
        ("error.type=\"timeout\"", 1),
        ("otel.status_code=\"ERROR\"", 2),
    ] {
        let found = collected.fields.iter().filter(|found| **found == format!("bulk_attempt: {field}")).count();
        assert_eq!(found, times, "{field} in {:#?}", collected.fields);
    }
    let names = |(from, to): &(u64, u64)| (collected.names[from], collected.names[to]);
    assert_eq!(collected.links.iter().map(names).collect::<Vec<_>>(), [("bulk_batch", "caller"); 2]);
}

/// Returns the names of the spans around an event.
fn spans_of(line: &str) -> String {
    let names = line.split('{').map(|before| before.rsplit([':', ' ', '}']).next().unwrap_or(before));
    names.filter(|name| name.starts_with("bulk_")).collect::<Vec<_>>().join(" ")
}

/// A span is exported when it closes. That of a batch does not wait for the next one.
#[tokio::test(start_paused = true)]
async fn the_span_of_a_batch_closes_when_the_batch_ends() {
    let spans = Spans::default();
    let _other = tracing_subscriber::registry().set_default();
    let _dispatch = tracing_subscriber::registry().with(spans.clone()).set_default();
    let client = scripted(|n, request| if n == 0 { Script::response(429, "") } else { all_done(request) });
    let tokens = client.idempotent().batcher().spawn();
    let [id] = ids(1).try_into().unwrap();
    tokens.send(id).await.unwrap();
    let closed = || spans.0.lock().unwrap().closed.clone();
    assert_eq!(closed(), ["bulk_attempt", "bulk_attempt", "bulk_batch"]);
    tokens.close(Duration::MAX).await;
    assert_eq!(closed().last(), Some(&"bulk_run"));
}
