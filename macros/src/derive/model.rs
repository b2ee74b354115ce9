//! A type that passed the checks of its derive: what the emitters of the derives take, and nothing else.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Member, Path, Type};

/// The type that every impl is of.
pub(crate) struct ImplTarget {
    pub(crate) ident: Ident,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    /// Its JSON is not an array, though serde would read it from one.
    pub(crate) is_never_array: bool,
}

#[derive(Clone)]
pub(crate) struct FieldModel {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) json_name: String,
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
}

/// What names an item in a response.
pub(crate) enum ItemKeyModel {
    /// Its position alone.
    Position,
    WholeItem,
    /// Fields of a struct, in the order of their JSON names.
    Fields(Vec<FieldModel>),
    Variants(VariantKeysModel),
}

/// The keys of an enum, of the same types in each variant.
pub(crate) struct VariantKeysModel {
    pub(crate) types: Vec<Type>,
    /// The fields of one variant, which has names for them if any variant has.
    pub(crate) fields: Vec<FieldModel>,
    /// The key fields of each variant.
    pub(crate) variants: Vec<(Ident, Vec<Member>)>,
}

pub(crate) enum GroupModel {
    Field(Member),
    /// Each variant, and its name as JSON has it.
    Variants(Vec<(Ident, String)>),
}

/// `#[derive(ItemReply)]`.
pub(crate) struct ElementModel {
    pub(crate) address: AddressModel,
    pub(crate) details: ElementDetails,
    /// It says whether its item is done.
    pub(crate) has_verdict: bool,
    /// The JSON name of its status field.
    pub(crate) status_name: Option<String>,
    /// It carries more than roles: a success keeps it.
    pub(crate) has_body: bool,
}

/// How an element says which item it is about.
pub(crate) enum AddressModel {
    /// It does not: it is the value of an object's entry, or is inside an element.
    None,
    Position,
    /// Key fields, in the order of their JSON names.
    Key(Vec<FieldModel>),
    KeyList(FieldModel),
    Nested(FieldModel),
}

pub(crate) enum ElementDetails {
    Struct(Box<SignalFields>),
    Enum(Vec<ElementVariant>),
}

/// The fields that report something about an item: status, code, message, wait.
#[derive(Default)]
pub(crate) struct SignalFields {
    pub(crate) verdict: Option<VerdictSource>,
    pub(crate) code: Option<FieldModel>,
    pub(crate) message: Option<FieldModel>,
    pub(crate) wait: Option<WaitField>,
    /// Fields whose own types report.
    pub(crate) nested: Vec<NestedField>,
}

/// Where the verdict on an item is.
pub(crate) enum VerdictSource {
    Status(FieldModel),
    /// Inside this field.
    Nested(FieldModel),
    /// In which fields have something in them.
    Presence {
        failed: Vec<FieldModel>,
        succeeded: Vec<FieldModel>,
    },
}

pub(crate) struct WaitField {
    pub(crate) field: FieldModel,
    pub(crate) unit_ms: u64,
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
    /// It is not looked at.
    Unread,
    /// One value without a name, whose type reports.
    Nested { ty: Box<Type>, has_verdict: bool },
    /// Fields; `members` are those with a role.
    Fields { signals: Box<SignalFields>, members: Vec<Member> },
}

/// `#[derive(BulkReply)]`.
pub(crate) enum ReplyModel {
    Struct(ReplyStruct),
    ByStatus(Vec<StatusCase<Type>>),
}

pub(crate) struct ReplyStruct {
    /// The fields with a role, and those that are always there.
    pub(crate) fields: Vec<ReplyField>,
    /// A newtype: its one list is the whole body.
    pub(crate) is_bare_list: bool,
    pub(crate) silence: SilenceModel,
    pub(crate) statuses: Vec<u16>,
}

pub(crate) struct ReplyField {
    pub(crate) field: FieldModel,
    pub(crate) kind: ReplyFieldKind,
    pub(crate) aliases: Vec<String>,
    /// A response of this shape always has it.
    pub(crate) is_required: bool,
    /// A function that serde is given reads it, and not its type.
    pub(crate) is_read_with: bool,
}

/// What a field is to the reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyFieldKind {
    List(&'static str),
    Nested,
    Count(&'static str),
    /// `status`, `code`, `message` or `job`, of the whole response.
    Response(&'static str),
    Plain,
}

/// What it means that a response does not name an item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SilenceModel {
    Unknown,
    Succeeded,
    Failed,
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
    /// Its serde attributes, for a struct that is read in its place.
    pub(crate) serde: Vec<Attribute>,
}

impl ErrorField {
    pub(crate) fn has(&self, role: &str) -> bool {
        self.role == Some(role)
    }
}

/// What a variant of an error enum holds.
pub(crate) enum ErrorBody {
    Empty,
    /// A type that is an error body itself.
    Error(Type),
    /// A type that has a role itself.
    Value(ErrorField),
    /// Named fields, and the words of serde on the variant that a struct of these fields takes too.
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
}

pub(crate) struct StatusVariant {
    pub(crate) ident: Ident,
    pub(crate) mark: Option<&'static str>,
    pub(crate) word: StatusWord,
}

/// The vendor's word that a variant is.
pub(crate) enum StatusWord {
    Fixed(String),
    /// The value of this type that the variant holds: a word that the enum does not know.
    Held(Box<Type>),
}
