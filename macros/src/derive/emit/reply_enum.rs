//! `BulkReply` for an enum: one reply per set of statuses.

use proc_macro2::{Delimiter, Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Type;

use super::bounds::{emit_assumed, emit_bound, emit_type_check, emit_where};
use super::by_status::{emit_pattern, emit_statuses, emit_variant_names};
use super::reply_impl::{ReplyCode, ReplyTypes, emit_alternatives, emit_reply_impl};
use super::values::name_literal;
use crate::derive::model::{ImplTarget, ReplyBody, StatusCase};
use crate::spans::{self, SpanEnds};

pub(super) fn emit_reply_enum(target: &ImplTarget, cases: &[StatusCase<ReplyBody>]) -> TokenStream {
    let ident = &target.ident;
    let whole =
        quote!(__bulk::BulkReply<Key: __bulk::ReplyKey, Success: __bulk::SuccessBody, Failure: __bulk::Failure>);
    let own = emit_assumed(ident, &quote!(__bulk::Shareable));
    let of_variants = cases.iter().map(|case| emit_bound(&case.body.ty, &whole));
    let bounds: Vec<TokenStream> = [own].into_iter().chain(of_variants).collect();
    let shapes = cases.iter().map(|StatusCase { body, statuses, .. }| {
        let (statuses, ty) = (emit_statuses(statuses), &body.ty);
        if body.is_error {
            return quote!(__bulk::ReplyShape::new(__bulk::BodyShape::Error).on(#statuses));
        }
        quote!(<#ty as __bulk::BulkReply>::SHAPE.on(#statuses))
    });
    let code = ReplyCode {
        types: emit_types(cases),
        shape: quote!(__bulk::ReplyShape::new(__bulk::BodyShape::ByStatus(&[#(#shapes),*]))),
        variant_names: Some(emit_variant_names(cases)),
        read: emit_read(cases),
        without_items: emit_without_items(cases),
    };
    let implementation = emit_reply_impl(target, &code, &bounds);
    let bounds = emit_where(&bounds);
    let checks = cases.iter().map(emit_check);
    let reachable = cases.iter().enumerate().filter(|(_, case)| case.body.overlaps);
    let reachable = reachable.map(|(at, case)| emit_reachable(ident, at, case));
    let check = emit_type_check("reply_type", ident);
    quote! {
        #implementation
        #check
        impl __bulk::PerItem for #ident #bounds {}
        #[allow(unused_imports)]
        const _: () = {
            use __bulk::Unfit as _;
            #(#checks;)*
            #(#reachable;)*
        };
    }
}

/// The associated types: the first type of the bodies that has data.
fn emit_types(cases: &[StatusCase<ReplyBody>]) -> ReplyTypes {
    let types = |name: &str, of: &str| {
        let (name, of) = (format_ident!("{name}"), format_ident!("{of}"));
        let types =
            cases.iter().map(|StatusCase { body: ReplyBody { ty, .. }, .. }| quote!(<#ty as __bulk::BulkReply>::#name));
        // There is at least one case: the check rejects an enum without variants.
        emit_alternatives(types, &quote!(__bulk::#of)).unwrap_or_default()
    };
    ReplyTypes {
        key: types("Key", "ReplyKey"),
        success: types("Success", "SuccessBody"),
        failure: types("Failure", "Failure"),
    }
}

/// Returns whether the body decides between variants, or is an error: the status alone does not say how to read it.
fn needs_choice(cases: &[StatusCase<ReplyBody>]) -> bool {
    cases.iter().any(|case| case.body.overlaps || case.body.is_error)
}

/// The body of `read`.
fn emit_read(cases: &[StatusCase<ReplyBody>]) -> TokenStream {
    let is_chosen = needs_choice(cases);
    let arms =
        cases.iter().enumerate().map(|(at, StatusCase { body: ReplyBody { ty, is_error, .. }, statuses, .. })| {
            let pattern = if is_chosen { emit_index(at) } else { emit_pattern(statuses) };
            if *is_error {
                return quote! {
                    #pattern => {
                        collector.error_body();
                        __bulk::Ok(())
                    }
                };
            }
            // The method is at the type: rustc reports a bound of the method there, and once.
            let call = Ident::new("body", SpanEnds::of(ty).first);
            quote!(#pattern => collector.#call::<#ty>(response),)
        });
    if is_chosen {
        return quote! {
            match collector.choose(response, &Self::SHAPE, Self::VARIANTS)? {
                #(#arms)*
                _ => __bulk::Err(__bulk::DecodeError::undeclared(response.status())),
            }
        };
    }
    quote! {
        match response.status() {
            #(#arms)*
            status => __bulk::Err(__bulk::DecodeError::undeclared(status)),
        }
    }
}

fn emit_index(at: usize) -> TokenStream {
    Literal::usize_unsuffixed(at).to_token_stream()
}

/// The body of `without_items`. `None` if no variant has a body.
fn emit_without_items(cases: &[StatusCase<ReplyBody>]) -> Option<TokenStream> {
    let is_chosen = needs_choice(cases);
    let has_body = |case: &StatusCase<ReplyBody>| !matches!(&case.body.ty, Type::Tuple(unit) if unit.elems.is_empty());
    let arms = cases.iter().enumerate().filter(|(_, case)| has_body(case));
    let arms = arms.map(|(at, StatusCase { ident, body: ReplyBody { ty, .. }, statuses, .. })| {
        let pattern = if is_chosen {
            let at = emit_index(at);
            quote!(__bulk::Ok(#at))
        } else {
            emit_pattern(statuses)
        };
        quote! {
            #pattern => <#ty as __bulk::BulkReply>::without_items(response).map(|body| body.map(Self::#ident)),
        }
    });
    let arms: TokenStream = arms.collect();
    let by = if is_chosen {
        quote!(response.chosen(&<Self as __bulk::BulkReply>::SHAPE, <Self as __bulk::BulkReply>::VARIANTS))
    } else {
        quote!(response.status())
    };
    (!arms.is_empty()).then(|| {
        quote! {
            match #by {
                #arms
                _ => __bulk::None,
            }
        }
    })
}

/// The compile-time check that a variant is chosen for some body.
fn emit_reachable(ident: &Ident, at: usize, case: &StatusCase<ReplyBody>) -> TokenStream {
    let (at, name, span) = (emit_index(at), name_literal(&case.json_name), case.ident.span());
    let check = spans::place(quote!(__bulk::check_reachable), span);
    let given = spans::group(Delimiter::Parenthesis, quote!(__bulk::ReplyOf::<#ident>::TYPES, #at, #name), span);
    quote!(#check #given)
}

/// The compile-time check of a variant's statuses against those of its type.
fn emit_check(case: &StatusCase<ReplyBody>) -> TokenStream {
    let StatusCase { body: ReplyBody { ty: body, .. }, statuses, .. } = case;
    let SpanEnds { first, last } = SpanEnds::of(body);
    let statuses = emit_statuses(statuses);
    let check = spans::place(quote!(__bulk::check_variant), first);
    let given = quote!(#statuses, __bulk::ReplyOf::<#body>::TYPES);
    let given = spans::group(Delimiter::Parenthesis, given, last);
    quote!(#check #given)
}
