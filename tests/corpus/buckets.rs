//! Responses with named lists: the list is the verdict.

use std::collections::BTreeMap;

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, OrgId, TokenId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coverage::{Row, whole};
use crate::vendor::{Answer, Vendor, json as answer, told, words};

pub const ROWS: &[Row] = &[
    whole("discord-bulk-ban", "Discord::bulk_ban"),
    whole("vmware-csp-api-tokens-activate", "OrgApiTokens::activate"),
    whole("vmware-csp-api-tokens-deactivate", "OrgApiTokens::deactivate"),
    whole("aws-entityresolution-batch-delete-unique-id", "UniqueIds::batch_delete")
        .narrowed("`disconnectedUniqueIds` is no verdict, as no document says what it means"),
    whole("mailchimp-list-batch-members", "Lists::batch_members"),
    whole("iterable-users-bulk-update", "Iterable::bulk_update")
        .narrowed("users alone: `events/trackBulk` names an event by its user and by its own name"),
];

/// <https://discord.com/developers/docs/resources/guild#bulk-guild-ban>
#[bulk_api]
pub trait Discord: Send + Sync {
    /// Bans users, and deletes their messages of the last seconds.
    #[post("/guilds/{guild.id}/bulk-ban")]
    #[bulk_endpoint(max = 200, partial = true, idempotent = true, items = "user_ids")]
    fn bulk_ban(
        &self,
        #[path("guild.id")] guild_id: &str,
        #[header("X-Audit-Log-Reason")] reason: &str,
        delete_message_seconds: u32,
    ) -> Bulk<String, Banned>;
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Banned {
    #[bulk(succeeded)]
    pub banned_users: Vec<String>,
    #[bulk(failed)]
    pub failed_users: Vec<String>,
}

#[tokio::test]
async fn discord() {
    let vendor = Vendor::answering([answer(200, &json!({"banned_users": ["1"], "failed_users": ["2"]}))]).await;
    let report =
        DiscordClient::new(vendor.client()).bulk_ban("7", "spam", 0).send(["1".to_owned(), "2".to_owned()]).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!(failure.list, "failed_users");
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/guilds/7/bulk-ban"));
    assert_eq!(seen.header("x-audit-log-reason"), Some("spam"));
    assert_eq!(seen.json(), json!({"user_ids": ["1", "2"], "delete_message_seconds": 0}));
    // If all failed, the request is refused.
    let vendor = Vendor::answering([answer(400, &json!({"code": 500_000, "message": "Failed to ban users"}))]).await;
    let report = DiscordClient::new(vendor.client()).bulk_ban("7", "spam", 0).send(["1".to_owned()]).await;
    assert_eq!(words(&report), ["refused"]);
    // A missing list, and a list with other content.
    for body in [json!({"banned_users": ["1"]}), json!({"banned_users": "1", "failed_users": []}), json!([])] {
        let vendor = Vendor::answering([answer(200, &body)]).await;
        let run = DiscordClient::new(vendor.client())
            .bulk_ban("7", "spam", 0)
            .send(["2".to_owned()])
            .max_attempts(1)
            .patience(std::time::Duration::ZERO);
        assert_eq!(words(&run.await), ["unknown"], "{body}");
    }
}

/// The declarations are those of `bulk-endpoint-api-defs`.
#[tokio::test]
async fn csp() {
    use bulk_endpoint_api_defs::csp::OrgApiTokens as _;
    let org = OrgId::from("org-1");
    let ids = || ["t1", "t2"].map(TokenId::from);
    for (status, body, want) in [
        (
            200,
            json!({"failures": [{"id": "t2", "message": "no such token"}], "successes": ["t1"]}),
            ["succeeded", "failed no such token"],
        ),
        (200, json!({"successes": ["t2", "t1"]}), ["succeeded", "succeeded"]),
        (
            200,
            json!({"failures": [{"id": "t2", "message": "b"}, {"id": "t1", "message": "a"}]}),
            ["failed a", "failed b"],
        ),
        (200, json!({"failures": [{"id": "t2"}], "successes": ["t1"]}), ["succeeded", "unknown"]),
        (200, json!({"failures": [], "successes": "t1"}), ["unknown", "unknown"]),
        (200, json!({}), ["unknown", "unknown"]),
        (
            404,
            json!({"cspErrorCode": "c", "message": "Organization with this identifier is not found.", "statusCode": 404}),
            ["refused c Organization with this identifier is not found."; 2],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let client = OrgApiTokensClient::new(vendor.client());
        assert_eq!(
            told(&client.deactivate(&org).send(ids()).max_attempts(1).patience(std::time::Duration::ZERO).await),
            want,
            "{body}"
        );
        let seen = vendor.only();
        let path = "/csp/gateway/am/api/orgs/org-1/api-tokens/deactivate";
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", path));
        assert_eq!(seen.json(), json!({"ids": ["t1", "t2"]}));
        assert_eq!(seen.header("content-type"), Some("application/json"));

        let vendor = Vendor::answering([answer(status, &body)]).await;
        let client = OrgApiTokensClient::new(vendor.client());
        assert_eq!(
            told(&client.activate(&org).send(ids()).max_attempts(1).patience(std::time::Duration::ZERO).await),
            want,
            "{body}"
        );
        assert_eq!(vendor.only().target, "/csp/gateway/am/api/orgs/org-1/api-tokens/activate");
    }
}

/// Unique ids of AWS Entity Resolution. Requests are signed in the client's transport.
#[bulk_api]
pub trait UniqueIds: Send + Sync {
    /// Deletes unique ids of a matching workflow. The vendor documents only the limit of a single id.
    ///
    /// [The vendor's page](https://docs.aws.amazon.com/entityresolution/latest/apireference/API_BatchDeleteUniqueId.html)
    #[delete("/matchingworkflows/{workflowName}/uniqueids")]
    #[bulk_endpoint(
        items = header("uniqueIds"), max = assumed(10), max_item_bytes = 780, partial = true, retry("SERVICE_ERROR")
    )]
    fn batch_delete(
        &self,
        workflow_name: &str,
        #[header("inputSource")] input_source: &str,
    ) -> Bulk<String, DeletedUniqueIds, EntityResolutionError>;
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct DeletedUniqueIds {
    #[bulk(status)]
    pub status: DeletionStatus,
    #[bulk(succeeded)]
    pub deleted: Vec<DeletedUniqueId>,
    pub disconnected_unique_ids: Vec<String>,
    #[bulk(failed)]
    pub errors: Vec<UniqueIdError>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "UPPERCASE")]
