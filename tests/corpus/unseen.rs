//! Operations that the corpus does not have, declared from their vendors' pages alone after the grammar stood, and judged by the pages'
//! examples: those that needed something new, or that are of an unusual shape.

use bulk_endpoint::reply::MatchesKey;
use std::time::Duration;

use bulk_endpoint::testing::{NextStep, assigned_id};
use bulk_endpoint::{
    ApiError, AssignedId, Bulk, BulkItem, BulkReply, ByCode, Endpoint, Index, ItemReply, Pairs, Status, bulk_api,
};
use http::Response;
use serde::{Deserialize, Deserializer, Serialize};
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

/// <https://developer.adobe.com/commerce/webapi/rest/use-rest/bulk-endpoints/>, polled by its `operation-status-endpoints`.
#[bulk_api]
pub trait Magento: Send + Sync {
    #[post("/rest/async/bulk/V1/products")]
    #[bulk_endpoint(items = body, max = assumed(100), partial = true, idempotent = true, poll = "/rest/V1/bulk/{job}/status")]
    fn save(&self) -> Bulk<MagentoProduct, BulkStatus, MagentoError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct MagentoProduct {
    pub product: Value,
}

/// The first response has `request_items`, of which each says that it is queued. The job has no state, but each operation.
#[derive(Debug, Deserialize, BulkReply)]
pub struct BulkStatus {
    #[bulk(job)]
    #[serde(alias = "bulk_id")]
    pub bulk_uuid: String,
    #[bulk(results)]
    #[serde(default)]
    pub operations_list: Vec<MagentoOperation>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct MagentoOperation {
    #[bulk(key)]
    pub id: Index<0>,
    #[bulk(status)]
    pub status: MagentoState,
    #[bulk(message)]
    pub result_message: Option<String>,
    #[bulk(code)]
    pub error_code: Option<i64>,
}

#[derive(Debug, Status)]
#[repr(i64)]
pub enum MagentoState {
    #[bulk(succeeded)]
    Complete = 1,
    #[bulk(failed)]
    FailedForNow = 2,
    #[bulk(failed)]
    Failed = 3,
    #[bulk(pending)]
    Open = 4,
    #[bulk(failed)]
    Rejected = 5,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct MagentoError {
    #[bulk(message)]
    pub message: String,
}

#[test]
fn magento() {
    let items = ["a", "b"].map(|sku| MagentoProduct { product: json!({"sku": sku}) });
    let accepted = |id: u8| json!({"id": id, "data_hash": "5fce5ab1", "status": "accepted"});
    let done = json!({"id": 0, "status": 1, "result_message": "Service execution success", "error_code": null});
    let status = |second: Value| json!({"operations_list": [done, second], "bulk_id": "799a", "operation_count": 2});
    judge(
        MagentoClient::SAVE,
        &items,
        &[
            (
                202,
                json!({"bulk_uuid": "799a", "request_items": [accepted(0), accepted(1)], "errors": false}),
                "- - poll",
            ),
            (200, status(json!({"id": 1, "status": 4, "result_message": null, "error_code": null})), "- - poll"),
            (200, status(json!({"id": 1, "status": 3, "result_message": "No such store"})), "succeeded failed done"),
            (400, json!({"message": "Bulk authorization failed"}), "refused refused done"),
            // No operation has this id, or this state.
            (200, status(json!({"id": 2, "status": 1})), "- - poll"),
            (200, status(json!({"id": 1, "status": 6})), "succeeded - retry [1]"),
        ],
    );
}

/// <https://www.servicenow.com/docs/bundle/yokohama-api-reference/page/integrate/inbound-rest/concept/batch-api.html>
#[bulk_api]
pub trait ServiceNow: Send + Sync {
    #[post("/api/now/v1/batch")]
    #[field("/batch_request_id", batch_key)]
    #[bulk_endpoint(items = "rest_requests", max = assumed(50), max_item_bytes = 5_000_000, partial = true)]
    fn batch(&self) -> Bulk<RestRequest, BatchResponse, ServiceNowError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct RestRequest {
    pub id: AssignedId,
    pub method: &'static str,
    pub url: String,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct BatchResponse {
    #[bulk(results)]
    pub serviced_requests: Vec<Serviced>,
    #[bulk(unprocessed)]
    pub unserviced_requests: Vec<AssignedId>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct Serviced {
    #[bulk(key)]
    pub id: AssignedId,
    #[bulk(status)]
    pub status_code: u16,
    #[bulk(message)]
    pub error_message: Option<String>,
    /// In base64.
    pub body: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct ServiceNowError {
    #[bulk(nested)]
    pub error: ServiceNowFault,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct ServiceNowFault {
    #[bulk(message)]
    pub message: String,
}

#[test]
fn servicenow() {
    let items = [(); 2].map(|()| RestRequest { id: AssignedId::new(), method: "GET", url: "/api/now/table/x".into() });
    let serviced = |at: usize, status: u16| json!({"id": assigned_id(at), "body": "eyJ9", "status_code": status});
    let page = |serviced: Value, unserviced: Value| json!({"batch_request_id": "1", "serviced_requests": serviced, "unserviced_requests": unserviced});
    judge(
        ServiceNowClient::BATCH,
        &items,
        &[
            (200, page(json!([serviced(1, 200), serviced(0, 404)]), json!([])), "failed succeeded done"),
            (200, page(json!([serviced(0, 200)]), json!([assigned_id(1)])), "succeeded - retry [1]"),
            (400, json!({"error": {"message": "Invalid batch"}, "status": "failure"}), "refused refused done"),
            // A request is in both lists, or in none.
            (200, page(json!([serviced(0, 200)]), json!([assigned_id(0)])), "unknown unknown done"),
            (200, page(json!([serviced(0, 200)]), json!([])), "succeeded unknown done"),
        ],
    );
}

/// <https://shopify.dev/docs/api/admin-graphql/latest/mutations/productVariantsBulkUpdate>
#[bulk_api]
pub trait Shopify: Send + Sync {
    #[post("/admin/api/2025-01/graphql.json")]
    #[field(
        "/query",
        "mutation($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
            productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) {
                productVariants { id } userErrors { field message code }
            }
        }"
    )]
    #[bulk_endpoint(items = "/variables/variants", max = assumed(250), partial = true, idempotent = true)]
    #[bulk_endpoint(retry("THROTTLED"), stop("ACCESS_DENIED", "PRODUCT_DOES_NOT_EXIST"))]
    fn update(
        &self,
        #[field("/variables/productId")] product_id: &str,
    ) -> Bulk<Variant, VariantsUpdated, GraphQlErrors>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Variant {
    #[bulk(key)]
    pub id: String,
    pub price: String,
}

/// An error about the request is beside no data, or among the errors of the mutation, which has no variants then.
#[derive(Debug, BulkReply)]
pub enum VariantsUpdated {
    #[bulk(on(200))]
    Data(GraphQlData),
    #[bulk(failed, on(200))]
    Refused,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct GraphQlData {
    #[bulk(nested)]
    pub data: Mutation,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct Mutation {
    #[bulk(nested)]
    pub product_variants_bulk_update: VariantLists,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct VariantLists {
    #[bulk(succeeded)]
    pub product_variants: Vec<UpdatedVariant>,
    #[bulk(failed)]
    pub user_errors: Vec<VariantError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct UpdatedVariant {
    #[bulk(key)]
    pub id: String,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct VariantError {
    /// `["variants", "0", "price"]`
    #[bulk(key = "variants/{i}*")]
    #[serde(deserialize_with = "joined")]
    pub field: String,
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: String,
}

fn joined<'de, D: Deserializer<'de>>(steps: D) -> Result<String, D::Error> {
    Ok(Vec::<String>::deserialize(steps)?.join("/"))
}

#[derive(Debug, Deserialize, ApiError)]
pub struct GraphQlErrors {
    #[bulk(nested)]
    pub errors: Option<Vec<GraphQlError>>,
    #[bulk(nested)]
    pub data: Option<RefusedData>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct GraphQlError {
    #[bulk(message)]
    pub message: String,
    #[bulk(nested)]
    pub extensions: Option<GraphQlCode>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct GraphQlCode {
    #[bulk(code)]
    pub code: String,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct RefusedData {
    #[bulk(nested)]
    pub product_variants_bulk_update: Option<RefusedMutation>,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct RefusedMutation {
    #[bulk(nested)]
    pub user_errors: Vec<RefusedField>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct RefusedField {
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: String,
}

#[test]
fn shopify() {
    let items = ["gid://shopify/ProductVariant/1", "gid://shopify/ProductVariant/2"]
        .map(|id| Variant { id: id.into(), price: "1.00".into() });
    let variant = |at: usize| json!({"id": items[at].id});
    let error = |field: Value, code: &str| json!([{"field": field, "code": code, "message": "m"}]);
    let page = |variants: Value, errors: Value| json!({"data": {"productVariantsBulkUpdate": {"productVariants": variants, "userErrors": errors}}});
    let of_request = |code: &str| json!({"data": null, "errors": [{"message": "m", "extensions": {"code": code}}]});
    let negative = error(json!(["variants", "0", "price"]), "NEGATIVE_PRICE_VALUE");
    let no_product = error(json!(["productId"]), "PRODUCT_DOES_NOT_EXIST");
    judge(
        ShopifyClient::UPDATE,
        &items,
        &[
            (200, page(json!([variant(0), variant(1)]), json!([])), "succeeded succeeded done"),
            (200, page(json!([variant(1)]), negative.clone()), "failed succeeded done"),
            (
                200,
                page(json!(null), no_product.clone()),
                "refused refused stops the run: the request was refused with 200: m",
            ),
            (200, of_request("THROTTLED"), "- - retry [2]"),
            (200, of_request("ACCESS_DENIED"), "refused refused stops the run: the request was refused with 200: m"),
            // A variant is in both lists, or an error beside variants names none of them.
            (200, page(json!([variant(0), variant(1)]), negative), "- succeeded retry [1]"),
            (200, page(json!([variant(1)]), no_product), "- succeeded retry [1]"),
        ],
    );
}

/// <https://core.telegram.org/bots/api#deletemessages>
#[bulk_api]
pub trait Telegram: Send + Sync {
    #[post("/deleteMessages")]
    #[bulk_endpoint(items = "message_ids", max = 100, partial = false, idempotent = true)]
    fn delete(&self, chat_id: i64) -> Bulk<u64, MessagesDeleted, TelegramError>;
}

/// "If some of the specified messages can't be found, they are skipped. Returns True on success."
#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct MessagesDeleted {
    #[bulk(status)]
    pub ok: bool,
    pub result: bool,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct TelegramError {
    #[bulk(code)]
    pub error_code: i64,
    #[bulk(message)]
    pub description: String,
    #[bulk(nested)]
    pub parameters: Option<ResponseParameters>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct ResponseParameters {
    #[bulk(retry_after = seconds)]
    pub retry_after: Option<u64>,
}

#[test]
fn telegram() {
    let limited =
        json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 7}});
    judge(
        TelegramClient::DELETE,
        &[1, 2],
        &[
            (200, json!({"ok": true, "result": true}), "succeeded succeeded done"),
            (200, json!({"ok": false, "result": true}), "refused refused done"),
            (400, json!({"ok": false, "error_code": 400, "description": "chat not found"}), "refused refused done"),
            (429, limited.clone(), "- - retry [2]"),
            (200, json!({"result": true}), "- - retry [2]"),
        ],
    );
    let response = Response::builder().status(429).body(limited.to_string()).expect("a status");
    let NextStep::Retry { after, .. } = TelegramClient::DELETE.judge(&[1, 2], &response).next else {
        panic!("the limit is waited for");
    };
    assert_eq!(after, Duration::from_secs(7));
}
