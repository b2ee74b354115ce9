//! What a run shows of itself, as other systems get it: spans at an OpenTelemetry collector, and metrics that Prometheus scrapes.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests, helpers included")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use bulk_endpoint::testing::{Fake, FakeServer, Refuse};
use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, Outcome, bulk_api};
use bulk_endpoint_durable::Store;
use futures_util::future::join_all;
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Serialize, Deserialize, BulkReply)]
struct Deleted {
    #[bulk(succeeded)]
    deleted: Vec<u64>,
}

#[derive(Debug, Serialize, Deserialize, ApiError)]
struct VendorError {
    #[bulk(message)]
    message: String,
}

#[bulk_api]
trait Records {
    #[post("/spaces/{space}/delete")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true)]
    fn delete(&self, space: u32) -> Bulk<u64, Deleted, VendorError>;
}

/// A vendor that refuses its first request for now, and the client.
async fn vendor() -> (FakeServer, RecordsClient) {
    let refuse = || Refuse::new(429).header("Retry-After", "1").body(VendorError { message: "later".into() });
    let fake = Fake::new().endpoint(RecordsClient::DELETE, |_| Outcome::succeeded()).bearer("s3cret");
    let server = fake.on_request(move |request| (request.number == 0).then(refuse)).start().await.unwrap();
    let client = Client::builder(server.url()).bearer("s3cret").build().unwrap();
    (server, RecordsClient::new(client))
}

/// A stand-in for a collector: it takes OTLP over HTTP, as protobuf.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Collector::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let routes = Router::new().route("/v1/traces", post(Collector::collect)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (collector, url)
    }

    async fn collect(State(Collector(spans)): State<Self>, body: Bytes) {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
    }
}

/// The spans of what is done, as a collector gets them.
async fn exported(work: impl Future<Output = ()>) -> Vec<Span> {
    let (collector, url) = Collector::start().await;
    let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_endpoint(url);
    let exporter = tokio::task::spawn_blocking(move || exporter.build().unwrap()).await.unwrap();
    // It exports in a thread of its own.
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("telemetry"));
    // The HTTP client of the exporter has spans too.
    let ours = tracing_subscriber::filter::filter_fn(|metadata| {
        ["bulk_endpoint", "telemetry"].iter().any(|target| metadata.target().starts_with(target))
    });
    let subscriber = tracing_subscriber::registry().with(tracing_subscriber::Layer::with_filter(layer, ours));
    let dispatch = tracing::subscriber::set_default(subscriber);
    work.await;
    drop(dispatch);
    tokio::task::spawn_blocking(move || provider.shutdown().unwrap()).await.unwrap();
    let spans = std::mem::take(&mut *collector.0.lock().unwrap());
    assert!(!format!("{spans:?}").contains("s3cret"));
    spans
}

fn named<'s>(spans: &'s [Span], name: &str) -> Vec<&'s Span> {
    let mut named: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    named.sort_by_key(|span| span.start_time_unix_nano);
    named
}

fn attributes(span: &Span) -> BTreeMap<&str, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let values =
        span.attributes.iter().filter_map(|pair| Some((&*pair.key, text(pair.value.as_ref()?.value.as_ref()?))));
    values.collect()
}

