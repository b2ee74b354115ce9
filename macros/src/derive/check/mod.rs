//! The rules of the derives: a valid type becomes a model.

pub(super) mod element;
pub(super) mod error;
pub(super) mod item;
pub(super) mod reply;
pub(super) mod status;

mod by_status;
mod fields;
mod key_text;
mod signals;
mod verdict;

use proc_macro2::Ident;
use syn::{Attribute, Data, Fields};

use super::input::TypeInput;
use super::model::ImplTarget;
use super::serde_names::ContainerNames;

/// The target of the impls, for a valid or an invalid type.
pub(super) fn target(input: &TypeInput) -> ImplTarget {
    let names = ContainerNames::read(&input.attributes);
    let has_names = match &input.data {
        Data::Struct(data) => matches!(data.fields, Fields::Named(_)),
        Data::Enum(_) => true,
        Data::Union(_) => false,
    };
    ImplTarget {
        ident: input.ident.clone(),
        krate: input.krate.clone(),
        // `transparent`, `from` and `untagged` make the JSON that of another type, which may be an array.
        is_never_array: has_names && !names.transparent && !names.stands_in,
        repr: input.attributes.iter().find_map(number_type),
    }
}

/// The integer type of `#[repr(i64)]`.
fn number_type(attribute: &Attribute) -> Option<Ident> {
    let list = attribute.meta.require_list().ok().filter(|list| list.path.is_ident("repr"))?;
    // `repr(C)` is no number.
    syn::parse2::<Ident>(list.tokens.clone()).ok().filter(|ty| *ty != "C" && *ty != "transparent")
}
