//! `dynamic`: the endpoints for visitors, which see them one after another, with their types.

use proc_macro2::{Delimiter, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::client::ClientEmitter;
use super::method::conditions;
use super::spec::emit_argument_at;
use crate::model::{ApiModel, ArgumentModel, MethodModel, OwnedArgument, Passing, docs};
use crate::spans::{self, SpanEnds};

/// `impl DynamicApi for OrgApiTokensClient`; nothing without `dynamic`.
pub(super) fn emit_dynamic(api: &ApiModel, client: &ClientEmitter<'_>) -> Option<TokenStream> {
    if !api.dynamic {
        return None;
    }
    let ident = &client.ident;
    let (name, docs) = (api.item.ident.to_string(), docs(&api.item.attrs));
    let visits = api.methods.iter().map(|method| emit_visit(method, api));
    Some(quote! {
        #[allow(unused_variables)]
        impl __bulk::dynamic::DynamicApi for #ident {
            const NAME: &'static str = #name;
            const DOCS: &'static str = #docs;

            fn visit(to: &mut impl __bulk::dynamic::Visit) {
                #(#visits)*
            }
        }
    })
}

fn emit_visit(method: &MethodModel, api: &ApiModel) -> TokenStream {
    let item = &api.item.ident;
    let (conditions, constant, name) = (conditions(&method.attributes), &method.constant, &method.signature.ident);
    let arguments = method.arguments.iter().zip(&method.owned);
    let arguments = arguments.map(|(argument, owned)| emit_argument(argument, owned));
    let values = method.owned.iter().map(emit_value);
    // Not in variables: an argument could have the name of one.
    let bind = quote! {
        |client, arguments| __bulk::Ok(
            <Self as #item>::#name(&Self::new(::core::clone::Clone::clone(client)) #(, #values)*)
        )
    };
    let arguments = quote!(const { &[#(#arguments),*] });
    // An item that cannot be made is reported at the types.
    let SpanEnds { first, last } = method.ends;
    let given = spans::group(Delimiter::Parenthesis, quote!(Self::#constant, #arguments, #bind), last);
    let endpoint = spans::place(quote!(__bulk::dynamic_endpoint), first);
    let visit = spans::place(quote!(__bulk::dynamic::Visit::endpoint), first);
    let given = spans::group(Delimiter::Parenthesis, quote!(to, #endpoint #given), last);
    quote!(#(#conditions)* #visit #given;)
}

fn emit_argument(argument: &ArgumentModel, owned: &OwnedArgument) -> TokenStream {
    let OwnedArgument { name, docs, ty, .. } = owned;
    let at = emit_argument_at(&argument.place).map(|at| quote!(.at(#at)));
    quote!(__bulk::dynamic_argument::<#ty>(#name, #docs) #at)
}

/// The value of an argument, as the method takes it.
fn emit_value(owned: &OwnedArgument) -> TokenStream {
    let OwnedArgument { name, ty, passed, .. } = owned;
    let value = quote_spanned!(ty.span()=> arguments.get::<#ty>(#name)?);
    match passed {
        Passing::ByValue => value,
        Passing::Borrowed => quote!(&#value),
        Passing::AsRef => quote!(#value.as_ref()),
        Passing::AsDeref => quote!(#value.as_deref()),
    }
}