#[tokio::test]
async fn a_collector_gets_the_spans_of_a_run_with_the_attributes_of_http_clients() {
    let (server, records) = vendor().await;
    let spans = exported(async {
        let report = records.delete(7).send([1, 2, 3]).concurrency(1).await;
        assert!(report.is_complete(), "{report}");
    })
    .await;
    let [run] = *named(&spans, "bulk_run") else { panic!("{spans:#?}") };
    let (batches, attempts) = (named(&spans, "bulk_batch"), named(&spans, "POST /spaces/{space}/delete"));
    assert_eq!((batches.len(), attempts.len()), (2, 3), "{spans:#?}");
    assert!(spans.iter().all(|span| span.trace_id == run.trace_id));
    assert!(run.parent_span_id.is_empty() && batches.iter().all(|batch| batch.parent_span_id == run.span_id));
    let of_batch = |batch: &Span| attempts.iter().filter(|attempt| attempt.parent_span_id == batch.span_id).count();
    assert_eq!(batches.iter().map(|batch| of_batch(batch)).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(attributes(run)["endpoint"], "delete");

    let port = server.url().rsplit(':').next().unwrap();
    for (attempt, status) in attempts.iter().zip(["429", "200", "200"]) {
        assert_eq!(attempt.kind(), SpanKind::Client);
        let attributes = attributes(attempt);
        let expected = [
            ("http.request.method", "POST"),
            ("http.response.status_code", status),
            ("server.address", "127.0.0.1"),
            ("server.port", port),
            ("url.template", "/spaces/{space}/delete"),
        ];
        for (name, value) in expected {
            assert_eq!(attributes.get(name).map(String::as_str), Some(value), "{name} in {attributes:#?}");
        }
        let is_error = attempt.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
        assert_eq!(is_error, status == "429", "{attempt:#?}");
        assert_eq!(attributes.get("error.type").map(String::as_str), (status == "429").then_some("429"));
    }
    let resent = attempts.iter().map(|attempt| attributes(attempt).get("http.request.resend_count").cloned());
    assert_eq!(resent.collect::<Vec<_>>(), [None, Some("1".to_owned()), None]);
}

#[tokio::test]
async fn a_collector_gets_links_from_a_batch_to_the_calls_in_it() {
    let (_server, records) = vendor().await;
    let spans = exported(async {
        let batcher = records.delete(7).batcher().spawn();
        let calls = [1, 2].map(|id| batcher.send(id).instrument(tracing::info_span!("caller", id)));
        assert!(join_all(calls).await.iter().all(Result::is_ok));
        batcher.close(Duration::from_secs(10)).await;
    })
    .await;
    let (batches, callers) = (named(&spans, "bulk_batch"), named(&spans, "caller"));
    let ids = |spans: &[&Span]| spans.iter().map(|span| (span.trace_id.clone(), span.span_id.clone())).collect();
    let callers: BTreeSet<(Vec<u8>, Vec<u8>)> = ids(&callers);
    let [batch] = *batches else { panic!("{spans:#?}") };
    let links = batch.links.iter().map(|link| (link.trace_id.clone(), link.span_id.clone()));
    assert_eq!(links.collect::<BTreeSet<_>>(), callers, "{spans:#?}");
    assert_eq!(callers.len(), 2);
}

/// The name and kind of each metric in the guide.
fn documented() -> BTreeMap<String, String> {
    let rows = include_str!("../../runtime/docs/observability.md").lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `bulk_")?.split('|');
        let name = cells.next()?.trim().trim_end_matches('`');
        let kind = cells.next()?.trim();
        // A histogram without buckets is a summary.
        let kind = if kind == "histogram" { "summary" } else { kind };
        ["counter", "gauge", "summary"].contains(&kind).then(|| (format!("bulk_{name}"), kind.to_owned()))
    });
    rows.collect()
}

#[tokio::test]
async fn prometheus_scrapes_the_metrics_that_are_documented() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let guard = metrics::set_default_local_recorder(&recorder);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("runs.db")).await.unwrap();
    let (_server, records) = vendor().await;
    let report = records.delete(7).send([1, 2, 3]).concurrency(1).journal(&store, "run").await.unwrap();
    assert!(report.is_complete(), "{report}");
    drop(guard);
    let text = handle.render();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let scraped: BTreeMap<String, String> = types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    assert_eq!(scraped, documented(), "{text}");
    for line in [
        "bulk_items_total{endpoint=\"delete\",outcome=\"succeeded\"} 3",
        "bulk_requests_total{endpoint=\"delete\",result=\"429\"} 1",
        "bulk_requests_total{endpoint=\"delete\",result=\"200\"} 2",
        "bulk_retries_total{endpoint=\"delete\",reason=\"throttled\"} 2",
        "bulk_throttled_seconds_count{endpoint=\"delete\",by=\"host\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}
