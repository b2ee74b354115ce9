//! Operations that the corpus does not have, declared from their vendors' pages alone after the grammar stood, and judged by the pages'
//! examples: those that needed something new, or that are of an unusual shape.

use bulk_endpoint::reply::MatchesKey;
use bulk_endpoint::testing::NextStep;
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ByCode, Endpoint, Index, ItemReply, Pairs, Status, bulk_api};
use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Checks what a run makes of the responses of a page: the outcome of each item, and the next step.
fn judge<T: BulkItem, R: BulkReply<Key: MatchesKey<T::Key>>, E: ApiError>(
    endpoint: Endpoint<Bulk<T, R, E>>,
    items: &[T],
    rows: &[(u16, Value, &str)],
) {
    for (status, body, want) in rows {
        let response =
            Response::builder().status(*status).body(body.to_string()).expect("the status of a page is a status");
        let judged = endpoint.judge(items, &response);
        let mut said: Vec<String> = (0..items.len()).map(|_| "-".to_owned()).collect();
        judged.report.rows().for_each(|row| said[row.index] = row.outcome.to_string());
        said.push(match judged.next {
            NextStep::Done => "done".into(),
            NextStep::Retry { items, .. } => format!("retry {items:?}"),
            NextStep::Poll { .. } => "poll".into(),
            next => next.to_string(),
        });
        assert_eq!(said.join(" "), *want, "{status} {body}");
    }
}

