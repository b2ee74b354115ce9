//! JSON names from serde's attributes: of fields, as `Deserialize` reads them; of variants, as `Serialize` writes them.

use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Token, Variant};

use crate::args::{self, Word, WordValue};
use crate::case::RenameRule;

/// serde's word on a container: a field that is not declared is an error.
pub(crate) const DENY_UNKNOWN_FIELDS: &str = "deny_unknown_fields";

/// The serde attributes of a container.
#[derive(Default)]
pub(crate) struct ContainerNames {
    rename_all: Option<RenameRule>,
    default: bool,
    pub(crate) transparent: bool,
    /// A field that is not declared is an error.
    pub(crate) denies_unknown: bool,
    /// serde reads another type in its place, or its variants have no names.
    pub(crate) stands_in: bool,
}

/// The serde attributes of a field or a variant.
pub(crate) struct FieldNames {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    /// A response can omit it.
    pub(crate) default: bool,
    /// It is never read.
    pub(crate) skipped: bool,
    pub(crate) flattened: bool,
    /// A variant that is read without its name.
    pub(crate) untagged: bool,
    /// A function reads it, not the `Deserialize` of its type.
    pub(crate) with: Option<Word>,
}

impl ContainerNames {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut names = ContainerNames::default();
        for word in serde_words(attributes) {
            match word.name.to_string().as_str() {
                "rename_all" => {
                    names.rename_all = deserialize_name(&word).as_deref().and_then(RenameRule::named);
                }
                "default" => names.default = true,
                "transparent" => names.transparent = true,
                DENY_UNKNOWN_FIELDS => names.denies_unknown = true,
                "from" | "try_from" | "untagged" => names.stands_in = true,
                _ => {}
            }
        }
        names
    }
}

impl FieldNames {
    pub(crate) fn read(field: &syn::Field, container: &ContainerNames) -> Self {
        let ident = field.ident.as_ref().map(|ident| ident.unraw().to_string());
        let ident = ident.unwrap_or_default();
        let name = container.rename_all.map_or_else(|| ident.clone(), |case| case.apply(&ident));
        FieldNames::named(name, &field.attrs, container)
    }

    /// The name of a variant, as `Deserialize` reads it.
    pub(crate) fn of_variant(variant: &Variant, container: &ContainerNames) -> Self {
        let ident = variant.ident.unraw().to_string();
        let name = container.rename_all.map_or_else(|| ident.clone(), |case| case.apply_to_variant(&ident));
        FieldNames::named(name, &variant.attrs, container)
    }

    /// The JSON names that fill it.
    pub(crate) fn read_under(&self) -> impl Iterator<Item = &str> {
        let names = Some(&self.name).into_iter().chain(&self.aliases).map(String::as_str);
        names.filter(|_| !self.skipped && !self.flattened)
    }

    fn named(name: String, attributes: &[Attribute], container: &ContainerNames) -> Self {
        let mut names = FieldNames {
            name,
            aliases: Vec::new(),
            default: container.default,
            skipped: false,
            flattened: false,
            untagged: false,
            with: None,
        };
        for word in serde_words(attributes) {
            match word.name.to_string().as_str() {
                "rename" => names.name = deserialize_name(&word).unwrap_or(names.name),
                "alias" => names.aliases.extend(word.string().map(|name| name.value())),
                "default" => names.default = true,
                "skip" | "skip_deserializing" => names.skipped = true,
                "flatten" => names.flattened = true,
                "untagged" => names.untagged = true,
                "with" | "deserialize_with" => names.with = Some(word),
                _ => {}
            }
        }
        names
    }
}

/// The first word of `#[serde(…)]` on a type that is one of these.
pub(crate) fn find_serde_word(attributes: &[Attribute], names: &[&str]) -> Option<Word> {
    serde_words(attributes).into_iter().find(|word| names.iter().any(|name| word.is(name)))
}

/// The name of an enum's variant, as `Serialize` writes it.
pub(crate) fn variant_name(variant: &Variant, container: &[Attribute]) -> String {
    let renamed = |attributes: &[Attribute], word: &str| {
        let words = serde_words(attributes);
        words.iter().filter(|found| found.is(word)).find_map(|found| half(found, "serialize"))
    };
    let ident = variant.ident.unraw().to_string();
    renamed(&variant.attrs, "rename").unwrap_or_else(|| {
        let case = renamed(container, "rename_all").as_deref().and_then(RenameRule::named);
        case.map_or_else(|| ident.clone(), |case| case.apply_to_variant(&ident))
    })
}

/// The name that `Deserialize` reads.
fn deserialize_name(word: &Word) -> Option<String> {
    half(word, "deserialize")
}

/// `rename = "x"`, or one half of `rename(serialize = …, deserialize = "x")`.
fn half(word: &Word, which: &str) -> Option<String> {
    let WordValue::List(inner) = &word.value else {
        return word.string().map(|name| name.value());
    };
    let words = Punctuated::<Word, Token![,]>::parse_terminated.parse2(inner.clone());
    let words = words.ok()?;
    let half = words.iter().find(|word| word.is(which))?;
    half.string().map(|name| name.value())
}

/// The words of all `#[serde(…)]`. Invalid attributes are left out, since serde reports them.
pub(crate) fn serde_words(attributes: &[Attribute]) -> Vec<Word> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    ours.filter_map(|attribute| args::inside(attribute).ok())
        .filter_map(|tokens| {
            let words = Punctuated::<Word, Token![,]>::parse_terminated;
            words.parse2(tokens).ok()
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_serde_reads() {
        let container: syn::ItemStruct = syn::parse_quote!(
            #[serde(rename_all(serialize = "UPPERCASE", deserialize = "camelCase"))]
            struct S;
        );
        let container = ContainerNames::read(&container.attrs);
        let fields: [(syn::FieldsNamed, &str, &[&str], bool); 6] = [
            (syn::parse_quote!({ org_id: u8 }), "orgId", &[], false),
            (syn::parse_quote!({ r#type: u8 }), "type", &[], false),
            (syn::parse_quote!({ #[serde(rename = "x")] a: u8 }), "x", &[], false),
            (syn::parse_quote!({ #[serde(rename(serialize = "s", deserialize = "d"))] a: u8 }), "d", &[], false),
            (syn::parse_quote!({ #[serde(alias = "x", alias = "y")] #[serde(default)] a: u8 }), "a", &["x", "y"], true),
            (syn::parse_quote!({ #[serde(rename(serialize = "s"), default = "f")] a: u8 }), "a", &[], true),
        ];
        for (fields, name, aliases, default) in fields {
            let names = FieldNames::read(&fields.named[0], &container);
            assert_eq!(names.name, name);
            assert_eq!(names.aliases, aliases, "{name}");
            assert_eq!(names.default, default, "{name}");
        }
    }
}
