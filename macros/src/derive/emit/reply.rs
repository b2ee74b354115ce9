//! `BulkReply` for a struct.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::bounds::{emit_assumed, emit_bound, emit_type_check, emit_where};
use super::by_status::emit_statuses;
use super::delays::emit_delays;
use super::reply_enum::emit_reply_enum;
use super::reply_impl::{ReplyCode, ReplyTypes, emit_alternatives, emit_reply_impl};
use super::values::{name_literal, variant_ident};
use crate::derive::model::{ImplTarget, ReplyField, ReplyFieldKind, ReplyModel, ReplyStruct, UnlistedModel};
use crate::spans::SpanEnds;
use crate::symbol::{ACCEPTED, CODE, FAILED, JOB, MESSAGE, NESTED, NEXT_JOB, RESULTS, STATUS, SUCCEEDED, UNPROCESSED};

pub(in crate::derive) fn emit_reply(target: &ImplTarget, model: &ReplyModel) -> TokenStream {
    match model {
        ReplyModel::Struct(reply) => emit_reply_struct(target, reply),
        ReplyModel::ByStatus(cases) => emit_reply_enum(target, cases),
    }
}

fn emit_reply_struct(target: &ImplTarget, reply: &ReplyStruct) -> TokenStream {
    let ident = &target.ident;
    // One bound per field, so that a wrong type is reported at its field.
    let own = emit_assumed(ident, &quote!(__bulk::Shareable));
    let of_fields = reply.fields.iter().filter_map(emit_field_bound);
    let bounds: Vec<TokenStream> = [own].into_iter().chain(of_fields).collect();
    // The method is at the name of the type: rustc reports there that it does not derive `Deserialize`.
    let without_items = Ident::new("without_items", ident.span());
    let code = ReplyCode {
        types: emit_types(reply),
        shape: emit_shape(reply),
        variant_names: None,
        read: emit_read(reply),
        without_items: reply.has_own_fields.then(|| emit_without_items(reply, &without_items)),
    };
    let implementation = emit_reply_impl(target, &code, &bounds);
    let reports_nothing = |kind| {
        matches!(
            kind,
            ReplyFieldKind::Plain | ReplyFieldKind::Delay(_) | ReplyFieldKind::Response(STATUS | CODE | MESSAGE)
        )
    };
    let reports_items = reply.fields.iter().any(|field| !reports_nothing(field.kind));
    let bounds = emit_where(&bounds);
    let per_item = reports_items.then(|| quote!(impl __bulk::PerItem for #ident #bounds {}));
    let check = emit_type_check("reply_type", ident);
    quote! {
        #implementation
        #check
        #[automatically_derived]
        impl __bulk::Nested for #ident #bounds {
            type Reply = Self;
            const IS_LIST: bool = false;
        }
        #per_item
    }
}

/// The body of `without_items`.
fn emit_without_items(reply: &ReplyStruct, method: &Ident) -> TokenStream {
    let headers = reply.fields.iter().filter_map(|field| Some((field.header.as_ref()?, &field.field.member)));
    let fill: Vec<TokenStream> = headers
        .map(|(name, member)| {
            let name = name_literal(name);
            quote!(response.fill_header(#name, &mut reply.#member);)
        })
        .collect();
    let read = quote!(response.#method(&Self::SHAPE));
    if fill.is_empty() {
        return quote!(__bulk::Some(#read));
    }
    quote! {
        __bulk::Some(#read.map(|mut reply: Self| {
            #(#fill)*
            reply
        }))
    }
}

/// The associated types: the first type of the lists that has data.
fn emit_types(reply: &ReplyStruct) -> ReplyTypes {
    let types = |name: &str, of: &str, roles: &[&str], last: Option<TokenStream>| {
        let of = format_ident!("{of}");
        let lists = reply.fields.iter().filter(|field| field.kind == ReplyFieldKind::Nested || field.is_list(roles));
        // All lists share one type. rustc reports a list whose type does not convert into it.
        let types: Vec<TokenStream> = lists.map(|list| emit_of_element(list, name)).chain(last).collect();
        emit_alternatives(types.into_iter(), &quote!(__bulk::#of))
    };
    let unlisted = emit_unlisted_failure(reply);
    ReplyTypes {
        key: types("Key", "ReplyKey", &[SUCCEEDED, ACCEPTED, FAILED, UNPROCESSED, RESULTS], None)
            .unwrap_or_else(|| quote!(__bulk::NoKey)),
        success: types("Success", "SuccessBody", &[SUCCEEDED, ACCEPTED, RESULTS], None).unwrap_or_else(|| quote!(())),
        failure: types("Failure", "Failure", &[FAILED, RESULTS], unlisted).unwrap_or_else(|| quote!(__bulk::NoFailure)),
    }
}

/// The failure of an unlisted item, for `unlisted = failed`.
fn emit_unlisted_failure(reply: &ReplyStruct) -> Option<TokenStream> {
    (reply.unlisted == UnlistedModel::Failed).then(|| quote!(__bulk::NotListed))
}

/// The body of `read`.
fn emit_read(reply: &ReplyStruct) -> TokenStream {
    // Counts come last: they are compared with the entries of all other fields.
    let (counts, others): (Vec<_>, Vec<_>) =
        reply.fields.iter().enumerate().partition(|(_, field)| matches!(field.kind, ReplyFieldKind::Count(_)));
    // A field is found by its index in the shape, which lists the same fields in the same order.
    let at = |index: usize| {
        let index = Literal::usize_unsuffixed(index);
        quote!(fields.at(#index))
    };
    let calls = others.into_iter().filter_map(|(index, field)| {
        let value = match &field.header {
            _ if reply.is_bare_list => quote!(__bulk::Some(response.list()?)),
            Some(name) => {
                let (name, ty) = (name_literal(name), &field.field.ty);
                quote!(__bulk::Field::of_header(#name, &response.header_json::<#ty>(#name)))
            }
            None => at(index),
        };
        emit_field_call(&value, field)
    });
    let counted = counts.iter().filter_map(|(index, field)| {
        let ReplyFieldKind::Count(role) = field.kind else { return None };
        let role = variant_ident(role);
        // As text: a header that is no number must not be skipped.
        let value = field.header.as_ref().map_or_else(
            || at(*index),
            |name| {
                let name = name_literal(name);
                quote!(__bulk::Field::of_header(#name, &response.header_json::<::std::string::String>(#name)))
            },
        );
        Some(quote!((__bulk::Role::#role, #value)))
    });
    let counts = (!counts.is_empty()).then(|| quote!(collector.counts(&[#(#counted),*]);));
    let fields = (!reply.is_bare_list).then(|| {
        quote! {
            let fields = &response.fields(&Self::SHAPE)?;
            collector.check_fields(fields);
        }
    });
    // The fields are read as JSON, never through the struct. This use avoids the `dead_code` warning.
    let members = reply.fields.iter().map(|field| &field.field.member);
    let unlisted = emit_unlisted_failure(reply).map(|unlisted| quote!(collector.unlisted_failure(#unlisted);));
    quote! {
        #fields
        #(#calls)*
        #counts
        #unlisted
        let _ = |reply: &Self| { #(let _ = &reply.#members;)* };
        __bulk::Ok(())
    }
}

/// The call that reads a field, whose JSON is `value`.
fn emit_field_call(value: &TokenStream, field: &ReplyField) -> Option<TokenStream> {
    let ty = &field.field.ty;
    // The method is at the type: rustc reports a bound of the method there, and once.
    let call = |name: &str| Ident::new(name, SpanEnds::of(ty).first);
    Some(match field.kind {
        // An optional field is no evidence. A field that a function reads can have another JSON type than its own.
        ReplyFieldKind::Plain if !field.is_required || field.is_read_with => return None,
        ReplyFieldKind::Plain => {
            let call = call("evidence");
            quote!(collector.#call::<#ty>(#value);)
        }
        ReplyFieldKind::List(role) => {
            let call = call(&format!("{role}_list"));
            quote!(collector.#call::<#ty>(#value);)
        }
        ReplyFieldKind::Nested => {
            let call = call(NESTED);
            quote!(collector.#call::<#ty>(#value, response);)
        }
        ReplyFieldKind::Response(role) => {
            let call = call(role);
            quote!(collector.#call::<#ty>(#value);)
        }
        // Counts are read together, at the end, and the delay before the entries.
        ReplyFieldKind::Count(_) | ReplyFieldKind::Delay(_) => return None,
    })
}

/// `SHAPE`: the reply as data.
fn emit_shape(reply: &ReplyStruct) -> TokenStream {
    let body = match reply.fields.as_slice() {
        [list] if reply.is_bare_list => {
            let list = emit_list_shape(list);
            quote!(List #list)
        }
        fields => {
            let fields = fields.iter().map(emit_field_shape);
            quote!(Object(&[#(#fields),*]))
        }
    };
    let unlisted = match reply.unlisted {
        UnlistedModel::Unknown => None,
        UnlistedModel::Succeeded => Some("Succeeded"),
        UnlistedModel::Accepted => Some("Accepted"),
        UnlistedModel::Failed => Some("Failed"),
        UnlistedModel::Unprocessed => Some("Unprocessed"),
        UnlistedModel::StopsAtFailure => Some("StopsAtFailure"),
    };
    let unlisted = unlisted.map(|meaning| {
        let meaning = format_ident!("{meaning}");
        quote!(.unlisted(__bulk::Unlisted::#meaning))
    });
    let statuses = emit_statuses(&reply.statuses);
    let delays = emit_delays(reply.fields.iter().filter_map(|field| match field.kind {
        ReplyFieldKind::Delay(unit) => Some((&field.field, field.header.as_deref(), unit)),
        _ => None,
    }));
    let delays = delays.map(|places| quote!(.delays(#places)));
    let denies = reply.denies_unknown.then(|| quote!(.deny_unknown()));
    // Without `on`, a reply is read for any 2xx status.
    let on = (!reply.statuses.is_empty()).then(|| quote!(.on(#statuses)));
    quote! {
        __bulk::ReplyShape::new(__bulk::BodyShape::#body)
        #unlisted
        #denies
        #delays
        #on
    }
}

/// The role of a list, and its elements' shape.
fn emit_list_shape(field: &ReplyField) -> TokenStream {
    // The check guarantees that the one field of a newtype is a list.
    let role =
        if let ReplyFieldKind::List(role) = field.kind { variant_ident(role) } else { return TokenStream::new() };
    let ty = &field.field.ty;
    let element = quote!(<#ty as __bulk::ElementList>::SHAPE);
    quote!({ role: __bulk::Role::#role, element: #element })
}

fn emit_field_shape(field: &ReplyField) -> TokenStream {
    let name = name_literal(&field.field.json_name);
    let kind = match field.kind {
        ReplyFieldKind::List(_) => {
            let list = emit_list_shape(field);
            quote!(List #list)
        }
        ReplyFieldKind::Nested => {
            let (shape, ty) = (emit_of_element(field, "SHAPE"), &field.field.ty);
            quote!(Nested { reply: &#shape, is_list: <#ty as __bulk::Nested>::IS_LIST })
        }
        ReplyFieldKind::Count(role) => {
            let role = variant_ident(role);
            quote!(Count(__bulk::Role::#role))
        }
        ReplyFieldKind::Response(role @ (STATUS | CODE)) => {
            let (ty, kind) = (&field.field.ty, variant_ident(role));
            let by = if role == STATUS { quote!(Status) } else { quote!(AsText) };
            quote!(#kind { codes: <#ty as __bulk::#by>::CODES })
        }
        ReplyFieldKind::Response(JOB) => quote!(Job),
        ReplyFieldKind::Response(NEXT_JOB) => quote!(NextJob),
        ReplyFieldKind::Response(role) => variant_ident(role).to_token_stream(),
        ReplyFieldKind::Plain | ReplyFieldKind::Delay(_) => quote!(Plain),
    };
    if let Some(name) = &field.header {
        let name = name_literal(name);
        let required = field.is_required.then(|| quote!(.required()));
        return quote!(__bulk::FieldShape::new(#name, __bulk::FieldKind::#kind).header() #required);
    }
    let shape = quote!(__bulk::FieldShape::new(#name, __bulk::FieldKind::#kind));
    let aliases = field.field.aliases.iter().map(|name| name_literal(name));
    let aliases = (!field.field.aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])));
    let required = field.is_required.then(|| quote!(.required()));
    quote!(#shape #aliases #required)
}

/// The bound on a field's type.
fn emit_field_bound(field: &ReplyField) -> Option<TokenStream> {
    let bound = match field.kind {
        // This list is not a verdict, so each element has one.
        ReplyFieldKind::List(RESULTS) => quote!(__bulk::ElementList<Element: __bulk::HasVerdict>),
        ReplyFieldKind::List(_) => quote!(__bulk::ElementList),
        ReplyFieldKind::Nested => quote!(__bulk::Nested),
        ReplyFieldKind::Response(STATUS) => quote!(__bulk::Status),
        ReplyFieldKind::Response(_) => quote!(__bulk::AsText),
        ReplyFieldKind::Delay(_) => quote!(__bulk::RetryDelay),
        ReplyFieldKind::Count(_) => quote!(__bulk::ItemCount),
        ReplyFieldKind::Plain => return None,
    };
    Some(emit_bound(&field.field.ty, &bound))
}

/// An associated type or `SHAPE` of a list's elements, or of the nested reply.
fn emit_of_element(field: &ReplyField, what: &str) -> TokenStream {
    let (ty, what) = (&field.field.ty, format_ident!("{what}"));
    if field.kind == ReplyFieldKind::Nested {
        quote!(<<#ty as __bulk::Nested>::Reply as __bulk::BulkReply>::#what)
    } else {
        quote!(<<#ty as __bulk::ElementList>::Element as __bulk::ItemReply>::#what)
    }
}

/// The fallback for an invalid reply. It fits any item.
pub(in crate::derive) fn emit_fallback(target: &ImplTarget) -> TokenStream {
    let ident = &target.ident;
    quote! {
        impl __bulk::BulkReply for #ident {
            type Key = __bulk::NoKey;
            type Success = ();
            type Failure = __bulk::NoFailure;
            const SHAPE: __bulk::ReplyShape =
                __bulk::ReplyShape::new(__bulk::BodyShape::Opaque);
            fn read(
                _: &__bulk::RawResponse<'_>,
                _: &mut __bulk::CollectorOf<'_, Self>,
            ) -> __bulk::Result<(), __bulk::DecodeError> {
                __bulk::Ok(())
            }
        }
        impl __bulk::Nested for #ident {
            type Reply = Self;
            const IS_LIST: bool = false;
        }
        impl __bulk::PerItem for #ident {}
    }
}
