//! The rules of `#[derive(BulkItem)]`.

use proc_macro2::TokenTree;
use syn::{Data, DataEnum, Fields, Variant};

use super::fields::{check_fields, check_only, field_model, key_model, type_texts};
use super::key_text::{check_key_text, has_key_text};
use crate::derive::fields::FieldInput;
use crate::derive::input::TypeInput;
use crate::derive::model::{GroupModel, ItemFacts, ItemKeyModel, ItemModel, VariantKeysModel};
use crate::derive::serde_names::{ContainerNames, FieldNames, find_serde_word, variant_name};
use crate::derive::words::read_words;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::{GROUP, ITEM_VARIANT_WORDS, ITEM_WORDS, KEY, NESTED, NO_RESPONSE};
use crate::types;

pub(in crate::derive) fn check_item(input: &TypeInput, diagnostics: &Diagnostics) -> Option<ItemModel> {
    let whole = input.words.flag(KEY, diagnostics);
    match &input.data {
        Data::Struct(data) => Some(check_item_struct(input, &data.fields, whole, diagnostics)),
        Data::Enum(data) => check_item_enum(input, data, whole, diagnostics),
        Data::Union(_) => {
            let ident = &input.ident;
            diagnostics.error(
                Rule::DeriveKind,
                ident,
                format_args!("expected a struct or an enum for an item, found the union `{ident}`"),
            );
            None
        }
    }
}

fn check_item_struct(input: &TypeInput, source: &Fields, whole: bool, diagnostics: &Diagnostics) -> ItemModel {
    if let Some(word) = input.words.get(GROUP) {
        let message =
            "expected an enum for `#[bulk(group)]` on a type, found a struct: move it to the field with the group";
        diagnostics.error(Rule::Group, word, message);
    }
    // Its JSON is the JSON of its one field, so a response can list it as a bare key.
    let newtype = source.len() == 1
        && (matches!(source, Fields::Unnamed(_)) || ContainerNames::read(&input.attributes).transparent);
    let fields = check_fields(source, &input.attributes, &ITEM_WORDS.on_field, diagnostics);
    let group = check_only(&fields, GROUP, diagnostics).map(|field| GroupModel::Field(field.member.clone()));
    let keys: Vec<&FieldInput<'_>> = fields.iter().filter(|field| field.has(KEY)).collect();
    check_whole(whole, keys.iter().copied(), diagnostics);
    let key = match (check_key_text(&keys, true, diagnostics), keys.as_slice()) {
        (Some(text), _) => ItemKeyModel::Text(Box::new(text)),
        (None, []) if newtype || whole => ItemKeyModel::WholeItem,
        (None, []) => ItemKeyModel::Position,
        (None, [key]) if key.has(NESTED) => ItemKeyModel::Nested(Box::new(field_model(key))),
        (None, _) => {
            check_no_nested(keys.iter().copied(), diagnostics);
            ItemKeyModel::Fields(key_model(keys))
        }
    };
    ItemModel { key, group, facts: facts(input, source), silent: Vec::new() }
}

/// What the fields show. A type of the user could hold anything, so an unknown type shows nothing.
fn facts(input: &TypeInput, fields: &Fields) -> ItemFacts {
    let is_own_json = find_serde_word(&input.attributes, &["transparent", "into"]).is_none();
    let is_plain = |word: &str| PLAIN_TYPES.contains(&word);
    let plain = fields.iter().all(|field| {
        types::tokens_of(&field.ty)
            .iter()
            .all(|token| !matches!(&token, TokenTree::Ident(word) if !is_plain(&word.to_string())))
    });
    let has_with = fields.iter().any(|field| find_serde_word(&field.attrs, &["with", "serialize_with"]).is_some());
    ItemFacts {
        is_object: is_own_json && matches!(fields, Fields::Named(_)),
        has_no_assigned_id: is_own_json && plain && !has_with,
    }
}

/// What the variants show: with a tag, or with the name of the variant around its fields, the JSON is an object.
fn enum_facts(input: &TypeInput, data: &DataEnum) -> ItemFacts {
    let has_word = |names: &[&str]| find_serde_word(&input.attributes, names).is_some();
    let has_fields = data.variants.iter().any(|variant| !matches!(variant.fields, Fields::Unit));
    let is_object = has_word(&["tag"]) || (has_fields && !has_word(&["untagged"]));
    ItemFacts { is_object: is_object && !has_word(&["into"]), ..ItemFacts::default() }
}

