//! A checked type under a derive, as plain data: the input of the emitters.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Member, Path, Type};

/// The type of the impls.
pub(crate) struct ImplTarget {
    pub(crate) ident: Ident,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    /// Its JSON is never an array. serde would accept one, and fill the fields in order.
    pub(crate) is_never_array: bool,
    /// The integer type of `#[repr(i64)]`.
    pub(crate) repr: Option<Ident>,
}

#[derive(Clone)]
pub(crate) struct FieldModel {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) json_name: String,
    /// Further JSON names under which it is read.
    pub(crate) aliases: Vec<String>,
    /// Its own fields are in the object around it (`#[serde(flatten)]`), or it is all of the JSON (the field of a newtype).
    pub(crate) is_flattened: bool,
}

/// One variant of an enum whose variants are the bodies of different HTTP statuses.
pub(crate) struct StatusCase<Body> {
    pub(crate) ident: Ident,
    pub(crate) json_name: String,
    pub(crate) statuses: Vec<u16>,
    pub(crate) body: Body,
}

/// `#[derive(BulkItem)]`.
pub(crate) struct ItemModel {
    pub(crate) key: ItemKeyModel,
    pub(crate) group: Option<GroupModel>,
    pub(crate) facts: ItemFacts,
    /// The variants that no response names.
    pub(crate) silent: Vec<Ident>,
}

/// What the fields of an item show without their types.
#[derive(Clone, Copy, Default)]
pub(crate) struct ItemFacts {
    /// Its JSON is an object.
    pub(crate) is_object: bool,
    /// No field can hold an `AssignedId`.
    pub(crate) has_no_assigned_id: bool,
}

/// The key of an item.
pub(crate) enum ItemKeyModel {
    /// No key: its position identifies it.
    Position,
    WholeItem,
    /// Fields of a struct, in the order of their JSON names.
    Fields(Vec<FieldModel>),
    /// The key is that of the item in this field.
    Nested(Box<FieldModel>),
    /// The key is a part of the text in this field.
    Text(Box<KeyTextModel>),
    Variants(VariantKeysModel),
}

/// A key that is a part of a text: `#[bulk(key = "users/{key}")]`.
pub(crate) struct KeyTextModel {
    pub(crate) field: FieldModel,
    /// The text around the key.
    pub(crate) text: String,
    /// The number from which a position is counted; `None` for a key.
    pub(crate) base: Option<usize>,
}

/// The keys of an enum, of the same types in each variant.
pub(crate) struct VariantKeysModel {
    pub(crate) types: Vec<Type>,
    /// The fields of one variant. It has named fields if any variant has.
    pub(crate) fields: Vec<FieldModel>,
    /// The key fields of each variant.
    pub(crate) variants: Vec<(Ident, Vec<Member>)>,
}

pub(crate) enum GroupModel {
    Field(Member),
    /// Each variant and its JSON name.
    Variants(Vec<(Ident, String)>),
}

/// `#[derive(ItemReply)]`.
pub(crate) struct ElementModel {
    pub(crate) address: AddressModel,
    /// The group that the address is about.
    pub(crate) group: Option<FieldModel>,
    pub(crate) details: ElementDetails,
    /// It reports whether its item succeeded.
    pub(crate) has_verdict: bool,
    /// The JSON name of its status field.
    pub(crate) status_name: Option<String>,
    /// It says more than its key, so a success carries it.
    pub(crate) has_body: bool,
}

/// How an element names its item.
pub(crate) enum AddressModel {
    /// It does not: it is the value of an entry of an object, or is nested in an element.
    None,
    Position,
    /// Key fields, in the order of their JSON names.
    Key(Vec<FieldModel>),
    KeyList(FieldModel),
    Nested(FieldModel),
    /// The key is a part of the text in this field.
    Text(KeyTextModel),
}

pub(crate) enum ElementDetails {
    Struct(Box<SignalFields>),
    Enum(Vec<ElementVariant>),
}

/// The fields that report on an item: status, code, message, retry delay.
#[derive(Default)]
pub(crate) struct SignalFields {
    pub(crate) verdict: Option<VerdictSource>,
    pub(crate) code: Option<FieldModel>,
    pub(crate) message: Option<FieldModel>,
    pub(crate) wait: Option<WaitField>,
    pub(crate) retry: Option<RetryField>,
    /// Fields whose types report on the item.
    pub(crate) nested: Vec<NestedField>,
}

/// The source of the verdict on an item.
pub(crate) enum VerdictSource {
    Status(FieldModel),
    /// Inside this field.
    Nested(FieldModel),
    /// The fields that are present.
    Presence {
        failed: Vec<FieldModel>,
        succeeded: Vec<FieldModel>,
        accepted: Vec<FieldModel>,
    },
}

/// The unit of a delay: the variants of the runtime's enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DelayUnit {
    Seconds,
    Milliseconds,
    /// A time in seconds since 1970.
    Epoch,
}

pub(crate) struct WaitField {
    pub(crate) field: FieldModel,
    pub(crate) unit_ms: u64,
}

/// A flag that says whether to try again.
#[derive(Clone)]
pub(crate) struct RetryField {
    pub(crate) field: FieldModel,
    /// The value of the flag that means "try again".
    pub(crate) when: bool,
}

