//! The fields of a struct, each with its role and its JSON name.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Index, Member, Path, Type};

use super::read_words;
use super::serde_names::{ContainerNames, FieldNames};
use crate::args::{Vocabulary, Word, Words};
use crate::report::Report;
use crate::rules::Rule;
use crate::spans::{self, Ends};
use crate::symbol::{COUNT, NESTED, TOGETHER, RETRY_AFTER};

/// One field.
pub(super) struct Field<'a> {
    pub(super) source: &'a syn::Field,
    pub(super) member: Member,
    pub(super) words: Words,
    pub(super) names: FieldNames,
}

impl<'a> Field<'a> {
    pub(super) fn ty(&self) -> &'a Type {
        &self.source.ty
    }

    /// Its name as a binding of a pattern; no field without one has a role.
    pub(super) fn member_ident(&self) -> TokenStream {
        let member = &self.member;
        quote!(#member)
    }

    /// An `Option`, which a response may leave out.
    pub(super) fn is_option(&self) -> bool {
        match &self.source.ty {
            Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "Option"),
            _ => false,
        }
    }
}

/// Reads all fields of a response, and checks that each has at most one role, and is read.
pub(super) fn read_fields<'a>(
    fields: &'a syn::Fields,
    container: &[Attribute],
    vocabulary: &Vocabulary,
    report: &Report,
) -> Vec<Field<'a>> {
    let fields = read_roles(fields, container, vocabulary, report);
    for (index, field) in fields.iter().enumerate() {
        check_read(field, vocabulary, report);
        check_name(field, &fields[..index], report);
    }
    fields
}

/// A field of the response is read into one field of the type.
fn check_name(field: &Field<'_>, earlier: &[Field<'_>], report: &Report) {
    let Some(ident) = &field.source.ident else { return };
    let name = field.names.read_under().find(|name| {
        let mut earlier = earlier.iter().filter(|other| other.source.ident.is_some());
        earlier.any(|other| other.names.read_under().any(|other| other == *name))
    });
    if let Some(name) = name {
        report.error(
            Rule::NameTwice,
            ident,
            format_args!(
                "the response's `{name}` is read into one field, and another has that name already: give `{ident}` its own"
            ),
        );
    }
}

/// Reads all fields, and checks that each has at most one role.
pub(super) fn read_roles<'a>(
    fields: &'a syn::Fields,
    container: &[Attribute],
    vocabulary: &Vocabulary,
    report: &Report,
) -> Vec<Field<'a>> {
    let container = ContainerNames::read(container);
    let read = fields.iter().enumerate().map(|(index, source)| Field {
        source,
        member: match &source.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index::from(index)),
        },
        words: read_words(&source.attrs, vocabulary, report),
        names: FieldNames::read(source, &container),
    });
    let fields: Vec<Field<'a>> = read.collect();
    for field in &fields {
        check_roles(field, vocabulary, report);
    }
    fields
}

/// Roles that take a value.
const VALUED: [&str; 2] = [RETRY_AFTER, COUNT];

/// What is said of a field.
fn roles<'f>(field: &'f Field<'_>, vocabulary: &Vocabulary) -> Vec<&'f Word> {
    vocabulary.allowed.iter().filter_map(|role| field.words.get(role)).collect()
}

/// A field has one role.
fn check_roles(field: &Field<'_>, vocabulary: &Vocabulary, report: &Report) {
    let roles = roles(field, vocabulary);
    for role in &roles {
        if !VALUED.iter().any(|valued| role.is(valued)) {
            field.words.flag(&role.name.to_string(), report);
        }
    }
    let together = |one: &Word, other: &Word| {
        TOGETHER.iter().any(|(a, b)| (one.is(a) && other.is(b)) || (one.is(b) && other.is(a)))
    };
    for (index, role) in roles.iter().enumerate() {
        if let Some(first) = roles[..index].iter().find(|first| !together(first, role)) {
            report.error(
                Rule::FieldRoles,
                role,
                format_args!("a field has one role: this is the `{}` already", first.name),
            );
        }
    }
}

/// A field with a role is read from the response.
fn check_read(field: &Field<'_>, vocabulary: &Vocabulary, report: &Report) {
    // What is told inside a field may stand there without the field's own name.
    let unnamed = field.names.flattened && field.words.get(NESTED).is_none();
    if let Some(role) = roles(field, vocabulary).first()
        && (field.names.skipped || unnamed)
    {
        let serde = if field.names.skipped { "skip" } else { "flatten" };
        report.error(
            Rule::RoleUnread,
            role,
            format_args!(
                "the `{}` is a field of the response, but `#[serde({serde})]` says that there is none",
                role.name
            ),
        );
    }
}

/// The field with a role that only one field can have.
pub(super) fn only<'f, 'a>(fields: &'f [Field<'a>], role: &str, report: &Report) -> Option<&'f Field<'a>> {
    let mut with = fields.iter().filter(|field| field.words.get(role).is_some());
    let first = with.next();
    for other in with {
        report.error(
            Rule::RoleTwice,
            other.words.get(role),
            format_args!("one field is the `{role}`: another one is already"),
        );
    }
    first
}

/// `Vec<Failure>: ElementList`, for the `where` of an impl: where it does not hold, the compiler says so once, at the type, and takes
/// it for true in the rest of the impl.
pub(super) fn demand(ty: &impl ToTokens, bound: &TokenStream) -> TokenStream {
    let bound = spans::place(quote!(: #bound), Ends::of(ty).last);
    quote!(#ty #bound)
}

/// `AsText::text(&self.message)`, blamed on the field's type.
pub(super) fn emit_text(ty: &Type, value: &TokenStream, krate: &Path) -> TokenStream {
    quote!(<#ty as #krate::__private::Text>::text(#value))
}

/// The fields that together are a key, in the order of their names: the same for an item and for a response, in whichever order each
/// declares them.
pub(super) fn by_name<'f, 'a>(mut keys: Vec<&'f Field<'a>>) -> Vec<&'f Field<'a>> {
    keys.sort_by(|one, other| one.names.name.cmp(&other.names.name));
    keys
}

/// The key's type, and a `Cow` of it: one field is borrowed, several are a tuple.
pub(super) fn emit_key(keys: &[&Field<'_>], krate: &Path) -> (TokenStream, TokenStream) {
    let cow = quote!(#krate::__private::Cow);
    match keys {
        [key] => {
            let (ty, member) = (key.ty(), &key.member);
            (quote!(#ty), quote!(#cow::Borrowed(&self.#member)))
        }
        keys => {
            let types = keys.iter().map(|key| key.ty());
            let clones = keys.iter().map(|key| {
                let member = &key.member;
                quote!(::core::clone::Clone::clone(&self.#member))
            });
            (quote!((#(#types),*)), quote!(#cow::Owned((#(#clones),*))))
        }
    }
}
