//! `BulkReply` of a response that is a struct.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Path;

use super::bounds::{emit_bound, emit_where};
use super::by_status::emit_statuses;
use super::reply_enum::emit_reply_enum;
use super::reply_impl::{ReplyCode, ReplyTypes, emit_alternatives, emit_reply_impl};
use super::values::{name_literal, variant_ident};
use crate::derive::model::{ImplTarget, ReplyField, ReplyFieldKind, ReplyModel, ReplyStruct, SilenceModel};
use crate::spans::SpanEnds;
use crate::symbol::{CODE, RESULTS, FAILED, NESTED, MESSAGE, STATUS, SUCCEEDED, UNPROCESSED};

pub(in crate::derive) fn emit_reply(target: &ImplTarget, model: &ReplyModel) -> TokenStream {
    match model {
        ReplyModel::Struct(reply) => emit_reply_struct(target, reply),
        ReplyModel::ByStatus(cases) => emit_reply_enum(target, cases),
    }
}

fn emit_reply_struct(target: &ImplTarget, reply: &ReplyStruct) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    let private = quote!(#krate::__private);
    // One bound a field, so that a wrong type is reported at that field.
    let bounds: Vec<TokenStream> = reply.fields.iter().filter_map(|field| emit_field_bound(field, &private)).collect();
    let code = ReplyCode {
        types: emit_types(reply, krate),
        shape: emit_shape(reply, krate),
        variant_names: None,
        read: emit_read(reply, krate),
    };
    let implementation = emit_reply_impl(target, &code, &bounds);
    let says_nothing = |kind| matches!(kind, ReplyFieldKind::Plain | ReplyFieldKind::Response(STATUS | CODE | MESSAGE));
    let reports_items = reply.fields.iter().any(|field| !says_nothing(field.kind));
    let bounds = emit_where(&bounds);
    let tells = reports_items.then(|| quote!(impl #private::TellsItems for #ident #bounds {}));
    quote! {
        #implementation
        #[automatically_derived]
        impl #private::Nested for #ident #bounds {
            type Reply = Self;
            const SEVERAL: bool = false;
        }
        #tells
    }
}

/// The associated types: what any of the lists gives.
fn emit_types(reply: &ReplyStruct, krate: &Path) -> ReplyTypes {
    let private = quote!(#krate::__private);
    let types = |name: &str, of: &str, roles: &[&str], last: Option<TokenStream>| {
        let of = format_ident!("{of}");
        let lists = reply.fields.iter().filter(|field| field.kind == ReplyFieldKind::Nested || field.is_list(roles));
        // One type stands for all lists. A list that it does not fit is an error at that list.
        let types: Vec<TokenStream> = lists.map(|list| emit_of_element(list, name, krate)).chain(last).collect();
        emit_alternatives(types.into_iter(), &quote!(#private::#of))
    };
    let silent = emit_silent_failure(reply, krate);
    ReplyTypes {
        key: types("Key", "ReplyKey", &[SUCCEEDED, FAILED, UNPROCESSED, RESULTS], None)
            .unwrap_or_else(|| quote!(#private::Unnamed)),
        success: types("Success", "Body", &[SUCCEEDED, RESULTS], None).unwrap_or_else(|| quote!(())),
        failure: types("Failure", "Failure", &[FAILED, RESULTS], silent).unwrap_or_else(|| quote!(#private::NeverFails)),
    }
}

/// The failure of an item that the response does not name, where that is one.
fn emit_silent_failure(reply: &ReplyStruct, krate: &Path) -> Option<TokenStream> {
    (reply.silence == SilenceModel::Failed).then(|| quote!(#krate::__private::Silent))
}

/// The body of `read`.
fn emit_read(reply: &ReplyStruct, krate: &Path) -> TokenStream {
    // Counts come last: they are compared with what all the others report.
    let (counts, others): (Vec<_>, Vec<_>) =
        reply.fields.iter().enumerate().partition(|(_, field)| matches!(field.kind, ReplyFieldKind::Count(_)));
    let calls = others.into_iter().chain(counts).filter_map(|(index, field)| {
        // A field is found by its index in the shape, which lists the same fields in the same order.
        let index = Literal::usize_unsuffixed(index);
        let value = if reply.is_bare_list {
            quote!(::core::option::Option::Some(answer.list()?))
        } else {
            quote!(fields.at(#index))
        };
        emit_field_call(&value, field, krate)
    });
    let fields = (!reply.is_bare_list).then(|| {
        quote! {
            let fields = &answer.fields(&Self::SHAPE)?;
            says.check(fields);
        }
    });
    // The fields are read as JSON, never as fields. This use keeps rustc from calling them dead.
    let members = reply.fields.iter().map(|field| &field.field.member);
    let silent = emit_silent_failure(reply, krate).map(|silent| quote!(says.silence_is(#silent);));
    quote! {
        #fields
        #(#calls)*
        #silent
        let _ = |reply: &Self| { #(let _ = &reply.#members;)* };
        ::core::result::Result::Ok(())
    }
}

/// The call that reads a field, whose JSON is `value`.
fn emit_field_call(value: &TokenStream, field: &ReplyField, krate: &Path) -> Option<TokenStream> {
    let ty = &field.field.ty;
    // The method is at the type: rustc reports a bound of the method there, and once.
    let call = |name: &str| Ident::new(name, SpanEnds::of(ty).first);
    Some(match field.kind {
        // A field that may be missing is no evidence, and one that a function reads need not be of its type's JSON.
        ReplyFieldKind::Plain if !field.is_required || field.is_read_with => return None,
        ReplyFieldKind::Plain => {
            let call = call("evidence");
            quote!(says.#call::<#ty>(#value);)
        }
        ReplyFieldKind::List(role) => {
            let call = call(&format!("{role}_list"));
            quote!(says.#call::<#ty>(#value);)
        }
        ReplyFieldKind::Nested => {
            let call = call(NESTED);
            quote!(says.#call::<#ty>(#value, answer);)
        }
        ReplyFieldKind::Response(role) => {
            let call = call(role);
            quote!(says.#call::<#ty>(#value);)
        }
        ReplyFieldKind::Count(role) => {
            let role = variant_ident(role);
            quote!(says.count(#krate::__private::Role::#role, #value);)
        }
    })
}

/// `SHAPE`: the reply as data.
fn emit_shape(reply: &ReplyStruct, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let body = match reply.fields.as_slice() {
        [list] if reply.is_bare_list => {
            let list = emit_list_shape(list, krate);
            quote!(List #list)
        }
        fields => {
            let fields = fields.iter().map(|field| emit_field_shape(field, krate));
            quote!(Object(&[#(#fields),*]))
        }
    };
    let silence = match reply.silence {
        SilenceModel::Unknown => None,
        SilenceModel::Succeeded => Some(quote!(.silence(#private::Silence::Succeeded))),
        SilenceModel::Failed => Some(quote!(.silence(#private::Silence::Failed))),
    };
    let statuses = emit_statuses(&reply.statuses);
    // Without `on`, a reply is read under any 2xx.
    let on = (!reply.statuses.is_empty()).then(|| quote!(.on(#statuses)));
    quote! {
        #private::ReplyShape::new(#private::BodyShape::#body)
        #silence
        #on
    }
}

/// The role of a list, and its elements' shape.
fn emit_list_shape(field: &ReplyField, krate: &Path) -> TokenStream {
    // The check has seen to it that the one field of a bare reply is a list.
    let role =
        if let ReplyFieldKind::List(role) = field.kind { variant_ident(role) } else { return TokenStream::new() };
    let element = emit_of_element(field, "SHAPE", krate);
    quote!({ role: #krate::__private::Role::#role, element: #element })
}

fn emit_field_shape(field: &ReplyField, krate: &Path) -> TokenStream {
    let private = quote!(#krate::__private);
    let name = name_literal(&field.field.json_name);
    let kind = match field.kind {
        ReplyFieldKind::List(_) => {
            let list = emit_list_shape(field, krate);
            quote!(List #list)
        }
        ReplyFieldKind::Nested => {
            let (shape, ty) = (emit_of_element(field, "SHAPE", krate), &field.field.ty);
            quote!(Inside { reply: &#shape, several: <#ty as #private::Nested>::SEVERAL })
        }
        ReplyFieldKind::Count(role) => {
            let role = variant_ident(role);
            quote!(Count(#private::Role::#role))
        }
        ReplyFieldKind::Response(role) => variant_ident(role).to_token_stream(),
        ReplyFieldKind::Plain => quote!(Plain),
    };
    let shape = quote!(#private::FieldShape::new(#name, #private::FieldKind::#kind));
    let aliases = field.aliases.iter().map(|name| name_literal(name));
    let aliases = (!field.aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])));
    let required = field.is_required.then(|| quote!(.required()));
    quote!(#shape #aliases #required)
}

/// What a field's type must be.
fn emit_field_bound(field: &ReplyField, private: &TokenStream) -> Option<TokenStream> {
    let bound = match field.kind {
        // Its place in the response is no verdict, so each element has one itself.
        ReplyFieldKind::List(RESULTS) => quote!(#private::Elements<Element: #private::JudgesItself>),
        ReplyFieldKind::List(_) => quote!(#private::Elements),
        ReplyFieldKind::Nested => quote!(#private::Nested),
        ReplyFieldKind::Response(STATUS) => quote!(#private::Status),
        ReplyFieldKind::Response(_) => quote!(#private::Text),
        ReplyFieldKind::Count(_) | ReplyFieldKind::Plain => return None,
    };
    Some(emit_bound(&field.field.ty, &bound))
}

/// `what` of a list's elements, or of the reply inside: an associated type, or `SHAPE`.
fn emit_of_element(field: &ReplyField, what: &str, krate: &Path) -> TokenStream {
    let (ty, what) = (&field.field.ty, format_ident!("{what}"));
    if field.kind == ReplyFieldKind::Nested {
        quote!(<<#ty as #krate::__private::Nested>::Reply as #krate::BulkReply>::#what)
    } else {
        quote!(<<#ty as #krate::__private::Elements>::Element as #krate::ItemReply>::#what)
    }
}

/// Stands in for a reply at fault: it fits any item.
pub(in crate::derive) fn emit_fallback(target: &ImplTarget) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    quote! {
        impl #krate::BulkReply for #ident {
            type Key = #krate::__private::Unnamed;
            type Success = ();
            type Failure = #krate::__private::NeverFails;
            const SHAPE: #krate::__private::ReplyShape =
                #krate::__private::ReplyShape::new(#krate::__private::BodyShape::Opaque);
            fn read(
                _: &#krate::RawResponse<'_>,
                _: &mut #krate::Collector<'_, #krate::__private::Unnamed, (), #krate::__private::NeverFails>,
            ) -> ::core::result::Result<(), #krate::DecodeError> {
                ::core::result::Result::Ok(())
            }
        }
        impl #krate::__private::Nested for #ident {
            type Reply = Self;
            const SEVERAL: bool = false;
        }
        impl #krate::__private::TellsItems for #ident {}
    }
}
