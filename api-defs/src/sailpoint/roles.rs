//! Roles and their dimensions, and the metadata of roles and entitlements.

use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::{Deserialize, Serialize};

use super::{EntitlementId, SailPointError};

id! {
    /// The id of a role.
    RoleId
}

id! {
    /// The id of a dimension of a role.
    DimensionId
}

/// Roles and their dimensions.
///
/// A successful item was *accepted*: a task does the work, and the response has its id, in the [body](bulk_endpoint::BulkResponse::body).
/// A request with an id that does not exist is refused with `400.1.404 Referenced object not found`, and bisected to find the id.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait Roles: Send + Sync {
    /// Deletes roles. "This endpoint can only bulk delete up to a limit of 50 roles per request."
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-bulk-roles)
    #[post("/roles/bulk-delete")]
    #[bulk_endpoint(items = "roleIds", max = 50, partial = false, bisect(400))]
    fn delete(&self) -> Bulk<RoleId, Task, SailPointError>;

    /// Deletes dimensions of a role. "This endpoint can only bulk delete up to a limit of 50 roles per request", where the error says
    /// "dimensionIds count exceeded max limit of 50 for bulk-delete."
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/delete-bulk-dimensions)
    #[post("/roles/{roleId}/dimensions/bulk-delete")]
    #[bulk_endpoint(items = "dimensionIds", max = 50, partial = false, bisect(400))]
    fn delete_dimensions(
        &self,
        /// The id of the role.
        role_id: &RoleId,
    ) -> Bulk<DimensionId, Task, SailPointError>;

    /// Changes the metadata of roles. "The maximum role count in a single update request is 3000. The maximum metadata value count for a
    /// single role is 25." A retry is safe: it adds, removes or sets the same values.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/update-roles-metadata-by-ids)
    #[post("/roles/access-model-metadata/bulk-update/ids")]
    #[bulk_endpoint(items = "roles", max = 3000, partial = false, idempotent = true)]
    fn update_metadata(
        &self,
        /// How the metadata is changed: `ADD`, `REMOVE` or `REPLACE`.
        operation: MetadataOperation,
        /// What a replacement replaces: `ALL` or `ATTRIBUTE`.
        replace_scope: Option<MetadataScope>,
        /// The values, by attribute.
        values: &[MetadataValues],
    ) -> Bulk<RoleId, MetadataUpdate, SailPointError>;
}

/// The metadata of entitlements.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait AccessModelMetadata: Send + Sync {
    /// Changes the metadata of entitlements. The vendor documents no limit; 50 is that of other operations on entitlements. A retry is
    /// safe: it adds, removes or sets the same values.
    ///
    /// The vendor documents the status 200, and that a task executes the update.
    ///
    /// [The vendor's page](https://developer.sailpoint.com/docs/api/v2025/update-access-model-metadata-by-ids)
    #[post("/access-model-metadata/bulk-update/ids")]
    #[bulk_endpoint(items = "entitlements", max = assumed(50), partial = false, idempotent = true)]
    fn update_entitlements(
        &self,
        /// How the metadata is changed: `ADD`, `REMOVE` or `REPLACE`.
        operation: MetadataOperation,
        /// What a replacement replaces: `ALL` or `ATTRIBUTE`.
        replace_scope: Option<MetadataScope>,
        /// The values, by attribute.
        values: &[MetadataValues],
    ) -> Bulk<EntitlementId, MetadataUpdate, SailPointError>;
}

/// The task that does the work of an accepted request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[bulk(on(202), unlisted = accepted)]
pub struct Task {
    /// The id of the task.
    pub id: String,
    /// `TASK_RESULT`.
    pub r#type: Option<String>,
    /// The name of the task.
    pub name: Option<String>,
}

/// The task of a metadata update. Its status is 202 for roles, and 200 for entitlements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[bulk(on(200, 202), unlisted = accepted)]
pub struct MetadataUpdate {
    /// The id of the task.
    pub id: String,
    /// The type of the objects, such as `ROLE`.
    pub r#type: Option<String>,
    /// The state of the task when the vendor responded, such as `CREATED`.
    pub status: Option<String>,
    /// When the task was created.
    pub created: Option<String>,
}

/// How metadata is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum MetadataOperation {
    Add,
    Remove,
    Replace,
}

/// What a replacement replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MetadataScope {
    /// All metadata.
    All,
    /// The given attributes.
    Attribute,
}

/// Values of one attribute. A role has at most 25 values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataValues {
    /// The key of the attribute.
    pub attribute: String,
    /// Its values.
    pub values: Vec<String>,
}
