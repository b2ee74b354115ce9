//! Object mappings of the configuration hub.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

use super::{PatchOperation, SailPointError};

id! {
    /// The id of an object mapping.
    ObjectMappingId
}

/// Object mappings between another organization and the present one; `default` for those of no organization in particular.
#[bulk_api]
pub trait ObjectMappings: Send + Sync {
    /// Creates object mappings.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/configuration-hub/paths/configuration-hub-v1-object-mappings-by-sourceorg-bulk-create.yaml)
    #[post("/configuration-hub/v1/object-mappings/{sourceOrg}/bulk-create")]
    #[bulk_endpoint(items = "newObjectsMappings", max = 25, partial = true, stop(404))]
    fn bulk_create(&self, source_org: &str) -> Bulk<NewObjectMapping, CreatedObjectMappings, SailPointError>;

    /// Patches object mappings: `/enabled` and `/targetValue` can be replaced, which is safe to do again. No limit is documented: 25 is
    /// that of the sibling that creates them.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/configuration-hub/paths/configuration-hub-v1-object-mappings-by-sourceorg-bulk-patch.yaml)
    #[post("/configuration-hub/v1/object-mappings/{sourceOrg}/bulk-patch")]
    #[bulk_endpoint(items = map("/patches"), max = assumed(25), partial = true, idempotent = true, bisect(400, 404))]
    fn bulk_patch(&self, source_org: &str) -> Bulk<ObjectMappingPatch, PatchedObjectMappings, SailPointError>;
}

/// An object mapping that is to be. The response names it by what it maps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct NewObjectMapping {
    /// The type of the objects that it is for, such as `SOURCE`.
    #[bulk(key)]
    pub object_type: String,
    /// Where in the object, as a JSONPath.
    #[bulk(key)]
    pub json_path: String,
    /// The value there.
    #[bulk(key)]
    pub source_value: String,
    /// What it is replaced with.
    pub target_value: String,
    /// Whether it is in force.
    pub enabled: bool,
}

/// The object mappings that were created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct CreatedObjectMappings {
    /// All of them.
    #[bulk(succeeded)]
    pub added_objects: Vec<CreatedObjectMapping>,
}

/// An object mapping that was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct CreatedObjectMapping {
    /// Its id.
    pub object_mapping_id: ObjectMappingId,
    /// The type of the objects that it is for.
    #[bulk(key)]
    pub object_type: String,
    /// Where in the object, as a JSONPath.
    #[bulk(key)]
    pub json_path: String,
    /// The value there.
    #[bulk(key)]
    pub source_value: String,
    /// What it is replaced with.
    pub target_value: Option<String>,
    /// Whether it is in force.
    pub enabled: Option<bool>,
    /// When it was created, in ISO 8601.
    pub created: Option<String>,
    /// When it was changed last, in ISO 8601.
    pub modified: Option<String>,
}

/// The patch of one object mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, BulkItem)]
#[serde(transparent)]
pub struct ObjectMappingPatch {
    /// The object mapping.
    #[bulk(key)]
    #[serde(skip)]
    pub id: ObjectMappingId,
    /// What is changed of it.
    pub operations: Vec<PatchOperation>,
}

/// The object mappings that were patched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct PatchedObjectMappings {
    /// All of them.
    #[bulk(succeeded)]
    pub patched_objects: Vec<PatchedObjectMapping>,
}

/// An object mapping that was patched, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct PatchedObjectMapping {
    /// Its id.
    #[bulk(key)]
    pub object_mapping_id: ObjectMappingId,
    /// The type of the objects that it is for.
    pub object_type: Option<String>,
    /// Where in the object, as a JSONPath.
    pub json_path: Option<String>,
    /// The value there.
    pub source_value: Option<String>,
    /// What it is replaced with.
    pub target_value: Option<String>,
    /// Whether it is in force.
    pub enabled: Option<bool>,
    /// When it was created, in ISO 8601.
    pub created: Option<String>,
    /// When it was changed last, in ISO 8601.
    pub modified: Option<String>,
}
