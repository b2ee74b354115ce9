//! Access profiles, entitlements, and the connections of entitlements.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, HttpStatus, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

use super::{PatchOperation, SailPointError};

id! {
    /// The id of a connection between an identity's account and an entitlement.
    ConnectionId
}

id! {
    /// The id of an access profile.
    AccessProfileId
}

id! {
    /// The id of an entitlement.
    EntitlementId
}

/// Connections of entitlements.
#[bulk_api(dynamic)]
pub trait EntitlementConnections: Send + Sync {
    /// Sets the types of connections. Retries are safe, since a request contains the requested type.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/entitlement-connections/paths/entitlement-connections-v1.yaml)
    #[post("/entitlement-connections/v1")]
    #[bulk_endpoint(items = body, max = 100, partial = true, idempotent = true)]
    fn update(&self) -> Bulk<EntitlementConnection, Vec<EntitlementConnectionResult>, SailPointError>;
}

/// A connection with its requested type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct EntitlementConnection {
    /// The connection.
    #[bulk(key)]
    pub connection_id: ConnectionId,
    /// The requested type.
    pub r#type: ConnectionType,
}

/// The type of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum ConnectionType {
    /// Granted on demand, for a limited time.
    Jit,
    /// Granted permanently.
    Standing,
}

/// The result for one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct EntitlementConnectionResult {
    /// The connection.
    #[bulk(key)]
    pub connection_id: ConnectionId,
    /// The requested type, as in the request.
    pub r#type: Option<String>,
    /// 201 if the type was set, 404 if the connection does not exist, 422 if the type does not exist.
    #[bulk(status)]
    pub status: u16,
    /// The vendor's message.
    #[bulk(message)]
    pub description: Option<String>,
}

/// Access profiles.
#[bulk_api(dynamic)]
pub trait AccessProfiles: Send + Sync {
    /// Submits a task that deletes the access profiles that are not in use.
    ///
    /// A successful item was *accepted*: the response does not contain whether the task has run. The id of the task is in the
    /// [body](bulk_endpoint::BulkResponse::body) of each response:
    ///
    /// ```
    /// # use bulk_endpoint_api_defs::sailpoint::{AccessProfileId, AccessProfiles};
    /// async fn delete(profiles: &dyn AccessProfiles, ids: &[AccessProfileId]) {
    ///     let report = profiles.bulk_delete().send(ids).await;
    ///     for response in report.responses() {
    ///         let task = response.body().and_then(|deletions| deletions.task_id.as_deref());
    ///         println!("task {task:?} deletes {} access profiles", report.items_of(response).count());
    ///     }
    /// }
    /// ```
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/access-profiles/paths/access-profiles-v1-bulk-delete.yaml)
    #[post("/access-profiles/v1/bulk-delete")]
    #[field("/bestEffortOnly", true)]
    #[bulk_endpoint(items = "accessProfileIds", max = 50, partial = true)]
    fn bulk_delete(&self) -> Bulk<AccessProfileId, AccessProfileDeletions, SailPointError>;

    /// Submits a task that deletes the access profiles of a request if none of them is in use. Otherwise it deletes none of them.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/access-profiles/paths/access-profiles-v1-bulk-delete.yaml)
    #[post("/access-profiles/v1/bulk-delete")]
    #[field("/bestEffortOnly", false)]
    #[bulk_endpoint(items = "accessProfileIds", max = 50, partial = false)]
    fn bulk_delete_unused(&self) -> Bulk<AccessProfileId, AccessProfileDeletions, SailPointError>;

    /// Sets whether access profiles are requestable. The vendor documents no limit; the limit of 50 is that of deletion.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/access-profiles/paths/access-profiles-v1-bulk-update-requestable.yaml)
    #[post("/access-profiles/v1/bulk-update-requestable")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true)]
    fn bulk_update_requestable(&self) -> Bulk<AccessProfileRequestable, Vec<AccessProfileResult>, SailPointError>;
}

/// The access profiles that are deleted, and those in use. The status is 202 if a deletion was submitted, 200 if not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase", default)]
#[bulk(on(200, 202))]
pub struct AccessProfileDeletions {
    /// The task that deletes them.
    pub task_id: Option<String>,
    /// The access profiles that the task deletes.
    #[bulk(succeeded)]
    pub pending: Vec<AccessProfileId>,
    /// The access profiles in use.
    #[bulk(failed)]
    pub in_use: Vec<AccessProfileUsages>,
}

/// The uses of an access profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct AccessProfileUsages {
    /// The access profile.
    #[bulk(key)]
    pub access_profile_id: AccessProfileId,
    /// The uses. The vendor's schema calls this field `usedBy`, its examples `usages`.
    #[serde(alias = "usages", default)]
    pub used_by: Vec<AccessProfileUsage>,
}

/// One use of an access profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessProfileUsage {
    /// The type of the user: `ROLE`, or `Role` in the vendor's examples.
    pub r#type: String,
    /// The id of the role.
    pub id: String,
    /// The name of the role.
    pub name: Option<String>,
}

/// An access profile, and whether it becomes requestable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub struct AccessProfileRequestable {
    /// The access profile.
    #[bulk(key)]
    pub id: AccessProfileId,
    /// Whether the access profile is requestable.
    pub requestable: bool,
}

/// The result for one access profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct AccessProfileResult {
    /// The access profile.
    #[bulk(key)]
    pub id: AccessProfileId,
    /// `201` if it was updated, `404` if it does not exist. Unlike its other statuses, SailPoint sends this one as a string.
    #[bulk(status)]
    pub status: HttpStatus,
    /// Whether the access profile is requestable.
    pub requestable: Option<bool>,
    /// The vendor's message.
    #[bulk(message)]
    pub description: Option<String>,
}

/// Entitlements.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait Entitlements: Send + Sync {
    /// Applies one patch to all entitlements.
    ///
    /// A patch can only replace fields, so retries are safe. A request with a malformed or nonexistent id is refused, and bisected to find
    /// the id.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/entitlements/paths/entitlements-v1-bulk-update.yaml)
    #[post("/entitlements/v1/bulk-update")]
    #[bulk_endpoint(items = "entitlementIds", max = 50, partial = false, idempotent = true, bisect(400, 404))]
    fn bulk_update(
        &self,
        /// The operations of the JSON Patch.
        json_patch: &[PatchOperation],
    ) -> Bulk<EntitlementId, (), SailPointError>;
}
