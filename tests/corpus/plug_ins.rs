//! Requests and responses that the grammar cannot express: with a codec, a hand-written reply, or both.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bulk_endpoint::{
    ApiError, AwsErrorType, Bulk, BulkItem, BulkReply, Codec, CodecError, EndIndex, Index, ItemReply, StartIndex,
    bulk_api,
    reply::{BodyShape, CollectorOf, DecodeError, PerItem, RawResponse, ReplyShape},
};
use prost::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, plug_in, whole};
use crate::vendor::{Vendor, empty, json as answer, text, words};

pub const ROWS: &[Row] = &[
    whole("aws-logs-put-log-events", "CloudWatchLogs::put_log_events"),
    plug_in("google-ads-upload-click-conversions", "GoogleAds::upload_click_conversions"),
    plug_in("prometheus-remote-write-2", "RemoteWrite::write")
        .narrowed("histograms, exemplars and metadata: samples alone"),
    whole("influxdb3-write-lp", "InfluxDb::write_lp"),
];

/// <https://github.com/boto/botocore/blob/0e6e2404b85d/botocore/data/logs/2014-03-28/service-2.json>
///
/// The vendor counts 26 bytes for an event besides its message. An event has more than that in JSON, so a body within the limit is also
/// within the vendor's.
#[bulk_api(rename_all = "camelCase")]
pub trait CloudWatchLogs: Send + Sync {
    /// Writes events, which must be in the order of their time.
    #[post("/")]
    #[header("X-Amz-Target", "Logs_20140328.PutLogEvents")]
    #[header("Content-Type", "application/x-amz-json-1.1")]
    #[bulk_endpoint(
        max = 10_000,
        max_bytes = 1_048_576,
        max_item_bytes = 1_000_000,
        partial = true,
        items = "logEvents",
        retry("ServiceUnavailableException", "ThrottlingException")
    )]
    fn put_log_events(
        &self,
        log_group_name: &str,
        log_stream_name: &str,
    ) -> Bulk<LogEvent, LogEventsPut, CloudWatchLogsError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct LogEvent {
    pub timestamp: u64,
    pub message: String,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
#[bulk(unlisted = succeeded)]
pub struct LogEventsPut {
    pub next_sequence_token: String,
    #[bulk(nested)]
    pub rejected_log_events_info: Option<RejectedLogEvents>,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct RejectedLogEvents {
    #[bulk(failed)]
    pub too_new_log_event_start_index: Option<StartIndex<0>>,
    #[bulk(failed)]
    pub too_old_log_event_end_index: Option<EndIndex<0>>,
    #[bulk(failed)]
    pub expired_log_event_end_index: Option<EndIndex<0>>,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct CloudWatchLogsError {
    #[bulk(code)]
    #[serde(rename = "__type")]
    pub kind: AwsErrorType,
    #[bulk(message)]
    pub message: Option<String>,
}

#[tokio::test]
async fn cloud_watch_logs() {
    let put = async |count: u64, reply| {
        let vendor = Vendor::answering([reply]).await;
        let events = (0..count).map(|timestamp| LogEvent { timestamp, message: "m".to_owned() });
        let report = CloudWatchLogsClient::new(vendor.client()).put_log_events("g", "s").send(events).await;
        (report, vendor)
    };
    let done = |info: &Value| answer(200, &json!({"nextSequenceToken": "…", "rejectedLogEventsInfo": info}));
    let (report, vendor) = put(2, answer(200, &json!({"nextSequenceToken": "…"}))).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!(seen.header("x-amz-target"), Some("Logs_20140328.PutLogEvents"));
    assert_eq!(seen.header("content-type"), Some("application/x-amz-json-1.1"));
    let event = |timestamp| json!({"timestamp": timestamp, "message": "m"});
    assert_eq!(seen.json(), json!({"logGroupName": "g", "logStreamName": "s", "logEvents": [event(0), event(1)]}));
    let partial = json!({"tooNewLogEventStartIndex": 8, "tooOldLogEventEndIndex": 2, "expiredLogEventEndIndex": 1});
    let (report, _) = put(10, done(&partial)).await;
    let [f, s] = ["failed", "succeeded"];
    assert_eq!(words(&report), [f, f, s, s, s, s, s, s, f, f]);
    let why: Vec<&str> = report.failed().map(|(_, failure)| failure.list).collect();
    let [old, new] = ["tooOldLogEventEndIndex", "tooNewLogEventStartIndex"];
    assert_eq!(why, [old, old, new, new]);
    assert_eq!(report.rows().next().and_then(|row| row.code).as_deref(), Some(old));
    let (report, _) = put(2, done(&json!({"tooOldLogEventEndIndex": 2}))).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // More items than were sent; invalid ranges; another shape.
    let (report, _) = put(2, done(&json!({"tooOldLogEventEndIndex": 3}))).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    for body in [json!({"nextSequenceToken": "…", "rejectedLogEventsInfo": {"tooOldLogEventEndIndex": [1]}}), json!({})]
    {
        assert_eq!(words(&put(2, answer(200, &body)).await.0), ["unknown", "unknown"]);
    }
    let refused = json!({"__type": "InvalidParameterException", "message": "not in order"});
    let (report, _) = put(2, answer(400, &refused)).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    assert_eq!(report.rows().next().and_then(|row| row.code).as_deref(), Some("InvalidParameterException"));
}

/// <https://github.com/googleapis/googleapis/blob/f8291d2b89f0/google/ads/googleads/v25/services/conversion_upload_service.proto>
#[bulk_api(rename_all = "camelCase")]
pub trait GoogleAds: Send + Sync {
    /// Uploads the valid conversions.
    #[post("/v25/customers/{customer_id}:uploadClickConversions")]
    #[field("/partialFailure", true)]
    #[bulk_endpoint(max = assumed(2000), partial = true, items = "conversions")]
    fn upload_click_conversions(
        &self,
        customer_id: &str,
        validate_only: bool,
        job_id: Option<i32>,
    ) -> Bulk<ClickConversion, Uploaded, GoogleAdsError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct ClickConversion {
    pub gclid: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Uploaded {
    pub partial_failure_error: Option<PartialFailure>,
    pub results: Vec<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
pub struct PartialFailure {
    pub details: Vec<FailureDetail>,
}

#[derive(Debug, Deserialize)]
pub struct FailureDetail {
    pub errors: Vec<ConversionError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct ConversionError {
    #[bulk(message)]
    pub message: String,
    pub location: Location,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    pub field_path_elements: Vec<FieldPathElement>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldPathElement {
    pub field_name: String,
    pub index: Option<usize>,
}

// plug-in of google-ads-upload-click-conversions
/// The result of a failed conversion is empty. The errors are in another list, with the indices of their conversions.
impl BulkReply for Uploaded {
    type Key = Index<0>;
    type Success = Arc<Map<String, Value>>;
    type Failure = ConversionError;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque);

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        let body: Self = serde_json::from_str(response.body()?.get()).map_err(|error| DecodeError::new("", error))?;
        if body.results.len() != collector.len() {
            return Err(DecodeError::new("/results", "there is not one for each conversion"));
        }
        let details = body.partial_failure_error.into_iter().flat_map(|error| error.details);
        for error in details.flat_map(|detail| detail.errors) {
            let mut path = error.location.field_path_elements.iter();
            match path.find(|element| element.field_name == "conversions").and_then(|element| element.index) {
                Some(position) => collector.failed(position, error),
                None => collector.bad_element(DecodeError::new("/partialFailureError", "an error of no conversion")),
            }
        }
        let done = body.results.into_iter().enumerate().filter(|(_, result)| !result.is_empty());
        done.for_each(|(position, result)| collector.succeeded(position, Arc::new(result)));
        Ok(())
    }
}

impl PerItem for Uploaded {}
// end of plug-in

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct GoogleAdsError {
    #[bulk(nested)]
    pub error: RpcStatus,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct RpcStatus {
    #[bulk(code)]
    pub status: Option<String>,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn google_ads() {
    let upload = async |reply| {
        let vendor = Vendor::answering([reply]).await;
        let bulk = GoogleAdsClient::new(vendor.client()).upload_click_conversions("7", false, None);
        let conversions = ["a", "b"].map(|gclid| ClickConversion { gclid: gclid.to_owned() });
        (bulk.send(conversions).await, vendor)
    };
    let error = |index: &u64| {
        let path = [json!({"fieldName": "conversions", "index": index}), json!({"fieldName": "gclid"})];
        json!({"message": format!("bad {index}"), "location": {"fieldPathElements": path}})
    };
    let body = |indices: &[u64], results: &Value| {
        let errors: Vec<Value> = indices.iter().map(error).collect();
        let failure = json!({"code": 3, "message": "…", "details": [{"errors": errors}]});
        answer(200, &json!({"partialFailureError": failure, "results": results, "jobId": "1"}))
    };
    let (report, vendor) = upload(answer(200, &json!({"results": [{"gclid": "a"}, {"gclid": "b"}]}))).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let (_, success) = report.succeeded().next().expect("a success");
    assert_eq!(success.body.as_ref().and_then(|body| body.get("gclid")), Some(&json!("a")));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v25/customers/7:uploadClickConversions"));
    assert_eq!(
        seen.json(),
        json!({"conversions": [{"gclid": "a"}, {"gclid": "b"}], "partialFailure": true, "validateOnly": false})
    );
    let (report, _) = upload(body(&[1], &json!([{"gclid": "a"}, {}]))).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!(failure.message, "bad 1");
    let (report, _) = upload(body(&[1, 0], &json!([{}, {}]))).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // One conversion both done and failed; one without a result; too few results.
    assert_eq!(words(&upload(body(&[0], &json!([{"gclid": "a"}, {"gclid": "b"}]))).await.0), ["unknown", "succeeded"]);
    assert_eq!(words(&upload(body(&[0], &json!([{}, {}]))).await.0), ["failed", "unknown"]);
    assert_eq!(words(&upload(body(&[0], &json!([{}]))).await.0), ["unknown", "unknown"]);
    let refused = json!({"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}});
    let (report, _) = upload(answer(403, &refused)).await;
    assert_eq!(words(&report), ["refused", "refused"]);
}

/// <https://github.com/prometheus/docs/blob/c105550aad07/docs/specs/prw/remote_write_spec_2_0.md>
///
/// Receivers respond with 2xx only if all samples were written, and must accept retries. A request with an invalid sample is bisected to
/// find it.
#[bulk_api]
pub trait RemoteWrite: Send + Sync {
    /// Writes samples.
    #[post("/api/v1/write")]
    #[header("Content-Encoding", "snappy")]
    #[header("X-Prometheus-Remote-Write-Version", "2.0.0")]
    #[bulk_endpoint(
        max = assumed(2000),
        partial = true,
        idempotent = true,
        bisect(400),
        items = codec(WriteRequest)
    )]
    fn write(&self) -> Bulk<Sample, SamplesWritten>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Sample {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
    pub timestamp: i64,
}

/// `io.prometheus.write.v2.Request`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct WriteRequest {
    /// The names and values of labels, to which series refer by index. The first is empty.
    #[prost(string, repeated, tag = "4")]
    pub symbols: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    pub timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct TimeSeries {
    #[prost(uint32, repeated, tag = "1")]
    pub labels_refs: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Point>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Point {
    #[prost(double, tag = "1")]
    pub value: f64,
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

/// The response counts the written samples in a header. A receiver that does not send it did not understand the request.
#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct SamplesWritten {
    #[bulk(count(succeeded), header = "X-Prometheus-Remote-Write-Samples-Written")]
    #[serde(skip)]
    pub samples: u64,
}

// plug-in of prometheus-remote-write-2
impl Codec<Sample> for WriteRequest {
    const CONTENT_TYPE: &'static str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

    /// The symbols of a sample are numbered per request, so they are kept as text until then. The value is kept as its bits, since
    /// JSON has no NaN.
    fn item(sample: &Sample, out: &mut Vec<u8>) -> Result<(), CodecError> {
        Ok(serde_json::to_writer(out, &(&sample.labels, sample.value.to_bits(), sample.timestamp))?)
    }

    fn body(_: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
        let mut request = WriteRequest { symbols: vec![String::new()], timeseries: Vec::new() };
        let mut known = HashMap::new();
        for item in items {
            let (labels, bits, timestamp): (BTreeMap<String, String>, u64, i64) =
                serde_json::from_slice(item).expect("what `item` wrote");
            let symbols = labels.into_iter().flat_map(|(name, value)| [name, value]);
            let labels_refs = symbols.map(|symbol| {
                *known.entry(symbol).or_insert_with_key(|symbol| {
                    request.symbols.push(symbol.clone());
                    request.symbols.len() as u32 - 1
                })
            });
            let labels_refs = labels_refs.collect();
            let samples = vec![Point { value: f64::from_bits(bits), timestamp }];
            request.timeseries.push(TimeSeries { labels_refs, samples });
        }
        snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("no 4 GiB")
    }
}
// end of plug-in

#[tokio::test]
async fn prometheus() {
    let sample = |job: &str, value| Sample {
        labels: [("__name__", "up"), ("job", job)].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        value,
        timestamp: 7,
    };
    let written = |status, count: &str| {
        let mut answer = empty(status);
        answer.headers.push(("x-prometheus-remote-write-samples-written", count.to_owned()));
        answer
    };
    let write = async |answers: Vec<_>| {
        let vendor = Vendor::answering(answers).await;
        let samples = [sample("a", 1.0), sample("b", f64::NAN)];
        (
            RemoteWriteClient::new(vendor.client())
                .write()
                .send(samples)
                .concurrency(1)
                .max_attempts(1)
                .patience(std::time::Duration::ZERO)
                .await,
            vendor,
        )
    };
    let (report, vendor) = write(vec![written(204, "2")]).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/api/v1/write"));
    assert_eq!(seen.header("content-encoding"), Some("snappy"));
    assert_eq!(seen.header("x-prometheus-remote-write-version"), Some("2.0.0"));
    assert_eq!(seen.header("content-type"), Some(WriteRequest::CONTENT_TYPE));
    let message = snap::raw::Decoder::new().decompress_vec(&seen.body).expect("snappy");
    let request = WriteRequest::decode(message.as_slice()).expect("protobuf");
    assert_eq!(request.symbols, ["", "__name__", "up", "job", "a", "b"]);
    let [a, b] = request.timeseries.as_slice() else { panic!("two series: {request:?}") };
    assert_eq!((a.labels_refs.as_slice(), b.labels_refs.as_slice()), (&[1, 2, 3, 4][..], &[1, 2, 3, 5][..]));
    assert_eq!(a.samples, [Point { value: 1.0, timestamp: 7 }]);
    assert!(b.samples[0].value.is_nan());
    // Fewer samples, a missing count, and a count that is not a number.
    for untrue in [written(204, "1"), empty(204), written(204, "all")] {
        assert_eq!(words(&write(vec![untrue]).await.0), ["unknown", "unknown"]);
    }
    // One sample is invalid: its request was partly written, and is bisected.
    let (report, vendor) =
        write(vec![written(400, "1"), written(204, "1"), text(400, "text/plain", "out of order")]).await;
    assert_eq!((words(&report), vendor.seen().len()), (vec!["succeeded", "refused"], 3));
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.message.as_deref(), Some("out of order"));
    let (report, _) = write(vec![text(400, "text/plain", "out of order")]).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    assert_eq!(words(&write(vec![empty(500)]).await.0), ["unknown", "unknown"]);
}

/// <https://github.com/influxdata/docs-v2/blob/79332006271f/content/shared/influxdb3-write-guides/http-api/v3-write-lp.md>
#[bulk_api]
pub trait InfluxDb: Send + Sync {
    /// Writes the valid points, one line each. An existing point is overwritten.
    #[post("/api/v3/write_lp?accept_partial=true")]
    #[bulk_endpoint(max = assumed(10_000), partial = true, idempotent = true, items = text("\n"))]
    fn write_lp(
        &self,
        #[query] db: &str,
        #[query] precision: Option<&str>,
        #[query] no_sync: Option<bool>,
    ) -> Bulk<String, WriteLp, InfluxDbError>;
}

#[derive(Debug, BulkReply)]
pub enum WriteLp {
    #[bulk(on(204))]
    All,
    #[bulk(on(400))]
    Partial(PartialWrite),
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct PartialWrite {
    pub error: String,
    #[bulk(failed)]
    pub data: Vec<LineError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct LineError {
    pub original_line: String,
    #[bulk(key)]
    pub line_number: Index<1>,
    #[bulk(message)]
    pub error_message: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct InfluxDbError {
    #[bulk(message)]
    pub error: String,
}

#[tokio::test]
async fn influxdb() {
    let lines = ["home,room=Sunroom temp=96 1735545600", "home,room=Sunroom temp=hi 1735549200"];
    let write = async |reply| {
        let vendor = Vendor::answering([reply]).await;
        let bulk = InfluxDbClient::new(vendor.client()).write_lp("sensors", Some("second"), None);
        (bulk.send(lines.map(str::to_owned)).max_attempts(1).patience(std::time::Duration::ZERO).await, vendor)
    };
    let (report, vendor) = write(empty(204)).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/api/v3/write_lp?accept_partial=true&db=sensors&precision=second")
    );
    assert_eq!(seen.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(seen.text(), lines.join("\n"));
    let partial = |numbers: &[usize]| {
        let error = |number: &usize| json!({"original_line": lines[number % 2], "line_number": number, "error_message": "invalid column type"});
        let data: Vec<Value> = numbers.iter().map(error).collect();
        answer(400, &json!({"error": "partial write of line protocol occurred", "data": data}))
    };
    let (report, _) = write(partial(&[2])).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!((failure.line_number, failure.error_message.as_str()), (Index(2), "invalid column type"));
    let (report, _) = write(partial(&[1, 2])).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // Lines that were not sent, or are numbered from 0; another status than that of partial success.
    for untrue in [partial(&[3]), partial(&[0]), answer(200, &json!({"error": "no"}))] {
        assert_eq!(words(&write(untrue).await.0), ["unknown", "unknown"]);
    }
    // All lines were rejected: `data` is then an object.
    let error = json!({"original_line": lines[1], "line_number": 2, "error_message": "no"});
    let (report, _) =
        write(answer(400, &json!({"error": "parsing failed for write_lp endpoint", "data": error}))).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.message.as_deref(), Some("parsing failed for write_lp endpoint"));
    // An item that is not a line ends alone.
    let vendor = Vendor::answering([empty(204)]).await;
    let bulk = InfluxDbClient::new(vendor.client()).write_lp("sensors", None, Some(true));
    let report = bulk.send(["a b=1".to_owned(), "a\nb".to_owned()]).await;
    assert_eq!(words(&report), ["succeeded", "not_attempted"]);
}
