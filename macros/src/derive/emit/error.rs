//! `ApiError` for an error body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Member, Type};

use super::bounds::{emit_assumed, emit_bound, emit_type_check, emit_where};
use super::by_status::{emit_pattern, emit_statuses, emit_variant_names};
use super::code_places::{emit_code_at, emit_code_in_header, emit_code_inside, emit_codes};
use super::delays::emit_delays;
use super::signals::{any_of, emit_retry};
use super::values::{emit_first_some, emit_nested, emit_text, field_of_self, name_literal};
use crate::derive::model::{ErrorBody, ErrorField, ErrorModel, FieldModel, ImplTarget, StatusCase};
use crate::symbol::{CODE, MESSAGE, NESTED, REQUEST_ID, RETRY, RETRY_AFTER};

/// The roles of an error body, each a method of the trait.
const METHODS: [&str; 3] = [CODE, MESSAGE, REQUEST_ID];

pub(in crate::derive) fn emit_error(target: &ImplTarget, model: &ErrorModel) -> TokenStream {
    match model {
        ErrorModel::Struct(fields) => emit_struct(target, fields),
        ErrorModel::ByStatus(cases) => emit_enum(target, cases),
    }
}

fn emit_struct(target: &ImplTarget, fields: &[ErrorField]) -> TokenStream {
    let methods = METHODS.iter().filter_map(|role| {
        let text = emit_role(fields, role, &field_of_self)?;
        Some(emit_method(role, &text))
    });
    let read = emit_read_body(fields, &quote!(Self), &quote!(body));
    let used = emit_used(&quote!(Self), fields);
    let delays = emit_own_delays(fields).map(|places| {
        quote! {
            fn delays(_: ::core::primitive::u16) -> &'static [__bulk::DelayAt] {
                #used
                #places
            }
        }
    });
    let hints = Hint::ALL.into_iter().filter_map(|hint| {
        let body = emit_hint(hint, fields, &field_of_self)?;
        Some(emit_hint_method(hint, &body))
    });
    let codes = emit_possible_codes([BodyRef::Fields(fields)].into_iter());
    let places = emit_codes(&emit_code_places(fields), Some(&quote!(_: ::core::primitive::u16)));
    // The type itself is read, so it needs what serde derives.
    let decodes = Some(quote!(Decodes));
    emit_impl(target, &read, &quote!(#codes #places #delays #(#methods)* #(#hints)*), decodes, fields.iter())
}

fn emit_enum(target: &ImplTarget, cases: &[StatusCase<ErrorBody>]) -> TokenStream {
    let arms = cases.iter().map(emit_read_arm);
    let read = quote! {
        match response.status() {
            #(#arms)*
            status => __bulk::Err(__bulk::DecodeError::undeclared_error(status)),
        }
    };
    // The default method returns `None`, so a role that no variant has needs no method.
    let reported = METHODS.iter().filter(|role| cases.iter().any(|case| reports(&case.body, role)));
    let methods = reported.map(|role| {
        let arms = cases.iter().map(|case| emit_method_arm(case, role));
        emit_method(role, &quote!(match self { #(#arms)* }))
    });
    let hints = Hint::ALL.into_iter().filter(|hint| cases.iter().any(|case| hint.may_be_in(&case.body))).map(|hint| {
        let arms = cases.iter().map(|case| emit_hint_arm(hint, case));
        emit_hint_method(hint, &quote!(match self { #(#arms)* }))
    });
    let statuses = cases.iter().map(|case| emit_statuses(&case.statuses));
    // An OpenAPI document lists each body with its statuses.
    let statuses = quote!(const STATUSES: &'static [&'static [u16]] = &[#(#statuses),*];);
    let names = emit_variant_names(cases);
    let fields = cases.iter().flat_map(|case| case.body.fields());
    let bodies = cases.iter().map(|case| match &case.body {
        ErrorBody::Error(ty) => BodyRef::Error(ty),
        body => BodyRef::Fields(body.fields()),
    });
    let codes = emit_possible_codes(bodies);
    let (places, delays) = (emit_codes_by_status(cases), emit_delays_by_status(cases));
    emit_impl(target, &read, &quote!(#statuses #names #codes #places #delays #(#methods)* #(#hints)*), None, fields)
}

/// `const CODES`: the codes of all bodies.
fn emit_possible_codes<'a>(bodies: impl Iterator<Item = BodyRef<'a>>) -> TokenStream {
    let codes = any_of(bodies.flat_map(|body| codes_of(body)));
    quote!(const CODES: __bulk::Codes = #codes;)
}

/// A body, or the fields of one.
#[derive(Clone, Copy)]
enum BodyRef<'a> {
    Error(&'a Type),
    Fields(&'a [ErrorField]),
}

fn codes_of(body: BodyRef<'_>) -> Vec<TokenStream> {
    match body {
        BodyRef::Error(ty) => vec![quote!(<#ty as __bulk::ApiError>::CODES)],
        BodyRef::Fields(fields) => {
            let codes = fields.iter().filter_map(|field| {
                let (ty, by) = (&field.field.ty, if field.has(CODE) { quote!(AsText) } else { quote!(Detail) });
                (field.has(CODE) || field.has(NESTED)).then(|| quote!(<#ty as __bulk::#by>::CODES))
            });
            codes.collect()
        }
    }
}

/// The value of a role: the field with the role comes first, then the nested fields.
fn emit_role(fields: &[ErrorField], role: &str, value: &dyn Fn(&FieldModel) -> TokenStream) -> Option<TokenStream> {
    let with = |role| fields.iter().filter(move |field| field.has(role)).map(|field| &field.field);
    let own = with(role).map(|field| emit_text(&field.ty, &value(field)));
    // A nested type is an element, and elements have no request id.
    let inside = with(NESTED).filter(|_| role != REQUEST_ID);
    let inside = inside.map(|field| emit_nested(&field.ty, role, &value(field)));
    emit_first_some(own.chain(inside))
}

/// Returns whether the body can have a value for this role.
fn reports(body: &ErrorBody, role: &str) -> bool {
    matches!(body, ErrorBody::Error(_)) || body.fields().iter().any(|field| field.has(role) || field.has(NESTED))
}

/// The arm that reads a variant.
fn emit_read_arm(case: &StatusCase<ErrorBody>) -> TokenStream {
    let ident = &case.ident;
    let result = quote!(__bulk::Result);
    let read = match &case.body {
        ErrorBody::Empty => quote!(#result::Ok(Self::#ident)),
        ErrorBody::Error(ty) => quote!(#result::map(<#ty as __bulk::ApiError>::read(response), Self::#ident)),
        ErrorBody::Value(_) => quote!(#result::map(__bulk::error_body(response), Self::#ident)),
        ErrorBody::Fields { fields, serde } => emit_read_fields(ident, fields, serde),
    };
    let pattern = emit_pattern(&case.statuses);
    quote!(#pattern => { #read })
}

/// serde cannot read one variant by itself, so a struct with the same fields and serde attributes reads them.
fn emit_read_fields(ident: &Ident, fields: &[ErrorField], words: &[TokenStream]) -> TokenStream {
    let serde = quote!(__bulk::serde);
    // `#[serde(crate = "…")]` takes a string, and a path as tokens contains spaces.
    let path = serde.to_string().replace(' ', "");
    let declared = fields
        .iter()
        .map(|ErrorField { field: FieldModel { member, ty, .. }, serde, .. }| quote!(#(#serde)* #member: #ty));
    let members =
        fields.iter().map(|ErrorField { field: FieldModel { member, .. }, .. }| quote!(#member: body.#member));
    let read = emit_read_body(fields, &quote!(__Body), &quote!(Self::#ident { #(#members),* }));
    quote! {
        #[::core::prelude::v1::derive(#serde::Deserialize)]
        #[serde(crate = #path)]
        #(#[serde(#words)])*
        struct __Body { #(#declared),* }
        #read
    }
}

/// Reads a body of type `ty`, and its headers, into `value`.
fn emit_read_body(fields: &[ErrorField], ty: &TokenStream, value: &TokenStream) -> TokenStream {
    let headers = fields.iter().filter_map(|field| Some((field.header.as_ref()?, &field.field.member)));
    let fill: Vec<TokenStream> = headers
        .map(|(name, member)| {
            let name = name_literal(name);
            quote!(response.fill_header(#name, &mut body.#member);)
        })
        .collect();
    if !fill.is_empty() {
        return quote! {
            __bulk::Result::map(
                __bulk::error_body_beside_headers(response),
                |mut body: #ty| {
                    #(#fill)*
                    #value
                },
            )
        };
    }
    let read = quote!(__bulk::error_body(response));
    if value.to_string() == "body" { read } else { quote!(__bulk::Result::map(#read, |body: #ty| #value,)) }
}

/// The places of the delay in a body with these fields.
fn emit_own_delays(fields: &[ErrorField]) -> Option<TokenStream> {
    let delays = fields.iter().filter_map(|field| Some((&field.field, field.header.as_deref(), field.unit?)));
    emit_delays(delays)
}

/// The delay is read from the response, never through the type. This use avoids the `dead_code` warning.
fn emit_used(pattern: &TokenStream, fields: &[ErrorField]) -> Option<TokenStream> {
    let delays = fields.iter().filter(|field| field.unit.is_some()).map(|field| &field.field.member);
    let members: Vec<&Member> = delays.collect();
    // With macro hygiene, the pattern never refers to a constant of the user with this name.
    let delay = Ident::new("delay", Span::mixed_site());
    (!members.is_empty()).then(|| {
        quote! {
            let _ = |error: &Self| {
                #[allow(irrefutable_let_patterns)]
                if let #pattern { #(#members: #delay,)* .. } = error {
                    let _ = #delay;
                }
            };
        }
    })
}

/// `fn delays` of an enum.
fn emit_delays_by_status(cases: &[StatusCase<ErrorBody>]) -> Option<TokenStream> {
    let arms = cases.iter().filter_map(|case| {
        let pattern = emit_pattern(&case.statuses);
        let places = match &case.body {
            ErrorBody::Error(ty) => quote!(<#ty as __bulk::ApiError>::delays(status)),
            body => emit_own_delays(body.fields())?,
        };
        Some(quote!(#pattern => #places,))
    });
    let arms: Vec<TokenStream> = arms.collect();
    let used = cases.iter().filter_map(|case| {
        let ident = &case.ident;
        emit_used(&quote!(Self::#ident), case.body.fields())
    });
    (!arms.is_empty()).then(|| {
        quote! {
            fn delays(status: ::core::primitive::u16) -> &'static [__bulk::DelayAt] {
                #(#used)*
                match status {
                    #(#arms)*
                    _ => &[],
                }
            }
        }
    })
}

/// The arm of `code`, `message` or `request_id` for a variant.
fn emit_method_arm(case: &StatusCase<ErrorBody>, role: &str) -> TokenStream {
    let ident = &case.ident;
    if let ErrorBody::Error(ty) = &case.body {
        let value = Ident::new("value", Span::mixed_site());
        let role = Ident::new(role, Span::call_site());
        return quote! {
            Self::#ident(#value) => <#ty as __bulk::ApiError>::#role(#value),
        };
    }
    let fields = case.body.fields();
    // With macro hygiene, the pattern never refers to a constant of the user with this name.
    let binding = |field: &FieldModel| format_ident!("field_{}", field.member, span = Span::mixed_site());
    let text = emit_role(fields, role, &|field| binding(field).to_token_stream());
    // Another variant has this role, so the arm is needed.
    let text = text.unwrap_or_else(|| quote!(__bulk::None));
    let used = fields.iter().filter(|field| field.has(role) || field.has(NESTED));
    let bindings = used.map(|ErrorField { field, .. }| {
        let (member, binding) = (&field.member, binding(field));
        quote!(#member: #binding,)
    });
    quote!(#[allow(unused_variables)] Self::#ident { #(#bindings)* .. } => #text,)
}

/// What an error says of another attempt, by a method with a value of its own type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    /// Whether there is a point in one.
    Retries,
    /// How long to wait before it. A field of the body itself is in `delays`.
    RetryAfter,
}

impl Hint {
    const ALL: [Hint; 2] = [Hint::Retries, Hint::RetryAfter];

    fn method(self) -> &'static str {
        match self {
            Hint::Retries => "retries",
            Hint::RetryAfter => RETRY_AFTER,
        }
    }

    /// Whether a field has it, or a field inside of that one may.
    fn may_be_in_field(self, field: &ErrorField) -> bool {
        field.has(NESTED) || self == Hint::Retries && field.has(RETRY)
    }

    /// Whether a body may have it. The type in a variant may.
    fn may_be_in(self, body: &ErrorBody) -> bool {
        matches!(body, ErrorBody::Error(_)) || body.fields().iter().any(|field| self.may_be_in_field(field))
    }
}

/// The hint of the field with the role, then those of the nested fields.
fn emit_hint(hint: Hint, fields: &[ErrorField], value: &dyn Fn(&FieldModel) -> TokenStream) -> Option<TokenStream> {
    let own = fields.iter().filter(|_| hint == Hint::Retries);
    let own = own.filter_map(|field| Some(emit_retry(&field.field.ty, &value(&field.field), field.when?)));
    let nested = fields.iter().filter(|field| field.has(NESTED)).map(|field| &field.field);
    let nested = nested.map(|field| emit_nested(&field.ty, hint.method(), &value(field)));
    emit_first_some(own.chain(nested))
}

fn emit_hint_method(hint: Hint, body: &TokenStream) -> TokenStream {
    let method = format_ident!("{}", hint.method());
    let ty = match hint {
        Hint::Retries => quote!(::core::primitive::bool),
        Hint::RetryAfter => quote!(::core::time::Duration),
    };
    quote! {
        fn #method(&self) -> __bulk::Option<#ty> {
            #body
        }
    }
}

/// The arm of a hint's method for a variant.
fn emit_hint_arm(hint: Hint, case: &StatusCase<ErrorBody>) -> TokenStream {
    let ident = &case.ident;
    if let ErrorBody::Error(ty) = &case.body {
        let (value, method) = (Ident::new("value", Span::mixed_site()), format_ident!("{}", hint.method()));
        return quote!(Self::#ident(#value) => <#ty as __bulk::ApiError>::#method(#value),);
    }
    let binding = |field: &FieldModel| format_ident!("field_{}", field.member, span = Span::mixed_site());
    let fields = case.body.fields();
    let body =
        emit_hint(hint, fields, &|field| binding(field).to_token_stream()).unwrap_or_else(|| quote!(__bulk::None));
    let bindings = fields.iter().filter(|field| hint.may_be_in_field(field)).map(|ErrorField { field, .. }| {
        let (member, binding) = (&field.member, binding(field));
        quote!(#member: #binding,)
    });
    quote!(Self::#ident { #(#bindings)* .. } => #body,)
}

/// The places of the code in a body with these fields, in the order in which `code` looks at them.
fn emit_code_places(fields: &[ErrorField]) -> Vec<TokenStream> {
    let with = |role| fields.iter().filter(move |field| field.has(role));
    let own = with(CODE).map(|field| match &field.header {
        Some(name) => emit_code_in_header(name, &field.field.ty),
        None => emit_code_at(&field.field),
    });
    own.chain(with(NESTED).map(|field| emit_code_inside(&field.field))).collect()
}

/// `fn codes` of an enum.
fn emit_codes_by_status(cases: &[StatusCase<ErrorBody>]) -> Option<TokenStream> {
    let arms: Vec<TokenStream> = cases
        .iter()
        .filter(|case| reports(&case.body, CODE))
        .map(|case| {
            let pattern = emit_pattern(&case.statuses);
            let codes = match &case.body {
                ErrorBody::Error(ty) => quote!(<#ty as __bulk::ApiError>::codes(status)),
                body => {
                    let places = emit_code_places(body.fields());
                    quote!(const { &[#(#places),*] })
                }
            };
            quote!(#pattern => #codes,)
        })
        .collect();
    (!arms.is_empty()).then(|| {
        quote! {
            fn codes(status: ::core::primitive::u16) -> &'static [__bulk::CodeAt] {
                match status {
                    #(#arms)*
                    _ => &[],
                }
            }
        }
    })
}

/// `fn code`, `fn message` or `fn request_id`.
fn emit_method(role: &str, body: &TokenStream) -> TokenStream {
    let name = Ident::new(role, Span::call_site());
    quote! {
        fn #name(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            #body
        }
    }
}

fn emit_impl<'a>(
    target: &ImplTarget,
    read: &TokenStream,
    members: &TokenStream,
    decodes: Option<TokenStream>,
    fields: impl Iterator<Item = &'a ErrorField>,
) -> TokenStream {
    let ident = &target.ident;
    // A field with a role needs no bound here: rustc reports a wrong type where its text is read.
    let check = if decodes.is_some() { "error_type" } else { "error_enum_type" };
    let inside = fields.filter_map(|field| {
        let bound = match field.role? {
            NESTED => quote!(Detail),
            RETRY_AFTER => quote!(RetryDelay),
            RETRY => quote!(RetryFlag),
            _ => return None,
        };
        Some(emit_bound(&field.field.ty, &quote!(__bulk::#bound)))
    });
    let own = [quote!(Shareable), quote!(Shown)].into_iter().chain(decodes);
    let own = own.map(|bound| emit_assumed(ident, &quote!(__bulk::#bound)));
    let bounds = emit_where(&own.chain(inside).collect::<Vec<_>>());
    let check = emit_type_check(check, ident);
    quote! {
        #check
        impl __bulk::ApiError for #ident #bounds {
            fn read(
                response: &__bulk::RawResponse<'_>,
            ) -> __bulk::Result<Self, __bulk::DecodeError> {
                #read
            }
            #members
        }
    }
}

/// The fallback for an invalid error body. It reads nothing.
pub(in crate::derive) fn emit_fallback(target: &ImplTarget) -> TokenStream {
    let ident = &target.ident;
    quote! {
        impl __bulk::ApiError for #ident {
            fn read(
                response: &__bulk::RawResponse<'_>,
            ) -> __bulk::Result<Self, __bulk::DecodeError> {
                __bulk::Err(__bulk::DecodeError::undeclared_error(response.status()))
            }
        }
    }
}
