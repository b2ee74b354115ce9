//! The rules of `#[derive(ItemReply)]`.

use syn::{Data, DataEnum, Fields, Variant};

use super::fields::{check_only, check_response_fields, check_struct, field_model, key_model};
use super::key_text::{check_key_text, has_key_text};
use super::signals::check_signals;
use super::verdict::{check_has_mark, check_mark};
use crate::derive::fields::FieldInput;
use crate::derive::input::TypeInput;
use crate::derive::model::{
    AddressModel, ElementDetails, ElementModel, ElementVariant, FieldModel, VariantContent, VerdictSource,
};
use crate::derive::serde_names::{ContainerNames, FieldNames};
use crate::derive::words::is_bulk;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::{ACCEPTED, ELEMENT_WORDS, FAILED, GROUP, KEY, KEYS, NESTED, POSITIONAL, STATUS, SUCCEEDED};

pub(in crate::derive) fn check_element(input: &TypeInput, diagnostics: &Diagnostics) -> Option<ElementModel> {
    if let Data::Enum(data) = &input.data {
        return check_element_enum(input, data, diagnostics);
    }
    let fields = check_struct(input, "an element", diagnostics)?;
    if let Fields::Unnamed(values) = fields
        && values.unnamed.len() == 1
        && input.words.get(POSITIONAL).is_some()
    {
        return check_value(input, fields, diagnostics);
    }
    if !matches!(fields, Fields::Named(_)) {
        diagnostics.error(
            Rule::DeriveFields, &input.ident,
            "expected named fields: write `{ #[bulk(key)] id: … }`; for a list of bare keys, use the type of the items' key in its place, as `Vec<String>`; for a list of values in the order of the items, put `#[bulk(positional)]` on the type",
        );
        return None;
    }
    let fields = check_response_fields(fields, &input.attributes, &ELEMENT_WORDS.on_field, diagnostics);
    let address = check_address(input, &fields, diagnostics)?;
    let group = check_group(&fields, &address, diagnostics);
    let signals = check_signals(&fields, diagnostics);
    if matches!(address, AddressModel::Position) {
        check_absence(input, &fields, signals.verdict.as_ref(), diagnostics);
    }
    let status_name = match &signals.verdict {
        Some(VerdictSource::Status(field)) => Some(field.json_name.clone()),
        _ => None,
    };
    Some(ElementModel {
        address,
        group,
        // An element without a verdict is allowed only in a list that is the verdict.
        has_verdict: signals.verdict.is_some(),
        details: ElementDetails::Struct(Box::new(signals)),
        status_name,
        // `{"id": "a"}`: the caller has the key already. Any other field may say something new, such as an id that the server assigned.
        // So may the text around a key.
        has_body: !fields.iter().all(|field| {
            [KEY, KEYS, GROUP].iter().any(|role| field.has(role)) && !field.has(NESTED) && !has_key_text(field)
        }),
    })
}

/// A bare value whose position names the item, as in `{"messageIds": ["7", "8"]}`: no field of it has a role.
fn check_value(input: &TypeInput, fields: &Fields, diagnostics: &Diagnostics) -> Option<ElementModel> {
    let fields = check_response_fields(fields, &input.attributes, &ELEMENT_WORDS.on_field, diagnostics);
    for word in fields.iter().filter(|field| has_role(field)) {
        diagnostics.error(
            Rule::DeriveFields,
            word.ty(),
            "a bare value has no fields, so no word belongs on it: remove the word, or write named fields",
        );
    }
    // It reads the flag.
    let ordered = input.words.flag(POSITIONAL, diagnostics);
    ordered.then(|| ElementModel {
        address: AddressModel::Position,
        group: None,
        details: ElementDetails::Struct(Box::default()),
        has_verdict: false,
        status_name: None,
        has_body: true,
    })
}

fn has_role(field: &FieldInput<'_>) -> bool {
    ELEMENT_WORDS.on_field.allowed.iter().any(|role| field.has(role))
}

