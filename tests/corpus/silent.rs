//! Responses about the request as a whole, without items.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer};

pub const ROWS: &[Row] = &[
    whole("qdrant-upsert-points", "Qdrant::upsert")
        .narrowed("points by columns (`batch`), and the filter of an update"),
    whole("sentry-issues-bulk-mutate", "SentryIssues::set_status")
        .narrowed("mutations other than of the status; ids out of scope are ignored without a word, and count as done"),
];

/// <https://api.qdrant.tech/api-reference/points/upsert-points>
#[bulk_api]
pub trait Qdrant: Send + Sync {
    /// Writes points to a collection.
    #[put("/collections/{collection_name}/points")]
    #[bulk_endpoint(items = "points", max = assumed(1000), partial = false, idempotent = true, stop(404))]
    fn upsert(
        &self,
        collection_name: &str,
        #[query] wait: bool,
        #[query] ordering: Option<&str>,
        #[query] timeout: Option<u32>,
        shard_key: Option<&str>,
        update_mode: Option<&str>,
    ) -> Bulk<Point, Upserted, QdrantError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Point {
    #[bulk(key)]
    pub id: u64,
    pub vector: Vec<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Upserted {
    pub time: f64,
    #[bulk(nested)]
    pub result: UpdateResult,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct UpdateResult {
    pub operation_id: Option<u64>,
    #[bulk(status)]
    pub status: UpdateStatus,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, Status)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStatus {
    #[bulk(succeeded)]
    Completed,
    #[bulk(accepted)]
    Acknowledged,
    /// It was accepted, but took longer than the timeout of the request.
    #[bulk(accepted)]
    WaitTimeout,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct QdrantError {
    #[bulk(nested)]
    pub status: QdrantErrorStatus,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct QdrantErrorStatus {
    #[bulk(message)]
    pub error: String,
}

#[tokio::test]
async fn qdrant() {
    let items = || {
        let payload = Map::from_iter([("a".to_owned(), json!(1))]);
        [Point { id: 1, vector: vec![0.5], payload: Some(payload) }, Point { id: 2, vector: vec![0.25], payload: None }]
    };
    let body = |status: &str| json!({"time": 0.002, "status": "ok", "result": {"operation_id": 5, "status": status}});
    for (status, accepted) in [("completed", false), ("acknowledged", true), ("wait_timeout", true)] {
        let vendor = Vendor::answering([answer(200, &body(status))]).await;
        let qdrant = QdrantClient::new(vendor.client());
        let report = qdrant.upsert("c", true, Some("weak"), None, None, Some("upsert")).send(items()).await;
        assert_eq!(line(&report), "succeeded succeeded");
        assert!(report.succeeded().all(|(_, success)| success.accepted == accepted), "{status}");
        let seen = vendor.only();
        assert_eq!(
            (seen.method.as_str(), seen.target.as_str()),
            ("PUT", "/collections/c/points?wait=true&ordering=weak")
        );
        assert_eq!(
            seen.json(),
            json!({
                "points": [{"id": 1, "vector": [0.5], "payload": {"a": 1}}, {"id": 2, "vector": [0.25]}],
                "update_mode": "upsert",
            })
        );
    }
    let wrong = json!({"time": 0.1, "status": {"error": "Wrong input: vector dimension"}, "result": null});
    tells(
        [
            (answer(200, &body("perhaps")), "unknown unknown"),
            (answer(200, &json!({"time": 0.1, "status": "ok"})), "unknown unknown"),
            (answer(200, &wrong), "unknown unknown"),
            (answer(200, &json!({})), "unknown unknown"),
            (answer(400, &wrong), "refused refused"),
        ],
        async |client| {
            let qdrant = QdrantClient::new(client);
            line(
                &qdrant
                    .upsert("c", false, None, None, None, None)
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    let vendor = Vendor::answering([answer(400, &wrong)]).await;
    let report = QdrantClient::new(vendor.client()).upsert("c", true, None, None, None, None).send(items()).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.message.as_deref(), Some("Wrong input: vector dimension"));
}

/// <https://docs.sentry.io/api/events/bulk-mutate-a-list-of-issues/>
#[bulk_api(rename_all = "camelCase")]
pub trait SentryIssues: Send + Sync {
    /// Sets the status of issues of a project.
    #[put("/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/issues/")]
    #[bulk_endpoint(items = query("id", repeat), max = assumed(100), partial = false, idempotent = true, stop(404))]
    fn set_status(
        &self,
        organization_id_or_slug: &str,
        project_id_or_slug: &str,
        status: &str,
        status_details: Option<&Map<String, Value>>,
    ) -> Bulk<u64, Mutation, SentryError>;
}

/// The new status, as in the request.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "camelCase")]
pub struct Mutation {
    pub status: String,
    pub status_details: Map<String, Value>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct SentryError {
    #[bulk(message)]
    pub detail: String,
}

#[tokio::test]
async fn sentry() {
    let mutation = json!({"isPublic": false, "status": "resolved", "statusDetails": {}});
    let vendor = Vendor::answering([answer(200, &mutation)]).await;
    let report = SentryIssuesClient::new(vendor.client()).set_status("o", "p", "resolved", None).send([1, 2]).await;
    assert_eq!(line(&report), "succeeded succeeded");
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("PUT", "/api/0/projects/o/p/issues/?id=1&id=2"));
    assert_eq!(seen.json(), json!({"status": "resolved"}));
    tells(
        [
            (answer(200, &json!({"detail": "no"})), "unknown unknown"),
            (answer(200, &json!([])), "unknown unknown"),
            (answer(400, &json!({"detail": "Invalid status"})), "refused refused"),
            (answer(403, &json!({"detail": "You do not have permission"})), "refused refused"),
        ],
        async |client| {
            let issues = SentryIssuesClient::new(client);
            line(
                &issues
                    .set_status("o", "p", "resolved", None)
                    .send([1, 2])
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}
