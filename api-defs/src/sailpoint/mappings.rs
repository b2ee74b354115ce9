//! Object mappings of the configuration hub.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Deserializer, Serialize};

use super::{PatchOperation, SailPointError};

id! {
    /// The id of an object mapping.
    ObjectMappingId
}

/// Object mappings from a source organization to the current one. The organization `default` has those that apply to any source.
#[bulk_api(dynamic)]
pub trait ObjectMappings: Send + Sync {
    /// Creates object mappings.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/configuration-hub/paths/configuration-hub-v1-object-mappings-by-sourceorg-bulk-create.yaml)
    #[post("/configuration-hub/v1/object-mappings/{sourceOrg}/bulk-create")]
    #[bulk_endpoint(items = "newObjectsMappings", max = 25, partial = true, stop(404))]
    fn bulk_create(
        &self,
        /// The organization that objects come from, or `default`.
        source_org: &str,
    ) -> Bulk<NewObjectMapping, CreatedObjectMappings, SailPointError>;

    /// Patches object mappings. Only `/enabled` and `/targetValue` can be replaced, so retries are safe. The vendor documents no limit; the
    /// limit of 25 is that of creation.
    ///
    /// [The vendor's specification](https://github.com/sailpoint-oss/api-specs/blob/main/idn/apis/configuration-hub/paths/configuration-hub-v1-object-mappings-by-sourceorg-bulk-patch.yaml)
    #[post("/configuration-hub/v1/object-mappings/{sourceOrg}/bulk-patch")]
    #[bulk_endpoint(items = map("/patches"), max = assumed(25), partial = true, idempotent = true, bisect(400, 404))]
    fn bulk_patch(
        &self,
        /// The organization that objects come from, or `default`.
        source_org: &str,
    ) -> Bulk<ObjectMappingPatch, PatchedObjectMappings, SailPointError>;
}

/// An object mapping to create. Its key is what it maps, since it has no id yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct NewObjectMapping {
    /// The type of the mapped objects, such as `SOURCE`.
    #[bulk(key)]
    pub object_type: String,
    /// The place of the value in the object, as a JSONPath.
    #[bulk(key)]
    pub json_path: String,
    /// The value to replace.
    #[bulk(key)]
    pub source_value: String,
    /// The new value.
    pub target_value: String,
    /// Whether the mapping is enabled.
    pub enabled: bool,
}

/// The object mappings that were created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct CreatedObjectMappings {
    /// The mappings.
    #[bulk(succeeded)]
    pub added_objects: Vec<CreatedObjectMapping>,
}

/// An object mapping that was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct CreatedObjectMapping {
    /// The id of the mapping.
    pub object_mapping_id: ObjectMappingId,
    /// The type of the mapped objects.
    #[bulk(key)]
    pub object_type: String,
    /// The place of the value in the object, as a JSONPath.
    #[bulk(key)]
    pub json_path: String,
    /// The value to replace.
    #[bulk(key)]
    pub source_value: String,
    /// The new value.
    pub target_value: Option<String>,
    /// Whether the mapping is enabled.
    pub enabled: Option<bool>,
    /// The time of its creation, in ISO 8601.
    pub created: Option<String>,
    /// The time of its last change, in ISO 8601.
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
    /// The operations of the patch.
    pub operations: Vec<PatchOperation>,
}

// By hand: a request has the id as the name of the patch, and an input has it in a field beside the operations.
impl<'de> Deserialize<'de> for ObjectMappingPatch {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        /// A patch with its id.
        #[derive(Deserialize)]
        struct ObjectMappingPatch {
            id: ObjectMappingId,
            operations: Vec<PatchOperation>,
        }

        let ObjectMappingPatch { id, operations } = Deserialize::deserialize(from)?;
        Ok(Self { id, operations })
    }
}

/// The object mappings that were patched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct PatchedObjectMappings {
    /// The mappings.
    #[bulk(succeeded)]
    pub patched_objects: Vec<PatchedObjectMapping>,
}

/// An object mapping after its patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct PatchedObjectMapping {
    /// The id of the mapping.
    #[bulk(key)]
    pub object_mapping_id: ObjectMappingId,
    /// The type of the mapped objects.
    pub object_type: Option<String>,
    /// The place of the value in the object, as a JSONPath.
    pub json_path: Option<String>,
    /// The value to replace.
    pub source_value: Option<String>,
    /// The new value.
    pub target_value: Option<String>,
    /// Whether the mapping is enabled.
    pub enabled: Option<bool>,
    /// The time of its creation, in ISO 8601.
    pub created: Option<String>,
    /// The time of its last change, in ISO 8601.
    pub modified: Option<String>,
}