pub enum DeletionStatus {
    #[bulk(succeeded)]
    Completed,
    #[bulk(accepted)]
    Accepted,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct DeletedUniqueId {
    #[bulk(key)]
    pub unique_id: String,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct UniqueIdError {
    #[bulk(key)]
    pub unique_id: String,
    #[bulk(code)]
    pub error_type: String,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct EntityResolutionError {
    #[bulk(message)]
    pub message: Option<String>,
}

#[tokio::test]
async fn entity_resolution() {
    let table = "arn:aws:glue:eu-west-1:123456789012:table/db/t";
    let answered = async |answers: Vec<Answer>| {
        let vendor = Vendor::answering(answers).await;
        let ids = ["a", "b", "c"].map(str::to_owned);
        let run = UniqueIdsClient::new(vendor.client()).batch_delete("w", table).send(ids).max_attempts(2);
        (run.await, vendor.seen())
    };
    let error = |id: &str, kind: &str| json!({"uniqueId": id, "errorType": kind});
    let reply = |status: &str, deleted: &[&str], disconnected: &[&str], errors: &[Value]| {
        let deleted: Vec<_> = deleted.iter().map(|id| json!({"uniqueId": id})).collect();
        json!({"status": status, "deleted": deleted, "disconnectedUniqueIds": disconnected, "errors": errors})
    };
    for (body, want) in [
        (
            reply("COMPLETED", &["a"], &["b"], &[error("c", "VALIDATION_ERROR")]),
            ["succeeded", "unknown", "failed VALIDATION_ERROR"],
        ),
        (reply("COMPLETED", &["c", "a", "b"], &[], &[]), ["succeeded"; 3]),
        (
            reply("COMPLETED", &[], &[], &["a", "b", "c"].map(|id| error(id, "VALIDATION_ERROR"))),
            ["failed VALIDATION_ERROR"; 3],
        ),
        (json!({"status": "COMPLETED", "deleted": {"uniqueId": "a"}}), ["unknown"; 3]),
    ] {
        let (report, seen) = answered(vec![answer(200, &body)]).await;
        assert_eq!(told(&report), want, "{body}");
        let [seen] = seen.as_slice() else { panic!("one request: {seen:?}") };
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("DELETE", "/matchingworkflows/w/uniqueids"));
        assert_eq!((seen.header("uniqueids"), seen.header("inputsource")), (Some("a,b,c"), Some(table)));
        assert!(seen.body.is_empty());
    }
    // Failures of the service are retried.
    let first = reply("ACCEPTED", &["a", "b"], &[], &[error("c", "SERVICE_ERROR")]);
    let (report, seen) = answered(vec![answer(200, &first), answer(200, &reply("COMPLETED", &["c"], &[], &[]))]).await;
    let accepted: Vec<_> = report.succeeded().map(|(_, success)| success.accepted).collect();
    assert_eq!((accepted.as_slice(), seen[1].header("uniqueids")), ([true, true, false].as_slice(), Some("c")));
    let (report, _) = answered(vec![answer(404, &json!({"message": "no such workflow"}))]).await;
    assert_eq!(told(&report), ["refused no such workflow"; 3]);
}

/// Members of Mailchimp's lists.
#[bulk_api]
pub trait Lists: Send + Sync {
    /// Subscribes or unsubscribes members.
    ///
    /// [The vendor's page](https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/)
    #[post("/lists/{list_id}")]
    #[bulk_endpoint(items = "members", max = 500, partial = true)]
    fn batch_members(
        &self,
        list_id: &str,
        #[query] skip_merge_validation: Option<bool>,
        #[query] skip_duplicate_check: Option<bool>,
        sync_tags: Option<bool>,
        update_existing: Option<bool>,
    ) -> Bulk<Member, BatchedMembers, MailchimpProblem>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct Member {
    #[bulk(key)]
    pub email_address: String,
    pub status: &'static str,
    pub merge_fields: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct BatchedMembers {
    #[bulk(succeeded)]
    pub new_members: Vec<SavedMember>,
    #[bulk(succeeded)]
    pub updated_members: Vec<SavedMember>,
    #[bulk(failed)]
    pub errors: Vec<MemberError>,
    pub total_created: u64,
    pub total_updated: u64,
    #[bulk(count(failed))]
    pub error_count: u64,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct SavedMember {
    pub id: String,
    #[bulk(key)]
    pub email_address: String,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct MemberError {
    #[bulk(key)]
    pub email_address: String,
    #[bulk(message)]
    pub error: String,
    #[bulk(code)]
    pub error_code: String,
    #[serde(default)]
    pub field: String,
    #[serde(default)]
    pub field_message: String,
}

/// An `application/problem+json` body.
#[derive(Debug, Deserialize, ApiError)]
pub struct MailchimpProblem {
    #[bulk(code)]
    pub title: String,
    #[bulk(message)]
    pub detail: String,
    #[bulk(request_id)]
    pub instance: String,
}

#[tokio::test]
async fn mailchimp() {
    let member =
        |email: &str| Member { email_address: email.to_owned(), status: "subscribed", merge_fields: BTreeMap::new() };
    let saved = |email: &str| json!({"id": "1", "email_address": email});
    let error = |email: &str| json!({"email_address": email, "error": "exists", "error_code": "ERROR_CONTACT_EXISTS", "field": "", "field_message": ""});
    let reply = |new: &[Value], updated: &[Value], errors: &[Value]| {
        json!({
            "new_members": new, "updated_members": updated, "errors": errors, "total_created": new.len(),
            "total_updated": updated.len(), "error_count": errors.len(), "_links": [],
        })
    };
    let (done, failed) = ("succeeded", "failed ERROR_CONTACT_EXISTS exists");
    for (status, body, want) in [
        (200, reply(&[saved("a@b")], &[], &[error("c@d")]), [done, failed]),
        (200, reply(&[saved("c@d")], &[saved("a@b")], &[]), [done, done]),
        (200, reply(&[], &[], &[error("a@b"), error("c@d")]), [failed, failed]),
        (200, reply(&[saved("a@b")], &[], &[json!({"email_address": "c@d"})]), [done, "unknown"]),
        (200, reply(&[], &[json!("a@b")], &[]), ["unknown", "unknown"]),
        (200, json!({"new_members": {}}), ["unknown", "unknown"]),
        (
            404,
            json!({"type": "t", "title": "Resource Not Found", "status": 404, "detail": "No such list", "instance": "i"}),
            ["refused Resource Not Found No such list"; 2],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let lists = ListsClient::new(vendor.client()).batch_members("l1", None, Some(true), None, Some(true));
        assert_eq!(told(&lists.send([member("a@b"), member("c@d")]).await), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/lists/l1?skip_duplicate_check=true"));
        let sent = |email: &str| json!({"email_address": email, "status": "subscribed", "merge_fields": {}});
        assert_eq!(seen.json(), json!({"members": [sent("a@b"), sent("c@d")], "update_existing": true}));
    }
}

/// Users of Iterable.
#[bulk_api(rename_all = "camelCase")]
pub trait Iterable: Send + Sync {
    /// Updates users. The vendor documents the size of a request, but not the number of users.
    ///
    /// [The vendor's page](https://api.iterable.com/api/docs#users_bulkUpdateUser)
    #[post("/api/users/bulkUpdate")]
    #[bulk_endpoint(items = "users", max = assumed(1000), max_bytes = 4_000_000, partial = true, idempotent = true)]
    fn bulk_update(&self) -> Bulk<User, UserUpdates>;
}

/// A user has one of the two ids.
#[derive(Debug, Serialize, BulkItem)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum User {
    Email {
        #[bulk(key)]
        email: String,
        data_fields: BTreeMap<String, Value>,
    },
    Id {
        #[bulk(key)]
        user_id: String,
        data_fields: BTreeMap<String, Value>,
    },
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
#[bulk(unlisted = succeeded)]
pub struct UserUpdates {
    #[bulk(count(succeeded))]
    pub success_count: u64,
    #[bulk(count(failed))]
    pub fail_count: u64,
    #[bulk(failed)]
    #[serde(default)]
    pub invalid_emails: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub invalid_user_ids: Vec<String>,
    #[bulk(nested)]
    pub failed_updates: Option<FailedUpdates>,
    #[serde(default)]
    pub disallowed_event_names: Vec<String>,
    #[serde(default)]
    pub filtered_out_fields: Vec<String>,
    #[serde(default)]
    pub created_fields: Vec<String>,
}

#[derive(Debug, Default, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase", default)]
pub struct FailedUpdates {
    #[bulk(failed)]
    pub invalid_emails: Vec<String>,
    #[bulk(failed)]
    pub invalid_user_ids: Vec<String>,
    #[bulk(failed)]
    pub not_found_emails: Vec<String>,
    #[bulk(failed)]
    pub not_found_user_ids: Vec<String>,
    #[bulk(failed)]
    pub invalid_data_emails: Vec<String>,
    #[bulk(failed)]
    pub conflict_emails: Vec<String>,
    #[bulk(failed)]
    pub forgotten_emails: Vec<String>,
}

#[tokio::test]
async fn iterable() {
    let users = || {
        let email = |email: &str| User::Email { email: email.to_owned(), data_fields: BTreeMap::new() };
        let id = User::Id { user_id: "u1".to_owned(), data_fields: [("vip".to_owned(), json!(true))].into() };
        [email("valid@example.com"), email("invalid@example.com"), id]
    };
    let (a, b) = ("valid@example.com", "invalid@example.com");
    for (body, want) in [
        (
            json!({
                "successCount": 2, "failCount": 1, "invalidEmails": [b], "invalidUserIds": [],
                "disallowedEventNames": [], "filteredOutFields": [], "createdFields": [],
                "failedUpdates": {"invalidEmails": [b], "invalidUserIds": [], "notFoundEmails": []},
            }),
            ["succeeded", "failed invalidEmails", "succeeded"],
        ),
        (json!({"successCount": 3, "failCount": 0}), ["succeeded"; 3]),
        (
            json!({
                "successCount": 0, "failCount": 3, "invalidEmails": [],
                "failedUpdates": {"conflictEmails": [b], "forgottenEmails": [a], "notFoundUserIds": ["u1"]},
            }),
            ["failed forgottenEmails", "failed conflictEmails", "failed notFoundUserIds"],
        ),
        // The counts do not agree with the lists.
        (
            json!({"successCount": 1, "failCount": 2, "invalidEmails": [b]}),
            ["unknown", "failed invalidEmails", "unknown"],
        ),
        (json!({"successCount": 3, "failCount": 0, "invalidEmails": "none"}), ["unknown"; 3]),
        (json!({"msg": "ok"}), ["unknown"; 3]),
    ] {
        let vendor = Vendor::answering([answer(200, &body)]).await;
        let report = IterableClient::new(vendor.client())
            .bulk_update()
            .send(users())
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/api/users/bulkUpdate"));
        let user = |email: &str| json!({"email": email, "dataFields": {}});
        assert_eq!(seen.json(), json!({"users": [user(a), user(b), {"userId": "u1", "dataFields": {"vip": true}}]}));
    }
}
