//! The client of a trait: its type, its constants and its impl of the trait.

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, ItemTrait, Token};

use crate::model::forwarded;
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

    pub(super) fn conditions(&self) -> impl Iterator<Item = &Attribute> {
        let attributes = self.attributes.iter();
        attributes.filter(|attribute| attribute.path().is_ident("cfg"))
    }

    pub(super) fn emit_definition(&self, inner: &TokenStream) -> TokenStream {
        let (attributes, ident, vis) = (&self.attributes, &self.ident, &self.item.vis);
        // If another type has this name, rustc reports it at the name of the trait.
        let keyword = Token![struct](ident.span());
        let fields = spans::group(Delimiter::Brace, quote!(client: #inner,), ident.span());
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

    pub(super) fn emit_inherent(
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

    pub(super) fn emit_implementation(&self, methods: &TokenStream) -> TokenStream {
        let (ident, conditions, name) = (&self.ident, self.conditions(), &self.item.ident);
        // A model has no generics, but the trait of a fallback can.
        let (with, of, bounds) = self.item.generics.split_for_impl();
        // An `unsafe` trait is an error, but the fallback still implements it.
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
