//! A checked type as the impls of its derive. Cannot fail.

pub(super) mod element;
pub(super) mod error;
pub(super) mod item;
pub(super) mod reply;
pub(super) mod status;

mod bounds;
mod by_status;
mod reply_enum;
mod reply_impl;
mod signals;
mod values;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::model::ImplTarget;
use crate::spans;

/// A call at `word` that compiles only where the derive that reads this word is on the type too.
pub(super) fn emit_witness(word: &Ident, witness: &str, target: &ImplTarget) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    let witness = Ident::new(witness, word.span());
    // A word that no derive reads would otherwise be accepted without a sign.
    let call = spans::place(quote!(#krate::__private::#witness::<#ident>()), word.span());
    quote!(const _: () = #call;)
}
