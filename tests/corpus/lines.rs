//! Requests with one line for each item, and responses that match items by position.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Ndjson, bulk_api, reply::Detail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer, text};

pub const ROWS: &[Row] = &[
    whole("elasticsearch-bulk", "Elasticsearch::bulk")
        .narrowed("the query parameters beside `pipeline`, `refresh` and `routing`"),
    whole("typesense-documents-import", "Typesense::import"),
];

/// <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>
#[bulk_api]
pub trait Elasticsearch: Send + Sync {
    /// Indexes, creates, updates and deletes documents of any index.
    #[post("/_bulk")]
    #[bulk_endpoint(items = ndjson, max = assumed(1000), max_bytes = 104_857_600, partial = true)]
    fn bulk(
        &self,
        #[query] pipeline: Option<&str>,
        #[query] refresh: Option<&str>,
        #[query] routing: Option<&str>,
    ) -> Bulk<Operation, BulkResponse, ElasticError>;

    /// The same, with an index for documents without one.
    #[post("/{index}/_bulk")]
    #[bulk_endpoint(items = ndjson, max = assumed(1000), max_bytes = 104_857_600, partial = true)]
    fn bulk_of(
        &self,
        index: &str,
        #[query] pipeline: Option<&str>,
        #[query] refresh: Option<&str>,
        #[query] routing: Option<&str>,
    ) -> Bulk<Operation, BulkResponse, ElasticError>;
}

/// The action, and the line with its document, which a deletion does not have.
#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Operation(pub Action, pub Option<Value>);

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Index(Target),
    Create(Target),
    Update(Target),
    Delete(Target),
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Target {
    #[serde(rename = "_index", skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_seq_no: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_primary_term: Option<u64>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct BulkResponse {
    pub took: u64,
    pub errors: bool,
    #[bulk(results)]
    pub items: Vec<OperationResult>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(rename_all = "lowercase")]
