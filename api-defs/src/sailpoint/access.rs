//! Access profiles, entitlements, and the connections of entitlements.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
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
#[bulk_api]
pub trait EntitlementConnections: Send + Sync {
    /// Sets the types of connections. A request names the type that a connection is to have: it is safe to retry.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/entitlement-connections/paths/entitlement-connections-v1.yaml)
    #[post("/entitlement-connections/v1")]
    #[bulk_endpoint(items = body, max = 100, partial = true, idempotent = true)]
    fn update(&self) -> Bulk<EntitlementConnection, Vec<EntitlementConnectionResult>, SailPointError>;
}

/// The type that a connection is to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct EntitlementConnection {
    /// The connection.
    #[bulk(key)]
    pub connection_id: ConnectionId,
    /// Its type.
    pub r#type: ConnectionType,
}

/// The type of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum ConnectionType {
    /// Granted when it is needed, for a time.
    Jit,
    /// Granted for good.
    Standing,
}

/// What became of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct EntitlementConnectionResult {
    /// The connection.
    #[bulk(key)]
    pub connection_id: ConnectionId,
    /// The type that was asked for, as it was written.
    pub r#type: Option<String>,
    /// 201 where it was set; 404 where there is no such connection, 422 where there is no such type.
    #[bulk(status)]
    pub status: u16,
    /// What the vendor says.
    #[bulk(message)]
    pub description: Option<String>,
}

/// Access profiles.
#[bulk_api]
pub trait AccessProfiles: Send + Sync {
    /// Submits a task that deletes those that are not in use.
    ///
    /// One that is done was *accepted*: nobody says here when the task has run.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/access-profiles/paths/access-profiles-v1-bulk-delete.yaml)
    #[post("/access-profiles/v1/bulk-delete")]
    #[field("/bestEffortOnly", true)]
    #[bulk_endpoint(items = "accessProfileIds", max = 50, partial = true)]
    fn bulk_delete(&self) -> Bulk<AccessProfileId, AccessProfileDeletions, SailPointError>;

    /// Submits a task that deletes them, unless one of a request is in use: then none of that request is deleted.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/access-profiles/paths/access-profiles-v1-bulk-delete.yaml)
    #[post("/access-profiles/v1/bulk-delete")]
    #[field("/bestEffortOnly", false)]
    #[bulk_endpoint(items = "accessProfileIds", max = 50, partial = false)]
    fn bulk_delete_unused(&self) -> Bulk<AccessProfileId, AccessProfileDeletions, SailPointError>;

    /// Says which can be requested. No limit is documented: 50 is that of the sibling that deletes.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/access-profiles/paths/access-profiles-v1-bulk-update-requestable.yaml)
    #[post("/access-profiles/v1/bulk-update-requestable")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true)]
    fn bulk_update_requestable(&self) -> Bulk<AccessProfileRequestable, Vec<AccessProfileResult>, SailPointError>;
}

/// What is to be deleted, and what is in use. 202 where a deletion was submitted, 200 where none was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase", default)]
#[bulk(on(200, 202))]
pub struct AccessProfileDeletions {
    /// The task that deletes.
    pub task_id: Option<String>,
    /// Those that it deletes.
    #[bulk(succeeded)]
    pub pending: Vec<AccessProfileId>,
    /// Those that are in use.
    #[bulk(failed)]
    pub in_use: Vec<AccessProfileUsages>,
}

/// What uses an access profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct AccessProfileUsages {
    /// The access profile.
    #[bulk(key)]
    pub access_profile_id: AccessProfileId,
    /// What uses it. The vendor's schema calls it `usedBy`, its examples `usages`.
    #[serde(alias = "usages", default)]
    pub used_by: Vec<AccessProfileUsage>,
}

/// One use of an access profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessProfileUsage {
    /// What uses it: `ROLE`, or, in examples, `Role`.
    pub r#type: String,
    /// The id of the role.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
}

/// Whether an access profile is to be requestable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub struct AccessProfileRequestable {
    /// The access profile.
    #[bulk(key)]
    pub id: AccessProfileId,
    /// Whether it can be requested.
    pub requestable: bool,
}

/// What became of one access profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct AccessProfileResult {
    /// The access profile.
    #[bulk(key)]
    pub id: AccessProfileId,
    /// `201` where it was updated, `404` where there is none: the one status that SailPoint writes as a text.
    #[bulk(status)]
    pub status: String,
    /// Whether it can be requested.
    pub requestable: Option<bool>,
    /// What the vendor says.
    #[bulk(message)]
    pub description: Option<String>,
}

/// Entitlements.
#[bulk_api(rename_all = "camelCase")]
pub trait Entitlements: Send + Sync {
    /// Patches entitlements, all in the same way.
    ///
    /// Only fields can be replaced, which is safe to do again: a request with an id that is malformed, or of nothing, is taken apart to
    /// find it.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/entitlements/paths/entitlements-v1-bulk-update.yaml)
    #[post("/entitlements/v1/bulk-update")]
    #[bulk_endpoint(items = "entitlementIds", max = 50, partial = false, idempotent = true, bisect(400, 404))]
    fn bulk_update(&self, json_patch: &[PatchOperation]) -> Bulk<EntitlementId, (), SailPointError>;
}