/// <https://docs.pinecone.io/reference/api/2025-04/data-plane/upsert>
#[bulk_api(rename_all = "camelCase")]
pub trait Pinecone: Send + Sync {
    #[post("/vectors/upsert")]
    #[header("X-Pinecone-API-Version", "2025-04")]
    #[bulk_endpoint(items = "vectors", max = 1000, max_bytes = 2_000_000, partial = false, idempotent = true)]
    fn upsert(&self, namespace: Option<&str>) -> Bulk<Vector, Upserted, GrpcError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Vector {
    #[bulk(key)]
    pub id: String,
    pub values: Vec<f32>,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
#[bulk(unlisted = succeeded)]
pub struct Upserted {
    #[bulk(count(succeeded))]
    pub upserted_count: u64,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct GrpcError {
    #[bulk(code)]
    pub code: i64,
    #[bulk(message)]
    pub message: String,
}

#[test]
fn pinecone() {
    let items = ["a", "b"].map(|id| Vector { id: id.into(), values: vec![0.1] });
    let mismatch =
        json!({"code": 3, "message": "Vector dimension 1 does not match the dimension of the index 3", "details": []});
    judge(
        PineconeClient::UPSERT,
        &items,
        &[
            (200, json!({"upsertedCount": 2}), "succeeded succeeded done"),
            (200, json!({"upsertedCount": 1}), "- - retry [2]"),
            (400, mismatch, "refused refused done"),
        ],
    );
}

/// <https://www.fastly.com/documentation/reference/api/purging/>: `bulk-purge-tag`.
#[bulk_api]
pub trait Fastly: Send + Sync {
    #[post("/service/{service_id}/purge")]
    #[bulk_endpoint(items = "surrogate_keys", max = 256, partial = true, idempotent = true)]
    fn purge(&self, service_id: &str) -> Bulk<String, Purged>;
}

/// `{"key_1": "108-1391560174-974124"}`: the id of a purge for each key.
#[derive(Debug, Deserialize, BulkReply)]
pub struct Purged(#[bulk(succeeded)] Pairs<String, String>);

#[test]
fn fastly() {
    let items = ["key_1", "key_2"].map(str::to_owned);
    let id = |key: &str| json!({key: "108-1391560174-974124"});
    judge(
        FastlyClient::PURGE,
        &items,
        &[(200, id("key_1"), "succeeded - retry [1]"), (200, id("key_3"), "- - retry [2]")],
    );
}

/// <https://developers.cloudflare.com/api/resources/rules/subresources/lists/subresources/items/methods/create/>
#[bulk_api]
pub trait CloudflareLists: Send + Sync {
    #[post("/accounts/{account_id}/rules/lists/{list_id}/items")]
    #[bulk_endpoint(items = body, max = assumed(1000), partial = false, idempotent = true, poll = "/accounts/{account_id}/rules/lists/bulk_operations/{job}")]
    fn add(&self, account_id: &str, list_id: &str) -> Bulk<ListItem, Operation, CloudflareError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct ListItem {
    #[bulk(key)]
    pub ip: String,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Operation {
    #[bulk(nested)]
    pub result: OperationState,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct OperationState {
    #[bulk(job)]
    #[serde(alias = "operation_id")]
    pub id: String,
    #[bulk(status)]
    pub status: Option<OperationStatus>,
    #[bulk(message)]
    pub error: Option<String>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum OperationStatus {
    #[bulk(pending)]
    Pending,
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Completed,
    #[bulk(failed)]
    Failed,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct CloudflareError {
    #[bulk(nested)]
    pub errors: Vec<CloudflareFault>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct CloudflareFault {
    #[bulk(code)]
    pub code: i64,
    #[bulk(message)]
    pub message: String,
}

#[test]
fn cloudflare_lists() {
    let items = ["10.0.0.1"].map(|ip| ListItem { ip: ip.into() });
    let page = |result: Value| json!({"errors": [], "messages": [], "success": true, "result": result});
    let full = json!({"id": "4da8", "status": "failed", "error": "This list is at the maximum number of items"});
    judge(
        CloudflareListsClient::ADD,
        &items,
        &[
            (200, page(json!({"operation_id": "4da8780eeb215e6cb7f48dd981c4ea02"})), "- poll"),
            (
                200,
                page(json!({"id": "4da8", "status": "completed", "completed": "2020-01-01T08:00:00Z"})),
                "succeeded done",
            ),
            (200, page(full), "refused done"),
        ],
    );
}

/// <https://documentation.onesignal.com/reference/push-notification>
#[bulk_api]
pub trait OneSignal: Send + Sync {
    #[post("/notifications")]
    #[bulk_endpoint(items = "include_subscription_ids", max = 2000, partial = true)]
    fn notify(&self, app_id: &str, contents: &Value) -> Bulk<String, Notified, NotNotified>;
}

/// Some of the ids are not valid, or none is.
#[derive(Debug, BulkReply)]
pub enum Notified {
    #[bulk(on(200))]
    Some(Notification),
    #[bulk(failed, on(200))]
    None,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
pub struct Notification {
    pub id: String,
    #[bulk(nested)]
    pub errors: Option<InvalidIds>,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct InvalidIds {
    #[bulk(failed)]
    #[serde(alias = "invalid_player_ids")]
    pub invalid_subscription_ids: Vec<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct NotNotified {
    #[bulk(message)]
    pub errors: Vec<String>,
}

#[test]
fn onesignal() {
    let items = ["a", "b"].map(str::to_owned);
    judge(
        OneSignalClient::NOTIFY,
        &items,
        &[
            (
                200,
                json!({"id": "b98881cc-1e94-4366-bbd9-db8f3429292b", "external_id": null}),
                "succeeded succeeded done",
            ),
            (200, json!({"id": "b98881cc", "errors": null}), "succeeded succeeded done"),
            (200, json!({"id": "b98881cc", "errors": {"invalid_player_ids": ["b"]}}), "succeeded failed done"),
            (200, json!({"id": "", "errors": ["All included players are not subscribed"]}), "refused refused done"),
            (
                400,
                json!({"errors": ["Message Notifications must have English language content"]}),
                "refused refused done",
            ),
        ],
    );
}

/// <https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish>
#[bulk_api]
pub trait PubSub: Send + Sync {
    #[post("/v1/projects/{project}/topics/{topic}:publish")]
    #[bulk_endpoint(items = "messages", max = 1000, max_bytes = 10_000_000, partial = false)]
    fn publish(&self, project: &str, topic: &str) -> Bulk<PubSubMessage, Published, GoogleError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct PubSubMessage {
    pub data: String,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    #[bulk(succeeded)]
    pub message_ids: Vec<MessageId>,
}

#[derive(Debug, Deserialize, ItemReply)]
#[bulk(positional)]
#[serde(transparent)]
pub struct MessageId(String);

#[derive(Debug, Deserialize, ApiError)]
pub struct GoogleError {
    #[bulk(nested)]
    pub error: GoogleFault,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct GoogleFault {
    #[bulk(code)]
    pub status: String,
    #[bulk(message)]
    pub message: String,
}

#[test]
fn pubsub() {
    let items = [(); 2].map(|()| PubSubMessage { data: "aGk=".into() });
    let missing = json!({"error": {"code": 404, "message": "Resource not found (resource=t).", "status": "NOT_FOUND"}});
    judge(
        PubSubClient::PUBLISH,
        &items,
        &[
            (200, json!({"messageIds": ["19917247034", "19917247035"]}), "succeeded succeeded done"),
            (200, json!({"messageIds": ["19917247034"]}), "unknown unknown done"),
            (404, missing, "refused refused done"),
        ],
    );
    let ids = json!({"messageIds": ["19917247034", "19917247035"]}).to_string();
    let judged = PubSubClient::PUBLISH.judge(&items, &Response::new(ids));
    let ids: Vec<&str> =
        judged.report.succeeded().filter_map(|(_, done)| Some(done.body.as_ref()?.0.as_str())).collect();
    assert_eq!(ids, ["19917247034", "19917247035"]);
}

/// <https://amplitude.com/docs/apis/analytics/http-v2>
#[bulk_api]
pub trait Amplitude: Send + Sync {
    #[post("/2/httpapi")]
    #[bulk_endpoint(items = "events", max = 1000, max_bytes = 1_048_576, partial = true, retry(429), idempotent = true)]
    fn upload(&self, api_key: &str) -> Bulk<AmplitudeEvent, Ingested, AmplitudeError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct AmplitudeEvent {
    #[bulk(key)]
    pub insert_id: String,
    pub event_type: String,
}

#[derive(Debug, BulkReply)]
pub enum Ingested {
    #[bulk(on(200))]
    All(IngestedAll),
    /// Nothing was ingested. The events that are listed are invalid, and the others are to be sent again without them.
    #[bulk(on(400))]
    Invalid(InvalidEvents),
    #[bulk(failed, on(400))]
    Refused,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct IngestedAll {
    #[bulk(count(succeeded))]
    pub events_ingested: u64,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = unprocessed)]
pub struct InvalidEvents {
    #[bulk(failed)]
    pub events_with_invalid_fields: ByCode<Index<0>>,
    #[bulk(failed)]
    #[serde(default)]
    pub events_with_missing_fields: ByCode<Index<0>>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct AmplitudeError {
    #[bulk(code)]
    pub code: i64,
    #[bulk(message)]
    pub error: String,
}

#[test]
fn amplitude() {
    let items = ["a", "b", "c"].map(|id| AmplitudeEvent { insert_id: id.into(), event_type: "t".into() });
    let invalid = json!({
        "code": 400, "error": "Request missing required field", "missing_field": "api_key",
        "events_with_invalid_fields": {"time": [1]}, "events_with_missing_fields": {"event_type": [1, 2]},
    });
    judge(
        AmplitudeClient::UPLOAD,
        &items,
        &[
            (
                200,
                json!({"code": 200, "events_ingested": 3, "payload_size_bytes": 50}),
                "succeeded succeeded succeeded done",
            ),
            (400, invalid, "- failed failed retry [1]"),
            (400, json!({"code": 400, "error": "Invalid API key: x"}), "refused refused refused done"),
            (429, json!({"code": 429, "error": "Too many requests", "throttled_events": [1]}), "- - - retry [3]"),
        ],
    );
}

/// <https://docs.customer.io/integrations/api/track/#operation/batch>
#[bulk_api]
pub trait CustomerIo: Send + Sync {
    #[post("/api/v2/batch")]
    #[bulk_endpoint(items = "batch", max = assumed(500), max_bytes = 500_000, max_item_bytes = 32_000, partial = true)]
    fn batch(&self) -> Bulk<Entity, CustomerIoReply, CustomerIoErrors>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Entity {
    pub r#type: &'static str,
    pub action: &'static str,
}

#[derive(Debug, BulkReply)]
pub enum CustomerIoReply {
    #[bulk(on(200))]
    All,
    #[bulk(on(207))]
    Some(CustomerIoFailures),
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
pub struct CustomerIoFailures {
    #[bulk(failed)]
    pub errors: Vec<CustomerIoFailure>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct CustomerIoFailure {
    #[bulk(key)]
    pub batch_index: Index<0>,
    #[bulk(code)]
    pub reason: String,
    #[bulk(message)]
    pub message: String,
    pub field: String,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct CustomerIoErrors {
    #[bulk(nested)]
    pub errors: Vec<CustomerIoError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct CustomerIoError {
    #[bulk(code)]
    pub reason: String,
    #[bulk(message)]
    pub message: String,
}

#[test]
fn customer_io() {
    let items = [(); 2].map(|()| Entity { r#type: "person", action: "identify" });
    let one = json!({"errors": [{"batch_index": 1, "reason": "required", "field": "identifiers.id", "message": "identifiers.id is required"}]});
    let malformed = json!({"errors": [{"reason": "parse error", "message": "the payload is malformed"}]});
    judge(
        CustomerIoClient::BATCH,
        &items,
        &[
            (200, json!({}), "succeeded succeeded done"),
            (207, one, "succeeded failed done"),
            (400, malformed, "refused refused done"),
        ],
    );
}
