//! Keys 1: bulk operations.
//!
//! Made by `declare` from `keys.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Keys.
#[bulk_api]
pub trait Keys: Send + Sync {
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): each request has an idempotency key: add `idempotent = key(valid = "24h")`, with the time for
    //   which the vendor keeps keys.
    #[post("/payments/bulk")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 50, items = body, partial = false)]
    fn create_payments(&self) -> Bulk<Payment>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): each request has an idempotency key: add `idempotent = key(valid = "24h")`, with the time for
    //   which the vendor keeps keys.
    #[put("/payments/bulk-refund")]
    #[field("/idempotency_key", batch_key)]
    #[bulk_endpoint(max = assumed(100), items = "payments", partial = false)]
    fn refund_payments(&self) -> Bulk<Payment>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct Payment {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}
