//! Responses that name a job, which has the results later.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coverage::{Row, whole};
use crate::vendor::{Answer, Seen, Vendor, json as answer, words};

pub const ROWS: &[Row] = &[
    whole("zendesk-organizations-update-many", "Zendesk::update_many"),
    whole("klaviyo-catalog-item-bulk-create", "Klaviyo::bulk_create_catalog_items"),
    whole("paypal-payouts-batch", "PayPal::create_payouts")
        .narrowed("1 000 of the documented 15 000 payouts a request, as many as a page of its response has"),
    whole("dropbox-delete-batch", "Dropbox::delete_batch"),
];

/// A response after which the job is polled at once.
fn job(status: u16, body: &Value) -> Answer {
    let mut answer = answer(status, body);
    answer.headers.push(("retry-after", "0".to_owned()));
    answer
}

/// Returns the methods and targets of requests.
fn lines(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect()
}

/// <https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#update-many-organizations>
#[bulk_api]
pub trait Zendesk: Send + Sync {
    /// Changes organizations, each in its own way.
    #[put("/api/v2/organizations/update_many")]
    #[bulk_endpoint(
        max = 100,
        partial = true,
        idempotent = true,
        items = "organizations",
        poll = "/api/v2/job_statuses/{job}.json"
    )]
    fn update_many(&self) -> Bulk<Organization, JobAnswer, ZendeskError>;

    /// Changes all organizations in the same way.
    #[put("/api/v2/organizations/update_many")]
    #[bulk_endpoint(
        max = 100,
        partial = true,
        idempotent = true,
        items = query("ids", csv),
        poll = "/api/v2/job_statuses/{job}.json"
    )]
    fn update_many_alike(&self, organization: &Change) -> Bulk<u64, JobAnswer, ZendeskError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct Organization {
    #[bulk(key)]
    pub id: u64,
    pub notes: String,
}

