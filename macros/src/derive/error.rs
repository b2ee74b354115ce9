//! `#[derive(ApiError)]`: a struct under every status, or an enum with one variant a set of statuses.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Data, LitInt, Path, Token};

use super::fields::{Field, demand, emit_text, only, read_fields};
use super::serde_names::{ContainerNames, FieldNames};
use super::told::{emit_inside, first_of};
use super::variant::{self, Variant};
use super::{Derive, Input, emit_where, read_words, text};
use crate::args::{Value, Word};
use crate::check::check_status;
use crate::report::Report;
use crate::rules::{Mistake, Rule};
use crate::symbol::{CODE, ERROR_WORDS, NESTED, MESSAGE, ON, REQUEST_ID, VARIANT_WORDS};

/// What an error body can tell, each a method of the trait.
pub(super) const TELLS: [&str; 3] = [CODE, MESSAGE, REQUEST_ID];

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive { name: "ApiError", words: &ERROR_WORDS, build, fallback: emit_fallback, beside: None };
    derive.expand(input)
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    match &input.data {
        Data::Struct(data) => {
            let fields = read_told(&data.fields, input, report);
            Some(emit_struct(input, &fields))
        }
        Data::Enum(data) => {
            let variants = check_variants(input, data, report)?;
            Some(emit_enum(input, &variants))
        }
        Data::Union(_) => {
            let ident = &input.ident;
            report.error(Rule::DeriveKind, ident, "an error body is a struct or an enum, not a union");
            None
        }
    }
}

/// Fields with at most one of each role.
fn read_told<'a>(fields: &'a syn::Fields, input: &Input, report: &Report) -> Vec<Field<'a>> {
    let fields = read_fields(fields, &input.attributes, &ERROR_WORDS.on_field, report);
    for role in TELLS {
        only(&fields, role, report);
    }
    fields
}

/// What fields tell under a role: the field that has it, or else what is inside another.
pub(super) fn emit_told<'a>(
    fields: &[Field<'a>],
    role: &'static str,
    value: &dyn Fn(&Field<'a>) -> TokenStream,
    krate: &Path,
) -> Option<TokenStream> {
    let with = |role: &'static str| fields.iter().filter(move |field| field.words.get(role).is_some());
    let own = with(role).map(|field| emit_text(field.ty(), &value(field), krate));
    let inside = with(NESTED).filter(|_| role != REQUEST_ID);
    let inside = inside.map(|field| emit_inside(field, role, &value(field), krate));
    first_of(own.chain(inside))
}

fn check_variants<'a>(input: &Input, data: &'a syn::DataEnum, report: &Report) -> Option<Vec<Variant<'a>>> {
    if data.variants.is_empty() {
        report.error(
            Rule::VariantMissing,
            &input.ident,
            "an error enum has one variant a set of statuses: add one, with `#[bulk(on(400))]`",
        );
        return None;
    }
    let mut seen = Vec::new();
    let mut variants = Vec::new();
    for source in &data.variants {
        let words = read_words(&source.attrs, &VARIANT_WORDS, report);
        let fields = read_told(&source.fields, input, report);
        if words.lacks(ON) {
            let ident = &source.ident;
            report.error(
                Rule::VariantStatus,
                ident,
                format_args!("`{ident}` has no status: put `#[bulk(on(…))]` on it, with the statuses whose body it is"),
            );
        }
        check_countable(source, report);
        variants.push(Variant {
            source,
            statuses: read_statuses(words.get(ON), &mut seen, check_error_status, report),
            fields,
        });
    }
    Some(variants)
}

/// A variant is the body's own type, its fields, or nothing.
fn check_countable(source: &syn::Variant, report: &Report) {
    if matches!(source.fields, syn::Fields::Unnamed(_)) && source.fields.len() != 1 {
        report.error(Rule::VariantFields, &source.fields, "a variant holds the body as one type, or as named fields");
    }
}

/// The statuses of the `on(…)` of a response that was carried out.
pub(super) fn check_statuses(word: Option<&Word>, report: &Report) -> Vec<u16> {
    read_statuses(word, &mut Vec::new(), |_| Ok(()), report)
}

/// A body under 2xx is a response, which is never read as an error.
fn check_error_status(status: u16) -> Result<(), Mistake> {
    if (200..300).contains(&status) {
        return Err(Rule::SuccessStatus
            .broken(format!("no error has the status {status}: a response under 2xx is read as the endpoint's reply")));
    }
    Ok(())
}

