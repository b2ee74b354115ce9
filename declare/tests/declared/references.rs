//! References 1: bulk operations.
//!
//! Made by `declare` from `references.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of References.
#[bulk_api]
pub trait References: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/mappings/bulk-create")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn create_mappings(&self) -> Bulk<Mapping, CreateMappingsResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/views/bulk-create")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn mark_viewed(&self) -> Bulk<View, MarkViewedResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/policies/bulk-update")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn update_policies(&self) -> Bulk<Policy, UpdatePoliciesResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `Vec<CheckPoliciesResponseItem>`, and it is unclear what it reports
    //   about items: as declared, only a response without content is a success. No field of its elements names an
    //   item: if they are in the order of the items, mark their type as `positional`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/policies/bulk-check")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn check_policies(&self) -> Bulk<Policy>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/links/bulk-add")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn add_links(&self) -> Bulk<LinkItem, AddLinksReply>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `ImportLinksResponse`, and it is unclear what it reports about items:
    //   as declared, only a response without content is a success. If `errors` lists items, mark it as
    //   `succeeded`, `failed` or `results`, and the key of its elements.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/links/bulk-import")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn import_links(&self) -> Bulk<LinkItem>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct Mapping {
    #[bulk(key)]
    pub kind: MappingKind,
    #[bulk(key)]
    pub from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MappingKind {
    Role,
    Source,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct CreateMappingsResponse {
    #[bulk(succeeded)]
    #[serde(default)]
    pub created: Vec<CreateMappingsResponseCreatedItem>,
}

// TODO(you): no field alone names the item: do its key fields together?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct CreateMappingsResponseCreatedItem {
    pub mapping_id: Option<String>,
    #[bulk(key)]
    pub kind: MappingKind,
    #[bulk(key)]
    pub from: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct View {
    #[bulk(key)]
    pub person_id: String,
    #[bulk(key)]
    pub access: Access,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<AccessType>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessType {
    Role,
    Profile,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

// TODO(you): no field alone names the item: do its key fields together?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct MarkViewedResponseItem {
    #[bulk(key)]
    pub person_id: String,
    #[bulk(key)]
    pub access: Access,
    pub at: Option<String>,
}

/// The done items.
// TODO(you): does the response list the items that are done, and no others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct MarkViewedResponse(#[bulk(succeeded)] pub Vec<MarkViewedResponseItem>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    #[bulk(key)]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_type: Option<PolicyUsageType>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyUsageType {
    Create,
    Update,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

// TODO(you): does the key name an item, or does `usageType` (also)?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct PolicyResult {
    #[bulk(key)]
    pub name: String,
    pub usage_type: Option<PolicyUsageType>,
}

/// The done items.
// TODO(you): does the response list the items that are done, and no others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct UpdatePoliciesResponse(#[bulk(succeeded)] pub Vec<PolicyResult>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckPoliciesResponseItem {
    pub status: Option<i64>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkType {
    Service,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct LinkItem {
    #[bulk(key)]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<LinkType>,
}

// TODO(you): the response says nothing about items: as declared, all of them succeeded. If they are only queued,
//   write `unlisted = accepted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct AddLinksResponse {
    // TODO(you): is this always there?
    #[bulk(status)]
    pub status: AddLinksResponseStatus,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum AddLinksResponseStatus {
    #[bulk(succeeded)]
    Created,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct AddLinksResponseItem {
    /// The HTTP status.
    #[bulk(status)]
    pub status: Option<u16>,
    #[serde(default)]
    pub errors: Vec<String>,
    #[bulk(key, nested)]
    pub link: AddLinksResponseItemLink,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct AddLinksResponseItemLink {
    pub r#type: Option<AddLinksResponseItemLinkType>,
    #[bulk(key)]
    pub id: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddLinksResponseItemLinkType {
    Service,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum AddLinksReply {
    #[bulk(on(200))]
    AddLinksResponse(AddLinksResponse),
    #[bulk(on(207))]
    MultiStatus(Vec<AddLinksResponseItem>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportLinksResponse {
    #[serde(default)]
    pub errors: Vec<ImportLinksResponseError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportLinksResponseError {
    pub id: Option<String>,
    pub title: Option<String>,
    pub detail: Option<String>,
}