#[derive(Debug, Serialize)]
pub struct Change {
    pub notes: String,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct JobAnswer {
    #[bulk(nested)]
    pub job_status: JobStatus,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct JobStatus {
    #[bulk(job)]
    pub id: String,
    #[bulk(status)]
    pub status: JobState,
    #[bulk(message)]
    pub message: Option<String>,
    #[bulk(results)]
    pub results: Option<Vec<JobResult>>,
}

#[derive(Debug, Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    #[bulk(pending)]
    Queued,
    #[bulk(pending)]
    Working,
    #[bulk(failed)]
    Failed,
    #[bulk(succeeded)]
    Completed,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct JobResult {
    #[bulk(key)]
    pub id: u64,
    #[bulk(status)]
    pub success: bool,
    #[bulk(code)]
    pub status: String,
    pub action: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct ZendeskError {
    #[bulk(code)]
    pub error: String,
    #[bulk(message)]
    pub description: Option<String>,
}

#[tokio::test]
async fn zendesk() {
    let state = |status: &str, results: &Value| {
        let url = "https://example.zendesk.com/api/v2/job_statuses/82de.json";
        json!({"job_status": {"id": "82de", "url": url, "total": 2, "progress": 2, "status": status, "message": "…", "results": results}})
    };
    let result = |id, success: bool| {
        let status = if success { "Updated" } else { "Failed" };
        json!({"action": "update", "id": id, "status": status, "success": success})
    };
    let update = async |answers: Vec<Answer>| {
        let vendor = Vendor::answering(answers).await;
        let organizations =
            [(1, "Priority"), (2, "Normal")].map(|(id, notes)| Organization { id, notes: notes.to_owned() });
        let report = ZendeskClient::new(vendor.client())
            .update_many()
            .send(organizations)
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        (report, vendor)
    };
    let queued = job(200, &state("queued", &Value::Null));
    let done = |results: &Value| job(200, &state("completed", results));
    let (report, vendor) = update(vec![
        queued.clone(),
        job(200, &state("working", &json!([result(1, true)]))),
        done(&json!([result(2, true), result(1, true)])),
    ])
    .await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    assert_eq!(
        report.succeeded().next().and_then(|(_, success)| success.body.clone()).expect("a body").action,
        "update"
    );
    let seen = vendor.seen();
    let poll = "GET /api/v2/job_statuses/82de.json";
    assert_eq!(lines(&seen), ["PUT /api/v2/organizations/update_many", poll, poll]);
    assert_eq!(
        seen[0].json(),
        json!({"organizations": [{"id": 1, "notes": "Priority"}, {"id": 2, "notes": "Normal"}]})
    );
    assert!(seen[1].body.is_empty());
    let (report, _) = update(vec![queued.clone(), done(&json!([result(1, true), result(2, false)]))]).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    assert_eq!(report.rows().nth(1).and_then(|row| row.code).as_deref(), Some("Failed"));
    let (report, _) = update(vec![queued.clone(), done(&json!([result(1, false), result(2, false)]))]).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // A job that ends without the result of one item; one that failed after an unknown part; an unknown one.
    let (report, _) = update(vec![queued.clone(), done(&json!([result(1, true)]))]).await;
    assert_eq!(words(&report), ["succeeded", "unknown"]);
    for end in [state("failed", &Value::Null), state("lost", &Value::Null), json!({"error": "no"})] {
        let (report, _) = update(vec![queued.clone(), job(200, &end)]).await;
        assert_eq!(words(&report), ["unknown", "unknown"], "{end}");
    }
    let (report, _) = update(vec![answer(422, &json!({"error": "Invalid", "description": "no"}))]).await;
    assert_eq!(words(&report), ["refused", "refused"]);

    let vendor = Vendor::answering([queued, done(&json!([result(1, true), result(2, true), result(3, false)]))]).await;
    let change = Change { notes: "Priority".to_owned() };
    let report = ZendeskClient::new(vendor.client()).update_many_alike(&change).send([1, 2, 3]).await;
    assert_eq!(words(&report), ["succeeded", "succeeded", "failed"]);
    let seen = vendor.seen();
    assert_eq!(lines(&seen), ["PUT /api/v2/organizations/update_many?ids=1,2,3", poll]);
    assert_eq!(seen[0].json(), json!({"organization": {"notes": "Priority"}}));
}

/// <https://github.com/klaviyo/openapi/blob/f0a30ba41254/openapi/stable/apis/bulk_create_catalog_items.json>
#[bulk_api]
pub trait Klaviyo: Send + Sync {
    /// Creates items of a catalog. The declared rate satisfies both documented ones, 75 a second and 750 a minute.
    #[post("/api/catalog-item-bulk-create-jobs")]
    #[header("Content-Type", "application/vnd.api+json")]
    #[header("Accept", "application/vnd.api+json")]
    #[field("/data/type", "catalog-item-bulk-create-job")]
    #[bulk_endpoint(
        max = 100,
        max_bytes = 5_000_000,
        partial = true,
        items = "/data/attributes/items/data",
        rate = "75/6s",
        poll = "/api/catalog-item-bulk-create-jobs/{job}"
    )]
    fn bulk_create_catalog_items(
        &self,
        #[header("revision")] revision: &str,
    ) -> Bulk<CatalogItem, CreateJob, KlaviyoError>;
}

#[derive(Debug, Serialize, BulkItem)]
#[serde(tag = "type", rename = "catalog-item")]
pub struct CatalogItem {
    pub attributes: CatalogAttributes,
}

#[derive(Debug, Serialize)]
pub struct CatalogAttributes {
    pub external_id: String,
    pub title: String,
    pub description: String,
    pub url: String,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct CreateJob {
    #[bulk(nested)]
    pub data: CreateJobData,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct CreateJobData {
    #[bulk(job)]
    pub id: String,
    #[bulk(nested)]
    pub attributes: CreateJobAttributes,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct CreateJobAttributes {
    #[bulk(status)]
    pub status: CreateJobState,
    #[bulk(count(failed))]
    #[serde(default)]
    pub failed_count: u64,
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Vec<CreateError>,
}

#[derive(Debug, Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum CreateJobState {
    #[bulk(pending)]
    Queued,
    #[bulk(pending)]
    Processing,
    #[bulk(succeeded)]
    Complete,
    #[bulk(failed)]
    Cancelled,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct CreateError {
    #[bulk(key, nested)]
    pub source: Source,
    #[bulk(code)]
    pub code: String,
    pub title: String,
    #[bulk(message)]
    pub detail: String,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct Source {
    #[bulk(key = "/data/attributes/items/data/{i}*")]
    pub pointer: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct KlaviyoError {
    #[bulk(nested)]
    pub errors: Vec<KlaviyoErrorDetail>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct KlaviyoErrorDetail {
    #[bulk(code)]
    pub code: String,
    pub title: String,
    #[bulk(message)]
    pub detail: String,
}

#[tokio::test]
async fn klaviyo() {
    let item = |id: &str| CatalogItem {
        attributes: CatalogAttributes {
            external_id: id.to_owned(),
            title: "t".to_owned(),
            description: "d".to_owned(),
            url: "u".to_owned(),
        },
    };
    let create = async |answers: Vec<Answer>| {
        let vendor = Vendor::answering(answers).await;
        let bulk = KlaviyoClient::new(vendor.client()).bulk_create_catalog_items("2026-04-15");
        (bulk.send([item("a"), item("b")]).await, vendor)
    };
    let state = |status: &str, failed: u64, pointers: &[&str]| {
        let error = |pointer: &&str| json!({"id": "e", "code": "invalid", "title": "Invalid input", "detail": "no title", "source": {"pointer": pointer}});
        let errors: Vec<Value> = pointers.iter().map(error).collect();
        let attributes =
            json!({"status": status, "created_at": "…", "total_count": 2, "failed_count": failed, "errors": errors});
        json!({"data": {"type": "catalog-item-bulk-create-job", "id": "j1", "attributes": attributes}})
    };
    let queued = job(202, &state("queued", 0, &[]));
    let end = |failed, pointers: &[&str]| vec![queued.clone(), job(200, &state("complete", failed, pointers))];
    let processing = job(200, &state("processing", 0, &[]));
    let (report, vendor) = create(vec![queued.clone(), processing, job(200, &state("complete", 0, &[]))]).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.seen();
    let poll = "GET /api/catalog-item-bulk-create-jobs/j1";
    assert_eq!(lines(&seen), ["POST /api/catalog-item-bulk-create-jobs", poll, poll]);
    assert_eq!(seen[0].header("content-type"), Some("application/vnd.api+json"));
    assert!(seen.iter().all(|seen| seen.header("revision") == Some("2026-04-15")));
    let item = |id| json!({"type": "catalog-item", "attributes": {"external_id": id, "title": "t", "description": "d", "url": "u"}});
    assert_eq!(
        seen[0].json(),
        json!({"data": {
            "type": "catalog-item-bulk-create-job",
            "attributes": {"items": {"data": [item("a"), item("b")]}},
        }})
    );
    let first = "/data/attributes/items/data/0/attributes/title";
    let second = "/data/attributes/items/data/1";
    let (report, _) = create(end(1, &[first])).await;
    assert_eq!(words(&report), ["failed", "succeeded"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!((failure.code.as_str(), failure.detail.as_str()), ("invalid", "no title"));
    // Two errors of one item are one failure.
    let (report, _) = create(end(1, &[first, first])).await;
    assert_eq!(words(&report), ["failed", "succeeded"]);
    let (report, _) = create(end(2, &[first, second])).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // An error without an item; a job with more failures than errors; an error of an item that was not sent.
    for (failed, pointers) in [(1, &["/data"][..]), (1, &[]), (1, &["/data/attributes/items/data/7"])] {
        let (report, _) = create(end(failed, pointers)).await;
        assert_eq!(words(&report), ["unknown", "unknown"], "{pointers:?}");
    }
    let (report, _) = create(vec![queued, job(200, &state("cancelled", 0, &[]))]).await;
    assert_eq!(words(&report), ["unknown", "unknown"]);
    let refused = json!({"errors": [{"id": "e", "code": "invalid", "title": "Invalid", "detail": "too many jobs"}]});
    let (report, _) = create(vec![answer(400, &refused)]).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!((refusal.code.as_deref(), refusal.message.as_deref()), (Some("invalid"), Some("too many jobs")));
}

/// <https://github.com/paypal/paypal-rest-api-specifications/blob/ec4d8f36a6ab/openapi/payments_payouts_batch_v1.json>
#[bulk_api]
pub trait PayPal: Send + Sync {
    /// Pays receivers. A request with a known idempotency key is not carried out again.
    #[post("/v1/payments/payouts")]
    #[header("PayPal-Request-Id", batch_key)]
    #[field("/sender_batch_header/sender_batch_id", batch_key)]
    #[bulk_endpoint(
        max = 1000,
        partial = true,
        idempotent = true,
        items = "items",
        poll = "/v1/payments/payouts/{job}?page_size=1000"
    )]
    fn create_payouts(
        &self,
        #[field("/sender_batch_header/email_subject")] email_subject: Option<&str>,
        #[field("/sender_batch_header/email_message")] email_message: Option<&str>,
    ) -> Bulk<Payout, PayoutBatch, PayPalError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct Payout {
    pub recipient_type: RecipientType,
    pub amount: Amount,
    pub receiver: String,
    #[bulk(key)]
    pub sender_item_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecipientType {
    Email,
    Phone,
    PaypalId,
}

#[derive(Debug, Serialize)]
pub struct Amount {
    pub value: String,
    pub currency: String,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct PayoutBatch {
    #[bulk(nested)]
    pub batch_header: BatchHeader,
    #[bulk(results)]
    #[serde(default)]
    pub items: Vec<PayoutItem>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct BatchHeader {
    #[bulk(job)]
    pub payout_batch_id: String,
    #[bulk(status)]
    pub batch_status: BatchStatus,
}

#[derive(Debug, Deserialize, Serialize, Status)]
#[serde(rename_all = "UPPERCASE")]
pub enum BatchStatus {
    #[bulk(pending)]
    Pending,
    #[bulk(pending)]
    Processing,
    #[bulk(succeeded)]
    Success,
    #[bulk(failed)]
    Denied,
    #[bulk(failed)]
    Canceled,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct PayoutItem {
    pub payout_item_id: String,
    #[bulk(status)]
    pub transaction_status: TransactionStatus,
    #[bulk(key, nested)]
    pub payout_item: SentPayout,
    #[bulk(nested)]
    pub errors: Option<PayoutError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct SentPayout {
    #[bulk(key)]
    pub sender_item_id: String,
}

/// An `UNCLAIMED` payment waits for its receiver.
#[derive(Debug, Deserialize, Serialize, Status)]
#[serde(rename_all = "UPPERCASE")]
pub enum TransactionStatus {
    #[bulk(succeeded)]
    Success,
    #[bulk(accepted)]
    Unclaimed,
    #[bulk(pending)]
    Pending,
    #[bulk(pending)]
    OnHold,
    #[bulk(failed)]
    Failed,
    #[bulk(failed)]
    Returned,
    #[bulk(failed)]
    Blocked,
    #[bulk(failed)]
    Refunded,
    #[bulk(failed)]
    Reversed,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct PayoutError {
    #[bulk(code)]
    pub name: String,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct PayPalError {
    #[bulk(code)]
    pub name: String,
    #[bulk(message)]
    pub message: String,
    #[bulk(request_id)]
    pub debug_id: String,
}

#[tokio::test]
async fn paypal() {
    let payout = |id: &str| Payout {
        recipient_type: RecipientType::Email,
        amount: Amount { value: "9.87".to_owned(), currency: "USD".to_owned() },
        receiver: "a@b".to_owned(),
        sender_item_id: id.to_owned(),
    };
    let pay = async |answers: Vec<Answer>| {
        let vendor = Vendor::answering(answers).await;
        let bulk = PayPalClient::new(vendor.client()).create_payouts(Some("You have money"), None);
        (bulk.send([payout("201"), payout("202")]).await, vendor)
    };
    let batch = |status: &str, items: &[Value]| {
        let header = json!({"payout_batch_id": "P-1", "batch_status": status, "sender_batch_header": {}});
        json!({"batch_header": header, "items": items, "links": []})
    };
    let item = |id: &str, status: &str| json!({"payout_item_id": "8AE", "transaction_status": status, "payout_item": {"receiver": "a@b", "sender_item_id": id}});
    let created = job(
        201,
        &json!({"batch_header": {"payout_batch_id": "P-1", "batch_status": "PENDING", "sender_batch_header": {}}, "links": []}),
    );
    let (report, vendor) = pay(vec![
        created.clone(),
        job(200, &batch("PROCESSING", &[item("201", "PENDING"), item("202", "PENDING")])),
        job(200, &batch("SUCCESS", &[item("202", "UNCLAIMED"), item("201", "SUCCESS")])),
    ])
    .await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    assert_eq!(report.succeeded().map(|(_, success)| success.accepted).collect::<Vec<_>>(), [false, true]);
    let seen = vendor.seen();
    let poll = "GET /v1/payments/payouts/P-1?page_size=1000";
    assert_eq!(lines(&seen), ["POST /v1/payments/payouts", poll, poll]);
    assert!(seen[0].header("paypal-request-id").is_some() && seen[1].header("paypal-request-id").is_none());
    let payout = |id| json!({"recipient_type": "EMAIL", "amount": {"value": "9.87", "currency": "USD"}, "receiver": "a@b", "sender_item_id": id});
    // PayPal rejects a batch id that it has seen within 30 days, unless the request is a retry.
    let id = seen[0].header("paypal-request-id").expect("a key");
    let header = json!({"email_subject": "You have money", "sender_batch_id": id});
    let body: Value = serde_json::from_str(seen[0].text()).expect("JSON");
    assert_eq!(body, json!({"sender_batch_header": header, "items": [payout("201"), payout("202")]}));
    let mut failed = item("202", "FAILED");
    failed["errors"] =
        json!({"name": "RECEIVER_UNREGISTERED", "message": "no account", "debug_id": "d", "details": []});
    let (report, _) =
        pay(vec![created.clone(), job(200, &batch("SUCCESS", &[item("201", "SUCCESS"), failed.clone()]))]).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let row = report.rows().nth(1).expect("two");
    assert_eq!((row.code.as_deref(), row.message.as_deref()), (Some("RECEIVER_UNREGISTERED"), Some("no account")));
    let (report, _) =
        pay(vec![created.clone(), job(200, &batch("DENIED", &[item("201", "BLOCKED"), failed.clone()]))]).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    assert_eq!(report.rows().next().and_then(|row| row.code).as_deref(), Some("BLOCKED"));
    // Items that the finished job leaves open or does not name; and a job that was denied without results for its items.
    let (report, _) =
        pay(vec![created.clone(), job(200, &batch("SUCCESS", &[item("201", "ONHOLD"), item("200", "SUCCESS")]))]).await;
    assert_eq!(words(&report), ["unknown", "unknown"]);
    let (report, _) = pay(vec![created, job(200, &batch("DENIED", &[]))]).await;
    assert_eq!(words(&report), ["unknown", "unknown"]);
    let invalid = json!({"name": "INVALID", "message": "no", "debug_id": "d1", "links": []});
    let (report, _) = pay(vec![answer(400, &invalid)]).await;
    assert_eq!(words(&report), ["refused", "refused"]);
    assert_eq!(report.rows().next().and_then(|row| row.request_id).as_deref(), Some("d1"));
}

/// <https://github.com/dropbox/dropbox-api-spec/blob/0d994ebe9e86/files.stone>
#[bulk_api]
pub trait Dropbox: Send + Sync {
    /// Deletes files and folders.
    #[post("/2/files/delete_batch")]
    #[bulk_endpoint(
        max = 1000,
        partial = true,
        items = "entries",
        retry("too_many_write_operations"),
        poll = post("/2/files/delete_batch/check", "/async_job_id")
    )]
    fn delete_batch(&self) -> Bulk<DeleteArg, DeleteBatch, DropboxError>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct DeleteArg {
    #[bulk(key)]
    pub path: String,
}

/// The result, or the job that will have it.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct DeleteBatch {
    #[bulk(status)]
    #[serde(rename = ".tag")]
    pub tag: DeleteBatchTag,
    #[bulk(job)]
    pub async_job_id: Option<String>,
    #[bulk(results)]
    pub entries: Option<Vec<DeleteResult>>,
}

#[derive(Debug, Deserialize, Serialize, Status)]
#[serde(rename_all = "snake_case")]
pub enum DeleteBatchTag {
    #[bulk(pending)]
    AsyncJobId,
    #[bulk(pending)]
    InProgress,
    #[bulk(succeeded)]
    Complete,
    #[bulk(failed)]
    Failed,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(tag = ".tag", rename_all = "snake_case")]
pub enum DeleteResult {
    #[bulk(succeeded)]
    Success { metadata: Value },
    #[bulk(failed)]
    Failure {
        #[bulk(nested)]
        failure: DeleteError,
    },
}

/// `path_lookup` and `path_write` contain details.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct DeleteError {
    #[bulk(code)]
    #[serde(rename = ".tag")]
    pub tag: String,
    #[bulk(nested)]
    #[serde(alias = "path_write")]
    pub path_lookup: Option<PathError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct PathError {
    #[bulk(message)]
    #[serde(rename = ".tag")]
    pub tag: String,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct DropboxError {
    #[bulk(message)]
    pub error_summary: String,
}

#[tokio::test]
async fn dropbox() {
    let delete = async |answers: Vec<Answer>| {
        let vendor = Vendor::answering(answers).await;
        let entries = ["/a.txt", "/b.txt"].map(|path| DeleteArg { path: path.to_owned() });
        (DropboxClient::new(vendor.client()).delete_batch().send(entries).await, vendor)
    };
    let success = json!({".tag": "success", "metadata": {"name": "a.txt"}});
    let not_found =
        json!({".tag": "failure", "failure": {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}}});
    let complete = |entries: &[&Value]| job(200, &json!({".tag": "complete", "entries": entries}));
    let launched = job(200, &json!({".tag": "async_job_id", "async_job_id": "34g9"}));
    // At once.
    let (report, vendor) = delete(vec![complete(&[&success, &not_found])]).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let row = report.rows().nth(1).expect("two");
    assert_eq!((row.code.as_deref(), row.message.as_deref()), (Some("path_lookup"), Some("not_found")));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/2/files/delete_batch"));
    assert_eq!(seen.json(), json!({"entries": [{"path": "/a.txt"}, {"path": "/b.txt"}]}));
    // Later.
    let in_progress = job(200, &json!({".tag": "in_progress"}));
    let (report, vendor) = delete(vec![launched.clone(), in_progress.clone(), complete(&[&success, &success])]).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    let seen = vendor.seen();
    let check = "POST /2/files/delete_batch/check";
    assert_eq!(lines(&seen), ["POST /2/files/delete_batch", check, check]);
    assert!(seen[1..].iter().all(|seen| seen.json() == json!({"async_job_id": "34g9"})));
    assert_eq!(seen[1].header("content-type"), Some("application/json"));
    let (report, _) = delete(vec![launched.clone(), complete(&[&not_found, &not_found])]).await;
    assert_eq!(words(&report), ["failed", "failed"]);
    // An item that is retried goes into a request and a job of its own.
    let busy = json!({".tag": "failure", "failure": {".tag": "too_many_write_operations"}});
    let (report, vendor) =
        delete(vec![launched.clone(), complete(&[&busy, &success]), launched.clone(), complete(&[&success])]).await;
    assert_eq!(words(&report), ["succeeded", "succeeded"]);
    assert_eq!(vendor.seen()[2].json(), json!({"entries": [{"path": "/a.txt"}]}));
    // Too few results, a job that failed, one without a handle, and a response of another kind.
    for answers in [
        vec![launched.clone(), complete(&[&success])],
        vec![launched.clone(), job(200, &json!({".tag": "failed", "failed": {".tag": "other"}}))],
        vec![in_progress],
        vec![launched, job(200, &json!({".tag": "unheard_of"}))],
    ] {
        assert_eq!(words(&delete(answers).await.0), ["unknown", "unknown"]);
    }
}
