//! Responses that name items by an id that the caller chose for the request.

use std::collections::BTreeMap;

use bulk_endpoint::{ApiError, AssignedId, AwsErrorType, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coverage::{Row, whole};
use crate::maps::SquareErrors;
use crate::vendor::{Vendor, json as answer, text, told};

pub const ROWS: &[Row] = &[
    whole("aws-sqs-send-message-batch", "Sqs::send_message_batch"),
    whole("kafka-rest-produce-batch", "Records::produce_batch"),
    whole("hubspot-contacts-batch-create", "Contacts::batch_create"),
    whole("square-catalog-batch-upsert", "Catalog::batch_upsert")
        .narrowed("one batch of 1000 objects a request, of ten; an object that was there before has no body"),
];

/// Queues of AWS SQS. Requests are signed in the client's transport.
#[bulk_api(rename_all = "PascalCase")]
pub trait Sqs: Send + Sync {
    /// Sends messages to a queue.
    ///
    /// [The vendor's page](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html)
    #[post("/")]
    #[header("X-Amz-Target", "AmazonSQS.SendMessageBatch")]
    #[header("Content-Type", "application/x-amz-json-1.0")]
    #[bulk_endpoint(
        items = "Entries",
        max = 10,
        max_bytes = 1_048_576,
        max_item_bytes = 1_048_576,
        partial = true,
        retry("RequestThrottled"),
        stop("QueueDoesNotExist"),
        too_large("BatchRequestTooLong")
    )]
    fn send_message_batch(&self, queue_url: &str) -> Bulk<Message, SentMessages, AwsError>;
}