pub enum OperationResult {
    Index(DocumentResult),
    Create(DocumentResult),
    Update(DocumentResult),
    Delete(DocumentResult),
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct DocumentResult {
    #[serde(rename = "_index")]
    pub index: String,
    #[serde(rename = "_id")]
    pub id: Option<String>,
    #[serde(rename = "_version")]
    pub version: Option<u64>,
    pub result: Option<String>,
    #[bulk(status)]
    pub status: u16,
    #[bulk(nested)]
    pub error: Option<ErrorCause>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct ErrorCause {
    #[bulk(code)]
    pub r#type: String,
    #[bulk(message)]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct ElasticError {
    #[bulk(nested)]
    pub error: ErrorCause,
    pub status: u16,
}

#[tokio::test]
async fn elasticsearch() {
    let target = |id: &str| Target { index: Some("test".into()), id: Some(id.into()), ..Target::default() };
    let items = || {
        [
            Operation(Action::Index(target("1")), Some(json!({"field1": "value1"}))),
            Operation(Action::Delete(target("2")), None),
        ]
    };
    let done = json!({"index": {"_index": "test", "_id": "1", "_version": 1, "result": "created", "_seq_no": 0, "_primary_term": 1, "status": 201}});
    let missing = |action: &str| {
        let error = json!({"type": "document_missing_exception", "reason": "[2]: document missing", "index_uuid": "…", "shard": "0", "index": "test"});
        json!({action: {"_index": "test", "_id": "2", "status": 404, "error": error}})
    };
    let body = |items: &[&Value]| json!({"took": 486, "errors": true, "items": items});
    let vendor = Vendor::answering([answer(200, &body(&[&done, &missing("delete")]))]).await;
    let report = ElasticsearchClient::new(vendor.client()).bulk(None, Some("wait_for"), None).send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!(
        (outcome.status(), outcome.code(), outcome.message()),
        (Some(404), Some("document_missing_exception".into()), Some("[2]: document missing".into()))
    );
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/_bulk?refresh=wait_for"));
    assert_eq!(seen.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(
        seen.text(),
        "{\"index\":{\"_index\":\"test\",\"_id\":\"1\"}}\n{\"field1\":\"value1\"}\n{\"delete\":{\"_index\":\"test\",\"_id\":\"2\"}}\n"
    );
    let closed = json!({"error": {"type": "index_not_found_exception", "reason": "no such index"}, "status": 404});
    tells(
        [
            (answer(200, &body(&[&missing("index"), &missing("delete")])), "failed failed"),
            (answer(200, &body(&[&done])), "unknown unknown"),
            (answer(200, &body(&[&done, &json!({"explode": {"status": 200}})])), "succeeded unknown"),
            (answer(200, &json!({"took": 1, "errors": false})), "unknown unknown"),
            (answer(404, &closed), "refused refused"),
        ],
        async |client| line(&ElasticsearchClient::new(client).bulk_of("test", None, None, None).send(items()).await),
    )
    .await;
    let vendor = Vendor::answering([answer(404, &closed)]).await;
    let report = ElasticsearchClient::new(vendor.client()).bulk_of("test", None, None, None).send(items()).await;
    assert_eq!(vendor.only().target, "/test/_bulk");
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.code.as_deref(), Some("index_not_found_exception"));
}

/// <https://github.com/typesense/typesense-api-spec/blob/master/openapi.yml>
#[bulk_api]
pub trait Typesense: Send + Sync {
    /// Writes documents to a collection.
    #[post("/collections/{collectionName}/documents/import")]
    #[header("Content-Type", "application/octet-stream")]
    #[bulk_endpoint(items = ndjson, max = assumed(1000), partial = true, stop(404))]
    #[allow(clippy::too_many_arguments, reason = "they are the vendor's")]
    fn import(
        &self,
        collection_name: &str,
        #[query] action: Option<&str>,
        #[query] batch_size: Option<u32>,
        #[query] return_id: Option<bool>,
        #[query] return_doc: Option<bool>,
        #[query] dirty_values: Option<&str>,
        #[query] remote_embedding_batch_size: Option<u32>,
    ) -> Bulk<TypesenseDocument, Ndjson<ImportResult>, TypesenseError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct TypesenseDocument {
    pub id: String,
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct ImportResult {
    #[bulk(status)]
    pub success: bool,
    #[bulk(message)]
    pub error: Option<String>,
    /// The line that failed, as it was sent.
    pub document: Option<Value>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct TypesenseError {
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn typesense() {
    let items = || ["1", "2"].map(|id| TypesenseDocument { id: id.to_owned(), fields: Map::new() });
    let lines = |body: &str| text(200, "application/octet-stream", body);
    let failed = r#"{"success": false, "error": "Bad JSON.", "document": "[bad doc"}"#;
    let vendor = Vendor::answering([lines(&format!("{{\"success\": true}}\n{failed}"))]).await;
    let typesense = TypesenseClient::new(vendor.client());
    let report = typesense.import("books", Some("upsert"), None, None, Some(true), None, None).send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!((failure.message().as_deref(), &failure.document), (Some("Bad JSON."), &Some(json!("[bad doc"))));
    let seen = vendor.only();
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target, "/collections/books/documents/import?action=upsert&return_doc=true");
    assert_eq!(seen.header("content-type"), Some("application/octet-stream"));
    assert_eq!(seen.text(), "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    tells(
        [
            (lines("{\"success\":true}\n{\"success\":true}\n"), "succeeded succeeded"),
            (lines(&format!("{failed}\n{failed}")), "failed failed"),
            // One line too few, and one that is cut off.
            (lines("{\"success\":true}\n"), "unknown unknown"),
            (lines("{\"success\":true}\n{\"succ"), "unknown unknown"),
            (lines("{\"success\":true}\n{\"ok\":true}"), "succeeded unknown"),
            (answer(404, &json!({"message": "Not Found"})), "refused refused"),
        ],
        async |client| {
            let typesense = TypesenseClient::new(client);
            line(&typesense.import("books", None, None, None, None, None, None).send(items()).await)
        },
    )
    .await;
}
