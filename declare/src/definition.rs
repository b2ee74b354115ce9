//! The types that a declaration defines: structs and enums.

use crate::names;
use crate::rust_type::RustType;

/// A type that the declaration defines.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) docs: String,
    pub(crate) notes: Vec<String>,
    /// The derive of `bulk-endpoint`. The derives of serde are implied.
    pub(crate) derive: Option<&'static str>,
    /// The settings in `#[bulk(…)]` on the type.
    pub(crate) roles: Vec<String>,
    /// Whether it is the key of an item, or a part of one: keys are compared.
    pub(crate) is_key: bool,
    pub(crate) kind: DefinitionKind,
}

#[derive(Debug, Clone)]
pub(crate) enum DefinitionKind {
    Struct(Vec<StructField>),
    /// An enum of the vendor's words.
    Words(Vec<WordVariant>),
    /// An enum of bodies, one for each set of statuses.
    ByStatus(Vec<StatusVariant>),
    /// An enum whose variants differ only in their JSON.
    Untagged(Vec<UntaggedVariant>),
    /// A struct around one list, which has a role.
    Newtype {
        role: &'static str,
        ty: RustType,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct StructField {
    /// The name in the JSON.
    pub(crate) wire: String,
    /// In snake case. A keyword is not escaped.
    pub(crate) name: String,
    pub(crate) ty: RustType,
    pub(crate) optional: bool,
    /// Whether the JSON may have `null` in place of the value.
    pub(crate) nullable: bool,
    pub(crate) docs: String,
    pub(crate) notes: Vec<String>,
    /// The roles in `#[bulk(…)]`.
    pub(crate) roles: Vec<String>,
    /// Whether only responses have it.
    pub(crate) read_only: bool,
    /// Whether the field is left out of the JSON, which is the other field alone.
    pub(crate) skipped: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct WordVariant {
    /// The word in the JSON.
    pub(crate) wire: String,
    pub(crate) name: String,
    /// Present if the enum is the status of an item.
    pub(crate) verdict: Option<WordVerdict>,
}

/// The verdict of a word about its item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordVerdict {
    pub(crate) role: &'static str,
    /// Whether the word itself does not show it.
    pub(crate) is_guess: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StatusVariant {
    pub(crate) statuses: Vec<u16>,
    pub(crate) name: String,
    /// The type of the body, if there is one.
    pub(crate) ty: Option<RustType>,
}

#[derive(Debug, Clone)]
pub(crate) struct UntaggedVariant {
    pub(crate) name: String,
    /// The name in the JSON. A variant without a group has none there.
    pub(crate) wire: String,
    pub(crate) ty: RustType,
}

impl Definition {
    pub(crate) fn new(docs: &str, kind: DefinitionKind) -> Self {
        Definition { docs: docs.to_owned(), notes: Vec::new(), derive: None, roles: Vec::new(), is_key: false, kind }
    }

    pub(crate) fn with_derive(self, derive: &'static str) -> Self {
        Definition { derive: Some(derive), ..self }
    }

    /// The fields of a struct. Empty for an enum.
    pub(crate) fn fields(&self) -> &[StructField] {
        match &self.kind {
            DefinitionKind::Struct(fields) => fields,
            _ => &[],
        }
    }

    pub(crate) fn fields_mut(&mut self) -> &mut [StructField] {
        match &mut self.kind {
            DefinitionKind::Struct(fields) => fields,
            _ => &mut [],
        }
    }
}

impl StructField {
    /// The fields of an item that is an entry of an object: its key, and its value.
    pub(crate) fn entry(value: RustType) -> Vec<StructField> {
        let field = |name: &str, ty| StructField {
            wire: name.to_owned(),
            name: name.to_owned(),
            ty,
            optional: false,
            nullable: false,
            docs: String::new(),
            notes: Vec::new(),
            roles: Vec::new(),
            read_only: false,
            skipped: false,
        };
        let key = StructField { roles: vec!["key".into()], skipped: true, ..field("key", RustType::Plain("String")) };
        vec![key, field("value", value)]
    }

    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|other| other == role)
    }

    pub(crate) fn add_role(&mut self, role: &str) {
        if !self.has_role(role) {
            self.roles.push(role.to_owned());
        }
    }

    /// Makes it the key, which is always there.
    pub(crate) fn make_key(&mut self) {
        self.optional = false;
        self.add_role("key");
    }

    /// Its name without case and separators.
    pub(crate) fn folded(&self) -> String {
        names::folded(&self.wire)
    }
}