/// Types that hold no id of a run, by name.
const PLAIN_TYPES: &[&str] = &[
    "std", "string", "vec", "option", "String", "Vec", "Option", "bool", "char", "u8", "u16", "u32", "u64", "u128",
    "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "str", "static",
];

/// A nested key is the whole key of a struct: no other field is added to it.
fn check_no_nested<'f, 'a: 'f>(keys: impl IntoIterator<Item = &'f FieldInput<'a>>, diagnostics: &Diagnostics) {
    for word in keys.into_iter().filter_map(|key| key.words.get(NESTED)) {
        diagnostics.error(
            Rule::NestedKey,
            word,
            "a nested key is the only key of a struct: remove the other keys, or put `#[bulk(key)]` on fields that are keys themselves",
        );
    }
}

/// A variant, with the fields that are its key.
struct VariantInput<'a> {
    source: &'a Variant,
    keys: Vec<FieldInput<'a>>,
    /// No response names such an item.
    is_silent: bool,
}

impl VariantInput<'_> {
    fn has_names(&self) -> bool {
        matches!(self.source.fields, Fields::Named(_))
    }

    fn key_names(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.names.name.clone()).collect()
    }
}

fn check_item_enum(input: &TypeInput, data: &DataEnum, whole: bool, diagnostics: &Diagnostics) -> Option<ItemModel> {
    let variants = data.variants.iter().map(|variant| read_variant(variant, input, diagnostics));
    let mut variants: Vec<VariantInput<'_>> = variants.collect();
    order_keys(&mut variants);
    let silent = variants.iter().filter(|variant| variant.is_silent);
    let silent = silent.map(|variant| variant.source.ident.clone()).collect();
    // The variants are the groups, named as serde writes them.
    check_group_tag(input, data, diagnostics);
    let group = input.words.flag(GROUP, diagnostics).then(|| {
        let names =
            data.variants.iter().map(|variant| (variant.ident.clone(), variant_name(variant, &input.attributes)));
        GroupModel::Variants(names.collect())
    });
    check_whole(whole, variants.iter().flat_map(|variant| &variant.keys), diagnostics);
    let facts = enum_facts(input, data);
    if whole {
        return Some(ItemModel { key: ItemKeyModel::WholeItem, group, facts, silent });
    }
    let agree = check_key_types(&variants, diagnostics) && check_key_names(&variants, diagnostics);
    agree.then(|| ItemModel { key: variants_key(&variants), group, facts, silent })
}

/// The name of the group is the tag, so serde does not write it again: `{"create": [{"create": {…}}]}`.
fn check_group_tag(input: &TypeInput, data: &DataEnum, diagnostics: &Diagnostics) {
    let container = ContainerNames::read(&input.attributes);
    // With a `tag`, or `into` another type, the JSON is what the author chose.
    let is_chosen = find_serde_word(&input.attributes, &["untagged", "tag", "into"]).is_some();
    let tagged = data.variants.iter().find(|variant| !FieldNames::of_variant(variant, &container).untagged);
    if let (Some(word), Some(variant), false) = (input.words.get(GROUP), tagged, is_chosen) {
        let name = variant_name(variant, &input.attributes);
        diagnostics.error(
            Rule::GroupTag,
            word,
            format_args!(
                "the array of the group names the variant, but serde names it again, as `{{\"{name}\": [{{\"{name}\": …}}]}}`: add `#[serde(untagged)]` to the enum"
            ),
        );
    }
}

fn read_variant<'a>(variant: &'a Variant, input: &TypeInput, diagnostics: &Diagnostics) -> VariantInput<'a> {
    let is_silent = read_words(&variant.attrs, &ITEM_VARIANT_WORDS, diagnostics).flag(NO_RESPONSE, diagnostics);
    let fields = check_fields(&variant.fields, &input.attributes, &ITEM_WORDS.on_field, diagnostics);
    for word in fields.iter().filter_map(|field| field.words.get(GROUP)) {
        let message = "the groups of an enum are its variants: move `#[bulk(group)]` to the enum";
        diagnostics.error(Rule::Group, word, message);
    }
    let keys: Vec<FieldInput<'a>> = fields.into_iter().filter(|field| field.has(KEY)).collect();
    if let Some(word) = keys.iter().filter(|key| has_key_text(key)).find_map(|key| key.words.get(KEY)) {
        let message = "the key of an enum is a whole field of each variant, not a part of a text: move the key to a struct, or remove the text";
        diagnostics.error(Rule::KeyText, word, message);
    }
    check_no_nested(&keys, diagnostics);
    VariantInput { source: variant, keys, is_silent }
}

