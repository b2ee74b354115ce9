//! Responses that match items by position.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::ids::AwsError;
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer, text};

pub const ROWS: &[Row] = &[
    whole("aws-kinesis-put-records", "Kinesis::put_records")
        .narrowed("sizes are those of the Base64, a third more than what the vendor counts"),
    whole("firestore-batch-write", "Firestore::batch_write").narrowed(
        "masks, transforms and preconditions of writes; the update times, which stand in an array of their own",
    ),
    whole("cosmos-transactional-batch", "Cosmos::transact"),
    whole("salesforce-sobject-collections-update", "SalesforceCollections::update")
        .narrowed("that a request has at most 10 runs of one type of record"),
    whole("expo-push-send", "ExpoPush::send")
        .narrowed("messages to several recipients, each of which has a ticket of its own"),
];

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>
#[bulk_api(rename_all = "PascalCase")]
pub trait Kinesis: Send + Sync {
    /// Writes records to a stream.
    #[post("/")]
    #[header("X-Amz-Target", "Kinesis_20131202.PutRecords")]
    #[header("Content-Type", "application/x-amz-json-1.1")]
    #[bulk_endpoint(
        items = "Records",
        max = 500,
        max_bytes = 10_485_760,
        max_item_bytes = 10_485_760,
        partial = true,
        retry("ProvisionedThroughputExceededException", "InternalFailure", "KMSThrottlingException"),
        stop("ResourceNotFoundException")
    )]
    fn put_records(
        &self,
        stream_name: Option<&str>,
        #[field("/StreamARN")] stream_arn: Option<&str>,
    ) -> Bulk<KinesisRecord, PutRecords, AwsError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[serde(rename_all = "PascalCase")]
