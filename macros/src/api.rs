//! `#[bulk_api]` from end to end: tokens → args + ast → check → model → emit.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemTrait};

use crate::args::WordSet;
use crate::ast::TraitInput;
use crate::check::{check, corrected};
use crate::diagnostics::{self, Diagnostics};
use crate::emit::{emit_api, emit_fallback};
use crate::rules::Rule;
use crate::symbol::{API_WORDS, BULK_API};

/// The attribute's arguments and the item under it, expanded.
pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let item = match read_trait(item) {
        Ok(item) => item,
        Err(instead) => return instead,
    };
    let diagnostics = Diagnostics::new();
    let mut words = WordSet::none();
    words.read(arguments, &API_WORDS, &diagnostics);
    let api = TraitInput::read(item, &diagnostics);
    let model = check(&api, &words, &diagnostics);
    match (diagnostics.finish(), model) {
        (None, Some(model)) => emit_api(&model),
        (errors, _) => {
            let errors = errors.map(syn::Error::into_compile_error);
            let ignored = Diagnostics::new();
            let fallback = emit_fallback(&corrected(&api.item), &words.krate(&api.item.ident, BULK_API, &ignored));
            // Its errors are already in `errors`.
            drop(ignored.finish());
            quote!(#errors #fallback)
        }
    }
}

/// The trait, or the tokens to emit if the item is not a trait.
fn read_trait(item: &TokenStream) -> Result<ItemTrait, TokenStream> {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Trait(item)) => Ok(item),
        Ok(_) => {
            let message = "expected a trait: write `#[bulk_api]` on a trait whose methods are the endpoints";
            let first = item.clone().into_iter().next();
            let error = diagnostics::error(Rule::NotATrait, first, message).into_compile_error();
            Err(quote!(#error #item))
        }
        // The item is not emitted: rustc would report the same syntax error again.
        Err(error) => Err(diagnostics::syntax(&error).into_compile_error()),
    }
}