/// An element that is done because nothing says that it failed shows by another field that it is an element: `{}` must not count as done.
///
/// A type that denies unknown fields says that `{}` is one: nothing that it does not know can be in it.
fn check_absence(
    input: &TypeInput,
    fields: &[FieldInput<'_>],
    verdict: Option<&VerdictSource>,
    diagnostics: &Diagnostics,
) {
    if let Some(VerdictSource::Presence { succeeded, accepted, .. }) = verdict
        && succeeded.is_empty()
        && accepted.is_empty()
        && !fields.iter().any(FieldInput::is_required)
        && !ContainerNames::read(&input.attributes).denies_unknown
    {
        let failed = fields.iter().find_map(|field| field.words.get(FAILED));
        diagnostics.error(
            Rule::AbsenceEvidence, failed,
            "an element without a failure is done, so it needs a field that is always present, and `{}` does not match: remove `Option` or `#[serde(default)]` from one field, put `#[bulk(succeeded)]` on a field that only a done element has, or add `#[serde(deny_unknown_fields)]` if `{}` is a done element",
        );
    }
}

/// An element names its item in one way. Two ways could name different items.
fn check_address(input: &TypeInput, fields: &[FieldInput<'_>], diagnostics: &Diagnostics) -> Option<AddressModel> {
    let keys: Vec<&FieldInput<'_>> = fields.iter().filter(|field| field.has(KEY)).collect();
    // Several `key`s are one key; several `keys` would be lists of different length.
    let list = check_only(fields, KEYS, diagnostics);
    // `#[bulk(positional)]`: the position in the list names the item.
    let ordered = input.words.flag(POSITIONAL, diagnostics);
    let twice = |word, other| {
        diagnostics.error(
            Rule::AddressTwice,
            word,
            format_args!("expected one way to name the item, found two: remove {other} or this"),
        );
        None
    };
    match (keys.as_slice(), list, ordered) {
        ([key, ..], _, true) => {
            diagnostics.error(
                Rule::AddressTwice, key.words.get(KEY),
                "an element names its item by key or by position: remove `#[bulk(positional)]` from the type, or `#[bulk(key)]` from this field",
            );
            None
        }
        ([], Some(list), true) => twice(list.words.get(KEYS), "`#[bulk(positional)]`"),
        ([_, ..], Some(list), false) => twice(list.words.get(KEYS), "`#[bulk(key)]`"),
        ([], None, true) => Some(AddressModel::Position),
        ([], Some(list), false) => Some(AddressModel::KeyList(field_model(list))),
        ([], None, false) => Some(AddressModel::None),
        (keys, None, false) if keys.iter().any(|key| has_key_text(key)) => {
            check_key_text(keys, false, diagnostics).map(AddressModel::Text)
        }
        ([key], None, false) if key.has(NESTED) => Some(AddressModel::Nested(field_model(key))),
        // The type inside has a key of its own, to which no field can be added.
        (keys, None, false) => match keys.iter().find(|key| key.has(NESTED)) {
            Some(key) => twice(key.words.get(NESTED), "the other keys"),
            None => Some(AddressModel::Key(key_model(keys.iter().copied()))),
        },
    }
}

/// The field with the group of the item: `{"input_array": "events", "index": 0}`. The key beside it is looked up in this group.
fn check_group(fields: &[FieldInput<'_>], address: &AddressModel, diagnostics: &Diagnostics) -> Option<FieldModel> {
    let group = check_only(fields, GROUP, diagnostics)?;
    if !matches!(address, AddressModel::Key(_) | AddressModel::Text(_)) {
        diagnostics.error(
            Rule::ElementGroup, group.words.get(GROUP),
            "`group` says in which group of the request an item is, and another field which item of it: add `#[bulk(key)] index: Index<0>`, or remove `group`",
        );
    }
    Some(field_model(group))
}

/// A tagged union: each variant has a verdict as its mark, or takes it from its content.
fn check_element_enum(input: &TypeInput, data: &DataEnum, diagnostics: &Diagnostics) -> Option<ElementModel> {
    let ordered = input.words.flag(POSITIONAL, diagnostics);
    // Beside marked variants, one without a mark must have its verdict in the value that it holds.
    let marked = data.variants.iter().any(|variant| variant.attrs.iter().any(is_bulk));
    let container = ContainerNames::read(&input.attributes);
    let variants = data.variants.iter().map(|variant| {
        let is_untagged = container.stands_in || FieldNames::of_variant(variant, &container).untagged;
        check_variant(variant, marked, ordered && is_untagged && !container.denies_unknown, diagnostics)
    });
    let variants: Vec<ElementVariant> = variants.collect::<Option<_>>()?;
    if variants.is_empty() {
        diagnostics.error(Rule::VariantMissing, &input.ident, "expected at least one variant, found none: add one");
        return None;
    }
    Some(ElementModel {
        address: if ordered { AddressModel::Position } else { AddressModel::None },
        group: None,
        has_verdict: variants.iter().all(may_judge),
        details: ElementDetails::Enum(variants),
        status_name: None,
        has_body: true,
    })
}

/// The same for a variant without a tag: serde reads it from any object that has its required fields.
fn check_untagged(variant: &Variant, fields: &[FieldInput<'_>], diagnostics: &Diagnostics) {
    if matches!(variant.fields, Fields::Named(_)) && !fields.iter().any(FieldInput::is_required) {
        diagnostics.error(
            Rule::AbsenceEvidence, &variant.ident,
            format_args!(
                "`{}` has no tag and means that its item is done, but `{{}}` matches it: remove `Option` or `#[serde(default)]` from one of its fields, or add `#[serde(deny_unknown_fields)]` if `{{}}` is a done element",
                variant.ident
            ),
        );
    }
}

/// `marked`: other variants have marks. `shows_itself`: neither a tag nor a key is evidence that the element is this variant.
fn check_variant(
    variant: &Variant,
    marked: bool,
    shows_itself: bool,
    diagnostics: &Diagnostics,
) -> Option<ElementVariant> {
    // `rename_all` of an enum is for its variants, and not for their fields.
    let fields = check_response_fields(&variant.fields, &[], &ELEMENT_WORDS.on_field, diagnostics);
    let address = |field: &FieldInput<'_>| [KEY, KEYS, GROUP].iter().find_map(|role| field.words.get(role).cloned());
    if let Some(key) = fields.iter().find_map(address) {
        diagnostics.error(
            Rule::VariantKey, &key,
            "an enum reports the result of an item and cannot have a key: move the key to a struct that holds the enum under `#[bulk(status, nested)]`, with `#[serde(flatten)]` if it has no name in the JSON",
        );
        return None;
    }
    let mark = check_mark(&variant.attrs, diagnostics);
    // Beside marked variants, a variant without a verdict would leave its items unknown.
    let holds_type = matches!(variant.fields, Fields::Unnamed(_)) && fields.len() == 1;
    let judges = [STATUS, FAILED, SUCCEEDED, ACCEPTED].iter().any(|role| fields.iter().any(|field| field.has(role)));
    if marked && !holds_type && !judges {
        check_has_mark(&variant.ident, &variant.attrs, diagnostics);
    }
    if shows_itself && matches!(mark, Some(SUCCEEDED | ACCEPTED)) {
        check_untagged(variant, &fields, diagnostics);
    }
    let content = match fields.as_slice() {
        // Only failures have a code, a message and a retry delay.
        _ if mark.is_some_and(|mark| mark != FAILED) => VariantContent::Unread,
        [inner] if matches!(variant.fields, Fields::Unnamed(_)) => {
            VariantContent::Nested { ty: Box::new(inner.ty().clone()), has_verdict: marked && mark.is_none() }
        }
        fields => VariantContent::Fields {
            signals: Box::new(check_signals(fields, diagnostics)),
            members: fields.iter().filter(|field| has_role(field)).map(|field| field.member.clone()).collect(),
        },
    };
    Some(ElementVariant { ident: variant.ident.clone(), mark, content })
}

/// A variant with a nested type is left to the bound on that type.
fn may_judge(variant: &ElementVariant) -> bool {
    match &variant.content {
        VariantContent::Fields { signals, .. } => variant.mark.is_some() || signals.verdict.is_some(),
        VariantContent::Unread | VariantContent::Nested { .. } => true,
    }
}
