//! The impl of `BulkReply`, shared by structs and enums.

use proc_macro2::TokenStream;
use quote::quote;

use super::bounds::emit_where;
use crate::derive::model::ImplTarget;

/// The associated types of a reply.
pub(super) struct ReplyTypes {
    pub(super) key: TokenStream,
    pub(super) success: TokenStream,
    pub(super) failure: TokenStream,
}

/// The members of the impl.
pub(super) struct ReplyCode {
    pub(super) types: ReplyTypes,
    pub(super) shape: TokenStream,
    /// `const VARIANTS`, of an enum.
    pub(super) variant_names: Option<TokenStream>,
    /// The body of `read`.
    pub(super) read: TokenStream,
    /// The body of `without_items`, if the reply has fields that belong to no item.
    pub(super) without_items: Option<TokenStream>,
}

/// `<A as Of>::Or<<B as Of>::Or<C>>`: the first of these types that has data.
pub(super) fn emit_alternatives(
    types: impl DoubleEndedIterator<Item = TokenStream>,
    of: &TokenStream,
) -> Option<TokenStream> {
    // From the right, so that the first type is the outermost.
    types.rev().reduce(|rest, first| quote!(<#first as #of>::Or<#rest>))
}

pub(super) fn emit_reply_impl(target: &ImplTarget, code: &ReplyCode, bounds: &[TokenStream]) -> TokenStream {
    let ident = &target.ident;
    let ReplyCode { types: ReplyTypes { key, success, failure }, shape, variant_names, read, without_items } = code;
    let without_items = without_items.as_ref().map(|body| {
        quote! {
            fn without_items(
                response: &__bulk::RawResponse<'_>,
            ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
                #body
            }
        }
    });
    let bounds = emit_where(bounds);
    quote! {
        #[automatically_derived]
        impl __bulk::BulkReply for #ident #bounds {
            type Key = #key;
            type Success = #success;
            type Failure = #failure;
            const SHAPE: __bulk::ReplyShape = #shape;
            #variant_names
            fn read(
                response: &__bulk::RawResponse<'_>,
                collector: &mut __bulk::CollectorOf<'_, Self>,
            ) -> __bulk::Result<(), __bulk::DecodeError> {
                #read
            }
            #without_items
        }
    }
}
