//! Refusals with details about single items: in a 4xx, or in a 2xx with a failed status.

use std::collections::BTreeMap;

use bulk_endpoint::{ApiError, AwsErrorType, Bulk, BulkItem, BulkReply, Index, ItemReply, Pairs, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coverage::{Row, whole};
use crate::vendor::{Vendor, empty, json as answer, words};

pub const ROWS: &[Row] = &[
    whole("aws-dynamodb-transact-write-items", "DynamoDb::transact_write_items"),
    whole("aws-timestream-write-records", "Timestream::write_records"),
    whole("gcp-logging-entries-write", "CloudLogging::write"),
    whole("mixpanel-import", "Mixpanel::import").narrowed("NDJSON: the array alone"),
    whole("bigcommerce-price-list-records-batch", "BigCommerce::create_price_list_records")
        .narrowed("records named by `sku`: by `variant_id` alone"),
];

/// <https://github.com/boto/botocore/blob/0e6e2404b85d/botocore/data/dynamodb/2012-08-10/service-2.json>
#[bulk_api(rename_all = "PascalCase")]
pub trait DynamoDb: Send + Sync {
    /// Performs all actions of a request, or none. To have them in one transaction, send them in one request.
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.TransactWriteItems")]
    #[header("Content-Type", "application/x-amz-json-1.0")]
    #[field("/ClientRequestToken", batch_key)]
    #[bulk_endpoint(
        max = 100,
        max_bytes = 4_194_304,
        partial = false,
        items = "TransactItems",
        retry("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")
    )]
    fn transact_write_items(&self) -> Bulk<TransactItem, TransactAnswer, DynamoDbError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub enum TransactItem {
    Put(Put),
    ConditionCheck(ConditionCheck),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Put {
    pub table_name: String,
    pub item: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConditionCheck {
    pub table_name: String,
    pub key: BTreeMap<String, Value>,
    pub condition_expression: String,
}

#[derive(Debug, BulkReply)]
pub enum TransactAnswer {
    #[bulk(on(200))]
    Applied,
    #[bulk(on(400))]
    Cancelled(Cancelled),
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct Cancelled {
    #[bulk(results)]
    pub cancellation_reasons: Vec<Reason>,
}

/// The reasons why actions prevented the transaction, in the order of the actions.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(rename_all = "PascalCase")]
pub struct Reason {
    #[bulk(status)]
    pub code: ReasonCode,
    #[bulk(message)]
    pub message: Option<String>,
    pub item: Option<BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize, Serialize, Status)]
pub enum ReasonCode {
    #[bulk(unprocessed)]
    None,
    #[bulk(failed)]
    ConditionalCheckFailed,
    #[bulk(failed)]
    TransactionConflict,
    #[bulk(failed)]
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct DynamoDbError {
    #[bulk(code)]
    #[serde(rename = "__type")]
    pub kind: AwsErrorType,
    #[bulk(message)]
    #[serde(rename = "Message", alias = "message")]
    pub message: Option<String>,
}

fn put(table: &str) -> TransactItem {
    TransactItem::Put(Put { table_name: table.to_owned(), item: BTreeMap::new() })
}

fn check(table: &str) -> TransactItem {
    TransactItem::ConditionCheck(ConditionCheck {
        table_name: table.to_owned(),
        key: BTreeMap::new(),
        condition_expression: "attribute_exists(id)".to_owned(),
    })
}

#[tokio::test]
async fn dynamodb_transactions() {
    let transact = async |answers: Vec<_>| {
        let patience = std::time::Duration::from_secs(if answers.len() > 1 { 600 } else { 0 });
        let vendor = Vendor::answering(answers).await;
        let bulk = DynamoDbClient::new(vendor.client()).transact_write_items();
        (bulk.send([put("T"), check("T")]).patience(patience).await, vendor)
    };
    let (report, vendor) = transact(vec![answer(200, &json!({}))]).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/"));
    assert_eq!(seen.header("x-amz-target"), Some("DynamoDB_20120810.TransactWriteItems"));
    assert_eq!(seen.header("content-type"), Some("application/x-amz-json-1.0"));
    let condition = json!({"TableName": "T", "Key": {}, "ConditionExpression": "attribute_exists(id)"});
    let items = json!([{"Put": {"TableName": "T", "Item": {}}}, {"ConditionCheck": condition}]);
    let body: Value = serde_json::from_str(seen.text()).expect("JSON");
    let token = body["ClientRequestToken"].as_str().expect("a token");
    assert_eq!(body, json!({ "ClientRequestToken": token, "TransactItems": items }));
    assert!((1..=36).contains(&token.len()), "the vendor's limit: {token}");
    // One action failed, so the other was rolled back.
    let failed = json!({"Code": "ConditionalCheckFailed", "Message": "no", "Item": {}});
    let cancelled = |reasons: &Value| {
        answer(400, &json!({"__type": "TransactionCanceledException", "Message": "…", "CancellationReasons": reasons}))
    };
    let (report, _) = transact(vec![cancelled(&json!([{"Code": "None"}, failed]))]).await;
    assert_eq!(words(&report), ["refused", "failed"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!(failure.message.as_deref(), Some("no"));
    let (report, _) = transact(vec![cancelled(&json!([failed, {"Code": "ValidationError"}]))]).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    assert_eq!(report.rows().nth(1).and_then(|row| row.code).as_deref(), Some("ValidationError"));
    // Too few reasons cannot be matched; without any, the whole request was refused.
    let (report, _) = transact(vec![cancelled(&json!([failed]))]).await;
    assert_eq!(words(&report), ["unknown", "unknown"]);
    let (report, _) = transact(vec![answer(400, &json!({"__type": "TransactionCanceledException"}))]).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.code.as_deref(), Some("TransactionCanceledException"));
    // A refusal of the whole request, only for now.
    let throttled = json!({"__type": "com.amazon.coral.availability#ThrottlingException", "message": "slow down"});
    let (report, vendor) = transact(vec![answer(400, &throttled), answer(200, &json!({}))]).await;
    assert_eq!((words(&report), vendor.seen().len()), (vec!["succeeded", "succeeded"], 2));
    let (report, _) = transact(vec![answer(200, &json!({"__type": "InternalServerError"}))]).await;
    assert_eq!(words(&report), ["unknown", "unknown"]);
}

/// <https://github.com/boto/botocore/blob/0e6e2404b85d/botocore/data/timestream-write/2018-11-01/service-2.json>
#[bulk_api(rename_all = "PascalCase")]
pub trait Timestream: Send + Sync {
    /// Writes the valid records. An existing record with equal values is not an error.
    #[post("/")]
    #[header("X-Amz-Target", "Timestream_20181101.WriteRecords")]
    #[header("Content-Type", "application/x-amz-json-1.0")]
    #[bulk_endpoint(max = 100, partial = true, idempotent = true, items = "Records", retry("ThrottlingException"))]
    fn write_records(
        &self,
        database_name: &str,
        table_name: &str,
        common_attributes: Option<&CommonAttributes>,
    ) -> Bulk<Record, WriteAnswer, TimestreamError>;
}

/// The common attributes of all records of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CommonAttributes {
    pub dimensions: Vec<Dimension>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Serialize, BulkItem)]
#[serde(rename_all = "PascalCase")]
pub struct Record {
    pub measure_name: String,
    pub measure_value: String,
    pub time: String,
    pub version: u64,
}

#[derive(Debug, BulkReply)]
pub enum WriteAnswer {
    #[bulk(on(200))]
    Ingested(Ingested),
    #[bulk(on(400, 419))]
    Rejected(Rejected),
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "PascalCase")]
pub struct Ingested {
    #[bulk(nested)]
    pub records_ingested: RecordsIngested,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "PascalCase")]
