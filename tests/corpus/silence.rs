//! Responses that list only failures, or nothing: unlisted items succeeded.

use std::collections::BTreeMap;

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Pairs, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coverage::{Row, whole};
use crate::ids::AwsError;
use crate::vendor::{Vendor, json as answer, told, words};

pub const ROWS: &[Row] = &[
    whole("aws-tagging-tag-resources", "Tagging::tag_resources"),
    whole("cloudflare-kv-bulk-put", "Namespaces::bulk_put"),
    whole("slack-conversations-invite", "Conversations::invite"),
    whole("gitlab-invitations", "Invitations::invite_to_project"),
    whole("otlp-http-logs", "Logs::export")
        .narrowed("JSON, and the records of one scope a request; no traces and no metrics"),
];

/// Tags of AWS resources. Requests are signed in the client's transport.
#[bulk_api(rename_all = "PascalCase")]
pub trait Tagging: Send + Sync {
    /// Sets the same tags on all resources.
    ///
    /// [The vendor's page](https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html)
    #[post("/")]
    #[header("X-Amz-Target", "ResourceGroupsTaggingAPI_20170126.TagResources")]
    #[header("Content-Type", "application/x-amz-json-1.1")]
    #[bulk_endpoint(
        items = "ResourceARNList",
        max = 20,
        partial = true,
        idempotent = true,
        retry("ThrottledException")
    )]
    fn tag_resources(&self, tags: &BTreeMap<&str, &str>) -> Bulk<String, TaggedResources, AwsError>;
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
#[bulk(unlisted = succeeded)]
pub struct TaggedResources {
    #[bulk(failed)]
    pub failed_resources_map: Pairs<String, FailureInfo>,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct FailureInfo {
    #[bulk(status)]
    pub status_code: u16,
    #[bulk(code)]
    pub error_code: String,
    #[bulk(message)]
    pub error_message: Option<String>,
}

#[tokio::test]
async fn tagging() {
    let [a, b] = ["arn:aws:s3:::a", "arn:aws:s3:::b"];
    let info = json!({"StatusCode": 400, "ErrorCode": "InvalidParameterException", "ErrorMessage": "no"});
    let (done, failed) = ("succeeded", "failed InvalidParameterException no");
    for (status, body, want) in [
        (200, json!({"FailedResourcesMap": {b: info}}), [done, failed]),
        (200, json!({"FailedResourcesMap": {}}), [done, done]),
        (200, json!({"FailedResourcesMap": {b: info, a: info}}), [failed, failed]),
        (200, json!({"FailedResourcesMap": {"arn:aws:s3:::c": info}}), ["unknown", "unknown"]),
        (200, json!({"FailedResourcesMap": {b: "no"}}), ["unknown", "unknown"]),
        (200, json!({"FailedResourcesMap": [a, b]}), ["unknown", "unknown"]),
        (200, json!({}), ["unknown", "unknown"]),
        (
            400,
            json!({"__type": "InvalidParameterException", "Message": "Tags is empty"}),
            ["refused InvalidParameterException Tags is empty"; 2],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let tagging = TaggingClient::new(vendor.client()).tag_resources(&[("k", "v")].into());
        assert_eq!(
            told(&tagging.send([a, b].map(str::to_owned)).max_attempts(1).patience(std::time::Duration::ZERO).await),
            want,
            "{body}"
        );
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/"));
        assert_eq!(seen.header("x-amz-target"), Some("ResourceGroupsTaggingAPI_20170126.TagResources"));
        assert_eq!(seen.header("content-type"), Some("application/x-amz-json-1.1"));
        assert_eq!(seen.json(), json!({"ResourceARNList": [a, b], "Tags": {"k": "v"}}));
    }
}

/// Namespaces of Cloudflare's Workers KV.
#[bulk_api]
pub trait Namespaces: Send + Sync {
    /// Writes values under keys. Values that could not be written should be retried.
    ///
    /// [The vendor's page](https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/methods/bulk_update/)
    #[put("/accounts/{account_id}/storage/kv/namespaces/{namespace_id}/bulk")]
    #[bulk_endpoint(
        items = body, max = 10_000, max_bytes = 100_000_000, partial = true, idempotent = true, retry("unsuccessful_keys")
    )]
    fn bulk_put(&self, account_id: &str, namespace_id: &str) -> Bulk<KeyValue, KvWritten, CloudflareErrors>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct KeyValue {
    #[bulk(key)]
    pub key: String,
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_ttl: Option<u32>,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct KvWritten {
    #[bulk(status)]
    pub success: bool,
    #[bulk(nested)]
    pub result: KvCounts,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct KvCounts {
    #[bulk(count(succeeded))]
    pub successful_key_count: u64,
    #[bulk(failed)]
    #[serde(default)]
    pub unsuccessful_keys: Vec<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct CloudflareErrors {
    #[bulk(nested)]
    pub errors: Vec<CloudflareError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct CloudflareError {
    #[bulk(code)]
    pub code: u32,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn cloudflare_kv() {
    let pairs = || {
        [("My-Key", Some(300)), ("k9", None)].map(|(key, expiration_ttl)| KeyValue {
            key: key.to_owned(),
            value: "Some string".to_owned(),
            expiration_ttl,
        })
    };
    let reply = |count: usize, keys: &[&str]| {
        let result = json!({"successful_key_count": count, "unsuccessful_keys": keys});
        json!({"success": true, "errors": [], "messages": [], "result": result})
    };
    let (done, failed) = ("succeeded", "refused unsuccessful_keys");
    let refused =
        json!({"success": false, "errors": [{"code": 10013, "message": "namespace not found"}], "messages": []});
    for (status, body, want) in [
        (200, reply(1, &["k9"]), [done, failed]),
        (200, reply(2, &[]), [done, done]),
        (200, reply(0, &["k9", "My-Key"]), [failed, failed]),
        // It counts a key that it does not list, or lists one that was not sent.
        (200, reply(3, &[]), ["unknown", "unknown"]),
        (200, reply(1, &["k8"]), ["unknown", "unknown"]),
        (200, json!({"success": true, "result": {"unsuccessful_keys": []}}), ["unknown", "unknown"]),
        (200, json!({"success": true, "result": null}), ["unknown", "unknown"]),
        (200, json!({"success": true, "result": []}), ["unknown", "unknown"]),
        (404, refused, ["refused 10013 namespace not found"; 2]),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = NamespacesClient::new(vendor.client())
            .bulk_put("a", "n")
            .send(pairs())
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        let path = "/accounts/a/storage/kv/namespaces/n/bulk";
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("PUT", path));
        let sent = json!([
            {"key": "My-Key", "value": "Some string", "expiration_ttl": 300}, {"key": "k9", "value": "Some string"},
        ]);
        assert_eq!(seen.json(), sent);
    }
    let vendor = Vendor::answering([answer(200, &reply(1, &["k9"])), answer(200, &reply(1, &[]))]).await;
    let report = NamespacesClient::new(vendor.client()).bulk_put("a", "n").send(pairs()).await;
    assert_eq!((words(&report), vendor.seen().len()), (vec![done, done], 2), "it was written at last");
}

/// Conversations of Slack.
#[bulk_api]
pub trait Conversations: Send + Sync {
    /// Invites users to a channel: all of them, or none.
    ///
    /// [The vendor's page](https://docs.slack.dev/reference/methods/conversations.invite)
    #[post("/api/conversations.invite")]
    #[bulk_endpoint(
        items = form("users", csv), max = 1000, partial = false,
        retry("ratelimited"), stop("channel_not_found", "is_archived", "invalid_auth", "missing_scope"),
        bisect("user_not_found", "cant_invite_self", "cant_invite"),
    )]
    fn invite(&self, channel: &str) -> Bulk<String, Invited>;
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Invited {
    #[bulk(status)]
    pub ok: bool,
    #[bulk(code)]
    pub error: Option<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Vec<InviteError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct InviteError {
    #[bulk(key)]
    pub user: String,
    #[bulk(code)]
    pub error: String,
}

#[tokio::test]
async fn slack() {
    let ok = json!({"ok": true, "channel": {"id": "C1"}});
    let error = |user: &str| json!({"user": user, "ok": false, "error": "cant_invite_self"});
    let not = |errors: &[Value]| json!({"ok": false, "error": "user_not_found", "errors": errors});
    let (done, failed) = ("succeeded", "failed cant_invite_self");
    // One invalid user prevents all invitations: the others are retried.
    for (bodies, want, requests) in [
        (vec![ok.clone()], [done, done], 1),
        (vec![not(&[error("U2")]), ok.clone()], [done, failed], 2),
        (vec![not(&[error("U2"), error("U1")])], [failed, failed], 1),
        (vec![json!({"ok": false, "error": "channel_not_found"})], ["refused channel_not_found"; 2], 1),
        (vec![json!({"ok": false, "error": "user_not_found"}), ok], [done, done], 3),
        (vec![json!({"ok": false, "error": "x", "errors": [{"user": "U2"}]})], ["unknown", "unknown"], 1),
        (vec![json!({"ok": "true"})], ["unknown", "unknown"], 1),
        (vec![json!({})], ["unknown", "unknown"], 1),
    ] {
        let vendor = Vendor::answering(bodies.iter().map(|body| answer(200, body))).await;
        let invitation = ConversationsClient::new(vendor.client()).invite("C1");
        assert_eq!(told(&invitation.send(["U1", "U2"].map(str::to_owned)).await), want, "{bodies:?}");
        let seen = vendor.seen();
        assert_eq!(seen.len(), requests, "{bodies:?}");
        assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("POST", "/api/conversations.invite"));
        assert_eq!(seen[0].header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(seen[0].text(), "channel=C1&users=U1,U2");
    }
}

/// Invitations of GitLab.
#[bulk_api]
pub trait Invitations: Send + Sync {
    /// Invites people to a project by email address. The vendor documents no limit. A person who was invited before is refused, and gets no
    /// second message. A response with errors does not show whether the others were invited.
    ///
    /// [The vendor's page](https://docs.gitlab.com/api/invitations/)
    #[post("/projects/{id}/invitations")]
    #[bulk_endpoint(items = form("email", csv), max = assumed(100), partial = true, idempotent = true)]
    fn invite_to_project(
        &self,
        id: &str,
        access_level: u8,
        expires_at: Option<&str>,
        invite_source: Option<&str>,
    ) -> Bulk<String, Invitation>;

    /// Invites people to a group.
    #[post("/groups/{id}/invitations")]
    #[bulk_endpoint(items = form("email", csv), max = assumed(100), partial = true, idempotent = true)]
    fn invite_to_group(
        &self,
        id: &str,
        access_level: u8,
        expires_at: Option<&str>,
        invite_source: Option<&str>,
    ) -> Bulk<String, Invitation>;
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Invitation {
    #[bulk(status)]
    pub status: InvitationStatus,
    #[bulk(failed)]
    #[serde(default)]
    pub message: Pairs<String, String>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    #[bulk(succeeded)]
    Success,
    #[bulk(failed)]
    Error,
}

#[tokio::test]
async fn gitlab() {
    let [a, b] = ["test@example.com", "test2@example.com"];
    let error = |message: Value| json!({"status": "error", "message": message});
    let success = json!({"status": "success"});
    let taken = "Invite email has already been taken";
    for (bodies, want) in [
        (vec![success.clone()], ["succeeded", "succeeded"]),
        (
            vec![error(json!({a: taken, b: "User already exists in source"}))],
            ["failed Invite email has already been taken", "failed User already exists in source"],
        ),
        // The response does not show that the other person was invited, so the invitation is retried.
        (vec![error(json!({a: taken})), success], ["failed Invite email has already been taken", "succeeded"]),
        (vec![error(json!({"test3@example.com": taken})); 2], ["unknown", "unknown"]),
        (vec![error(json!("Too many")); 2], ["refused error", "refused error"]),
        (vec![json!({}); 2], ["unknown", "unknown"]),
    ] {
        let vendor = Vendor::answering(bodies.iter().map(|body| answer(201, body))).await;
        let project = InvitationsClient::new(vendor.client()).invite_to_project("7", 30, None, None);
        assert_eq!(told(&project.send([a, b].map(str::to_owned)).max_attempts(2).await), want, "{bodies:?}");
        let seen = vendor.seen();
        assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("POST", "/projects/7/invitations"));
        assert_eq!(seen[0].text(), "access_level=30&email=test%40example.com,test2%40example.com");
    }
}

/// Logs over OTLP, in JSON.
#[bulk_api]
pub trait Logs: Send + Sync {
    /// Exports log records. The protocol has no limit; 512 is the default of its SDKs.
    ///
    /// [The specification](https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp)
    #[post("/v1/logs")]
    #[bulk_endpoint(
        items = "/resourceLogs/0/scopeLogs/0/logRecords", max = assumed(512), partial = true, retry(502, 503, 504)
    )]
    fn export(
        &self,
        #[field("/resourceLogs/0/resource")] resource: &BTreeMap<String, Value>,
        #[field("/resourceLogs/0/scopeLogs/0/scope")] scope: &BTreeMap<String, Value>,
    ) -> Bulk<LogRecord, Exported, RpcStatus>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct LogRecord {
    pub body: AnyValue,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AnyValue {
    StringValue(String),
}

/// `{}` if all records were taken. The message can be a warning.
#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[bulk(unlisted = succeeded)]
pub struct Exported {
    #[bulk(nested)]
    pub partial_success: Option<PartialSuccess>,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[bulk(unlisted = succeeded)]
pub struct PartialSuccess {
    #[bulk(count(failed))]
    pub rejected_log_records: Option<i64>,
    #[bulk(message)]
    pub error_message: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct RpcStatus {
    #[bulk(code)]
    pub code: Option<i32>,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn otlp() {
    let record = |text: &str| LogRecord { body: AnyValue::StringValue(text.to_owned()) };
    let partial = |rejected: Value, message: &str| json!({"partialSuccess": {"rejectedLogRecords": rejected, "errorMessage": message}});
    let empty = BTreeMap::new();
    for (status, body, want) in [
        (200, json!({}), ["succeeded"; 3]),
        (200, json!({"partialSuccess": {}}), ["succeeded"; 3]),
        (200, partial(json!(0), "slow down"), ["succeeded"; 3]),
        (200, partial(json!("2"), "too old"), ["unknown"; 3]),
        (200, partial(json!(3), "too old"), ["refused too old"; 3]),
        (200, partial(json!(4), "too old"), ["unknown"; 3]),
        (200, partial(json!("some"), "too old"), ["unknown"; 3]),
        (200, json!({"error": "down"}), ["unknown"; 3]),
        (400, json!({"code": 3, "message": "no records"}), ["refused 3 no records"; 3]),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = LogsClient::new(vendor.client()).export(&empty, &empty).send(["x", "y", "z"].map(record)).await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v1/logs"));
        let records = ["x", "y", "z"].map(|text| json!({"body": {"stringValue": text}}));
        let scopes = json!([{"scope": {}, "logRecords": records}]);
        assert_eq!(seen.json(), json!({"resourceLogs": [{"resource": {}, "scopeLogs": scopes}]}));
    }
}
