//! The fields of a type under a derive, each with its words and its JSON names.

use syn::{Attribute, Fields, Index, Member, Type};

use super::serde_names::{ContainerNames, FieldNames};
use super::words::read_words;
use crate::args::WordSet;
use crate::diagnostics::Diagnostics;
use crate::symbol::Vocabulary;

/// One field as written.
pub(super) struct FieldInput<'a> {
    pub(super) source: &'a syn::Field,
    pub(super) member: Member,
    pub(super) words: WordSet,
    pub(super) names: FieldNames,
}

impl<'a> FieldInput<'a> {
    pub(super) fn ty(&self) -> &'a Type {
        &self.source.ty
    }

    pub(super) fn has(&self, role: &str) -> bool {
        self.words.get(role).is_some()
    }

    /// Returns whether a response with this type always has the field.
    pub(super) fn is_required(&self) -> bool {
        !(self.names.default || self.names.skipped || self.names.flattened || self.is_option())
    }

    /// Returns whether the type is named `Option`.
    pub(super) fn is_option(&self) -> bool {
        match &self.source.ty {
            Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "Option"),
            _ => false,
        }
    }
}

/// Reads all fields. `container` are the attributes of the type: its serde attributes affect the names of the fields.
pub(super) fn read_fields<'a>(
    fields: &'a Fields,
    container: &[Attribute],
    vocabulary: &Vocabulary,
    diagnostics: &Diagnostics,
) -> Vec<FieldInput<'a>> {
    let container = ContainerNames::read(container);
    let read = fields.iter().enumerate().map(|(index, source)| FieldInput {
        source,
        member: match &source.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index::from(index)),
        },
        words: read_words(&source.attrs, vocabulary, diagnostics),
        names: FieldNames::read(source, &container),
    });
    read.collect()
}