/// The statuses of an `on(…)`, none of which was seen before.
pub(super) fn read_statuses(
    word: Option<&Word>,
    seen: &mut Vec<u16>,
    check: impl Fn(u16) -> Result<(), Mistake>,
    report: &Report,
) -> Vec<u16> {
    let Some(word) = word else {
        return Vec::new();
    };
    let literals = match &word.value {
        Value::List(tokens) => {
            let parser = Punctuated::<LitInt, Token![,]>::parse_terminated;
            parser.parse2(tokens.clone()).ok()
        }
        _ => None,
    };
    let Some(literals) = literals.filter(|literals| !literals.is_empty()) else {
        report.error(Rule::StatusList, word, "`on` lists HTTP statuses: `on(400, 403)`");
        return Vec::new();
    };
    let mut statuses = Vec::new();
    for literal in &literals {
        let Some(status) = check_status(literal, report) else {
            continue;
        };
        if let Err(why) = check(status) {
            report.mistake(literal, why);
            continue;
        }
        if seen.contains(&status) {
            report.error(Rule::StatusTwice, literal, format_args!("a status has one body: {status} is listed already"));
        }
        seen.push(status);
        statuses.push(status);
    }
    statuses
}

fn emit_struct(input: &Input, fields: &[Field<'_>]) -> TokenStream {
    let krate = &input.krate;
    let of_self = |field: &Field<'_>| {
        let member = &field.member;
        quote!(&self.#member)
    };
    let told = TELLS.iter().filter_map(|role| {
        let text = emit_told(fields, role, &of_self, krate)?;
        Some(emit_method(role, &text, input))
    });
    let read = quote!(#krate::__private::error_body(answer));
    emit_impl(input, &read, &quote!(#(#told)*), fields.iter())
}

fn emit_enum(input: &Input, variants: &[Variant<'_>]) -> TokenStream {
    let krate = &input.krate;
    let arms = variants.iter().map(|one| variant::emit_read(one, krate));
    let read = quote! {
        match answer.status() {
            #(#arms)*
            _ => ::core::option::Option::None,
        }
    };
    let tells = |role: &&&str| variants.iter().any(|one| variant::tells(one, role));
    let told = TELLS.iter().filter(tells).map(|role| {
        let arms = variants.iter().map(|one| variant::emit_tell(one, role, krate));
        emit_method(role, &quote!(match self { #(#arms)* }), input)
    });
    let statuses = variants.iter().map(|one| {
        let statuses = one.statuses.iter().copied().map(Literal::u16_unsuffixed);
        quote!(&[#(#statuses),*])
    });
    let statuses = quote!(const STATUSES: &'static [&'static [u16]] = &[#(#statuses),*];);
    let names = emit_variants(input, variants.iter().map(|one| one.source));
    emit_impl(input, &read, &quote!(#statuses #names #(#told)*), variants.iter().flat_map(|one| &one.fields))
}

/// `const VARIANTS`: the names of variants, whose bodies a document tells apart by them.
pub(super) fn emit_variants<'v>(input: &Input, variants: impl Iterator<Item = &'v syn::Variant>) -> TokenStream {
    let container = ContainerNames::read(&input.attributes);
    let names = variants.map(|variant| text(&FieldNames::of_variant(variant, &container).name));
    quote!(const VARIANTS: &'static [&'static str] = &[#(#names),*];)
}

/// `fn code`, `fn message` or `fn request_id`.
fn emit_method(role: &str, body: &TokenStream, input: &Input) -> TokenStream {
    let krate = &input.krate;
    let name = Ident::new(role, Span::call_site());
    quote! {
        fn #name(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
            #body
        }
    }
}

fn emit_impl<'f, 'a: 'f>(
    input: &Input,
    read: &TokenStream,
    told: &TokenStream,
    fields: impl Iterator<Item = &'f Field<'a>>,
) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let inside = fields.filter(|field| field.words.get(NESTED).is_some());
    let bounds: Vec<_> = inside.map(|field| demand(field.ty(), &quote!(#krate::__private::Detail))).collect();
    let bounds = emit_where(&bounds);
    quote! {
        impl #krate::ApiError for #ident #bounds {
            fn read(answer: &#krate::RawResponse<'_>) -> ::core::option::Option<Self> {
                #read
            }
            #told
        }
    }
}

/// Stands in for an error body at fault: it reads nothing.
fn emit_fallback(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::ApiError for #ident {
            fn read(_: &#krate::RawResponse<'_>) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }
        }
    }
}
