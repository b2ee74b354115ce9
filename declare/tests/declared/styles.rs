//! Styles 1: bulk operations.
//!
//! Made by `declare` from `styles.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.
// TODO(you): DELETE /users/batch-piped is not declared: the list `ids` is `pipeDelimited`, which a declaration
//   cannot write.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Styles.
#[bulk_api]
pub trait Styles: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `kinds` is a list in one text, `spaceDelimited`: the argument is this text.
    // TODO(you): `tags` is a list in one text, `csv`: the argument is this text.
    // TODO(you): the cookie `session` is required: set it on the client, `.header("Cookie", "session=…")`.
    // TODO(you): optional and left out: the cookie `theme`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): `idempotent` follows from HTTP's definition of DELETE: does the vendor keep to it?
    #[delete("/users/batch-exploded")]
    #[bulk_endpoint(max = assumed(100), items = query("ids", repeat), partial = false, idempotent = true)]
    fn delete_exploded(&self, #[query] kinds: &str, #[query] tags: &str, #[query] areas: &[String]) -> Bulk<String>;

    // TODO(you): optional and left out: `fields[job]`.
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/import-jobs/{job}"`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    // TODO(you): a response under 202 has the link `Result` to `GET /import-jobs/{job}/result`, with
    //   `$response.body#/id`: if that is the result of a job, mark the value as `#[bulk(job)]`, and add this path
    //   as `poll`, with `{job}` in it.
    #[post("/import-jobs")]
    #[bulk_endpoint(max = 50, items = "/data/attributes/rows/data", partial = false)]
    fn import_batch(&self) -> Bulk<ImportBatchItem, ImportBatchResponse>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct ImportBatchItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct ImportBatchResponse {
    #[bulk(job)]
    pub id: Option<String>,
    pub state: Option<String>,
}
