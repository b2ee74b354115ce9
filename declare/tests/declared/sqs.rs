//! Amazon Simple Queue Service 2012-11-05: bulk operations.
//!
//! Made by `declare` from `sqs.json`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use std::collections::BTreeMap;

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Amazon Simple Queue Service.
#[bulk_api]
pub trait AmazonSimpleQueueService: Send + Sync {
    /// <p>You can use <code>SendMessageBatch</code> to send up to 10 messages to the specified queue.</p>
    // TODO(you): `max` is read from this sentence: "You can use <code>SendMessageBatch</code> to send up to 10
    //   messages to the specified queue.".
    // TODO(you): optional and left out: `X-Amz-Date`.
    // TODO(you): documented error statuses: 480. Put those that would fail every request into `stop(…)`, and
    //   those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/")]
    #[header("X-Amz-Target", "AmazonSQS.SendMessageBatch")]
    #[header("Content-Type", "application/x-amz-json-1.0")]
    #[bulk_endpoint(max = 10, items = "Entries", partial = true)]
    fn send_message_batch(
        &self,
        #[field("/QueueUrl")] queue_url: &str,
    ) -> Bulk<SendMessageBatchRequestEntry, SendMessageBatchResult, TooManyEntries>;

    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/")]
    #[header("X-Amz-Target", "Kinesis_20131202.PutRecords")]
    #[header("Content-Type", "application/x-amz-json-1.1")]
    #[bulk_endpoint(max = 500, items = "Records", partial = true)]
    fn put_records(
        &self,
        #[field("/StreamName")] stream_name: &str,
    ) -> Bulk<PutRecordsRequestEntry, PutRecordsResponse>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchRequestEntry {
    #[bulk(key)]
    pub id: String,
    pub message_body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttributeValue {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    pub data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    // TODO(you): `oneOf` of `StreamName`: an enum?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<serde_json::Value>,
    // TODO(you): `#/components/schemas/Nowhere` cannot be followed: what is its type?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchResult {
    #[bulk(succeeded)]
    pub successful: Vec<SendMessageBatchResultEntry>,
    #[bulk(failed)]
    pub failed: Vec<BatchResultErrorEntry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchResultEntry {
    #[bulk(key)]
    pub id: String,
    pub message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResultErrorEntry {
    #[bulk(key)]
    pub id: String,
    pub sender_fault: bool,
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct TooManyEntries {
    #[bulk(nested)]
    pub error: Option<Error>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct Error {
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "PascalCase")]
pub struct PutRecordsRequestEntry {
    pub data: String,
    pub partition_key: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct PutRecordsResponse {
    #[bulk(count(failed))]
    pub failed_record_count: Option<i64>,
    /// The results, correlated with the request by natural ordering.
    #[bulk(results)]
    pub records: Vec<PutRecordsResultEntry>,
}

// TODO(you): no field names the item: are the elements in the order of the items?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[bulk(positional)]
#[serde(rename_all = "PascalCase")]
pub struct PutRecordsResultEntry {
    // TODO(you): does only a done element have this field?
    #[bulk(succeeded)]
    pub sequence_number: Option<String>,
    #[bulk(failed, code)]
    pub error_code: Option<String>,
    #[bulk(message)]
    pub error_message: Option<String>,
}
