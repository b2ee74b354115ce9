//! Responses that name items by index, and those that list only failures.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, Index, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::ids::AwsError;
use crate::order::GoogleError;
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer, text};

pub const ROWS: &[Row] = &[
    whole("aws-comprehend-batch-detect-sentiment", "Comprehend::batch_detect_sentiment")
        .narrowed("the size of a text is that of its JSON"),
    whole("bigquery-tabledata-insertall", "TableData::insert_valid"),
    whole("firebase-auth-accounts-batch-delete", "FirebaseAccounts::batch_delete"),
];

/// <https://docs.aws.amazon.com/comprehend/latest/APIReference/API_BatchDetectSentiment.html>
#[bulk_api(rename_all = "PascalCase")]
pub trait Comprehend: Send + Sync {
    /// Detects the sentiment of each text.
    #[post("/")]
    #[header("X-Amz-Target", "Comprehend_20171127.BatchDetectSentiment")]
    #[header("Content-Type", "application/x-amz-json-1.1")]
    #[bulk_endpoint(
        items = "TextList",
        max = 25,
        max_item_bytes = 5120,
        partial = true,
        idempotent = true,
        stop("UnsupportedLanguageException"),
        bisect("TextSizeLimitExceededException"),
        too_large("BatchSizeLimitExceededException")
    )]
    fn batch_detect_sentiment(&self, language_code: &str) -> Bulk<String, BatchDetectSentiment, AwsError>;
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct BatchDetectSentiment {
    #[bulk(succeeded)]
    pub result_list: Vec<DetectedSentiment>,
    #[bulk(failed)]
    pub error_list: Vec<BatchItemError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct DetectedSentiment {
    #[bulk(key)]
    pub index: Index<0>,
    pub sentiment: String,
    pub sentiment_score: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct BatchItemError {
    #[bulk(key)]
    pub index: Index<0>,
    #[bulk(code)]
    pub error_code: String,
    #[bulk(message)]
    pub error_message: String,
}

#[tokio::test]
async fn aws_comprehend() {
    let items = || ["doc", "other"].map(str::to_owned);
    let done = |index: u64| json!({"Index": index, "Sentiment": "POSITIVE", "SentimentScore": {}});
    let failed = |index: u64| json!({"Index": index, "ErrorCode": "INTERNAL_ERROR", "ErrorMessage": "again"});
    let body = |done: &[Value], failed: &[Value]| json!({"ResultList": done, "ErrorList": failed});
    let vendor = Vendor::answering([answer(200, &body(&[done(0)], &[failed(1)]))]).await;
    let report = ComprehendClient::new(vendor.client()).batch_detect_sentiment("en").send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let body_of_first = report.succeeded().next().and_then(|(_, success)| success.body.clone()).expect("a body");
    assert_eq!(body_of_first.sentiment, "POSITIVE");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!(outcome.code().as_deref(), Some("INTERNAL_ERROR"));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/"));
    assert_eq!(seen.header("x-amz-target"), Some("Comprehend_20171127.BatchDetectSentiment"));
    assert_eq!(seen.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(seen.json(), json!({"TextList": ["doc", "other"], "LanguageCode": "en"}));
    tells(
        [
            (answer(200, &body(&[done(0), done(1)], &[])), "succeeded succeeded"),
            (answer(200, &body(&[], &[failed(0), failed(1)])), "failed failed"),
            // A contradiction, an index that was not sent, and an invalid one.
            (answer(200, &body(&[done(0), done(1)], &[failed(1)])), "succeeded unknown"),
            (answer(200, &body(&[done(0), done(2)], &[])), "succeeded unknown"),
            (answer(200, &json!({"ResultList": [done(1), {"Index": "first"}], "ErrorList": []})), "unknown succeeded"),
            (answer(400, &json!({"__type": "UnsupportedLanguageException"})), "refused refused"),
        ],
        async |client| {
            line(
                &ComprehendClient::new(client)
                    .batch_detect_sentiment("en")
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    // The text that is too long is found.
    let too_long = answer(400, &json!({"__type": "TextSizeLimitExceededException", "Message": "too long"}));
    let vendor = Vendor::answering([too_long.clone(), answer(200, &body(&[done(0)], &[])), too_long]).await;
    let run = ComprehendClient::new(vendor.client()).batch_detect_sentiment("en").send(items()).concurrency(1);
    assert_eq!(line(&run.await), "succeeded refused");
}

/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll>
#[bulk_api(rename_all = "camelCase")]
pub trait TableData: Send + Sync {
    /// Inserts the valid rows.
    #[post("/projects/{projectId}/datasets/{datasetId}/tables/{tableId}/insertAll")]
    #[field("/skipInvalidRows", true)]
    #[bulk_endpoint(items = "rows", max = assumed(500), max_bytes = 10_000_000, partial = true, stop(404))]
    fn insert_valid(
        &self,
        project_id: &str,
        dataset_id: &str,
        table_id: &str,
        ignore_unknown_values: bool,
        template_suffix: Option<&str>,
    ) -> Bulk<TableRow, InsertAll, GoogleError>;

    /// Inserts all rows of a request, or none.
    #[post("/projects/{projectId}/datasets/{datasetId}/tables/{tableId}/insertAll")]
    #[field("/skipInvalidRows", false)]
    #[bulk_endpoint(
        items = "rows",
        max = assumed(500),
        max_bytes = 10_000_000,
        partial = false,
        stop(404),
        unprocessed("stopped")
    )]
    fn insert_all_or_none(
        &self,
        project_id: &str,
        dataset_id: &str,
        table_id: &str,
        ignore_unknown_values: bool,
        template_suffix: Option<&str>,
    ) -> Bulk<TableRow, InsertAll, GoogleError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct TableRow {
    /// The vendor uses it to detect duplicates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insert_id: Option<String>,
    pub json: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "camelCase")]
pub struct InsertAll {
    pub kind: String,
    #[bulk(failed)]
    #[serde(default)]
    pub insert_errors: Vec<InsertError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct InsertError {
    #[bulk(key)]
    pub index: Index<0>,
    #[bulk(nested)]
    pub errors: Vec<ErrorProto>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct ErrorProto {
    #[bulk(code)]
    pub reason: String,
    pub location: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
}

#[tokio::test]
async fn bigquery() {
    let row =
        |a: u64| TableRow { insert_id: Some(format!("u{a}")), json: Map::from_iter([("a".to_owned(), json!(a))]) };
    let items = || [row(1), row(2)];
    let failed = |index: u64, reason: &str| {
        let error = json!({"reason": reason, "location": "a", "debugInfo": "", "message": "why"});
        json!({"index": index, "errors": [error]})
    };
    let body = |errors: &[Value]| json!({"kind": "bigquery#tableDataInsertAllResponse", "insertErrors": errors});
    let vendor = Vendor::answering([answer(200, &body(&[failed(1, "invalid")]))]).await;
    let report = TableDataClient::new(vendor.client()).insert_valid("p", "d", "t", false, None).send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.code(), outcome.message()), (Some("invalid".into()), Some("why".into())));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/projects/p/datasets/d/tables/t/insertAll"));
    assert_eq!(
        seen.json(),
        json!({
            "skipInvalidRows": true,
            "ignoreUnknownValues": false,
            "rows": [{"insertId": "u1", "json": {"a": 1}}, {"insertId": "u2", "json": {"a": 2}}],
        })
    );
    let missing = json!({"error": {"code": 404, "message": "Not found: Table", "status": "NOT_FOUND"}});
    tells(
        [
            (answer(200, &json!({"kind": "bigquery#tableDataInsertAllResponse"})), "succeeded succeeded"),
            (answer(200, &body(&[failed(0, "invalid"), failed(1, "invalid")])), "failed failed"),
            (answer(200, &body(&[failed(7, "invalid")])), "unknown unknown"),
            (answer(200, &body(&[json!({"index": 1})])), "unknown unknown"),
            (answer(200, &json!({})), "unknown unknown"),
            (answer(404, &missing), "refused refused"),
        ],
        async |client| line(&TableDataClient::new(client).insert_valid("p", "d", "t", false, None).send(items()).await),
    )
    .await;
    let stopped = body(&[failed(0, "stopped"), failed(1, "invalid")]);
    let vendor = Vendor::answering([answer(200, &stopped), answer(200, &body(&[]))]).await;
    let run = TableDataClient::new(vendor.client()).insert_all_or_none("p", "d", "t", false, None).send(items());
    assert_eq!(line(&run.await), "succeeded failed", "the rows that stopped are sent again without the invalid one");
    let seen = vendor.seen();
    assert_eq!(seen[0].json()["skipInvalidRows"], false);
    assert_eq!(seen[1].json()["rows"], json!([{"insertId": "u1", "json": {"a": 1}}]));
}

/// <https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts/batchDelete>
#[bulk_api(rename_all = "camelCase")]
pub trait FirebaseAccounts: Send + Sync {
    /// Deletes users. A nonexistent user counts as deleted.
    #[post("/v1/projects/{projectId}/accounts:batchDelete")]
    #[bulk_endpoint(items = "localIds", max = 1000, partial = true, idempotent = true, rate = "1/1s")]
    fn batch_delete(
        &self,
        project_id: &str,
        force: bool,
        tenant_id: Option<&str>,
    ) -> Bulk<String, BatchDeleted, GoogleError>;
}

/// If nothing failed, the vendor leaves the list out and sends `{}`.
#[derive(Debug, BulkReply)]
pub enum BatchDeleted {
    #[bulk(on(200))]
    Some(DeleteErrors),
    #[bulk(on(200))]
    All,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct DeleteErrors {
    #[bulk(failed)]
    pub errors: Vec<DeleteError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct DeleteError {
    pub index: u64,
    #[bulk(key)]
    pub local_id: String,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn firebase() {
    let items = || ["u1", "u2"].map(str::to_owned);
    let failed =
        |index: u64| json!({"index": index, "localId": format!("u{}", index + 1), "message": "NOT_DISABLED : no"});
    let vendor = Vendor::answering([answer(200, &json!({"errors": [failed(1)]}))]).await;
    let report = FirebaseAccountsClient::new(vendor.client()).batch_delete("p", true, None).send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!((failure.index, failure.message.as_str()), (1, "NOT_DISABLED : no"));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v1/projects/p/accounts:batchDelete"));
    assert_eq!(seen.json(), json!({"localIds": ["u1", "u2"], "force": true}));
    tells(
        [
            (answer(200, &json!({})), "succeeded succeeded"),
            (answer(200, &json!({"errors": [failed(0), failed(1)]})), "failed failed"),
            (answer(200, &json!({"errors": [failed(6)]})), "unknown unknown"),
            (answer(200, &json!({"error": {"code": 500}})), "unknown unknown"),
            (answer(200, &json!([{"index": 0}])), "unknown unknown"),
            (text(200, "text/html", "<html>"), "unknown unknown"),
            (answer(403, &json!({"error": {"code": 403, "message": "PERMISSION_DENIED"}})), "refused refused"),
        ],
        async |client| {
            line(
                &FirebaseAccountsClient::new(client)
                    .batch_delete("p", true, None)
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}
