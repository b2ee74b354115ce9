//! Governance groups and their members.

use bulk_endpoint::{Bulk, BulkItem, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

use super::{IdentityId, SailPointError};

id! {
    /// The id of a governance group, which the API calls a workgroup.
    WorkgroupId
}

/// Governance groups, which the API calls workgroups.
///
/// All operations are safe to retry: an item that an earlier attempt applied is reported with a status of the `already` list.
#[bulk_api(dynamic)]
pub trait GovernanceGroups: Send + Sync {
    /// Deletes groups that are not in use.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/governance-groups/paths/workgroups-v1-bulk-delete.yaml)
    #[post("/workgroups/v1/bulk-delete")]
    #[bulk_endpoint(max = 100, partial = true, idempotent = true, already(404))]
    fn bulk_delete(&self) -> Bulk<WorkgroupId, Vec<WorkgroupResult>, SailPointError>;

    /// Adds members to a group. The vendor documents no limit; 50 is the smallest limit of its other operations on ids.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/governance-groups/paths/workgroups-v1-by-workgroupid-members-bulk-add.yaml)
    #[post("/workgroups/v1/{workgroupId}/members/bulk-add")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true, already(409))]
    fn add_members(
        &self,
        /// The id of the group.
        workgroup_id: &WorkgroupId,
    ) -> Bulk<WorkgroupMember, Vec<WorkgroupMemberResult>, SailPointError>;

    /// Removes members from a group. The vendor documents no limit; 50 is assumed, as for adding members.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/governance-groups/paths/workgroups-v1-by-workgroupid-members-bulk-delete.yaml)
    #[post("/workgroups/v1/{workgroupId}/members/bulk-delete")]
    #[bulk_endpoint(items = body, max = assumed(50), partial = true, idempotent = true, already(404))]
    fn remove_members(
        &self,
        /// The id of the group.
        workgroup_id: &WorkgroupId,
    ) -> Bulk<WorkgroupMember, Vec<WorkgroupMemberResult>, SailPointError>;
}

/// The result for one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct WorkgroupResult {
    /// The group.
    #[bulk(key)]
    pub id: WorkgroupId,
    /// 204 if it was deleted, 409 if it is in use, 404 if it does not exist.
    #[bulk(status)]
    pub status: u16,
    /// The vendor's message.
    #[bulk(message)]
    pub description: Option<String>,
}

/// A member to add or remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(tag = "type", rename = "IDENTITY")]
pub struct WorkgroupMember {
    /// The identity.
    #[bulk(key)]
    pub id: IdentityId,
    /// The name of the identity; optional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl From<IdentityId> for WorkgroupMember {
    fn from(id: IdentityId) -> Self {
        WorkgroupMember { id, name: None }
    }
}

/// The result for one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
pub struct WorkgroupMemberResult {
    /// The identity.
    #[bulk(key)]
    pub id: IdentityId,
    /// 201 if it was added, 409 if it was a member before; 204 if it was removed, 404 if it was not a member.
    #[bulk(status)]
    pub status: u16,
    /// The vendor's message.
    #[bulk(message)]
    pub description: Option<String>,
}
