//! Emits the impls of a checked type. Cannot fail.

pub(super) mod element;
pub(super) mod error;
pub(super) mod item;
pub(super) mod reply;
pub(super) mod status;

mod bounds;
mod by_status;
mod code_places;
mod delays;
mod reply_enum;
mod reply_impl;
mod signals;
mod values;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::model::ImplTarget;
use crate::spans;

/// A call at `word` that compiles only if the type also has the derive that accepts this word.
pub(super) fn emit_witness(word: &Ident, witness: &str, target: &ImplTarget) -> TokenStream {
    let ident = &target.ident;
    let witness = Ident::new(witness, word.span());
    // Otherwise a word that no derive on the type accepts would be ignored silently.
    let call = spans::place(quote!(__bulk::#witness::<#ident>()), word.span());
    quote!(const _: () = #call;)
}
