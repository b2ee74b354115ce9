//! Responses that name items by their numbers in the request.

use std::collections::BTreeMap;

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Index, ItemReply, Pairs, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coverage::{Row, whole};
use crate::vendor::{Vendor, json as answer, told};

pub const ROWS: &[Row] = &[
    whole("jira-issue-bulk-create", "Issues::bulk_create"),
    whole("sendgrid-contactdb-recipients", "Recipients::add")
        .narrowed("the ids of those that were stored, which name no recipient, are read and not joined"),
    whole("braze-users-track", "Users::track"),
];

/// Issues of Jira.
#[bulk_api]
pub trait Issues: Send + Sync {
    /// Creates issues. The response lists failed issues by number, and created ones in order. If all failed, its status is 400.
    ///
    /// [The vendor's page](https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulk-post)
    #[post("/rest/api/3/issue/bulk")]
    #[bulk_endpoint(items = "issueUpdates", max = 50, partial = true)]
    fn bulk_create(&self) -> Bulk<IssueUpdate, CreatedIssues, JiraErrors>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct IssueUpdate {
    pub fields: BTreeMap<&'static str, Value>,
    pub update: BTreeMap<&'static str, Value>,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(on(201, 400))]
pub struct CreatedIssues {
    #[bulk(succeeded)]
    pub issues: Vec<CreatedIssue>,
    #[bulk(failed)]
    pub errors: Vec<IssueError>,
}

#[derive(Debug, Deserialize, ItemReply)]
#[bulk(positional)]
pub struct CreatedIssue {
    pub id: String,
    pub key: String,
    #[serde(rename = "self")]
    pub link: String,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct IssueError {
    #[bulk(key)]
    pub failed_element_number: Index<0>,
    #[bulk(status)]
    pub status: u16,
    #[bulk(nested)]
    pub element_errors: ElementErrors,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ElementErrors {
    #[bulk(message)]
    pub error_messages: Vec<String>,
    /// By the name of the invalid field.
    #[bulk(nested)]
    pub errors: Pairs<String, String>,
}

#[derive(Debug, Deserialize, ApiError)]
#[serde(rename_all = "camelCase")]
pub struct JiraErrors {
    #[bulk(message)]
    pub error_messages: Vec<String>,
}

#[tokio::test]
async fn jira() {
    let issues = || {
        ["a", "b", "c"].map(|summary| IssueUpdate {
            fields: [("project", json!({"id": "10000"})), ("summary", json!(summary))].into(),
            update: BTreeMap::new(),
        })
    };
    let issue =
        |key: &str| json!({"id": "10000", "key": key, "self": "https://example.atlassian.net/rest/api/3/issue/10000"});
    let error = |number: usize| {
        let errors = json!({"errorMessages": [], "errors": {"project": "project is required"}});
        json!({"status": 400, "elementErrors": errors, "failedElementNumber": number})
    };
    let (done, failed) = ("succeeded", "failed project is required");
    for (status, body, want) in [
        (201, json!({"issues": [issue("ED-0"), issue("ED-2")], "errors": [error(1)]}), [done, failed, done]),
        (201, json!({"issues": [issue("ED-0"), issue("ED-1"), issue("ED-2")], "errors": []}), [done; 3]),
        (400, json!({"issues": [], "errors": [error(2), error(0), error(1)]}), [failed; 3]),
        // Two created issues for one place, or one for two: the response proves nothing about them.
        (201, json!({"issues": [issue("ED-0"), issue("ED-1")], "errors": [error(2), error(1)]}), ["unknown"; 3]),
        (201, json!({"issues": [issue("ED-0")], "errors": [error(2)]}), ["unknown"; 3]),
        (201, json!({"issues": {}, "errors": [error(2)]}), ["unknown"; 3]),
        (201, json!({"issues": [issue("ED-0"), issue("ED-1")], "errors": [error(3)]}), ["unknown"; 3]),
        (400, json!({"errorMessages": ["No content to map"], "errors": {}}), ["refused No content to map"; 3]),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = IssuesClient::new(vendor.client()).bulk_create().send(issues()).await;
        assert_eq!(told(&report), want, "{body}");
        for (update, success) in report.succeeded() {
            let number = issues().iter().position(|sent| sent.fields == update.fields).expect("one that was sent");
            assert_eq!(success.body.as_ref().map(|issue| issue.key.clone()), Some(format!("ED-{number}")));
        }
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/rest/api/3/issue/bulk"));
        let sent = |summary: &str| json!({"fields": {"project": {"id": "10000"}, "summary": summary}, "update": {}});
        assert_eq!(seen.json(), json!({"issueUpdates": [sent("a"), sent("b"), sent("c")]}));
    }
}

/// Recipients of SendGrid's legacy marketing.
#[bulk_api]
pub trait Recipients: Send + Sync {
    /// Adds recipients. To act for another account, set the header `on-behalf-of` on the client.
    ///
    /// [The vendor's specification](https://github.com/twilio/sendgrid-oai/blob/main/spec/json/tsg_lmc_contactdb_v3.json)
    #[post("/v3/contactdb/recipients")]
    #[bulk_endpoint(items = body, max = 1000, partial = true, rate = "3/2s")]
    fn add(&self) -> Bulk<Recipient, AddedRecipients, SendGridErrors>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct Recipient {
    #[bulk(key)]
    pub email: String,
    pub first_name: String,
    pub age: u8,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct AddedRecipients {
    #[bulk(count(failed))]
    pub error_count: u64,
    pub error_indices: Vec<usize>,
    pub new_count: u64,
    pub updated_count: u64,
    pub persisted_recipients: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Vec<RecipientsError>,
}

/// One error, with the indices of its recipients.
#[derive(Debug, Deserialize, ItemReply)]
pub struct RecipientsError {
    #[bulk(message)]
    pub message: String,
    #[bulk(keys)]
    pub error_indices: Vec<Index<0>>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct SendGridErrors {
    #[bulk(nested)]
    pub errors: Vec<SendGridError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct SendGridError {
    pub field: Option<String>,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn sendgrid() {
    let recipient = |email: &str| Recipient { email: email.to_owned(), first_name: String::new(), age: 25 };
    let emails = ["example@example.com", "two@example.com", "example"];
    let (done, failed) = ("succeeded", "failed Invalid email.");
    let reply = |indices: &[usize], errors: Value| {
        json!({
            "error_count": indices.len(), "error_indices": indices, "new_count": 2, "updated_count": 0,
            "persisted_recipients": ["YUBh", "bWls"], "errors": errors,
        })
    };
    let invalid = |indices: &[usize]| json!([{"message": "Invalid email.", "error_indices": indices}]);
    for (status, body, want) in [
        (201, reply(&[2], invalid(&[2])), [done, done, failed]),
        (201, reply(&[], json!([])), [done; 3]),
        (201, reply(&[0, 1, 2], invalid(&[2, 0, 1])), [failed; 3]),
        // It counts two failures and names one, or none, or one that was not sent.
        (201, reply(&[1, 2], invalid(&[2])), ["unknown", "unknown", failed]),
        (201, reply(&[2], json!([{"message": "Invalid email."}])), ["unknown"; 3]),
        (201, reply(&[3], invalid(&[3])), ["unknown"; 3]),
        (201, json!({"new_count": 3}), ["unknown"; 3]),
        (
            400,
            json!({"errors": [{"field": null, "message": "Request body is not valid json"}]}),
            ["refused Request body is not valid json"; 3],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = RecipientsClient::new(vendor.client()).add().send(emails.map(recipient)).await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v3/contactdb/recipients"));
        assert_eq!(seen.json(), json!(emails.map(|email| json!({"email": email, "first_name": "", "age": 25}))));
    }
}

/// Users of Braze.
#[bulk_api]
pub trait Users: Send + Sync {
    /// Records attributes, events and purchases of users, at most 50 in total. An event that is sent twice counts twice.
    ///
    /// [The vendor's page](https://www.braze.com/docs/api/endpoints/user_data/post_user_track)
    #[post("/users/track")]
    #[bulk_endpoint(items = groups(""), max = 50, partial = true)]
    fn track(&self) -> Bulk<Track, Tracked, BrazeError>;
}

/// A record about a user.
#[derive(Debug, Serialize, BulkItem)]
#[serde(rename_all = "snake_case", untagged)]
#[bulk(group)]
pub enum Track {
    Attributes { external_id: String },
    Events { external_id: String, name: String, time: String },
    Purchases { external_id: String, product_id: String, currency: String, price: f64, time: String },
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Tracked {
    #[bulk(status)]
    pub message: TrackStatus,
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Vec<TrackError>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "snake_case")]
pub enum TrackStatus {
    #[bulk(succeeded)]
    Success,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct TrackError {
    #[bulk(code)]
    #[serde(rename = "type")]
    pub kind: String,
    #[bulk(group)]
    pub input_array: String,
    #[bulk(key)]
    pub index: Index<0>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct BrazeError {
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn braze() {
    let user = || "u".to_owned();
    let event = |name: &str| Track::Events { external_id: user(), name: name.to_owned(), time: "t".to_owned() };
    let items = || [event("e"), Track::Attributes { external_id: user() }, event("f")];
    let error =
        |array: &str, index: usize| json!({"type": "invalid_external_id", "input_array": array, "index": index});
    let (done, failed) = ("succeeded", "failed invalid_external_id");
    let reply = |errors: Value| json!({"message": "success", "attributes_processed": 1, "events_processed": 1, "errors": errors});
    for (status, body, want) in [
        (201, reply(json!([error("events", 1)])), [done, done, failed]),
        (201, json!({"message": "success", "attributes_processed": 1, "events_processed": 2}), [done; 3]),
        (201, reply(json!([error("events", 1), error("attributes", 0), error("events", 0)])), [failed; 3]),
        (201, reply(json!([error("events", 0), error("purchases", 0)])), [failed, "unknown", "unknown"]),
        (201, reply(json!([{"type": "x"}])), ["unknown"; 3]),
        (201, json!({"message": "something"}), ["unknown"; 3]),
        (
            400,
            json!({"message": "Valid data must be provided", "errors": []}),
            ["refused Valid data must be provided"; 3],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = UsersClient::new(vendor.client()).track().send(items()).await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/users/track"));
        let sent = |name: &str| json!({"external_id": "u", "name": name, "time": "t"});
        assert_eq!(seen.json(), json!({"events": [sent("e"), sent("f")], "attributes": [{"external_id": "u"}]}));
    }
}