/// Sorts the keys of each variant by name. `Delete(u64, String)` has no names: its keys are taken to be declared in the order
/// of `Put { id: u64, region: String }`, the first variant that has names for them.
fn order_keys(variants: &mut [VariantInput<'_>]) {
    let named = variants.iter().find(|variant| variant.has_names() && !variant.keys.is_empty());
    let sorted_indices = named.map(|first| {
        let mut indices: Vec<usize> = (0..first.keys.len()).collect();
        indices.sort_by_key(|at| first.keys.get(*at).map(|key| key.names.name.clone()));
        indices
    });
    for variant in variants {
        if variant.has_names() {
            variant.keys.sort_by(|one, other| one.names.name.cmp(&other.names.name));
        } else if let Some(indices) = sorted_indices.as_ref().filter(|indices| indices.len() == variant.keys.len()) {
            let mut keys: Vec<Option<FieldInput<'_>>> = variant.keys.drain(..).map(Some).collect();
            variant.keys = indices.iter().filter_map(|at| keys[*at].take()).collect();
        }
    }
}

/// An item that is its own key has no key among its fields.
fn check_whole<'f, 'a: 'f>(whole: bool, keys: impl Iterator<Item = &'f FieldInput<'a>>, diagnostics: &Diagnostics) {
    for key in keys.filter(|_| whole) {
        diagnostics.error(
            Rule::WholeKey,
            key.words.get(KEY),
            "`#[bulk(key)]` on the type makes the whole item its key: remove it from the type or from this field",
        );
    }
}

/// `BulkItem::Key` is one type, so the key fields of all variants have the same types.
fn check_key_types(variants: &[VariantInput<'_>], diagnostics: &Diagnostics) -> bool {
    let Some(first) = variants.iter().find(|variant| !variant.keys.is_empty()) else { return true };
    let described = |types: &[String]| match types {
        [] => "no key".to_owned(),
        [one] => format!("`{one}`"),
        several => format!("`({})`", several.join(", ")),
    };
    // Types are compared as they are written. Two names of one type are not known to be equal here.
    let want = type_texts(&first.keys);
    let mut agree = true;
    for variant in variants {
        let got = type_texts(&variant.keys);
        if want != got {
            let (one, other) = (&first.source.ident, &variant.source.ident);
            diagnostics.error(
                Rule::VariantKeys, other,
                format_args!(
                    "expected the same key type in each variant, found {} in `{one}` and {} in `{other}`: put `#[bulk(key)]` on fields of the same types in each variant, or on none",
                    described(&want), described(&got)
                ),
            );
            agree = false;
        }
    }
    agree
}

/// Keys of several fields are matched with a response by their names, so all variants use the same names.
fn check_key_names(variants: &[VariantInput<'_>], diagnostics: &Diagnostics) -> bool {
    let mut named = variants.iter().filter(|variant| variant.has_names() && variant.keys.len() > 1);
    let Some(first) = named.next() else { return true };
    let mut agree = true;
    for other in named.filter(|other| first.key_names() != other.key_names()) {
        let (one, ident) = (&first.source.ident, &other.source.ident);
        let (want, got) = (first.key_names().join("`, `"), other.key_names().join("`, `"));
        diagnostics.error(
            Rule::VariantKeys, ident,
            format_args!(
                "expected the same key fields in each variant, found `{want}` in `{one}` and `{got}` in `{ident}`: give them the same names"
            ),
        );
        agree = false;
    }
    agree
}

/// The key that all variants share. If the first variant has none, no variant has one.
fn variants_key(variants: &[VariantInput<'_>]) -> ItemKeyModel {
    let Some(first) = variants.first().filter(|first| !first.keys.is_empty()) else {
        return ItemKeyModel::Position;
    };
    let named = variants.iter().find(|variant| variant.has_names()).unwrap_or(first);
    let members = |variant: &VariantInput<'_>| variant.keys.iter().map(|key| key.member.clone()).collect();
    ItemKeyModel::Variants(VariantKeysModel {
        types: first.keys.iter().map(|key| key.ty().clone()).collect(),
        fields: named.keys.iter().map(field_model).collect(),
        variants: variants.iter().map(|variant| (variant.source.ident.clone(), members(variant))).collect(),
    })
}