pub(crate) struct NestedField {
    pub(crate) field: FieldModel,
    pub(crate) has_verdict: bool,
}

pub(crate) struct ElementVariant {
    pub(crate) ident: Ident,
    /// The verdict that the variant is marked with.
    pub(crate) mark: Option<&'static str>,
    pub(crate) content: VariantContent,
}

pub(crate) enum VariantContent {
    /// Its content is not read.
    Unread,
    /// One unnamed field, whose type reports on the item.
    Nested { ty: Box<Type>, has_verdict: bool },
    /// Named fields; `members` are those with a role.
    Fields { signals: Box<SignalFields>, members: Vec<Member> },
}

/// `#[derive(BulkReply)]`.
pub(crate) enum ReplyModel {
    Struct(ReplyStruct),
    ByStatus(Vec<StatusCase<ReplyBody>>),
}

/// The content of a variant of a reply.
pub(crate) struct ReplyBody {
    /// The reply in the variant; `()` without fields.
    pub(crate) ty: Type,
    /// The body is the error type of the endpoint.
    pub(crate) is_error: bool,
    /// It has a status that an earlier variant has too.
    pub(crate) overlaps: bool,
}

pub(crate) struct ReplyStruct {
    /// The fields with a role, and the required fields without one; all fields if unknown ones are denied.
    pub(crate) fields: Vec<ReplyField>,
    /// A newtype, whose one list is the whole body.
    pub(crate) is_bare_list: bool,
    pub(crate) unlisted: UnlistedModel,
    /// `#[serde(deny_unknown_fields)]`: the fields are all that serde reads.
    pub(crate) denies_unknown: bool,
    pub(crate) statuses: Vec<u16>,
    /// It has fields that are no lists of items, so a run keeps it without its items.
    pub(crate) has_own_fields: bool,
}

pub(crate) struct ReplyField {
    pub(crate) field: FieldModel,
    pub(crate) kind: ReplyFieldKind,
    /// A response with this shape always has it.
    pub(crate) is_required: bool,
    /// A serde function (`deserialize_with`) reads it.
    pub(crate) is_read_with: bool,
    /// The header that it is.
    pub(crate) header: Option<String>,
}

/// The kind of a field of a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyFieldKind {
    List(&'static str),
    Nested,
    Count(&'static str),
    /// `status`, `code`, `message`, `job` or `next_job`, of the whole response.
    Response(&'static str),
    /// The delay before the items are sent again.
    Delay(DelayUnit),
    Plain,
}

/// The outcome of an item that the response does not list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnlistedModel {
    Unknown,
    Succeeded,
    Accepted,
    Failed,
    Unprocessed,
    /// `(succeeded, unprocessed)`: the server stops at the first item that fails.
    StopsAtFailure,
}

impl ReplyField {
    pub(crate) fn is_list(&self, roles: &[&str]) -> bool {
        matches!(self.kind, ReplyFieldKind::List(role) if roles.contains(&role))
    }
}

/// `#[derive(ApiError)]`.
pub(crate) enum ErrorModel {
    Struct(Vec<ErrorField>),
    ByStatus(Vec<StatusCase<ErrorBody>>),
}

pub(crate) struct ErrorField {
    pub(crate) field: FieldModel,
    pub(crate) role: Option<&'static str>,
    /// With `retry`: the value of the flag that means "try again".
    pub(crate) when: Option<bool>,
    /// The unit of `retry_after`.
    pub(crate) unit: Option<DelayUnit>,
    /// The header that it is.
    pub(crate) header: Option<String>,
    /// Its serde attributes, for the struct that reads the fields of a variant.
    pub(crate) serde: Vec<Attribute>,
}

impl ErrorField {
    pub(crate) fn has(&self, role: &str) -> bool {
        self.role == Some(role)
    }
}

/// The content of a variant of an error enum.
pub(crate) enum ErrorBody {
    Empty,
    /// A type that implements `ApiError`.
    Error(Type),
    /// One unnamed field with a role.
    Value(ErrorField),
    /// Named fields, and the serde words of the variant that also apply to a struct with these fields.
    Fields {
        fields: Vec<ErrorField>,
        serde: Vec<TokenStream>,
    },
}

impl ErrorBody {
    pub(crate) fn fields(&self) -> &[ErrorField] {
        match self {
            ErrorBody::Empty | ErrorBody::Error(_) => &[],
            ErrorBody::Value(field) => std::slice::from_ref(field),
            ErrorBody::Fields { fields, .. } => fields,
        }
    }
}

/// `#[derive(Status)]`: the variants.
pub(crate) struct StatusModel {
    pub(crate) variants: Vec<StatusVariant>,
    /// The variants have verdicts: it is a status, not only a set of codes.
    pub(crate) has_verdicts: bool,
}

pub(crate) struct StatusVariant {
    pub(crate) ident: Ident,
    pub(crate) mark: Option<&'static str>,
    pub(crate) word: StatusWord,
    /// `#[serde(other)]`: it stands for any other status.
    pub(crate) is_other: bool,
}

/// The vendor's word of a variant.
pub(crate) enum StatusWord {
    Fixed(String),
    /// An unknown word, held by the variant as a value of this type.
    Held(Box<Type>),
}