#[derive(Debug, Serialize, BulkItem)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    pub id: AssignedId,
    pub message_body: String,
    pub delay_seconds: u16,
    pub message_deduplication_id: String,
    pub message_group_id: String,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct SentMessages {
    #[bulk(succeeded)]
    #[serde(default)]
    pub successful: Vec<SentMessage>,
    #[bulk(failed)]
    #[serde(default)]
    pub failed: Vec<UnsentMessage>,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct SentMessage {
    #[bulk(key)]
    pub id: AssignedId,
    pub message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    pub sequence_number: Option<String>,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct UnsentMessage {
    #[bulk(key)]
    pub id: AssignedId,
    /// `false`: the service failed, and may take the message later.
    #[bulk(retry = false)]
    pub sender_fault: bool,
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: Option<String>,
}

/// The body of a refusal of AWS services that use JSON.
#[derive(Debug, Deserialize, ApiError)]
pub struct AwsError {
    #[bulk(code)]
    #[serde(rename = "__type")]
    pub kind: AwsErrorType,
    #[bulk(message)]
    #[serde(alias = "Message")]
    pub message: Option<String>,
}

#[tokio::test]
async fn sqs() {
    let url = "https://sqs.eu-west-1.amazonaws.com/1/q";
    let message = |body: &str| Message {
        id: AssignedId::new(),
        message_body: body.to_owned(),
        delay_seconds: 0,
        message_deduplication_id: "d1".to_owned(),
        message_group_id: "g".to_owned(),
    };
    let sent = |id: &str| json!({"Id": id, "MessageId": "m", "MD5OfMessageBody": "x", "SequenceNumber": "1"});
    let unsent = |id: &str| json!({"Id": id, "SenderFault": true, "Code": "InvalidParameterValue", "Message": "no"});
    let (done, failed) = ("succeeded", "failed InvalidParameterValue no");
    for (status, body, want) in [
        (200, json!({"Successful": [sent("#0")], "Failed": [unsent("#1")]}), [done, failed]),
        (200, json!({"Successful": [sent("#1"), sent("#0")]}), [done, done]),
        (200, json!({"Successful": [], "Failed": [unsent("#1"), unsent("#0")]}), [failed, failed]),
        (200, json!({"Successful": [sent("#0"), sent("01")]}), [done, "unknown"]),
        (200, json!({"Successful": [sent("#0")], "Failed": [{"Id": "#1"}]}), [done, "unknown"]),
        (200, json!({"Successful": "#0"}), ["unknown", "unknown"]),
        (
            400,
            json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."}),
            ["refused QueueDoesNotExist The specified queue does not exist."; 2],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let queue = SqsClient::new(vendor.client()).send_message_batch(url);
        let report = queue.send([message("hi"), message("ho")]).await;
        assert_eq!(told(&report), want, "{body}");
        assert!(
            report.succeeded().all(|(_, success)| success.body.as_ref().is_some_and(|sent| sent.message_id == "m"))
        );
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/"));
        assert_eq!(seen.header("x-amz-target"), Some("AmazonSQS.SendMessageBatch"));
        assert_eq!(seen.header("content-type"), Some("application/x-amz-json-1.0"));
        let entry = |id: &str, body: &str| {
            json!({
                "Id": id, "MessageBody": body, "DelaySeconds": 0, "MessageDeduplicationId": "d1", "MessageGroupId": "g",
            })
        };
        assert_eq!(seen.json(), json!({"QueueUrl": url, "Entries": [entry("#0", "hi"), entry("#1", "ho")]}));
    }
    // The service's own fault: the message is sent again, alone.
    let busy = json!({"Id": "#1", "SenderFault": false, "Code": "ServiceUnavailable", "Message": "later"});
    let first = answer(200, &json!({"Successful": [sent("#0")], "Failed": [busy]}));
    let vendor = Vendor::answering([first, answer(200, &json!({"Successful": [sent("#1")]}))]).await;
    let queue = SqsClient::new(vendor.client()).send_message_batch(url);
    assert_eq!(told(&queue.send([message("hi"), message("ho")]).await), [done, done]);
    let seen = vendor.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].json()["Entries"].as_array().map(Vec::len), Some(1));
}

/// Records of Kafka's topics, over Confluent's REST proxy.
#[bulk_api]
pub trait Records: Send + Sync {
    /// Produces records. The vendor documents no limit.
    ///
    /// [The vendor's specification](https://github.com/confluentinc/kafka-rest/blob/master/api/v3/openapi.yaml)
    #[post("/v3/clusters/{cluster_id}/topics/{topic_name}/records:batch")]
    #[bulk_endpoint(items = "entries", max = assumed(100), partial = true)]
    fn produce_batch(&self, cluster_id: &str, topic_name: &str) -> Bulk<Entry, Produced, KafkaError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct Entry {
    pub id: AssignedId,
    pub value: RecordData,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "UPPERCASE")]
pub enum RecordData {
    Binary(String),
    Json(Value),
    String(String),
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(on(207))]
pub struct Produced {
    #[bulk(succeeded)]
    pub successes: Vec<ProducedRecord>,
    #[bulk(failed)]
    pub failures: Vec<RecordFailure>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct ProducedRecord {
    #[bulk(key)]
    pub id: AssignedId,
    pub cluster_id: String,
    pub topic_name: String,
    pub partition_id: u32,
    pub offset: u64,
    pub timestamp: Option<String>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct RecordFailure {
    #[bulk(key)]
    pub id: AssignedId,
    #[bulk(status)]
    pub error_code: u16,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct KafkaError {
    #[bulk(code)]
    pub error_code: u32,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn kafka() {
    let entry = |data: &str| Entry { id: AssignedId::new(), value: RecordData::String(data.to_owned()) };
    let produced = |id: &str| {
        json!({
            "id": id, "cluster_id": "cluster-1", "topic_name": "topic-1", "partition_id": 1, "offset": 0,
            "timestamp": "2021-02-05T19:14:42Z",
        })
    };
    let failure = |id: &str, code: u16| json!({"id": id, "error_code": code, "message": "Bad Request: data=1 is not a base64 string."});
    let (done, failed) = ("succeeded", "failed Bad Request: data=1 is not a base64 string.");
    for (status, body, want) in [
        (207, json!({"successes": [produced("#0")], "failures": [failure("#1", 400)]}), [done, failed]),
        (207, json!({"successes": [produced("#0"), produced("#1")], "failures": []}), [done, done]),
        (207, json!({"successes": [], "failures": [failure("#0", 400), failure("#1", 500)]}), [failed, failed]),
        (207, json!({"successes": [produced("#0")], "failures": []}), [done, "unknown"]),
        (207, json!([produced("#0"), produced("#1")]), ["unknown", "unknown"]),
        (404, json!({"error_code": 40403, "message": "no such topic"}), ["refused 40403 no such topic"; 2]),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let topic = RecordsClient::new(vendor.client()).produce_batch("cluster-1", "topic-1");
        assert_eq!(told(&topic.send([entry("My first message"), entry("2")]).await), want, "{body}");
        let seen = vendor.only();
        let path = "/v3/clusters/cluster-1/topics/topic-1/records:batch";
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", path));
        let sent = |id: &str, data: &str| json!({"id": id, "value": {"type": "STRING", "data": data}});
        assert_eq!(seen.json(), json!({"entries": [sent("#0", "My first message"), sent("#1", "2")]}));
    }
    // The proxy's own response to too many requests.
    let page = text(429, "text/html", "<html><body>Too Many Requests</body></html>");
    let vendor = Vendor::answering([page, answer(207, &json!({"successes": [produced("#0")], "failures": []}))]).await;
    let report = RecordsClient::new(vendor.client()).produce_batch("cluster-1", "topic-1").send([entry("1")]).await;
    assert_eq!((told(&report), vendor.seen().len()), (vec![done.to_owned()], 2));
}

/// Contacts of HubSpot.
#[bulk_api]
pub trait Contacts: Send + Sync {
    /// Creates contacts. The vendor's specification has no limit.
    ///
    /// [The vendor's specification](https://github.com/HubSpot/HubSpot-public-api-spec-collection/blob/main/PublicApiSpecs/CRM/Contacts/Rollouts/424/v3/contacts.json)
    #[post("/crm/v3/objects/contacts/batch/create")]
    #[bulk_endpoint(items = "inputs", max = assumed(100), partial = true)]
    fn batch_create(&self) -> Bulk<NewContact, CreatedContacts, HubSpotError>;
}

#[derive(Debug, Serialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct NewContact {
    pub properties: BTreeMap<String, String>,
    pub associations: Vec<Value>,
    pub object_write_trace_id: AssignedId,
}

/// 201 if all were created, 207 if some were.
#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
#[bulk(on(201, 207))]
pub struct CreatedContacts {
    #[bulk(status)]
    pub status: BatchStatus,
    pub started_at: String,
    pub completed_at: String,
    #[bulk(succeeded)]
    pub results: Vec<CreatedContact>,
    pub num_errors: Option<u64>,
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Vec<ContactError>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "UPPERCASE")]
pub enum BatchStatus {
    #[bulk(pending)]
    Pending,
    #[bulk(pending)]
    Processing,
    #[bulk(failed)]
    Canceled,
    #[bulk(succeeded)]
    Complete,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct CreatedContact {
    pub id: String,
    pub properties: BTreeMap<String, Option<String>>,
    #[bulk(key)]
    pub object_write_trace_id: AssignedId,
}

/// One error, of one or more contacts.
#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ContactError {
    pub id: Option<String>,
    #[bulk(code)]
    pub category: String,
    #[bulk(message)]
    pub message: String,
    #[bulk(key, nested)]
    pub context: ErrorContext,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ErrorContext {
    #[bulk(keys)]
    pub object_write_trace_id: Vec<AssignedId>,
}

#[derive(Debug, Deserialize, ApiError)]
#[serde(rename_all = "camelCase")]
pub struct HubSpotError {
    #[bulk(code)]
    pub category: String,
    #[bulk(message)]
    pub message: String,
    #[bulk(request_id)]
    pub correlation_id: String,
}

#[tokio::test]
async fn hubspot() {
    let contact = |email: &str| NewContact {
        properties: [("email".to_owned(), email.to_owned())].into(),
        associations: Vec::new(),
        object_write_trace_id: AssignedId::new(),
    };
    let created = |id: &str| json!({"id": "1", "properties": {}, "objectWriteTraceId": id});
    let error = |context: Value| {
        json!({
            "status": "error", "id": "e", "category": "VALIDATION_ERROR", "subCategory": {}, "message": "no",
            "context": context, "errors": [{"message": "m", "code": "c", "in": "i", "context": {}}], "links": {},
        })
    };
    let traces = |ids: &[&str]| json!({"objectWriteTraceId": ids});
    let reply = |results: &[Value], errors: &[Value]| {
        json!({
            "status": "COMPLETE", "startedAt": "a", "completedAt": "b", "results": results, "numErrors": errors.len(),
            "errors": errors,
        })
    };
    let (done, failed) = ("succeeded", "failed VALIDATION_ERROR no");
    for (status, body, want) in [
        (207, reply(&[created("#0")], &[error(traces(&["#1"]))]), [done, failed]),
        (
            201,
            json!({"status": "COMPLETE", "startedAt": "a", "completedAt": "b", "results": [created("#1"), created("#0")]}),
            [done; 2],
        ),
        (207, reply(&[], &[error(traces(&["#1", "#0"]))]), [failed; 2]),
        (207, reply(&[created("#1")], &[error(json!({"ids": ["#0"]}))]), ["unknown", done]),
        (207, json!({"status": "PROCESSING", "startedAt": "a", "completedAt": "b", "results": []}), ["unknown"; 2]),
        (207, json!({"status": "COMPLETE", "results": {}}), ["unknown"; 2]),
        (
            400,
            json!({"status": "error", "category": "VALIDATION_ERROR", "message": "Invalid input", "correlationId": "c"}),
            ["refused VALIDATION_ERROR Invalid input"; 2],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = ContactsClient::new(vendor.client()).batch_create().send([contact("a@b"), contact("c@d")]).await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/crm/v3/objects/contacts/batch/create"));
        let sent = |id: &str, email: &str| json!({"properties": {"email": email}, "associations": [], "objectWriteTraceId": id});
        assert_eq!(seen.json(), json!({"inputs": [sent("#0", "a@b"), sent("#1", "c@d")]}));
    }
}

/// Square's catalog.
#[bulk_api]
pub trait Catalog: Send + Sync {
    /// Creates objects, whose ids start with `#`, and changes others, all or none of a request. Such an id is valid only within
    /// its request.
    ///
    /// [The vendor's specification](https://github.com/square/connect-api-specification/blob/master/api.json)
    #[post("/v2/catalog/batch-upsert")]
    #[field("/idempotency_key", batch_key)]
    #[bulk_endpoint(items = "/batches/0/objects", max = 1000, partial = false)]
    fn batch_upsert(&self) -> Bulk<CatalogObject, UpsertedObjects, SquareErrors>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct CatalogObject {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[bulk(key)]
    pub id: String,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct UpsertedObjects {
    /// Existing objects have the id that was sent; new ones get another.
    #[bulk(succeeded)]
    pub objects: Vec<UpsertedObject>,
    pub updated_at: Option<String>,
    #[bulk(succeeded)]
    #[serde(default)]
    pub id_mappings: Vec<IdMapping>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct UpsertedObject {
    #[bulk(key)]
    pub id: String,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct IdMapping {
    #[bulk(key)]
    pub client_object_id: String,
    pub object_id: String,
}

#[tokio::test]
async fn square_catalog() {
    let objects = || ["#Tea", "67GA"].map(|id| CatalogObject { kind: "ITEM", id: id.to_owned() });
    let mapping = json!({"client_object_id": "#Tea", "object_id": "W62U"});
    for (status, body, want) in [
        (
            200,
            json!({
                "objects": [{"id": "W62U"}, {"id": "67GA"}], "updated_at": "2016-11-16T22:25:24.878Z",
                "id_mappings": [mapping], "errors": [],
            }),
            ["succeeded", "succeeded"],
        ),
        // A batch that failed in a request with others.
        (
            200,
            json!({"objects": [], "errors": [{"category": "INVALID_REQUEST_ERROR", "code": "NOT_FOUND"}]}),
            ["unknown"; 2],
        ),
        (200, json!({"objects": [{"id": "67GA"}], "id_mappings": []}), ["unknown", "succeeded"]),
        // All or nothing: an element that does not decode makes every item unknown.
        (200, json!({"objects": {}, "id_mappings": [mapping]}), ["unknown"; 2]),
        (200, json!([]), ["unknown"; 2]),
        (
            400,
            json!({"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "INVALID_VALUE", "detail": "no name", "field": "name"}]}),
            ["refused INVALID_VALUE no name"; 2],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = CatalogClient::new(vendor.client()).batch_upsert().send(objects()).await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v2/catalog/batch-upsert"));
        let mut sent = seen.json();
        let key = sent["idempotency_key"].take();
        assert!(key.as_str().is_some_and(|key| key.len() <= 128 && key.contains(|digit| digit != '0')), "{key}");
        let objects = [json!({"type": "ITEM", "id": "#Tea"}), json!({"type": "ITEM", "id": "67GA"})];
        assert_eq!(sent, json!({"idempotency_key": null, "batches": [{"objects": objects}]}));
    }
    // Each request has its own idempotency key.
    let vendor = Vendor::answering([answer(200, &json!({"objects": []}))]).await;
    let catalog = CatalogClient::new(vendor.client());
    for _ in 0..2 {
        let _ = catalog.batch_upsert().send(objects()).await;
    }
    let [one, other] = [0, 1].map(|at| vendor.seen()[at].json()["idempotency_key"].clone());
    assert_ne!(one, other);
}
