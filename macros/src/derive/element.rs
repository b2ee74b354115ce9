//! `#[derive(ItemReply)]`.

use proc_macro2::TokenStream;
use quote::quote;

use super::fields::{Field, emit_key, emit_text, only, read_fields};
use super::{Derive, Input, text};
use crate::report::Report;
use crate::rules::Rule;
use crate::symbol::{CODE, ELEMENT_WORDS, KEY, MESSAGE, ORDER, STATUS};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive { name: "ItemReply", words: &ELEMENT_WORDS, build, fallback: emit_fallback };
    derive.expand(input)
}

/// An element that passed the checks.
struct Element<'f, 'a> {
    /// Empty: told by its position.
    keys: Vec<&'f Field<'a>>,
    status: Option<&'f Field<'a>>,
    code: Option<&'f Field<'a>>,
    message: Option<&'f Field<'a>>,
    /// It has a field without a role, which makes a success body.
    has_body: bool,
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    let fields = input.struct_fields("a derived element", report)?;
    if !matches!(fields, syn::Fields::Named(_)) {
        report.error(
            Rule::DeriveFields, &input.ident,
            "an element has named fields, to which roles are given; a bare key in an answer is a newtype that derives `BulkItem`",
        );
        return None;
    }
    let fields = read_fields(fields, &input.attributes, &ELEMENT_WORDS.on_field, report);
    let element = Element {
        keys: check_address(input, &fields, report)?,
        status: only(&fields, STATUS, report),
        code: only(&fields, CODE, report),
        message: only(&fields, MESSAGE, report),
        has_body: fields.iter().any(has_no_role),
    };
    Some(emit(input, &element))
}

fn has_no_role(field: &Field<'_>) -> bool {
    let mut roles = ELEMENT_WORDS.on_field.allowed.iter();
    !roles.any(|role| field.words.get(role).is_some())
}

/// An element says which item it speaks of: by key, or by its position.
fn check_address<'f, 'a>(input: &Input, fields: &'f [Field<'a>], report: &Report) -> Option<Vec<&'f Field<'a>>> {
    let keys: Vec<&Field<'_>> = fields.iter().filter(|field| field.words.get(KEY).is_some()).collect();
    let ordered = input.words.flag(ORDER, report);
    match (keys.first(), ordered) {
        (Some(key), true) => {
            report.error(
                Rule::AddressTwice, key.words.get(KEY),
                "an element is told by its key or by its position: take `#[bulk(order)]` off the type, or `#[bulk(key)]` off this field",
            );
            None
        }
        (None, false) => {
            let typo = fields.iter().any(|field| !field.words.lacks(KEY));
            if !typo && input.words.lacks(ORDER) {
                let ident = &input.ident;
                report.error(
                    Rule::AddressMissing, ident,
                    format_args!(
                        "nothing in `{ident}` says which item it speaks of: put `#[bulk(key)]` on the field that names it, or `#[bulk(order)]` on the type where elements stand in the order of the items"
                    ),
                );
            }
            None
        }
        _ => Some(keys),
    }
}

fn emit(input: &Input, element: &Element<'_, '_>) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let (key, address) = emit_address(element, input);
    let (success, into_success) = if element.has_body {
        let arc = quote!(#krate::__private::Arc);
        (quote!(#arc<Self>), quote!(#arc::new(self)))
    } else {
        (quote!(()), TokenStream::new())
    };
    let shape = emit_shape(element, input);
    let status = element.status.map(|field| emit_status(field, input));
    let code = element.code.map(|field| emit_told("code", field, input));
    let message = element.message.map(|field| emit_told("message", field, input));
    let judges = element.status.map(|_| quote!(impl #krate::__private::JudgesItself for #ident {}));
    quote! {
        impl #krate::ItemReply for #ident {
            type Key = #key;
            type Success = #success;
            const SHAPE: #krate::__private::ElementShape = #shape;
            fn address(&self) -> #krate::__private::Address<'_, Self::Key> {
                #address
            }
            fn into_success(self) -> Self::Success {
                #into_success
            }
            #status
            #code
            #message
        }
        #judges
    }
}

fn emit_address(element: &Element<'_, '_>, input: &Input) -> (TokenStream, TokenStream) {
    let krate = &input.krate;
    if element.keys.is_empty() {
        return (quote!(#krate::__private::Unnamed), quote!(#krate::__private::Address::Position));
    }
    let (key, value) = emit_key(&element.keys, krate);
    (key, quote!(#krate::__private::Address::Key(#value)))
}

fn emit_shape(element: &Element<'_, '_>, input: &Input) -> TokenStream {
    let krate = &input.krate;
    let shape = if element.keys.is_empty() {
        quote!(ordered())
    } else {
        let names = element.keys.iter().map(|key| text(&key.names.name));
        quote!(keyed(&[#(#names),*]))
    };
    let status = element.status.map(|field| {
        let name = text(&field.names.name);
        quote!(.status(#name))
    });
    quote!(#krate::__private::ElementShape::#shape #status)
}

fn emit_status(field: &Field<'_>, input: &Input) -> TokenStream {
    let (krate, ty, member) = (&input.krate, field.ty(), &field.member);
    quote! {
        fn status(&self) -> ::core::option::Option<#krate::__private::ItemStatus> {
            <#ty as #krate::__private::Status>::item_status(&self.#member)
        }
    }
}

/// `fn code` or `fn message`.
fn emit_told(name: &str, field: &Field<'_>, input: &Input) -> TokenStream {
    let (krate, member) = (&input.krate, &field.member);
    let name = quote::format_ident!("{name}");
    let told = emit_text(field.ty(), &quote!(&self.#member), krate);
    quote! {
        fn #name(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
            #told
        }
    }
}

/// Stands in for an element at fault: told by position, which fits any item.
fn emit_fallback(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::ItemReply for #ident {
            type Key = #krate::__private::Unnamed;
            type Success = ();
            const SHAPE: #krate::__private::ElementShape =
                #krate::__private::ElementShape::ordered();
            fn address(&self) -> #krate::__private::Address<'_, Self::Key> {
                #krate::__private::Address::Position
            }
            fn into_success(self) -> Self::Success {}
        }
        impl #krate::__private::JudgesItself for #ident {}
    }
}
