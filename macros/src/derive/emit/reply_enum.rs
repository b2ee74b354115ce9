//! `BulkReply` for an enum: one reply per set of statuses.

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Path, Type};

use super::bounds::{emit_assumed, emit_bound, emit_type_check, emit_where};
use super::by_status::{emit_pattern, emit_statuses, emit_variant_names};
use super::reply_impl::{ReplyCode, ReplyTypes, emit_alternatives, emit_reply_impl};
use crate::derive::model::{ImplTarget, StatusCase};
use crate::spans::{self, SpanEnds};

pub(super) fn emit_reply_enum(target: &ImplTarget, cases: &[StatusCase<Type>]) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    let private = quote!(#krate::__private);
    let whole =
        quote!(#krate::BulkReply<Key: #private::ReplyKey, Success: #private::SuccessBody, Failure: #private::Failure>);
    let own = emit_assumed(ident, &quote!(#private::Shareable));
    let of_variants = cases.iter().map(|case| emit_bound(&case.body, &whole));
    let bounds: Vec<TokenStream> = [own].into_iter().chain(of_variants).collect();
    let shapes = cases.iter().map(|StatusCase { body, statuses, .. }| {
        let statuses = emit_statuses(statuses);
        quote!(<#body as #krate::BulkReply>::SHAPE.on(#statuses))
    });
    let code = ReplyCode {
        types: emit_types(cases, krate),
        shape: quote!(#private::ReplyShape::new(#private::BodyShape::ByStatus(&[#(#shapes),*]))),
        variant_names: Some(emit_variant_names(cases)),
        read: emit_read(cases, krate),
        without_items: emit_without_items(cases, krate),
    };
    let implementation = emit_reply_impl(target, &code, &bounds);
    let bounds = emit_where(&bounds);
    let checks = cases.iter().map(|case| emit_check(case, &private));
    let check = emit_type_check("reply_type", ident, krate);
    quote! {
        #implementation
        #check
        impl #private::PerItem for #ident #bounds {}
        #[allow(unused_imports, unused_qualifications)]
        const _: () = {
            use #private::Unfit as _;
            #(#checks;)*
        };
    }
}

/// The associated types: the first type of the bodies that has data.
fn emit_types(cases: &[StatusCase<Type>], krate: &Path) -> ReplyTypes {
    let types = |name: &str, of: &str| {
        let (name, of) = (format_ident!("{name}"), format_ident!("{of}"));
        let types = cases.iter().map(|StatusCase { body, .. }| quote!(<#body as #krate::BulkReply>::#name));
        // There is at least one case: the check rejects an enum without variants.
        emit_alternatives(types, &quote!(#krate::__private::#of)).unwrap_or_default()
    };
    ReplyTypes {
        key: types("Key", "ReplyKey"),
        success: types("Success", "SuccessBody"),
        failure: types("Failure", "Failure"),
    }
}

/// The body of `read`.
fn emit_read(cases: &[StatusCase<Type>], krate: &Path) -> TokenStream {
    let arms = cases.iter().map(|StatusCase { body, statuses, .. }| {
        // The method is at the type: rustc reports a bound of the method there, and once.
        let call = Ident::new("body", SpanEnds::of(body).first);
        let pattern = emit_pattern(statuses);
        quote!(#pattern => collector.#call::<#body>(response),)
    });
    quote! {
        match response.status() {
            #(#arms)*
            status => ::core::result::Result::Err(#krate::__private::DecodeError::undeclared(status)),
        }
    }
}

/// The body of `without_items`. `None` if no variant has a body.
fn emit_without_items(cases: &[StatusCase<Type>], krate: &Path) -> Option<TokenStream> {
    let has_body = |case: &&StatusCase<Type>| !matches!(&case.body, Type::Tuple(unit) if unit.elems.is_empty());
    let arms = cases.iter().filter(has_body).map(|StatusCase { ident, body, statuses, .. }| {
        let pattern = emit_pattern(statuses);
        quote! {
            #pattern => <#body as #krate::BulkReply>::without_items(response).map(|body| body.map(Self::#ident)),
        }
    });
    let arms: TokenStream = arms.collect();
    (!arms.is_empty()).then(|| {
        quote! {
            match response.status() {
                #arms
                _ => ::core::option::Option::None,
            }
        }
    })
}

/// The compile-time check of a variant's statuses against those of its type.
fn emit_check(case: &StatusCase<Type>, private: &TokenStream) -> TokenStream {
    let StatusCase { body, statuses, .. } = case;
    let SpanEnds { first, last } = SpanEnds::of(body);
    let statuses = emit_statuses(statuses);
    let check = spans::place(quote!(#private::check_variant), first);
    let given = quote!(#statuses, #private::ReplyOf::<#body>::TYPES);
    let given = spans::group(Delimiter::Parenthesis, given, last);
    quote!(#check #given)
}
