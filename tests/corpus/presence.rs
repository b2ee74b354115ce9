//! Responses whose elements name their items, and failed if a certain field is present.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Outcome, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::elements::{AzureError, AzureErrorDetail};
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer, text};

pub const ROWS: &[Row] = &[
    whole("couchdb-bulk-docs", "CouchDb::bulk_docs").narrowed("documents whose id the server makes"),
    whole("msgraph-team-members-add", "TeamMembers::add"),
    whole("twilio-bulk-consents", "TwilioConsents::bulk"),
    whole("git-lfs-batch", "GitLfs::batch"),
    whole("cloudkit-records-modify", "CloudKit::modify_records")
        .narrowed("`atomic` in a custom zone; records whose name the server makes"),
];

/// <https://docs.couchdb.org/en/stable/api/database/bulk-api.html#db-bulk-docs>
#[bulk_api]
pub trait CouchDb: Send + Sync {
    /// Creates, updates and deletes documents.
    #[post("/{db}/_bulk_docs")]
    #[bulk_endpoint(items = "docs", max = assumed(1000), partial = true, stop(404))]
    fn bulk_docs(&self, db: &str) -> Bulk<Document, Vec<DocumentResult>, CouchError>;

    /// Copies documents of another database, with their revisions. The response lists only failures.
    #[post("/{db}/_bulk_docs")]
    #[field("/new_edits", false)]
    #[bulk_endpoint(items = "docs", max = assumed(1000), partial = true, idempotent = true, stop(404))]
    fn replicate(&self, db: &str) -> Bulk<Document, NotReplicated, CouchError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Document {
    #[bulk(key)]
    #[serde(rename = "_id")]
    pub id: String,
    /// The revision of an existing document.
    #[serde(rename = "_rev", skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    #[serde(rename = "_deleted", skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    #[serde(flatten)]
    pub content: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct DocumentResult {
    #[bulk(key)]
    pub id: String,
    #[bulk(succeeded)]
    #[serde(default)]
    pub ok: bool,
    pub rev: Option<String>,
    #[bulk(failed, code)]
    pub error: Option<String>,
    #[bulk(message)]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct NotReplicated(#[bulk(failed)] pub Vec<DocumentFailure>);

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct DocumentFailure {
    #[bulk(key)]
    pub id: String,
    pub rev: Option<String>,
    #[bulk(code)]
    pub error: String,
    #[bulk(message)]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct CouchError {
    #[bulk(code)]
    pub error: String,
    #[bulk(message)]
    pub reason: String,
}

#[tokio::test]
async fn couchdb() {
    let document = |id: &str, revision: Option<&str>| Document {
        id: id.to_owned(),
        revision: revision.map(str::to_owned),
        deleted: revision.map(|_| true),
        content: Map::new(),
    };
    let items = || [document("FishStew", None), document("LambStew", Some("2-0786"))];
    let done = json!({"ok": true, "id": "FishStew", "rev": "1-967a"});
    let conflict = json!({"id": "LambStew", "error": "conflict", "reason": "Document update conflict."});
    let vendor = Vendor::answering([answer(201, &json!([done, conflict]))]).await;
    let report = CouchDbClient::new(vendor.client()).bulk_docs("recipes").send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let body = report.succeeded().next().and_then(|(_, success)| success.body.clone()).expect("a body");
    assert_eq!(body.rev.as_deref(), Some("1-967a"));
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!(outcome.code().as_deref(), Some("conflict"));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/recipes/_bulk_docs"));
    assert_eq!(
        seen.json(),
        json!({"docs": [{"_id": "FishStew"}, {"_id": "LambStew", "_rev": "2-0786", "_deleted": true}]})
    );
    let failed = json!([{"id": "FishStew", "error": "forbidden", "reason": "no"}, conflict]);
    tells(
        [
            (answer(201, &failed), "failed failed"),
            (answer(201, &json!([conflict])), "unknown failed"),
            // Neither done nor failed, and both.
            (answer(201, &json!([{"id": "FishStew"}, conflict])), "unknown failed"),
            (answer(201, &json!([{"id": "FishStew", "ok": true, "error": "conflict"}, conflict])), "unknown failed"),
            (answer(404, &json!({"error": "not_found", "reason": "Database does not exist."})), "refused refused"),
        ],
        async |client| line(&CouchDbClient::new(client).bulk_docs("recipes").send(items()).await),
    )
    .await;
}

#[tokio::test]
async fn couchdb_new_edits() {
    let document = |id: &str| Document {
        id: id.to_owned(),
        revision: Some("3-917f".to_owned()),
        deleted: None,
        content: Map::new(),
    };
    let items = || [document("FishStew"), document("LambStew")];
    let forbidden = json!({"id": "LambStew", "rev": "3-917f", "error": "forbidden", "reason": "no lamb"});
    let vendor = Vendor::answering([answer(201, &json!([forbidden]))]).await;
    let report = CouchDbClient::new(vendor.client()).replicate("recipes").send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.code(), outcome.message()), (Some("forbidden".into()), Some("no lamb".into())));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/recipes/_bulk_docs"));
    let docs = ["FishStew", "LambStew"].map(|id| json!({"_id": id, "_rev": "3-917f"}));
    assert_eq!(seen.json(), json!({"new_edits": false, "docs": docs}));
    tells(
        [
            (answer(201, &json!([])), "succeeded succeeded"),
            // A document that was not sent, and a response that is not a list.
            (answer(201, &json!([{"id": "VealStew", "error": "forbidden"}])), "unknown unknown"),
            (answer(201, &json!({})), "unknown unknown"),
            (answer(404, &json!({"error": "not_found", "reason": "Database does not exist."})), "refused refused"),
        ],
        async |client| {
            line(
                &CouchDbClient::new(client)
                    .replicate("recipes")
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}

/// <https://learn.microsoft.com/en-us/graph/api/conversationmembers-add>
#[bulk_api]
pub trait TeamMembers: Send + Sync {
    /// Adds users to a team. The base URL ends with the version of the API.
    #[post("/teams/{team-id}/members/add")]
    #[bulk_endpoint(items = "values", max = assumed(100), partial = true)]
    fn add(&self, #[path("team-id")] team_id: &str) -> Bulk<TeamMember, AddedMembers, AzureError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[serde(tag = "@odata.type", rename = "microsoft.graph.aadUserConversationMember")]
pub struct TeamMember {
    pub roles: Vec<String>,
    /// The URL of the user. The response names the user by the id in it.
    #[bulk(key = "https://graph.microsoft.com/beta/users('{key}')")]
    #[serde(rename = "user@odata.bind")]
    pub user: String,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct AddedMembers {
    #[bulk(results)]
    pub value: Vec<AddedMember>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct AddedMember {
    #[bulk(key)]
    pub user_id: String,
    #[bulk(failed, nested)]
    pub error: Option<AzureErrorDetail>,
}

#[tokio::test]
async fn msgraph_team_members() {
    let url = |id: &str| format!("https://graph.microsoft.com/beta/users('{id}')");
    let items = || ["18a8", "8650"].map(|id| TeamMember { roles: Vec::new(), user: url(id) });
    let result = |id: &str, error: Value| json!({"@odata.type": "#microsoft.graph.aadUserConversationMemberResult", "userId": id, "error": error});
    let missing = json!({"code": "NotFound", "message": ""});
    let value = |results: &[Value]| json!({"@odata.context": "…", "value": results});
    let partial = value(&[result("18a8", missing.clone()), result("8650", Value::Null)]);
    let vendor = Vendor::answering([answer(207, &partial)]).await;
    let report = TeamMembersClient::new(vendor.client()).add("7").send(items()).await;
    assert_eq!(line(&report), "failed succeeded");
    let (_, outcome) = report.iter().next().expect("two");
    assert_eq!(outcome.code().as_deref(), Some("NotFound"));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/teams/7/members/add"));
    assert_eq!(
        seen.json()["values"][0],
        json!({
            "@odata.type": "microsoft.graph.aadUserConversationMember",
            "roles": [],
            "user@odata.bind": "https://graph.microsoft.com/beta/users('18a8')",
        })
    );
    tells(
        [
            (answer(200, &value(&[result("8650", Value::Null), result("18a8", Value::Null)])), "succeeded succeeded"),
            (answer(207, &value(&[result("18a8", missing.clone()), result("8650", missing)])), "failed failed"),
            (answer(207, &value(&[result("18a8", json!("no"))])), "unknown unknown"),
            (answer(404, &json!({"error": {"code": "NotFound", "message": "no such team"}})), "refused refused"),
        ],
        async |client| line(&TeamMembersClient::new(client).add("7").send(items()).await),
    )
    .await;
}

/// <https://www.twilio.com/docs/messaging/features/consent-api>
#[bulk_api]
pub trait TwilioConsents: Send + Sync {
    /// Records consents to be contacted.
    #[post("/v1/Consents/Bulk")]
    #[bulk_endpoint(items = form("Items", repeat), max = assumed(25), partial = true, idempotent = true)]
    fn bulk(&self) -> Bulk<Consent, Consents, TwilioError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Consent {
    pub contact_id: String,
    /// A UUID of 32 characters.
    #[bulk(key)]
    pub correlation_id: String,
    pub sender_id: String,
    /// `opt-in` or `opt-out`.
    pub status: String,
    pub source: String,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Consents {
    #[bulk(results)]
    pub items: Vec<ConsentResult>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct ConsentResult {
    #[bulk(key)]
    pub correlation_id: String,
    /// 0 if it was recorded.
    #[bulk(failed, code)]
    pub error_code: u32,
    #[bulk(message)]
    pub error_messages: Vec<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct TwilioError {
    #[bulk(code)]
    pub code: u32,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn twilio() {
    let consent = |id: &str| Consent {
        contact_id: "+19995551234".to_owned(),
        correlation_id: id.to_owned(),
        sender_id: "MG1".to_owned(),
        status: "opt-out".to_owned(),
        source: "website".to_owned(),
    };
    let items = || [consent("ad388b5a46b33b874b0d41f7226db2ef"), consent("02520cfa1c432ea9ae0d9d7f6f1d5a5a")];
    let done = json!({"correlation_id": "ad388b5a46b33b874b0d41f7226db2ef", "error_code": 0, "error_messages": []});
    let invalid = json!({
        "correlation_id": "02520cfa1c432ea9ae0d9d7f6f1d5a5a",
        "error_code": 30646,
        "error_messages": ["INVALID_CONTACT_ID", "INVALID_DATE_OF_CONSENT"],
    });
    let vendor = Vendor::answering([answer(201, &json!({"items": [invalid, done]}))]).await;
    let report = TwilioConsentsClient::new(vendor.client()).bulk().send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.code(), outcome.message()), (Some("30646".into()), Some("INVALID_CONTACT_ID".into())));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v1/Consents/Bulk"));
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    let form: Vec<Value> = seen
        .text()
        .split('&')
        .filter_map(|pair| pair.strip_prefix("Items="))
        .map(|item| percent_encoding::percent_decode_str(item).decode_utf8().expect("UTF-8"))
        .map(|item| serde_json::from_str(&item).expect("JSON"))
        .collect();
    assert_eq!(form.len(), 2);
    assert_eq!(
        form[0],
        json!({
            "contact_id": "+19995551234",
            "correlation_id": "ad388b5a46b33b874b0d41f7226db2ef",
            "sender_id": "MG1",
            "status": "opt-out",
            "source": "website",
        })
    );
    let mut also = invalid.clone();
    also["correlation_id"] = done["correlation_id"].clone();
    tells(
        [
            (answer(201, &json!({"items": [invalid, also]})), "failed failed"),
            (answer(201, &json!({"items": [done]})), "succeeded unknown"),
            (
                answer(201, &json!({"items": [done, {"correlation_id": "02520cfa1c432ea9ae0d9d7f6f1d5a5a"}]})),
                "succeeded unknown",
            ),
            (text(201, "text/html", "<html>"), "unknown unknown"),
            (answer(400, &json!({"code": 20001, "message": "Invalid request"})), "refused refused"),
        ],
        async |client| {
            line(
                &TwilioConsentsClient::new(client)
                    .bulk()
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}

/// <https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md>
#[bulk_api]
pub trait GitLfs: Send + Sync {
    /// Requests the URLs to download or upload objects. The base URL ends with the repository.
    #[post("/objects/batch")]
    #[header("Content-Type", "application/vnd.git-lfs+json")]
    #[header("Accept", "application/vnd.git-lfs+json")]
    #[bulk_endpoint(
        items = "objects",
        max = assumed(100),
        partial = true,
        idempotent = true,
        stop(404, 406, 501, 507, 509)
    )]
    fn batch(
        &self,
        operation: LfsOperation,
        transfers: &[&str],
        r#ref: Option<&GitRef>,
        hash_algo: &str,
    ) -> Bulk<LfsObject, LfsBatch, LfsError>;
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LfsOperation {
    Download,
    Upload,
}

#[derive(Debug, Clone, Serialize)]
pub struct GitRef {
    pub name: String,
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct LfsObject {
    #[bulk(key)]
    pub oid: String,
    pub size: u64,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct LfsBatch {
    pub transfer: Option<String>,
    #[bulk(results)]
    pub objects: Vec<LfsObjectResult>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct LfsObjectResult {
    #[bulk(key)]
    pub oid: String,
    pub size: u64,
    /// An object that the server already has needs no upload.
    pub actions: Option<Map<String, Value>>,
    #[bulk(failed, nested)]
    pub error: Option<LfsObjectError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct LfsObjectError {
    #[bulk(code)]
    pub code: u16,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct LfsError {
    #[bulk(message)]
    pub message: String,
    #[bulk(request_id)]
    pub request_id: Option<String>,
    pub documentation_url: Option<String>,
}

#[tokio::test]
async fn git_lfs() {
    let object = |oid: &str, size| LfsObject { oid: oid.to_owned(), size };
    let items = || [object("1111111", 123), object("2", 1)];
    let found = json!({
        "oid": "1111111",
        "size": 123,
        "actions": {"download": {"href": "https://example.com/1111111", "header": {}, "expires_at": "2030-11-10T15:29:07Z"}},
    });
    let missing = json!({"oid": "2", "size": 1, "error": {"code": 404, "message": "Object does not exist"}});
    let body = |objects: &[&Value]| json!({"transfer": "basic", "objects": objects, "hash_algo": "sha256"});
    let vendor = Vendor::answering([answer(200, &body(&[&found, &missing]))]).await;
    let lfs = GitLfsClient::new(vendor.client());
    let report = lfs.batch(LfsOperation::Download, &["basic"], None, "sha256").send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let body_of_first = report.succeeded().next().and_then(|(_, success)| success.body.clone()).expect("a body");
    assert!(body_of_first.actions.as_ref().is_some_and(|actions| actions.contains_key("download")));
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.code(), outcome.message()), (Some("404".into()), Some("Object does not exist".into())));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/objects/batch"));
    assert_eq!(seen.header("content-type"), Some("application/vnd.git-lfs+json"));
    assert_eq!(seen.header("accept"), Some("application/vnd.git-lfs+json"));
    assert_eq!(
        seen.json(),
        json!({
            "operation": "download",
            "transfers": ["basic"],
            "objects": [{"oid": "1111111", "size": 123}, {"oid": "2", "size": 1}],
            "hash_algo": "sha256",
        })
    );
    let mut also = missing.clone();
    also["oid"] = json!("1111111");
    tells(
        [
            (answer(200, &body(&[&missing, &also])), "failed failed"),
            (answer(200, &body(&[&missing])), "unknown failed"),
            (answer(200, &json!({"objects": {}})), "unknown unknown"),
            (answer(422, &json!({"message": "none of the objects is valid"})), "refused refused"),
            (answer(507, &json!({"message": "the storage is full"})), "refused refused"),
        ],
        async |client| {
            let lfs = GitLfsClient::new(client);
            line(
                &lfs.batch(LfsOperation::Download, &["basic"], None, "sha256")
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    let limited = json!({"message": "slow down", "request_id": "r-1"});
    let vendor = Vendor::answering([answer(403, &limited)]).await;
    let lfs = GitLfsClient::new(vendor.client());
    let report = lfs.batch(LfsOperation::Upload, &["basic"], None, "sha256").send(items()).await;
    let (_, outcome) = report.iter().next().expect("two");
    assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.request_id.as_deref() == Some("r-1")));
}

/// <https://developer.apple.com/library/archive/documentation/DataManagement/Conceptual/CloudKitWebServicesReference/ModifyRecords.html>
///
/// Requests are signed in the client's transport.
#[bulk_api(rename_all = "camelCase")]
pub trait CloudKit: Send + Sync {
    /// Creates, changes and deletes records, each on its own.
    #[post("/database/1/{container}/{environment}/{database}/records/modify")]
    #[field("/atomic", false)]
    #[bulk_endpoint(
        items = "operations",
        max = assumed(200),
        partial = true,
        retry("THROTTLED", "TRY_AGAIN_LATER"),
        stop("AUTHENTICATION_FAILED", "AUTHENTICATION_REQUIRED")
    )]
    fn modify_records(
        &self,
        container: &str,
        environment: &str,
        database: &str,
        #[field("/zoneID")] zone_id: Option<&ZoneId>,
        desired_keys: Option<&[String]>,
        numbers_as_strings: Option<bool>,
    ) -> Bulk<RecordOperation, ModifiedRecords, CloudKitError>;
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ZoneId {
    pub zone_name: String,
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct RecordOperation {
    pub operation_type: OperationType,
    #[bulk(key, nested)]
    pub record: Record,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationType {
    Create,
    Update,
    ForceUpdate,
    Replace,
    ForceReplace,
    Delete,
    ForceDelete,
}

#[derive(Debug, Clone, Default, Serialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    #[bulk(key)]
    pub record_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_change_tag: Option<String>,
    pub fields: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct ModifiedRecords {
    #[bulk(results)]
    pub records: Vec<ModifiedRecord>,
}

/// A record, or what the vendor calls a record fetch error dictionary.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ModifiedRecord {
    #[bulk(key)]
    pub record_name: String,
    pub record_change_tag: Option<String>,
    #[serde(default)]
    pub deleted: bool,
    #[bulk(failed, code)]
    pub server_error_code: Option<String>,
    #[bulk(message)]
    pub reason: Option<String>,
    #[bulk(retry_after = seconds)]
    pub retry_after: Option<u64>,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
#[serde(rename_all = "camelCase")]
pub struct CloudKitError {
    #[bulk(code)]
    pub server_error_code: String,
    #[bulk(message)]
    pub reason: Option<String>,
    #[bulk(request_id)]
    pub uuid: Option<String>,
    #[bulk(retry_after = seconds)]
    pub retry_after: Option<u64>,
}

#[tokio::test]
async fn cloudkit() {
    let record = |name: &str| Record { record_name: name.to_owned(), ..Record::default() };
    let items = || {
        let created = Record { record_type: Some("T".to_owned()), ..record("r1") };
        let deleted = Record { record_change_tag: Some("a".to_owned()), ..record("r2") };
        [(OperationType::Create, created), (OperationType::Delete, deleted)]
            .map(|(operation_type, record)| RecordOperation { operation_type, record })
    };
    let zone = ZoneId { zone_name: "z".to_owned() };
    let modify = |client| {
        let client = CloudKitClient::new(client);
        client.modify_records("iCloud.a", "production", "public", Some(&zone), None, None).send(items()).max_attempts(1)
    };
    let saved = json!({"recordName": "r1", "recordType": "T", "fields": {}, "recordChangeTag": "b"});
    let deleted = json!({"recordName": "r2", "deleted": true});
    let failed = |name: &str, code: &str| json!({"recordName": name, "reason": "no", "serverErrorCode": code});
    let vendor = Vendor::answering([answer(200, &json!({"records": [saved, failed("r2", "CONFLICT")]}))]).await;
    let report = modify(vendor.client()).await;
    assert_eq!(line(&report), "succeeded failed");
    let body = report.succeeded().next().and_then(|(_, success)| success.body.clone()).expect("a body");
    assert_eq!(body.record_change_tag.as_deref(), Some("b"));
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.code(), outcome.message()), (Some("CONFLICT".into()), Some("no".into())));
    let seen = vendor.only();
    let path = "/database/1/iCloud.a/production/public/records/modify";
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", path));
    assert_eq!(
        seen.json(),
        json!({
            "operations": [
                {"operationType": "create", "record": {"recordName": "r1", "recordType": "T", "fields": {}}},
                {"operationType": "delete", "record": {"recordName": "r2", "recordChangeTag": "a", "fields": {}}},
            ],
            "atomic": false,
            "zoneID": {"zoneName": "z"},
        })
    );
    let refused = json!({"uuid": "u", "serverErrorCode": "ACCESS_DENIED", "reason": "no"});
    tells(
        [
            (answer(200, &json!({"records": [deleted, saved]})), "succeeded succeeded"),
            (answer(200, &json!({"records": [failed("r1", "EXISTS"), failed("r2", "NOT_FOUND")]})), "failed failed"),
            (answer(200, &json!({"records": [saved, failed("r2", "THROTTLED")]})), "succeeded refused"),
            (answer(200, &json!({"records": [saved]})), "succeeded unknown"),
            (answer(200, &json!({"records": [saved, {"serverErrorCode": "EXISTS"}]})), "succeeded unknown"),
            (answer(200, &json!({"records": {}})), "unknown unknown"),
            (answer(403, &refused), "refused refused"),
        ],
        async |client| line(&modify(client).patience(std::time::Duration::ZERO).await),
    )
    .await;
}
