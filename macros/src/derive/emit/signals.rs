//! The methods of `Detail`: what fields report about an item.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Path;

use super::bounds::emit_bound;
use super::values::{emit_first_some, emit_nested, emit_text};
use crate::derive::model::{FieldModel, SignalFields, VerdictSource};
use crate::symbol::{CODE, MESSAGE, STATUS, RETRY_AFTER};

/// The bodies of the methods. One without a body keeps the trait's own, which reports nothing.
#[derive(Default)]
pub(super) struct DetailMethods {
    pub(super) status: Option<TokenStream>,
    pub(super) code: Option<TokenStream>,
    pub(super) message: Option<TokenStream>,
    pub(super) wait: Option<TokenStream>,
}

/// The methods, with each field as `value` gives it: `&self.code`, or a binding of a pattern.
pub(super) fn emit_methods(
    signals: &SignalFields,
    value: &dyn Fn(&FieldModel) -> TokenStream,
    krate: &Path,
) -> DetailMethods {
    let nested = |method: &str| {
        let fields = signals.nested.iter().map(|nested| &nested.field);
        fields.map(|field| emit_nested(&field.ty, method, &value(field), krate)).collect::<Vec<_>>()
    };
    let text = |field: &FieldModel| emit_text(&field.ty, &value(field), krate);
    // Where no code is given, the vendor's word for the status is the code.
    let word = match &signals.verdict {
        Some(VerdictSource::Status(field)) => {
            let (ty, value) = (&field.ty, value(field));
            Some(quote!(<#ty as #krate::__private::Status>::word(#value)))
        }
        _ => None,
    };
    let wait = signals.wait.as_ref().map(|wait| {
        let (ty, value, unit) = (&wait.field.ty, value(&wait.field), Literal::u64_unsuffixed(wait.unit_ms));
        quote!(#krate::__private::retry_after(<#ty as #krate::__private::Wait>::units(#value), #unit))
    });
    DetailMethods {
        status: signals.verdict.as_ref().map(|verdict| emit_verdict(verdict, value, krate)),
        // The field itself comes before what is nested, in the order of declaration.
        code: emit_first_some(signals.code.as_ref().map(text).into_iter().chain(nested(CODE)).chain(word)),
        message: emit_first_some(signals.message.as_ref().map(text).into_iter().chain(nested(MESSAGE))),
        wait: emit_first_some(wait.into_iter().chain(nested(RETRY_AFTER))),
    }
}

/// What the types of the fields must be.
pub(super) fn emit_bounds(signals: &SignalFields, krate: &Path) -> Vec<TokenStream> {
    let nested = signals.nested.iter().map(|nested| {
        let bound = if nested.has_verdict { quote!(JudgesItself) } else { quote!(Detail) };
        (&nested.field, bound)
    });
    let wait = signals.wait.iter().map(|wait| (&wait.field, quote!(Wait)));
    let bounds = nested.chain(wait).map(|(field, bound)| emit_bound(&field.ty, &quote!(#krate::__private::#bound)));
    bounds.collect()
}

fn emit_verdict(verdict: &VerdictSource, value: &dyn Fn(&FieldModel) -> TokenStream, krate: &Path) -> TokenStream {
    let present = |fields: &[FieldModel]| {
        // `None` says that no field shows this, `Some(false)` that one does and has nothing in it.
        if fields.is_empty() {
            return quote!(::core::option::Option::None);
        }
        let fields = fields.iter().map(|field| {
            let (ty, value) = (&field.ty, value(field));
            quote!(<#ty as #krate::__private::Present>::is_present(#value))
        });
        quote!(::core::option::Option::Some(#(#fields)||*))
    };
    match verdict {
        VerdictSource::Status(field) => {
            let (ty, value) = (&field.ty, value(field));
            quote!(<#ty as #krate::__private::Status>::item_status(#value))
        }
        VerdictSource::Nested(field) => emit_nested(&field.ty, STATUS, &value(field), krate),
        VerdictSource::Presence { failed, succeeded } => {
            let (failed, succeeded) = (present(failed), present(succeeded));
            quote!(#krate::__private::by_presence(#failed, #succeeded))
        }
    }
}
