//! The words of `#[bulk(…)]` under a derive, on a type that can have another derive too.

use proc_macro2::Ident;
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Field, Meta, Token};

use super::serde_names::find_serde_word;
use crate::args::{self, Word, WordSet};
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::{DeriveWords, GROUP, KEY, NESTED, STATUS, Vocabulary};

/// Returns whether an attribute is `#[bulk]` or `#[bulk(…)]`.
pub(super) fn is_bulk(attribute: &Attribute) -> bool {
    attribute.path().is_ident("bulk")
}

/// The words of all `#[bulk(…)]` attributes.
pub(super) fn read_words(attributes: &[Attribute], vocabulary: &Vocabulary, diagnostics: &Diagnostics) -> WordSet {
    let mut words = WordSet::none();
    for attribute in attributes {
        if !is_bulk(attribute) {
            continue;
        }
        if args::inside(attribute).is_ok_and(|inside| inside.is_empty()) {
            diagnostics.error(
                Rule::WordMissing,
                attribute,
                "missing word in `#[bulk]`: add one, such as `#[bulk(key)]`, or remove the attribute",
            );
            words.spoil();
        }
        words.read_attribute(attribute, vocabulary, diagnostics);
    }
    words
}

/// Removes the words that only the derive with the words `sibling` accepts from a type.
pub(super) fn take_sibling_words(input: &mut DeriveInput, own: &DeriveWords, sibling: &DeriveWords) -> Vec<Ident> {
    let mut taken = take_words(&mut input.attrs, &own.on_type, &sibling.on_type);
    let fields: Vec<&mut Field> = match &mut input.data {
        Data::Struct(data) => data.fields.iter_mut().collect(),
        Data::Enum(data) => data.variants.iter_mut().flat_map(|variant| &mut variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    for field in fields {
        taken.extend(take_words(&mut field.attrs, &own.on_field, &sibling.on_field));
    }
    taken
}

/// Removes the words that are in the vocabulary `other` but not in `own`.
fn take_words(attributes: &mut Vec<Attribute>, own: &Vocabulary, other: &Vocabulary) -> Vec<Ident> {
    let mut taken = Vec::new();
    let is_skipped = find_serde_word(attributes, &["skip", "skip_deserializing"]).is_some();
    attributes.retain_mut(|attribute| {
        let Meta::List(list) = &mut attribute.meta else { return true };
        let words = Punctuated::<Word, Token![,]>::parse_terminated.parse2(list.tokens.clone());
        let Some(words) = words.ok().filter(|_| list.path.is_ident("bulk")) else { return true };
        let knows = |vocabulary: &Vocabulary, word: &Word| vocabulary.allowed.iter().any(|known| word.is(known));
        // `nested` of an item is part of its key. Without `key`, it is a word of an element alone.
        let of_key = words.iter().any(|word| word.is(KEY));
        let of_element = own.allowed.contains(&STATUS);
        // `group` of a field that serde skips is no part of a response. It is that of the item.
        let is_theirs = |word: &Word| match of_element {
            true => word.is(GROUP) && is_skipped,
            false => word.is(NESTED) && !of_key,
        };
        let is_own = |word: &Word| knows(own, word) && !is_theirs(word);
        let (theirs, ours): (Vec<Word>, Vec<Word>) =
            words.into_iter().partition(|word| knows(other, word) && !is_own(word));
        if theirs.is_empty() {
            return true;
        }
        list.tokens = quote!(#(#ours),*);
        taken.extend(theirs.into_iter().map(|word| word.name));
        // An empty `#[bulk()]`, which the user did not write, would be an error.
        !ours.is_empty()
    });
    taken
}
