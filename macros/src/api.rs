//! `#[bulk_api]` from end to end: tokens → args + ast → check → model → emit.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemTrait};

use crate::args::Words;
use crate::ast::Api;
use crate::check::{check, meant};
use crate::emit::{emit_api, emit_fallback};
use crate::report::{self, Report};
use crate::rules::Rule;
use crate::symbol::API_WORDS;

/// The attribute's arguments and the item under it, expanded.
pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let item = match read_trait(item) {
        Ok(item) => item,
        Err(instead) => return instead,
    };
    let report = Report::new();
    let mut words = Words::none();
    words.read(arguments, &API_WORDS, &report);
    let api = Api::read(item, &report);
    let model = check(&api, &words, &report);
    match (report.finish(), model) {
        (None, Some(model)) => emit_api(&model),
        (errors, _) => {
            let errors = errors.map(syn::Error::into_compile_error);
            let ignored = Report::new();
            let fallback = emit_fallback(&meant(&api.item), &words.krate(&ignored));
            // Its errors are among those above.
            drop(ignored.finish());
            quote!(#errors #fallback)
        }
    }
}

/// The trait, or what to emit where there is none.
fn read_trait(item: &TokenStream) -> Result<ItemTrait, TokenStream> {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Trait(item)) => Ok(item),
        Ok(_) => {
            let message = "`#[bulk_api]` goes on a trait, whose methods are the endpoints";
            let first = item.clone().into_iter().next();
            let error = report::error(Rule::NotATrait, first, message).into_compile_error();
            Err(quote!(#error #item))
        }
        // What does not parse would only be complained of twice.
        Err(error) => Err(report::syntax(&error).into_compile_error()),
    }
}
