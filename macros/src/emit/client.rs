//! The client of a trait: its type, its constants and its impl of the trait.

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, ItemTrait, Path, Token};

use crate::model::forwarded;
use crate::scope::scoped;
use crate::spans;

/// The client of a trait, of a valid or an invalid declaration.
pub(super) struct ClientEmitter<'a> {
    item: &'a ItemTrait,
    pub(super) ident: Ident,
    /// The trait's own `#[cfg]` and `#[deprecated]`.
    attributes: Vec<Attribute>,
}

impl<'a> ClientEmitter<'a> {
    pub(super) fn of(item: &'a ItemTrait) -> Self {
        ClientEmitter { item, ident: format_ident!("{}Client", item.ident), attributes: forwarded(&item.attrs) }
    }

    /// The impls of the client, in a scope of their own.
    pub(super) fn emit_scope(&self, krate: &Path, impls: &TokenStream) -> TokenStream {
        let conditions = self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        let scope = scoped(krate, &quote!(use __bulk::Unfit as _; #impls));
        quote! {
            #(#conditions)*
            #[allow(dead_code, deprecated, non_snake_case, unused_imports)]
            #scope
        }
    }

    pub(super) fn emit_definition(&self, krate: &Path) -> TokenStream {
        let (attributes, ident, vis) = (&self.attributes, &self.ident, &self.item.vis);
        // If another type has this name, rustc reports it at the name of the trait.
        let keyword = Token![struct](ident.span());
        let fields = spans::group(Delimiter::Brace, quote!(client: #krate::Client,), ident.span());
        // Documented, because the user's crate may have `#![deny(missing_docs)]`.
        let doc = format!(" Sends the requests of [`{}`].", self.item.ident);
        quote! {
            #[doc = #doc]
            #(#attributes)*
            #[allow(dead_code)]
            #[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
            #vis #keyword #ident #fields
        }
    }

    pub(super) fn emit_inherent(&self, constants: &TokenStream, entries: &TokenStream) -> TokenStream {
        let (ident, vis) = (&self.ident, &self.item.vis);
        quote! {
            impl #ident {
                #constants

                /// All endpoints, as data.
                #vis const ENDPOINTS: &'static [__bulk::EndpointSpec] = &[#entries];

                /// A client of these endpoints.
                #[must_use]
                #vis const fn new(client: __bulk::Client) -> Self {
                    Self { client }
                }
            }
        }
    }

    pub(super) fn emit_implementation(&self, methods: &TokenStream) -> TokenStream {
        let (ident, name) = (&self.ident, &self.item.ident);
        // A model has no generics, but the trait of a fallback can.
        let (with, of, bounds) = self.item.generics.split_for_impl();
        // An `unsafe` trait is an error, but the fallback still implements it.
        let unsafety = &self.item.unsafety;
        quote! {
            #unsafety impl #with #name #of for #ident #bounds {
                #methods
            }
        }
    }
}