pub struct RecordsIngested {
    #[bulk(count(succeeded))]
    pub total: u64,
    pub memory_store: u64,
    pub magnetic_store: u64,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "PascalCase")]
pub struct Rejected {
    pub message: String,
    #[bulk(failed)]
    pub rejected_records: Vec<RejectedRecord>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct RejectedRecord {
    #[bulk(key)]
    pub record_index: Index<0>,
    #[bulk(message)]
    pub reason: String,
    pub existing_version: Option<u64>,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct TimestreamError {
    #[bulk(code)]
    #[serde(rename = "__type")]
    pub kind: AwsErrorType,
    #[bulk(message)]
    #[serde(rename = "Message", alias = "message")]
    pub message: Option<String>,
}

#[tokio::test]
async fn timestream() {
    let record = |name: &str| Record {
        measure_name: name.to_owned(),
        measure_value: "1".to_owned(),
        time: "1".to_owned(),
        version: 1,
    };
    let write = async |answers: Vec<_>, attempts| {
        let vendor = Vendor::answering(answers).await;
        let common = CommonAttributes { dimensions: Vec::new() };
        let bulk = TimestreamClient::new(vendor.client()).write_records("d", "t", Some(&common));
        (bulk.send([record("m"), record("n")]).max_attempts(attempts).await, vendor)
    };
    let ingested =
        |total| answer(200, &json!({"RecordsIngested": {"Total": total, "MemoryStore": total, "MagneticStore": 0}}));
    let (report, vendor) = write(vec![ingested(2)], 1).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!(seen.header("x-amz-target"), Some("Timestream_20181101.WriteRecords"));
    let record = |name| json!({"MeasureName": name, "MeasureValue": "1", "Time": "1", "Version": 1});
    assert_eq!(
        seen.json(),
        json!({
            "DatabaseName": "d", "TableName": "t", "CommonAttributes": {"Dimensions": []},
            "Records": [record("m"), record("n")],
        })
    );
    let rejected = |indices: &[i64]| {
        let record = |index: &i64| json!({"RecordIndex": index, "Reason": "older", "ExistingVersion": 2});
        let records: Vec<Value> = indices.iter().map(record).collect();
        answer(400, &json!({"__type": "RejectedRecordsException", "Message": "…", "RejectedRecords": records}))
    };
    let (report, _) = write(vec![rejected(&[1])], 1).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!((failure.reason.as_str(), failure.existing_version), ("older", Some(2)));
    let (report, _) = write(vec![rejected(&[0, 1])], 1).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // It counts one rejection without listing it, or lists a record that was not sent.
    for untrue in [ingested(1), rejected(&[7])] {
        let (report, _) = write(vec![untrue], 1).await;
        assert_eq!(words(&report), ["unknown", "unknown"]);
    }
    // A refusal of the whole request has the same status.
    let invalid = answer(400, &json!({"__type": "ValidationException", "message": "no such table"}));
    let (report, _) = write(vec![invalid], 3).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    assert_eq!(report.rows().next().and_then(|row| row.code).as_deref(), Some("ValidationException"));
    let throttled = answer(400, &json!({"__type": "ThrottlingException", "Message": "slow down"}));
    let (report, vendor) = write(vec![throttled, ingested(2)], 3).await;
    assert_eq!((words(&report), vendor.seen().len()), (vec!["succeeded", "succeeded"], 2));
}

/// <https://github.com/googleapis/googleapis/blob/f8291d2b89f0/google/logging/v2/logging.proto>
#[bulk_api(rename_all = "camelCase")]
pub trait CloudLogging: Send + Sync {
    /// Writes the valid log entries. If any is invalid, the status is that of one of them.
    #[post("/v2/entries:write")]
    #[field("/partialSuccess", true)]
    #[bulk_endpoint(max = assumed(1000), partial = true, items = "entries")]
    fn write(
        &self,
        log_name: &str,
        resource: &MonitoredResource,
        labels: Option<&BTreeMap<String, String>>,
        dry_run: Option<bool>,
    ) -> Bulk<LogEntry, EntriesWritten, GoogleError>;
}

#[derive(Debug, Serialize)]
pub struct MonitoredResource {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    pub text_payload: String,
}

#[derive(Debug, BulkReply)]
pub enum EntriesWritten {
    #[bulk(on(200))]
    All,
    #[bulk(on(400, 403, 404, 409, 429, 500, 503))]
    Some(SomeWritten),
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct SomeWritten {
    #[bulk(nested)]
    pub error: PartialErrors,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct PartialErrors {
    #[bulk(nested)]
    pub details: Vec<PartialErrorsDetail>,
}

/// One of several kinds, of which `WriteLogEntriesPartialErrors` contains the entries.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct PartialErrorsDetail {
    #[serde(rename = "@type")]
    pub kind: String,
    #[bulk(failed)]
    #[serde(default)]
    pub log_entry_errors: Pairs<Index<0>, RpcStatus>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct RpcStatus {
    #[bulk(code)]
    pub code: i32,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct GoogleError {
    #[bulk(nested)]
    pub error: GoogleStatus,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct GoogleStatus {
    #[bulk(code)]
    pub status: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
}

#[tokio::test]
async fn cloud_logging() {
    let write = async |reply| {
        let vendor = Vendor::answering([reply]).await;
        let resource = MonitoredResource { kind: "global".to_owned(), labels: BTreeMap::new() };
        let bulk = CloudLoggingClient::new(vendor.client()).write("projects/p/logs/l", &resource, None, None);
        let entries = ["x", "y"].map(|text| LogEntry { text_payload: text.to_owned() });
        (bulk.send(entries).max_attempts(1).patience(std::time::Duration::ZERO).await, vendor)
    };
    let (report, vendor) = write(answer(200, &json!({}))).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v2/entries:write"));
    assert_eq!(
        seen.json(),
        json!({
            "logName": "projects/p/logs/l",
            "resource": {"type": "global"},
            "entries": [{"textPayload": "x"}, {"textPayload": "y"}],
            "partialSuccess": true,
        })
    );
    let partial = |errors: &Value| {
        let kind = "type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors";
        let details = json!([{"@type": "other", "links": []}, {"@type": kind, "logEntryErrors": errors}]);
        json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "one", "details": details}})
    };
    let bad = json!({"code": 3, "message": "too old"});
    // The status is any that an entry can have.
    for status in [400, 403, 503] {
        let (report, _) = write(answer(status, &partial(&json!({ "1": bad })))).await;
        assert_eq!(words(&report), ["succeeded", "failed"], "{status}");
        let (_, failure) = report.failed().next().expect("a failure");
        assert_eq!((failure.key, failure.value.code, failure.value.message.as_str()), (Index(1), 3, "too old"));
    }
    let (report, _) = write(answer(400, &partial(&json!({ "0": bad, "1": bad })))).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    let (report, _) = write(answer(400, &partial(&json!({ "3": bad })))).await;
    assert_eq!(words(&report), ["unknown", "unknown"]);
    // An error that names no entry refuses all.
    let (report, _) = write(answer(400, &partial(&json!({})))).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    let whole = json!({"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}});
    let (report, _) = write(answer(403, &whole)).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!((refusal.code.as_deref(), refusal.message.as_deref()), (Some("PERMISSION_DENIED"), Some("no")));
    let (report, _) = write(answer(200, &whole)).await;
    assert_eq!(words(&report), ["unknown", "unknown"]);
}

/// <https://github.com/mixpanel/docs/blob/ba229069b07d/reference/import-events.mdx>
#[bulk_api]
pub trait Mixpanel: Send + Sync {
    /// Imports the valid events. An event with a known `$insert_id` is a duplicate, and is not imported again.
    #[post("/import?strict=1")]
    #[bulk_endpoint(
        max = 2000,
        max_bytes = 10_000_000,
        max_item_bytes = 1_000_000,
        partial = true,
        idempotent = true,
        items = body,
        compress = gzip,
        retry(502, 503)
    )]
    fn import(&self, #[query] project_id: u64) -> Bulk<Event, ImportAnswer, MixpanelError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct Event {
    pub event: String,
    pub properties: Properties,
}

#[derive(Debug, Serialize)]
pub struct Properties {
    pub time: u64,
    pub distinct_id: String,
    #[serde(rename = "$insert_id")]
    pub insert_id: String,
}

#[derive(Debug, BulkReply)]
pub enum ImportAnswer {
    #[bulk(on(200))]
    Imported(Imported),
    #[bulk(on(400))]
    Invalid(Invalid),
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Imported {
    #[bulk(count(succeeded))]
    pub num_records_imported: u64,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Invalid {
    #[bulk(failed)]
    pub failed_records: Vec<FailedRecord>,
    #[bulk(count(succeeded))]
    pub num_records_imported: u64,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct FailedRecord {
    #[bulk(key)]
    pub index: Index<0>,
    #[serde(rename = "$insert_id")]
    pub insert_id: String,
    #[bulk(code)]
    pub field: String,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct MixpanelError {
    #[bulk(code)]
    pub status: Option<String>,
    #[bulk(message)]
    pub error: String,
}

#[tokio::test]
async fn mixpanel() {
    let event = |id: &str| Event {
        event: "Signup".to_owned(),
        properties: Properties { time: 1_618_716_477_000, distinct_id: "d".to_owned(), insert_id: id.to_owned() },
    };
    let import = async |reply| {
        let vendor = Vendor::answering([reply]).await;
        let bulk = MixpanelClient::new(vendor.client()).import(7);
        (bulk.send([event("a"), event("b")]).max_attempts(1).patience(std::time::Duration::ZERO).await, vendor)
    };
    let imported = |count| answer(200, &json!({"code": 200, "num_records_imported": count, "status": "OK"}));
    let (report, vendor) = import(imported(2)).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/import?strict=1&project_id=7"));
    assert_eq!(seen.header("content-encoding"), Some("gzip"));
    let event = |id| json!({"event": "Signup", "properties": {"time": 1_618_716_477_000_u64, "distinct_id": "d", "$insert_id": id}});
    assert_eq!(seen.json(), json!([event("a"), event("b")]));
    let invalid = |indices: &[u64], count| {
        let record = |index: &u64| json!({"index": index, "$insert_id": "a", "field": "properties.time", "message": "is invalid"});
        let records: Vec<Value> = indices.iter().map(record).collect();
        let error = "some data points in the request failed validation";
        answer(
            400,
            &json!({"code": 400, "error": error, "failed_records": records, "num_records_imported": count, "status": "Bad Request"}),
        )
    };
    let (report, _) = import(invalid(&[0], 1)).await;
    assert_eq!(words(&report), ["failed", "succeeded"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!((failure.field.as_str(), failure.message.as_str()), ("properties.time", "is invalid"));
    // Two errors of one event are one failure.
    let (report, _) = import(invalid(&[1, 1], 1)).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let (report, _) = import(invalid(&[0, 1], 0)).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    for untrue in [imported(1), answer(200, &json!({"error": "no"})), answer(200, &json!([]))] {
        assert_eq!(words(&import(untrue).await.0), ["unknown", "unknown"]);
    }
    // A wrong count makes the events unknown that are not listed.
    assert_eq!(words(&import(invalid(&[0], 23)).await.0), ["failed", "unknown"]);
    let (report, _) = import(answer(400, &json!({"code": 400, "error": "bad JSON", "status": "Bad Request"}))).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.message.as_deref(), Some("bad JSON"));
}

/// <https://github.com/bigcommerce/docs/blob/24f580ca6d29/reference/price_lists.v3.yml>
#[bulk_api]
pub trait BigCommerce: Send + Sync {
    /// Creates the valid records of price lists.
    #[post("/pricelists/records")]
    #[bulk_endpoint(max = 100, partial = true, items = body)]
    fn create_price_list_records(&self) -> Bulk<PriceRecord, PriceRecords, BigCommerceError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct PriceRecord {
    #[bulk(key)]
    pub price_list_id: u64,
    #[bulk(key)]
    pub variant_id: u64,
    #[bulk(key)]
    pub currency: String,
    pub price: f64,
}

#[derive(Debug, BulkReply)]
pub enum PriceRecords {
    #[bulk(on(200))]
    Created(Created),
    #[bulk(on(422))]
    Invalid(BatchErrors),
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Created {
    pub data: Value,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct BatchErrors {
    #[bulk(failed)]
    pub batch_errors: Vec<BatchError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct BatchError {
    #[bulk(key, nested)]
    pub data: PriceRecordId,
    #[bulk(nested)]
    pub field_errors: Pairs<String, String>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct PriceRecordId {
    #[bulk(key)]
    pub price_list_id: u64,
    #[bulk(key)]
    pub variant_id: u64,
    #[bulk(key)]
    pub currency: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct BigCommerceError {
    #[bulk(message)]
    pub title: String,
}

#[tokio::test]
async fn bigcommerce() {
    let record = |variant_id| PriceRecord { price_list_id: 2, variant_id, currency: "usd".to_owned(), price: 3.99 };
    let create = async |reply| {
        let vendor = Vendor::answering([reply]).await;
        let bulk = BigCommerceClient::new(vendor.client()).create_price_list_records();
        (bulk.send([record(325), record(326)]).await, vendor)
    };
    let (report, vendor) = create(answer(200, &json!({"data": {}, "meta": {}}))).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/pricelists/records"));
    let record = |id| json!({"price_list_id": 2, "variant_id": id, "currency": "usd", "price": 3.99});
    assert_eq!(seen.json(), json!([record(325), record(326)]));
    let errors = |ids: &[u64], field_errors: &Value| {
        let error = |id: &u64| json!({"data": {"price_list_id": 2, "variant_id": id, "sku": "s", "currency": "usd"}, "field_errors": field_errors});
        answer(422, &json!({ "batch_errors": ids.iter().map(error).collect::<Vec<_>>() }))
    };
    let fields = json!({"price": "is negative", "sale_price": "is too high"});
    let (report, _) = create(errors(&[326], &fields)).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    assert_eq!(report.rows().nth(1).and_then(|row| row.message).as_deref(), Some("is negative"));
    let (report, _) = create(errors(&[326, 325], &fields)).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // A record that was not sent; one that does not decode.
    for untrue in [errors(&[9], &fields), errors(&[325], &json!(["price"])), answer(200, &json!({"title": "no"}))] {
        assert_eq!(words(&create(untrue).await.0), ["unknown", "unknown"]);
    }
    // A 422 without records, one that is too large, and one that is not the vendor's.
    for whole in [errors(&[], &fields), answer(413, &json!({"title": "too large"})), empty(422)] {
        assert_eq!(words(&create(whole).await.0), ["refused", "refused"]);
    }
}
