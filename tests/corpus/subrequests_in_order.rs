//! Requests that contain requests, and responses that contain responses, matched by position.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ByStatus, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::groups::WordPressError;
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer, text};

pub const ROWS: &[Row] = &[
    whole("asana-batch", "Asana::batch").narrowed("`opt_fields` and `pretty`, which shape the response"),
    whole("facebook-graph-batch", "FacebookGraph::batch").narrowed(
        "attached files; an error within a response's body, which is JSON in a string, is its message as it came",
    ),
    whole("trello-batch", "Trello::batch"),
    whole("wordpress-batch-v1", "WordPress::batch"),
];

/// <https://developers.asana.com/reference/createbatchrequest>
#[bulk_api]
pub trait Asana: Send + Sync {
    /// Performs up to 10 actions in one request.
    #[post("/batch")]
    #[bulk_endpoint(items = "/data/actions", max = 10, partial = true)]
    fn batch(&self) -> Bulk<AsanaAction, AsanaResults, AsanaErrors>;
}

#[derive(Debug, Clone, Default, Serialize, BulkItem)]
pub struct AsanaAction {
    pub relative_path: String,
    /// In lower case.
    pub method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct AsanaResults {
    #[bulk(results)]
    pub data: Vec<AsanaResult>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct AsanaResult {
    #[bulk(status)]
    pub status_code: u16,
    #[serde(default)]
    pub headers: Map<String, Value>,
    #[bulk(nested)]
    pub body: AsanaBody,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct AsanaBody {
    pub data: Option<Value>,
    #[bulk(nested)]
    pub errors: Option<Vec<AsanaError>>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct AsanaError {
    #[bulk(message)]
    pub message: String,
    pub help: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct AsanaErrors {
    #[bulk(nested)]
    pub errors: Vec<AsanaError>,
}

#[tokio::test]
async fn asana() {
    let action =
        |path: &str| AsanaAction { relative_path: path.into(), method: "get".into(), ..AsanaAction::default() };
    let items = || {
        let options = Some(json!({"limit": 3, "fields": ["name"]}));
        [AsanaAction { data: Some(json!({"assignee": "me"})), options, ..action("/tasks/123") }, action("/tasks/4")]
    };
    let done = json!({"status_code": 200, "headers": {"location": "/tasks/1234"}, "body": {"data": {"gid": "1967"}}});
    let errors = json!({"errors": [{"message": "task: Unknown object: 4", "help": "…"}]});
    let missing = json!({"status_code": 404, "body": errors});
    let vendor = Vendor::answering([answer(200, &json!({"data": [done, missing]}))]).await;
    let report = AsanaClient::new(vendor.client()).batch().send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.status(), outcome.message()), (Some(404), Some("task: Unknown object: 4".into())));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/batch"));
    assert_eq!(
        seen.json(),
        json!({"data": {"actions": [
            {
                "relative_path": "/tasks/123",
                "method": "get",
                "data": {"assignee": "me"},
                "options": {"limit": 3, "fields": ["name"]},
            },
            {"relative_path": "/tasks/4", "method": "get"},
        ]}})
    );
    tells(
        [
            (answer(200, &json!({"data": [missing, missing]})), "failed failed"),
            (answer(200, &json!({"data": [done]})), "unknown unknown"),
            (answer(200, &json!({"data": [done, {"body": {}}]})), "succeeded unknown"),
            (answer(200, &errors), "unknown unknown"),
            (answer(429, &errors), "refused refused"),
        ],
        async |client| {
            line(
                &AsanaClient::new(client)
                    .batch()
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    let vendor = Vendor::answering([answer(400, &errors)]).await;
    let report = AsanaClient::new(vendor.client()).batch().send(items()).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.message.as_deref(), Some("task: Unknown object: 4"));
}

/// <https://developers.facebook.com/docs/graph-api/batch-requests/>
#[bulk_api]
pub trait FacebookGraph: Send + Sync {
    /// Performs up to 50 requests in one.
    #[post("/")]
    #[bulk_endpoint(items = form("batch", json), max = assumed(50), partial = true)]
    fn batch(&self) -> Bulk<FacebookRequest, Vec<Option<FacebookResponse>>, FacebookError>;
}

#[derive(Debug, Clone, Default, Serialize, BulkItem)]
pub struct FacebookRequest {
    pub method: String,
    pub relative_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Header {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct FacebookResponse {
    #[bulk(status)]
    pub code: u16,
    #[serde(default)]
    pub headers: Vec<Header>,
    #[bulk(message)]
    pub body: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct FacebookError {
    #[bulk(nested)]
    pub error: FacebookErrorDetail,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct FacebookErrorDetail {
    #[bulk(code)]
    pub code: u32,
    #[bulk(message)]
    pub message: String,
    pub r#type: String,
}

#[tokio::test]
async fn facebook() {
    let items = || {
        let body = Some("message=hi".to_owned());
        let headers = vec![Header { name: "If-None-Match".into(), value: "1".into() }];
        [
            FacebookRequest { method: "POST".into(), relative_url: "me/feed".into(), body, headers },
            FacebookRequest { method: "GET".into(), relative_url: "me".into(), ..FacebookRequest::default() },
        ]
    };
    let done = json!({"code": 200, "headers": [{"name": "ETag", "value": "1"}], "body": "{\"id\":\"1\"}"});
    let failed = json!({"code": 400, "body": "{\"error\":{\"code\":100}}"});
    let vendor = Vendor::answering([answer(200, &json!([done, null])), answer(200, &json!([done]))]).await;
    let report = FacebookGraphClient::new(vendor.client()).batch().send(items()).await;
    assert_eq!(line(&report), "succeeded succeeded");
    // Only the requests that were not executed are sent again.
    let sent: Vec<Value> = vendor
        .seen()
        .iter()
        .map(|seen| {
            assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/"));
            assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
            let text = seen.text().strip_prefix("batch=").expect("the field");
            let text = percent_encoding::percent_decode_str(text).decode_utf8().expect("UTF-8");
            serde_json::from_str(&text).expect("JSON")
        })
        .collect();
    let post = json!({"method": "POST", "relative_url": "me/feed", "body": "message=hi", "headers": [{"name": "If-None-Match", "value": "1"}]});
    let get = json!({"method": "GET", "relative_url": "me"});
    assert_eq!(sent, [json!([post, get]), json!([get])]);
    tells(
        [
            (answer(200, &json!([done, null])), "succeeded refused"),
            (answer(200, &json!([failed, failed])), "failed failed"),
            (answer(200, &json!([null, null])), "refused refused"),
            (answer(200, &json!([done])), "unknown unknown"),
            (answer(200, &json!([done, {"body": "{}"}])), "succeeded unknown"),
            (answer(400, &json!({"error": {"code": 190, "message": "token", "type": "OAuth"}})), "refused refused"),
        ],
        async |client| {
            line(
                &FacebookGraphClient::new(client)
                    .batch()
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    let vendor = Vendor::answering([answer(200, &json!([failed, done]))]).await;
    let report = FacebookGraphClient::new(vendor.client()).batch().send(items()).await;
    let (_, outcome) = report.iter().next().expect("two");
    assert_eq!(outcome.message().as_deref(), Some("{\"error\":{\"code\":100}}"));
}

/// <https://developer.atlassian.com/cloud/trello/rest/api-group-batch/>
#[bulk_api]
pub trait Trello: Send + Sync {
    /// Performs up to 10 GET requests in one.
    #[get("/1/batch")]
    #[bulk_endpoint(items = query("urls", csv), max = 10, partial = true, idempotent = true, rate = "100/10s")]
    fn batch(&self) -> Bulk<String, Vec<ByStatus<Value>>>;
}

#[tokio::test]
async fn trello() {
    let items = || ["/boards/x/cards", "/boards/x"].map(str::to_owned);
    let (done, missing) = (json!({"200": [{"id": "c1"}]}), json!({"404": {"message": "model not found"}}));
    let vendor = Vendor::answering([answer(200, &json!([done, missing]))]).await;
    let report = TrelloClient::new(vendor.client()).batch().send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let body = report.succeeded().next().and_then(|(_, success)| success.body.clone()).expect("a body");
    assert_eq!((body.status, &body.body), (200, &json!([{"id": "c1"}])));
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!(outcome.status(), Some(404));
    let seen = vendor.only();
    assert_eq!(seen.method, "GET");
    let target = percent_encoding::percent_decode_str(&seen.target).decode_utf8().expect("UTF-8");
    assert_eq!(target, "/1/batch?urls=/boards/x/cards,/boards/x");
    assert!(seen.body.is_empty());
    tells(
        [
            (answer(200, &json!([missing, missing])), "failed failed"),
            (answer(200, &json!([done])), "unknown unknown"),
            (answer(200, &json!([done, {}])), "succeeded unknown"),
            (answer(200, &json!([done, {"200": 1, "404": 2}])), "succeeded unknown"),
            (answer(200, &json!([done, {"fine": 1}])), "succeeded unknown"),
            (text(401, "text/plain", "invalid key"), "refused refused"),
        ],
        async |client| {
            line(
                &TrelloClient::new(client)
                    .batch()
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}

/// <https://developer.wordpress.org/rest-api/reference/>
#[bulk_api]
pub trait WordPress: Send + Sync {
    /// Performs up to 25 requests in one; with `require-all-validate` only if all of them are valid.
    #[post("/batch/v1")]
    #[bulk_endpoint(items = "requests", max = 25, partial = true)]
    fn batch(&self, validation: Option<&str>) -> Bulk<WordPressRequest, WordPressResponses, WordPressError>;
}

#[derive(Debug, Clone, Default, Serialize, BulkItem)]
pub struct WordPressRequest {
    pub method: String,
    pub path: String,
    pub body: Map<String, Value>,
    pub headers: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct WordPressResponses {
    #[bulk(status)]
    pub failed: Option<FailedPhase>,
    #[bulk(results)]
    pub responses: Vec<Option<WordPressResponse>>,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum FailedPhase {
    /// Nothing was executed.
    #[bulk(unprocessed)]
    Validation,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct WordPressResponse {
    #[bulk(status)]
    pub status: u16,
    #[bulk(nested)]
    pub body: WordPressBody,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(untagged)]
pub enum WordPressBody {
    Error {
        #[bulk(code)]
        code: String,
        #[bulk(message)]
        message: String,
    },
    Other(Value),
}

#[tokio::test]
async fn wordpress() {
    let request = |path: &str| WordPressRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        ..WordPressRequest::default()
    };
    let items = || [request("/wp/v2/posts"), request("/wp/v2/pages")];
    let done = json!({"status": 201, "body": {"id": 1}});
    let invalid = json!({"status": 400, "body": {"code": "rest_invalid_param", "message": "Invalid parameter(s)", "data": {"status": 400}}});
    let rejected = json!({"failed": "validation", "responses": [{"status": 200, "body": {}}, invalid]});
    let vendor = Vendor::answering([answer(207, &rejected), answer(207, &json!({"responses": [done]}))]).await;
    let report = WordPressClient::new(vendor.client()).batch(Some("require-all-validate")).send(items()).await;
    // The valid requests were not executed, and are sent again without the invalid one.
    assert_eq!(line(&report), "succeeded failed");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!(outcome.code().as_deref(), Some("rest_invalid_param"));
    let seen = vendor.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("POST", "/batch/v1"));
    let sent = |path| json!({"method": "POST", "path": path, "body": {}, "headers": {}});
    assert_eq!(
        seen[0].json(),
        json!({"validation": "require-all-validate", "requests": [sent("/wp/v2/posts"), sent("/wp/v2/pages")]})
    );
    assert_eq!(seen[1].json()["requests"], json!([sent("/wp/v2/posts")]));
    tells(
        [
            (answer(207, &rejected), "refused failed"),
            (answer(207, &json!({"failed": "validation", "responses": [null, invalid]})), "refused failed"),
            (answer(207, &json!({"responses": [done, invalid]})), "succeeded failed"),
            (answer(207, &json!({"responses": [invalid, invalid]})), "failed failed"),
            (answer(207, &json!({"responses": [done]})), "unknown unknown"),
            (answer(207, &json!({"responses": [done, {"status": 200}]})), "succeeded unknown"),
            (answer(400, &json!({"code": "rest_invalid_param", "message": "no"})), "refused refused"),
        ],
        async |client| {
            line(
                &WordPressClient::new(client)
                    .batch(None)
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}
