//! What an element, or one variant of it, tells of its item beside which one it is: status, code, message, wait.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Path};

use super::fields::{Field, demand, emit_text, only};
use crate::args::{Value, bare};
use crate::report::Report;
use crate::rules::Rule;
use crate::symbol::{CODE, FAILED, NESTED, MESSAGE, STATUS, SUCCEEDED, RETRY_AFTER};

/// The fields that tell.
pub(super) struct Told<'f, 'a> {
    pub(super) status: Option<&'f Field<'a>>,
    failed: Vec<&'f Field<'a>>,
    succeeded: Vec<&'f Field<'a>>,
    code: Option<&'f Field<'a>>,
    message: Option<&'f Field<'a>>,
    wait: Option<(&'f Field<'a>, u64)>,
    inside: Vec<&'f Field<'a>>,
}

impl<'f, 'a> Told<'f, 'a> {
    pub(super) fn read(fields: &'f [Field<'a>], report: &Report) -> Self {
        let with = |role| fields.iter().filter(|field| field.words.get(role).is_some()).collect::<Vec<_>>();
        let told = Told {
            status: only(fields, STATUS, report),
            failed: with(FAILED),
            succeeded: with(SUCCEEDED),
            code: only(fields, CODE, report),
            message: only(fields, MESSAGE, report),
            wait: only(fields, RETRY_AFTER, report).map(|field| (field, check_unit(field, report))),
            inside: with(NESTED),
        };
        if told.status.is_some()
            && let Some(field) = told.failed.first().or(told.succeeded.first())
        {
            let word = field.words.get(FAILED).or_else(|| field.words.get(SUCCEEDED));
            report.error(
                Rule::VerdictTwice,
                word,
                "an element is judged by its `status`, or by what is in it: take one of them away",
            );
        }
        told
    }

    /// It says whether its item is done.
    pub(super) fn judges(&self) -> bool {
        self.status.is_some() || !self.failed.is_empty() || !self.succeeded.is_empty()
    }

    /// What the types of the fields must be.
    pub(super) fn bounds(&self, krate: &Path) -> impl Iterator<Item = TokenStream> {
        let inside = self.inside.iter().map(|field| {
            let judges = field.words.get(STATUS).is_some();
            (field, if judges { "JudgesItself" } else { "Detail" })
        });
        let wait = self.wait.iter().map(|(field, _)| (field, "Wait"));
        inside.chain(wait).map(move |(field, bound)| {
            let bound = format_ident!("{bound}");
            demand(field.ty(), &quote!(#krate::__private::#bound))
        })
    }

    /// The methods of `Detail`, with each field as `value` gives it.
    pub(super) fn emit(&self, value: &dyn Fn(&Field<'a>) -> TokenStream, krate: &Path) -> Methods {
        let inside = |method: &str| {
            let told = self.inside.iter().map(|field| emit_inside(field, method, &value(field), krate));
            told.collect::<Vec<_>>()
        };
        let text = |field: &Field<'a>| emit_text(field.ty(), &value(field), krate);
        let word = self.status.filter(|field| field.words.get(NESTED).is_none()).map(|field| {
            let (ty, value) = (field.ty(), value(field));
            quote!(<#ty as #krate::__private::Status>::word(#value))
        });
        let wait = self.wait.map(|(field, unit)| {
            let (ty, value, unit) = (field.ty(), value(field), Literal::u64_unsuffixed(unit));
            quote!(#krate::__private::retry_after(<#ty as #krate::__private::Wait>::units(#value), #unit))
        });
        Methods {
            status: self.emit_status(value, krate),
            code: first_of(self.code.map(text).into_iter().chain(inside(CODE)).chain(word)),
            message: first_of(self.message.map(text).into_iter().chain(inside(MESSAGE))),
            wait: first_of(wait.into_iter().chain(inside(RETRY_AFTER))),
        }
    }

    fn emit_status(&self, value: &dyn Fn(&Field<'a>) -> TokenStream, krate: &Path) -> Option<TokenStream> {
        if let Some(field) = self.status {
            let value = value(field);
            return Some(if field.words.get(NESTED).is_some() {
                emit_inside(field, STATUS, &value, krate)
            } else {
                let ty = field.ty();
                quote!(<#ty as #krate::__private::Status>::item_status(#value))
            });
        }
        if !self.judges() {
            return None;
        }
        let present = |fields: &[&Field<'a>]| {
            if fields.is_empty() {
                return quote!(::core::option::Option::None);
            }
            let fields = fields.iter().map(|field| {
                let (ty, value) = (field.ty(), value(field));
                quote!(<#ty as #krate::__private::Present>::is_present(#value))
            });
            quote!(::core::option::Option::Some(#(#fields)||*))
        };
        let (failed, succeeded) = (present(&self.failed), present(&self.succeeded));
        Some(quote!(#krate::__private::by_presence(#failed, #succeeded)))
    }
}

/// The bodies of the methods that tell something.
pub(super) struct Methods {
    pub(super) status: Option<TokenStream>,
    pub(super) code: Option<TokenStream>,
    pub(super) message: Option<TokenStream>,
    pub(super) wait: Option<TokenStream>,
}

/// The first that is there, at run time.
pub(super) fn first_of(told: impl IntoIterator<Item = TokenStream>) -> Option<TokenStream> {
    told.into_iter().reduce(|first, next| quote!(::core::option::Option::or_else(#first, || #next)))
}

/// `Detail::code(&self.error)`.
pub(super) fn emit_inside(field: &Field<'_>, method: &str, value: &TokenStream, krate: &Path) -> TokenStream {
    let (ty, method) = (field.ty(), format_ident!("{method}"));
    quote!(<#ty as #krate::__private::Detail>::#method(#value))
}

/// How many milliseconds the unit of a wait has.
fn check_unit(field: &Field<'_>, report: &Report) -> u64 {
    let word = field.words.get(RETRY_AFTER);
    let unit = word.and_then(|word| match &word.value {
        Value::Equals(value) => match bare(value) {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        },
        _ => None,
    });
    match unit.as_deref() {
        Some("seconds") => 1_000,
        Some("milliseconds") => 1,
        _ => {
            report.error(Rule::WaitUnit, word, "a wait has a unit: write `retry_after = seconds` or `retry_after = milliseconds`");
            1
        }
    }
}
