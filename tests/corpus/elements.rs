//! Responses with one list, whose elements have a key and a status.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::ids::AwsError;
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer};

pub const ROWS: &[Row] = &[
    whole("aws-marketplace-batch-meter-usage", "MarketplaceMetering::batch_meter_usage"),
    whole("azure-search-index-documents", "AzureSearch::index_documents")
        .narrowed("the id of a request that clients choose"),
];

/// <https://docs.aws.amazon.com/marketplacemetering/latest/APIReference/API_BatchMeterUsage.html>
#[bulk_api(rename_all = "PascalCase")]
pub trait MarketplaceMetering: Send + Sync {
    /// Posts metering records of a product.
    #[post("/")]
    #[header("X-Amz-Target", "AWSMPMeteringService.BatchMeterUsage")]
    #[header("Content-Type", "application/x-amz-json-1.1")]
    #[bulk_endpoint(
        items = "UsageRecords",
        max = 25,
        max_bytes = 1_000_000,
        partial = true,
        idempotent = true,
        retry("ThrottlingException"),
        stop("InvalidProductCodeException", "DisabledApiException")
    )]
    fn batch_meter_usage(&self, product_code: &str) -> Bulk<UsageRecord, BatchMeterUsage, AwsError>;
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, Serialize, BulkItem)]
#[bulk(key)]
#[serde(rename_all = "PascalCase")]
pub struct UsageRecord {
    /// Seconds since 1970.
    pub timestamp: u64,
    pub customer_identifier: String,
    pub dimension: String,
    pub quantity: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage_allocations: Vec<UsageAllocation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UsageAllocation {
    pub allocated_usage_quantity: u32,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct BatchMeterUsage {
    #[bulk(results)]
    pub results: Vec<UsageRecordResult>,
    #[bulk(unprocessed)]
    pub unprocessed_records: Vec<UsageRecord>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct UsageRecordResult {
    #[bulk(key)]
    pub usage_record: UsageRecord,
    pub metering_record_id: Option<String>,
    #[bulk(status)]
    pub status: UsageRecordStatus,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, Status)]
pub enum UsageRecordStatus {
    #[bulk(succeeded)]
    Success,
    #[bulk(failed)]
    CustomerNotSubscribed,
    #[bulk(failed)]
    DuplicateRecord,
}

#[tokio::test]
async fn aws_marketplace() {
    let record = |customer: &str| UsageRecord {
        timestamp: 1_700_000_000,
        customer_identifier: customer.to_owned(),
        dimension: "d".to_owned(),
        quantity: 1,
        usage_allocations: Vec::new(),
    };
    let items = || [record("a"), record("b"), record("c")];
    let result = |customer, status| json!({"UsageRecord": record(customer), "MeteringRecordId": "m", "Status": status});
    let mixed = json!({
        "Results": [result("b", "DuplicateRecord"), result("a", "Success")],
        "UnprocessedRecords": [record("c")],
    });
    let rest = json!({"Results": [result("c", "Success")], "UnprocessedRecords": []});
    let vendor = Vendor::answering([answer(200, &mixed), answer(200, &rest)]).await;
    let report = MarketplaceMeteringClient::new(vendor.client()).batch_meter_usage("p").send(items()).await;
    assert_eq!(line(&report), "succeeded failed succeeded");
    let (_, outcome) = report.iter().nth(1).expect("three");
    assert_eq!(outcome.code().as_deref(), Some("DuplicateRecord"));
    // Only the unprocessed records are sent again.
    let seen = vendor.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("POST", "/"));
    assert_eq!(seen[0].header("x-amz-target"), Some("AWSMPMeteringService.BatchMeterUsage"));
    assert_eq!(seen[0].header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(seen[0].json()["ProductCode"], "p");
    assert_eq!(
        seen[0].json()["UsageRecords"][0],
        json!({"Timestamp": 1_700_000_000, "CustomerIdentifier": "a", "Dimension": "d", "Quantity": 1})
    );
    assert_eq!(seen[1].json(), json!({"ProductCode": "p", "UsageRecords": [record("c")]}));
    let failed = ["a", "b", "c"].map(|customer| result(customer, "CustomerNotSubscribed"));
    tells(
        [
            (answer(200, &mixed), "succeeded failed refused"),
            (answer(200, &json!({"Results": failed, "UnprocessedRecords": []})), "failed failed failed"),
            (answer(200, &json!({"Results": [result("a", "Perhaps")]})), "unknown unknown unknown"),
            (answer(400, &json!({"__type": "InvalidProductCodeException"})), "refused refused refused"),
        ],
        async |client| {
            line(
                &MarketplaceMeteringClient::new(client)
                    .batch_meter_usage("p")
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}

/// <https://learn.microsoft.com/en-us/rest/api/searchservice/documents/?view=rest-searchservice-2024-11-01-preview>
#[bulk_api]
pub trait AzureSearch: Send + Sync {
    /// Adds documents to an index, or removes them.
    #[post("/indexes('{indexName}')/docs/search.index?api-version=2024-11-01-preview")]
    #[bulk_endpoint(
        items = "value",
        max = 1000,
        max_bytes = 16_777_216,
        partial = true,
        idempotent = true,
        retry(422, 503)
    )]
    fn index_documents(&self, index_name: &str) -> Bulk<IndexAction, IndexDocumentsResult, AzureError>;
}

/// A document with its action. The name of its key field is that of the index: here it is `id`.
#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct IndexAction {
    #[serde(rename = "@search.action")]
    pub action: SearchAction,
    #[bulk(key)]
    pub id: String,
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SearchAction {
    Upload,
    Merge,
    MergeOrUpload,
    Delete,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct IndexDocumentsResult {
    #[bulk(results)]
    pub value: Vec<IndexingResult>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct IndexingResult {
    #[bulk(key)]
    pub key: String,
    pub status: bool,
    #[bulk(status)]
    pub status_code: u16,
    #[bulk(message)]
    pub error_message: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct AzureError {
    #[bulk(nested)]
    pub error: AzureErrorDetail,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct AzureErrorDetail {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn azure_search() {
    let action = |id: &str| IndexAction {
        action: SearchAction::Upload,
        id: id.to_owned(),
        fields: Map::from_iter([("name".to_owned(), json!("x"))]),
    };
    let items = || [action("0"), action("1")];
    let result = |key, code| json!({"key": key, "status": code < 300, "errorMessage": null, "statusCode": code});
    let results = |codes: [u16; 2]| json!({"value": [result("0", codes[0]), result("1", codes[1])]});
    let vendor =
        Vendor::answering([answer(207, &results([201, 503])), answer(200, &json!({"value": [result("1", 201)]}))])
            .await;
    let report = AzureSearchClient::new(vendor.client()).index_documents("hotels").send(items()).await;
    assert_eq!(line(&report), "succeeded succeeded");
    let seen = vendor.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].method, "POST");
    assert_eq!(seen[0].target, "/indexes('hotels')/docs/search.index?api-version=2024-11-01-preview");
    assert_eq!(seen[0].json()["value"][0], json!({"@search.action": "upload", "id": "0", "name": "x"}));
    assert_eq!(seen[1].json()["value"][0]["id"], "1");
    tells(
        [
            (answer(200, &results([201, 200])), "succeeded succeeded"),
            (answer(207, &results([201, 409])), "succeeded failed"),
            (answer(207, &results([404, 400])), "failed failed"),
            (answer(207, &json!({"value": [result("2", 200)]})), "unknown unknown"),
            (answer(200, &json!({})), "unknown unknown"),
            (answer(403, &json!({"error": {"code": "Forbidden", "message": "no"}})), "refused refused"),
        ],
        async |client| {
            line(
                &AzureSearchClient::new(client)
                    .index_documents("hotels")
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    let vendor = Vendor::answering([answer(400, &json!({"error": {"code": "Bad", "message": "why"}}))]).await;
    let report = AzureSearchClient::new(vendor.client()).index_documents("hotels").send(items()).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!((refusal.code.as_deref(), refusal.message.as_deref()), (Some("Bad"), Some("why")));
}
