//! Requests that contain requests, and responses that contain responses, matched by the id of the request.

use bulk_endpoint::{ApiError, AssignedId, Bulk, BulkItem, BulkReply, HttpStatus, ItemReply, bulk_api, reply::Detail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::elements::{AzureError, AzureErrorDetail};
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer};

pub const ROWS: &[Row] = &[
    whole("msgraph-batch", "MsGraph::batch")
        .narrowed("`dependsOn`: it is the run's to choose which requests share a batch"),
    whole("scim2-bulk", "Scim::bulk")
        .narrowed("operations other than POST, which the response names by the URL of their resource"),
];

/// <https://learn.microsoft.com/en-us/graph/json-batching>
#[bulk_api]
pub trait MsGraph: Send + Sync {
    /// Performs up to 20 requests in one.
    #[post("/v1.0/$batch")]
    #[bulk_endpoint(items = "requests", max = 20, partial = true)]
    fn batch(&self) -> Bulk<GraphRequest, GraphResponses, AzureError>;
}

#[derive(Debug, Clone, Default, Serialize, BulkItem)]
pub struct GraphRequest {
    pub id: AssignedId,
    pub method: String,
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct GraphResponses {
    #[bulk(results)]
    pub responses: Vec<GraphResponse>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct GraphResponse {
    #[bulk(key)]
    pub id: AssignedId,
    #[bulk(status)]
    pub status: u16,
    #[bulk(nested)]
    pub headers: Option<GraphHeaders>,
    #[bulk(nested)]
    pub body: Option<GraphBody>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct GraphHeaders {
    #[bulk(retry_after = seconds)]
    #[serde(rename = "Retry-After", alias = "retry-after")]
    pub retry_after: Option<String>,
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(untagged)]
pub enum GraphBody {
    Error {
        #[bulk(nested)]
        error: AzureErrorDetail,
    },
    Other(Value),
}

#[tokio::test]
async fn msgraph_batch() {
    let get = |url: &str| GraphRequest { method: "GET".into(), url: url.into(), ..GraphRequest::default() };
    let items = || {
        let headers = Map::from_iter([("Content-Type".to_owned(), json!("application/json"))]);
        let (headers, body) = (Some(headers), Some(json!({"city": "Redmond"})));
        let patch = GraphRequest { id: AssignedId::new(), method: "PATCH".into(), url: "/me".into(), headers, body };
        [get("/me/planner/tasks"), get("/me/drive"), patch]
    };
    let responses = json!({"responses": [
        {"id": "#1", "status": 401, "body": {"error": {"code": "Forbidden", "message": "..."}}},
        {"id": "#0", "status": 302, "headers": {"location": "https://example.com"}},
        {"id": "#2", "status": 204, "body": null},
    ]});
    let vendor = Vendor::answering([answer(200, &responses)]).await;
    let report = MsGraphClient::new(vendor.client()).batch().send(items()).await;
    assert_eq!(line(&report), "failed failed succeeded");
    let failures: Vec<_> = report.failed().map(|(_, failure)| (failure.status, failure.code())).collect();
    assert_eq!(failures, [(302, None), (401, Some("Forbidden".into()))]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v1.0/$batch"));
    assert_eq!(seen.json()["requests"][0], json!({"id": "#0", "method": "GET", "url": "/me/planner/tasks"}));
    assert_eq!(
        seen.json()["requests"][2],
        json!({
            "id": "#2",
            "url": "/me",
            "method": "PATCH",
            "body": {"city": "Redmond"},
            "headers": {"Content-Type": "application/json"},
        })
    );
    let each = |status: u16| {
        let response = |id: u8| json!({"id": format!("#{id}"), "status": status, "body": "plain text"});
        json!({"responses": [response(0), response(1), response(2)]})
    };
    tells(
        [
            (answer(200, &each(200)), "succeeded succeeded succeeded"),
            (answer(200, &each(424)), "failed failed failed"),
            (answer(200, &json!({"responses": [{"id": "#0", "status": 200}]})), "succeeded unknown unknown"),
            (answer(200, &json!({"responses": [{"id": "#9", "status": 200}]})), "unknown unknown unknown"),
            (answer(200, &json!({"responses": [{"id": "#0", "status": "fine"}]})), "unknown unknown unknown"),
            (answer(400, &json!({"error": {"code": "BadRequest", "message": "no"}})), "refused refused refused"),
        ],
        async |client| line(&MsGraphClient::new(client).batch().send(items()).await),
    )
    .await;
    // A throttled request is retried at the time in its own headers.
    let throttled = json!({"responses": [{"id": "#0", "status": 429, "headers": {"Retry-After": "7"}, "body": {"error": {"code": "TooManyRequests", "message": "later"}}}]});
    let vendor = Vendor::answering([answer(200, &throttled)]).await;
    let report = MsGraphClient::new(vendor.client())
        .batch()
        .send([get("/me")])
        .max_attempts(1)
        .patience(std::time::Duration::ZERO)
        .await;
    let (_, outcome) = report.iter().next().expect("one");
    assert_eq!(line(&report), "refused");
    assert_eq!(
        (outcome.code(), outcome.message()),
        (Some("TooManyRequests".into()), Some("returned as unprocessed: later".into()))
    );
    let throttled = json!({"responses": [{"id": "#0", "status": 429, "headers": {"Retry-After": "0"}}, {"id": "#1", "status": 200}]});
    let vendor =
        Vendor::answering([answer(200, &throttled), answer(200, &json!({"responses": [{"id": "#0", "status": 200}]}))])
            .await;
    let report = MsGraphClient::new(vendor.client()).batch().send([get("/me"), get("/users")]).await;
    assert_eq!(line(&report), "succeeded succeeded");
}

/// <https://www.rfc-editor.org/rfc/rfc7644#section-3.7>
#[bulk_api(rename_all = "camelCase")]
pub trait Scim: Send + Sync {
    /// Creates resources by POST.
    #[post("/Bulk")]
    #[header("Content-Type", "application/scim+json")]
    #[field("/schemas/0", "urn:ietf:params:scim:api:messages:2.0:BulkRequest")]
    #[bulk_endpoint(items = "Operations", max = assumed(100), partial = true)]
    fn bulk(&self, fail_on_errors: Option<u32>) -> Bulk<ScimOperation, ScimResults, ScimError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[serde(tag = "method", rename = "POST", rename_all = "camelCase")]
pub struct ScimOperation {
    pub path: String,
    pub bulk_id: AssignedId,
    pub data: Value,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct ScimResults {
    #[bulk(results)]
    #[serde(rename = "Operations")]
    pub operations: Vec<ScimResult>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ScimResult {
    #[bulk(key)]
    pub bulk_id: AssignedId,
    pub location: Option<String>,
    #[bulk(status)]
    pub status: HttpStatus,
    #[bulk(nested)]
    pub response: Option<ScimErrorDetail>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ScimErrorDetail {
    #[bulk(code)]
    pub scim_type: Option<String>,
    #[bulk(message)]
    pub detail: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
#[serde(rename_all = "camelCase")]
pub struct ScimError {
    #[bulk(code)]
    pub scim_type: Option<String>,
    #[bulk(message)]
    pub detail: Option<String>,
    pub status: String,
}

#[tokio::test]
async fn scim() {
    let items = || {
        ["Alice", "Bob"].map(|name| ScimOperation {
            path: "/Users".to_owned(),
            bulk_id: AssignedId::new(),
            data: json!({"userName": name}),
        })
    };
    let response = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "uniqueness", "detail": "taken", "status": "400"});
    let failed = |id: &str| json!({"method": "POST", "bulkId": id, "status": "400", "response": response});
    let done = json!({"location": "https://example.com/v2/Users/1", "method": "POST", "bulkId": "#1", "status": "201"});
    let body = |operations: &[&Value]| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": operations});
    let vendor = Vendor::answering([answer(200, &body(&[&done, &failed("#0")]))]).await;
    let report = ScimClient::new(vendor.client()).bulk(Some(1)).send(items()).await;
    assert_eq!(line(&report), "failed succeeded");
    let (_, outcome) = report.iter().next().expect("two");
    assert_eq!((outcome.code(), outcome.message()), (Some("uniqueness".into()), Some("taken".into())));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/Bulk"));
    assert_eq!(seen.header("content-type"), Some("application/scim+json"));
    assert_eq!(
        seen.json(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "failOnErrors": 1,
            "Operations": [
                {"method": "POST", "path": "/Users", "bulkId": "#0", "data": {"userName": "Alice"}},
                {"method": "POST", "path": "/Users", "bulkId": "#1", "data": {"userName": "Bob"}},
            ],
        })
    );
    let too_large =
        json!({"schemas": [], "status": "413", "detail": "The size of the bulk operation exceeds the maxPayloadSize"});
    tells(
        [
            (answer(200, &body(&[&failed("#0"), &failed("#1")])), "failed failed"),
            // The server stops after the first error.
            (answer(200, &body(&[&failed("#0")])), "failed unknown"),
            (answer(200, &body(&[&done, &json!({"bulkId": "#0", "status": "fine"})])), "unknown succeeded"),
            (answer(200, &json!({"Operations": {}})), "unknown unknown"),
            (answer(413, &too_large), "refused refused"),
        ],
        async |client| line(&ScimClient::new(client).bulk(None).send(items()).await),
    )
    .await;
}
