//! A checked declaration as code: the trait, its client, and one thin call a method. Cannot fail.

mod fallback;
mod method;
mod spec;

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, ItemTrait, Token};

use crate::model::{Api, forwarded};
use crate::spans;

pub(crate) use fallback::emit_fallback;

/// The whole expansion.
pub(crate) fn emit_api(api: &Api) -> TokenStream {
    let item = &api.item;
    let krate = &api.krate;
    let client = Client::of(item);
    let definition = client.emit_definition(&quote!(#krate::Client));
    let constants = api.methods.iter().map(|method| method::emit_constant(method, api));
    let entries = api.methods.iter().map(|method| method::emit_entry(method, krate));
    let inherent = client.emit_inherent(
        &quote!(#krate::Client),
        &quote!(#krate::EndpointSpec),
        &quote!(#(#constants)*),
        &quote!(#(#entries),*),
    );
    let calls = api.methods.iter().map(|method| method::emit_call(method, krate));
    let implementation = client.emit_implementation(&quote!(#(#calls)*));
    let checks = api.methods.iter().map(|method| method::emit_check(method, &client.ident, krate));
    let conditions = client.conditions().collect::<Vec<_>>();
    let checks = checks.map(|check| quote!(#(#conditions)* #check));
    quote! {
        #item
        #definition
        #inherent
        #implementation
        #(#checks)*
    }
}

/// The client of a trait, whether its declaration is fit or not.
struct Client<'a> {
    item: &'a ItemTrait,
    ident: Ident,
    /// The trait's own `#[cfg]` and `#[deprecated]`.
    attributes: Vec<Attribute>,
}

impl<'a> Client<'a> {
    fn of(item: &'a ItemTrait) -> Self {
        Client { item, ident: format_ident!("{}Client", item.ident), attributes: forwarded(&item.attrs) }
    }

    fn conditions(&self) -> impl Iterator<Item = &Attribute> {
        let attributes = self.attributes.iter();
        attributes.filter(|attribute| attribute.path().is_ident("cfg"))
    }

    fn emit_definition(&self, inner: &TokenStream) -> TokenStream {
        let (attributes, ident, vis) = (&self.attributes, &self.ident, &self.item.vis);
        // Where another type has the name already, rustc says so of the trait's name.
        let keyword = Token![struct](ident.span());
        let fields = spans::group(Delimiter::Brace, quote!(client: #inner,), ident.span());
        let doc = format!(" Sends the requests of [`{}`].", self.item.ident);
        quote! {
            #[doc = #doc]
            #(#attributes)*
            #[allow(dead_code)]
            #[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
            #vis #keyword #ident #fields
        }
    }

    fn emit_inherent(
        &self,
        inner: &TokenStream,
        spec: &TokenStream,
        constants: &TokenStream,
        entries: &TokenStream,
    ) -> TokenStream {
        let (ident, vis, conditions) = (&self.ident, &self.item.vis, self.conditions());
        quote! {
            #(#conditions)*
            #[allow(dead_code, deprecated, unused_qualifications)]
            impl #ident {
                #constants

                /// All endpoints, as data.
                #vis const ENDPOINTS: &'static [#spec] = &[#entries];

                /// A client of these endpoints.
                #[must_use]
                #vis const fn new(client: #inner) -> Self {
                    Self { client }
                }
            }
        }
    }

    fn emit_implementation(&self, methods: &TokenStream) -> TokenStream {
        let (ident, conditions, name) = (&self.ident, self.conditions(), &self.item.ident);
        let (with, of, bounds) = self.item.generics.split_for_impl();
        let unsafety = &self.item.unsafety;
        quote! {
            #(#conditions)*
            #[allow(deprecated, non_snake_case, unused_qualifications)]
            #unsafety impl #with #name #of for #ident #bounds {
                #methods
            }
        }
    }
}
