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
    let krate = &api.krate;
    let client = ClientEmitter::of(item);
    let definition = client.emit_definition(&quote!(#krate::Client));
    let constants = api.methods.iter().map(|method| method::emit_constant(method, api));
    let entries = api.methods.iter().map(|method| method::emit_entry(method, krate));
    let inherent = client.emit_inherent(
        &quote!(#krate::Client),
        &quote!(#krate::__private::EndpointSpec),
        &quote!(#(#constants)*),
        &quote!(#(#entries),*),
    );
    let calls = api.methods.iter().map(|method| method::emit_call(method, krate));
    let implementation = client.emit_implementation(&quote!(#(#calls)*));
    let dynamic = dynamic::emit_dynamic(api, &client);
    let checks = api.methods.iter().map(|method| method::emit_check(method, &client.ident, krate));
    let conditions = client.conditions().collect::<Vec<_>>();
    // The checks are outside of the impl, so they need the trait's own `#[cfg]`.
    let checks = checks.map(|check| quote!(#(#conditions)* #check));
    quote! {
        #item
        #definition
        #inherent
        #implementation
        #dynamic
        #(#checks)*
    }
}