pub struct KinesisRecord {
    /// Encoded as Base64.
    pub data: String,
    pub partition_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explicit_hash_key: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct PutRecords {
    #[bulk(count(failed))]
    pub failed_record_count: Option<u64>,
    pub encryption_type: Option<String>,
    #[bulk(results)]
    pub records: Vec<PutRecord>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(rename_all = "PascalCase")]
pub struct PutRecord {
    #[bulk(succeeded)]
    pub sequence_number: Option<String>,
    pub shard_id: Option<String>,
    #[bulk(failed, code)]
    pub error_code: Option<String>,
    #[bulk(message)]
    pub error_message: Option<String>,
}

#[tokio::test]
async fn kinesis() {
    let record = |key: &str| KinesisRecord {
        data: "YmFzZTY0".to_owned(),
        partition_key: key.to_owned(),
        explicit_hash_key: None,
    };
    let items = || [record("a"), record("b")];
    let done = json!({"SequenceNumber": "21269319989652663814458848515492872193", "ShardId": "shardId-0"});
    let busy = json!({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"});
    let body = |failed: u64, records: &[&Value]| json!({"FailedRecordCount": failed, "EncryptionType": "KMS", "Records": records});
    let vendor = Vendor::answering([answer(200, &body(1, &[&done, &busy])), answer(200, &body(0, &[&done]))]).await;
    let report = KinesisClient::new(vendor.client()).put_records(Some("s"), None).send(items()).await;
    assert_eq!(line(&report), "succeeded succeeded");
    let seen = vendor.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("POST", "/"));
    assert_eq!(seen[0].header("x-amz-target"), Some("Kinesis_20131202.PutRecords"));
    assert_eq!(seen[0].header("content-type"), Some("application/x-amz-json-1.1"));
    let sent = |keys: &[&str]| {
        let record = |key: &&str| json!({"Data": "YmFzZTY0", "PartitionKey": key});
        json!({"StreamName": "s", "Records": keys.iter().map(record).collect::<Vec<_>>()})
    };
    assert_eq!(seen[0].json(), sent(&["a", "b"]));
    assert_eq!(seen[1].json(), sent(&["b"]));
    tells(
        [
            (answer(200, &body(1, &[&done, &busy])), "succeeded refused"),
            (answer(200, &body(2, &[&busy, &busy])), "refused refused"),
            (answer(200, &body(0, &[&done])), "unknown unknown"),
            (answer(200, &body(1, &[&done, &json!({})])), "succeeded unknown"),
            (answer(200, &json!({"Records": "no"})), "unknown unknown"),
            (answer(400, &json!({"__type": "ResourceNotFoundException", "message": "no stream"})), "refused refused"),
        ],
        async |client| {
            line(
                &KinesisClient::new(client)
                    .put_records(Some("s"), None)
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}

/// <https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.documents/batchWrite>
#[bulk_api]
pub trait Firestore: Send + Sync {
    /// Writes and deletes documents, each on its own.
    #[post("/v1/projects/{project}/databases/{database}/documents:batchWrite")]
    #[bulk_endpoint(items = "writes", max = assumed(500), partial = true, idempotent = true)]
    fn batch_write(
        &self,
        project: &str,
        database: &str,
        labels: Option<&Map<String, Value>>,
    ) -> Bulk<Write, BatchWrite, GoogleError>;
}

/// A write. Its key is the full name of the document, since no request may contain two writes of one document.
#[derive(Debug, Clone, Serialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub enum Write {
    Update {
        #[bulk(key)]
        name: String,
        fields: Map<String, Value>,
    },
    Delete(#[bulk(key)] String),
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct BatchWrite {
    pub write_results: Vec<Value>,
    #[bulk(results)]
    pub status: Vec<RpcStatus>,
}

#[derive(Debug, Default, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(default, deny_unknown_fields)]
pub struct RpcStatus {
    /// 0 if it was written, which is left out.
    #[bulk(failed, code)]
    pub code: i32,
    #[bulk(message)]
    pub message: Option<String>,
    pub details: Vec<Value>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct GoogleError {
    #[bulk(nested)]
    pub error: GoogleErrorDetail,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct GoogleErrorDetail {
    /// The HTTP status, as in the response.
    pub code: u16,
    #[bulk(code)]
    pub status: Option<String>,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn firestore() {
    let name = |id| format!("projects/p/databases/(default)/documents/c/{id}");
    let items = || [Write::Update { name: name("1"), fields: Map::new() }, Write::Delete(name("2"))];
    let missing = json!({"code": 5, "message": "not found", "details": []});
    let body =
        |status: &[&Value]| json!({"writeResults": [{"updateTime": "2024-01-01T00:00:00Z"}, {}], "status": status});
    let partial = body(&[&json!({}), &missing]);
    let labels = Map::from_iter([("k".to_owned(), json!("v"))]);
    let vendor = Vendor::answering([answer(200, &partial)]).await;
    let firestore = FirestoreClient::new(vendor.client());
    let report = firestore.batch_write("p", "(default)", Some(&labels)).send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.code(), outcome.message()), (Some("5".into()), Some("not found".into())));
    let seen = vendor.only();
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target, "/v1/projects/p/databases/%28default%29/documents:batchWrite");
    assert_eq!(
        seen.json(),
        json!({
            "writes": [{"update": {"name": name("1"), "fields": {}}}, {"delete": name("2")}],
            "labels": {"k": "v"},
        })
    );
    let denied = json!({"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}});
    tells(
        [
            (answer(200, &body(&[&json!({}), &json!({"code": 0})])), "succeeded succeeded"),
            (answer(200, &body(&[&missing, &missing])), "failed failed"),
            (answer(200, &body(&[&json!({})])), "unknown unknown"),
            (answer(200, &body(&[&json!({}), &json!("OK")])), "succeeded unknown"),
            (answer(200, &json!({"writeResults": [{}, {}]})), "unknown unknown"),
            (answer(403, &denied), "refused refused"),
        ],
        async |client| {
            let firestore = FirestoreClient::new(client);
            line(
                &firestore
                    .batch_write("p", "(default)", None)
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    // Two writes of one document leave one after the other.
    let one = json!({"writeResults": [{}], "status": [{}]});
    let vendor = Vendor::answering([answer(200, &one)]).await;
    let twice = [Write::Update { name: name("1"), fields: Map::new() }, Write::Delete(name("1"))];
    let report = FirestoreClient::new(vendor.client()).batch_write("p", "(default)", None).send(twice).await;
    assert_eq!((line(&report).as_str(), vendor.seen().len()), ("succeeded succeeded", 2));
}

/// <https://learn.microsoft.com/en-us/azure/cosmos-db/transactional-batch>
#[bulk_api]
pub trait Cosmos: Send + Sync {
    /// Performs all operations on items of one partition, or none.
    #[post("/dbs/{db}/colls/{coll}/docs")]
    #[header("x-ms-cosmos-is-batch-request", "True")]
    #[header("x-ms-cosmos-batch-atomic", "True")]
    #[bulk_endpoint(items = body, max = 100, max_bytes = 2_097_152, partial = false, unprocessed(424))]
    fn transact(
        &self,
        db: &str,
        coll: &str,
        #[header("x-ms-documentdb-partitionkey")] partition_key: &str,
    ) -> Bulk<CosmosOperation, Vec<CosmosResult>, CosmosError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[serde(tag = "operationType", rename_all_fields = "camelCase")]
pub enum CosmosOperation {
    Create { resource_body: Value },
    Upsert { resource_body: Value },
    Replace { id: String, resource_body: Value },
    Patch { id: String, resource_body: Value },
    Read { id: String },
    Delete { id: String },
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(rename_all = "camelCase")]
pub struct CosmosResult {
    #[bulk(status)]
    pub status_code: u16,
    pub substatus_code: Option<u32>,
    pub request_charge: Option<f64>,
    pub e_tag: Option<String>,
    pub resource_body: Option<Value>,
    #[bulk(retry_after = milliseconds)]
    pub retry_after_milliseconds: Option<u64>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct CosmosError {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn cosmos() {
    let items =
        || [CosmosOperation::Create { resource_body: json!({"id": "y"}) }, CosmosOperation::Delete { id: "x".into() }];
    let statuses =
        |codes: [u16; 2]| Value::from_iter(codes.map(|code| json!({"statusCode": code, "requestCharge": 0})));
    let failed = json!([
        {"statusCode": 424, "requestCharge": 0},
        {"statusCode": 404, "resourceBody": null, "eTag": null, "retryAfterMilliseconds": null, "substatusCode": null},
    ]);
    let vendor = Vendor::answering([answer(207, &failed)]).await;
    let report = CosmosClient::new(vendor.client())
        .transact("d", "c", "[\"pk\"]")
        .send(items())
        .patience(std::time::Duration::ZERO)
        .await;
    assert_eq!(line(&report), "refused failed");
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/dbs/d/colls/c/docs"));
    assert_eq!(seen.header("x-ms-cosmos-is-batch-request"), Some("True"));
    assert_eq!(seen.header("x-ms-documentdb-partitionkey"), Some("[\"pk\"]"));
    assert_eq!(
        seen.json(),
        json!([{"operationType": "Create", "resourceBody": {"id": "y"}}, {"operationType": "Delete", "id": "x"}])
    );
    tells(
        [
            (answer(200, &statuses([201, 204])), "succeeded succeeded"),
            (answer(207, &statuses([404, 404])), "failed failed"),
            // Done, and then rolled back.
            (answer(207, &statuses([201, 409])), "refused failed"),
            (answer(207, &json!([{"statusCode": 424}])), "unknown unknown"),
            (answer(207, &json!([{"statusCode": "?"}, {"statusCode": 201}])), "unknown unknown"),
            (answer(400, &json!({"code": "BadRequest", "message": "too many"})), "refused refused"),
        ],
        async |client| {
            let run = CosmosClient::new(client).transact("d", "c", "[]").send(items());
            line(&run.patience(std::time::Duration::ZERO).await)
        },
    )
    .await;
    // One operation fails for now, so the others are rolled back, and all are retried together.
    let throttled = json!([{"statusCode": 429, "retryAfterMilliseconds": 1}, {"statusCode": 424}]);
    let vendor = Vendor::answering([answer(207, &throttled), answer(200, &statuses([201, 204]))]).await;
    let report = CosmosClient::new(vendor.client()).transact("d", "c", "[]").send(items()).await;
    let details: Vec<_> = report.iter().map(|(_, outcome)| outcome.message()).collect();
    assert_eq!(line(&report), "succeeded succeeded", "{details:?}");
}

/// <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm>
#[bulk_api]
pub trait SalesforceCollections: Send + Sync {
    /// Updates records, each on its own.
    #[patch("/services/data/v{version}/composite/sobjects/")]
    #[field("/allOrNone", false)]
    #[bulk_endpoint(items = "records", max = 200, partial = true, idempotent = true)]
    fn update(&self, version: &str) -> Bulk<SObject, Vec<SaveResult>, SalesforceErrors>;

    /// Updates all records of a request, or none.
    #[patch("/services/data/v{version}/composite/sobjects/")]
    #[field("/allOrNone", true)]
    #[bulk_endpoint(
        items = "records",
        max = 200,
        partial = false,
        idempotent = true,
        unprocessed("ALL_OR_NONE_OPERATION_ROLLED_BACK")
    )]
    fn update_all_or_none(&self, version: &str) -> Bulk<SObject, Vec<SaveResult>, SalesforceErrors>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct SObject {
    pub attributes: Attributes,
    pub id: String,
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Attributes {
    pub r#type: String,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct SaveResult {
    pub id: Option<String>,
    #[bulk(status)]
    pub success: bool,
    #[bulk(nested)]
    pub errors: Vec<SaveError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct SaveError {
    #[bulk(code)]
    pub status_code: String,
    #[bulk(message)]
    pub message: String,
    pub fields: Vec<String>,
}

#[derive(Debug, Deserialize, ApiError)]
#[serde(transparent)]
pub struct SalesforceErrors(#[bulk(nested)] pub Vec<SalesforceError>);

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct SalesforceError {
    #[bulk(code)]
    pub error_code: String,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn salesforce() {
    let record = |id: &str| SObject {
        attributes: Attributes { r#type: "Account".to_owned() },
        id: id.to_owned(),
        fields: Map::from_iter([("Name".to_owned(), json!("x"))]),
    };
    let items = || [record("001"), record("003")];
    let done = json!({"id": "003RM0000068xVCYAY", "success": true, "errors": []});
    let failed = |code| {
        let error = json!({"statusCode": code, "message": "Use one of these records?", "fields": []});
        json!({"success": false, "errors": [error]})
    };
    let duplicate = failed("DUPLICATES_DETECTED");
    let vendor = Vendor::answering([answer(200, &json!([duplicate, done]))]).await;
    let report = SalesforceCollectionsClient::new(vendor.client()).update("58.0").send(items()).await;
    assert_eq!(line(&report), "failed succeeded");
    let (_, outcome) = report.iter().next().expect("two");
    assert_eq!(outcome.code().as_deref(), Some("DUPLICATES_DETECTED"));
    assert_eq!(outcome.message().as_deref(), Some("Use one of these records?"));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("PATCH", "/services/data/v58.0/composite/sobjects/"));
    assert_eq!(seen.json()["allOrNone"], false);
    assert_eq!(seen.json()["records"][0], json!({"attributes": {"type": "Account"}, "id": "001", "Name": "x"}));
    let malformed = json!([{"message": "no JSON", "errorCode": "JSON_PARSER_ERROR"}]);
    tells(
        [
            (answer(200, &json!([duplicate, duplicate])), "failed failed"),
            (answer(200, &json!([done])), "unknown unknown"),
            (answer(200, &json!([done, {"id": "003"}])), "succeeded unknown"),
            (answer(400, &malformed), "refused refused"),
        ],
        async |client| {
            line(
                &SalesforceCollectionsClient::new(client)
                    .update("58.0")
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    let rolled_back = json!([failed("ALL_OR_NONE_OPERATION_ROLLED_BACK"), duplicate]);
    let vendor = Vendor::answering([answer(200, &rolled_back)]).await;
    let report = SalesforceCollectionsClient::new(vendor.client())
        .update_all_or_none("58.0")
        .send(items())
        .patience(std::time::Duration::ZERO)
        .await;
    assert_eq!(line(&report), "refused failed");
    assert_eq!(vendor.only().json()["allOrNone"], true);
    let vendor = Vendor::answering([answer(400, &malformed)]).await;
    let report = SalesforceCollectionsClient::new(vendor.client()).update("58.0").send(items()).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!((refusal.code.as_deref(), refusal.message.as_deref()), (Some("JSON_PARSER_ERROR"), Some("no JSON")));
}

/// <https://docs.expo.dev/push-notifications/sending-notifications/>
#[bulk_api]
pub trait ExpoPush: Send + Sync {
    /// Sends notifications, each to one device.
    #[post("/--/api/v2/push/send")]
    #[bulk_endpoint(items = body, max = 100, partial = true, rate = "600 items/1s", retry("TOO_MANY_REQUESTS"))]
    fn send(&self) -> Bulk<PushMessage, PushTickets, ExpoErrors>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct PushMessage {
    pub to: String,
    pub body: String,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct PushTickets {
    #[bulk(results)]
    pub data: Vec<PushTicket>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct PushTicket {
    #[bulk(status)]
    pub status: TicketStatus,
    /// The id of its receipt.
    pub id: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
    #[bulk(nested)]
    pub details: Option<TicketDetails>,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum TicketStatus {
    #[bulk(succeeded)]
    Ok,
    #[bulk(failed)]
    Error,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct TicketDetails {
    #[bulk(code)]
    pub error: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct ExpoErrors {
    #[bulk(nested)]
    pub errors: Vec<ExpoError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct ExpoError {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn expo() {
    let message =
        |to: &str| PushMessage { to: format!("ExponentPushToken[{to}]"), body: "Hello".to_owned(), more: Map::new() };
    let items = || [message("x"), message("y")];
    let done = json!({"status": "ok", "id": "XXXXXXXX"});
    let gone = json!({
        "status": "error",
        "message": "it is not a registered push notification recipient",
        "details": {"error": "DeviceNotRegistered"},
    });
    let vendor = Vendor::answering([answer(200, &json!({"data": [gone, done]}))]).await;
    let report = ExpoPushClient::new(vendor.client()).send().send(items()).await;
    assert_eq!(line(&report), "failed succeeded");
    let (_, outcome) = report.iter().next().expect("two");
    assert_eq!(outcome.code().as_deref(), Some("DeviceNotRegistered"));
    let body = report.succeeded().next().and_then(|(_, success)| success.body.clone()).expect("a body");
    assert_eq!(body.id.as_deref(), Some("XXXXXXXX"));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/--/api/v2/push/send"));
    assert_eq!(seen.json()[0], json!({"to": "ExponentPushToken[x]", "body": "Hello"}));
    let mixed = json!({"errors": [{"code": "PUSH_TOO_MANY_EXPERIENCE_IDS", "message": "of one project each"}]});
    tells(
        [
            (answer(200, &json!({"data": [gone, gone]})), "failed failed"),
            (answer(200, &json!({"data": [done]})), "unknown unknown"),
            (answer(200, &json!({"data": [done, {"status": "perhaps"}]})), "succeeded unknown"),
            (answer(400, &mixed), "refused refused"),
            (text(502, "text/html", "<html>"), "unknown unknown"),
        ],
        async |client| line(&ExpoPushClient::new(client).send().send(items()).await),
    )
    .await;
    let vendor = Vendor::answering([answer(400, &mixed)]).await;
    let report = ExpoPushClient::new(vendor.client()).send().send(items()).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.code.as_deref(), Some("PUSH_TOO_MANY_EXPERIENCE_IDS"));
}
