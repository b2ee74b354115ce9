//! Emits a checked declaration: the trait, its client, and one call per method. Cannot fail.

mod client;
mod dynamic;
mod fallback;
mod method;
mod spec;

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::ApiModel;
use client::ClientEmitter;

pub(crate) use fallback::emit_fallback;

/// The whole expansion.
pub(crate) fn emit_api(api: &ApiModel) -> TokenStream {
    let item = &api.item;
    let client = ClientEmitter::of(item);
    let definition = client.emit_definition(&api.krate);
    let constants = api.methods.iter().map(|method| method::emit_constant(method, api));
    let entries = api.methods.iter().map(method::emit_entry);
    let inherent = client.emit_inherent(&quote!(#(#constants)*), &quote!(#(#entries),*));
    let calls = api.methods.iter().map(method::emit_call);
    let implementation = client.emit_implementation(&quote!(#(#calls)*));
    let dynamic = dynamic::emit_dynamic(api, &client);
    let checks = api.methods.iter().map(|method| method::emit_check(method, &client.ident));
    let scope = client.emit_scope(&api.krate, &quote!(#inherent #implementation #dynamic #(#checks)*));
    quote!(#item #definition #scope)
}
