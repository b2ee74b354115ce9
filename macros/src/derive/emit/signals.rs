//! The methods of `Detail`, which report on an item.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Type;

use super::bounds::emit_bound;
use super::values::{emit_first_some, emit_nested, emit_text};
use crate::derive::model::{FieldModel, SignalFields, VerdictSource};
use crate::symbol::{CODE, MESSAGE, RETRY_AFTER};

/// The bodies of the methods. A method without a body keeps the default, which returns `None`.
#[derive(Default)]
pub(super) struct DetailMethods {
    /// The codes of all fields that can give one, as a `Codes`.
    pub(super) codes: Option<TokenStream>,
    pub(super) verdict: Option<TokenStream>,
    pub(super) code: Option<TokenStream>,
    pub(super) message: Option<TokenStream>,
    pub(super) retry_after: Option<TokenStream>,
    pub(super) retries: Option<TokenStream>,
}

/// The methods. `value` gives the expression of a field: `&self.code`, or a binding of a pattern.
pub(super) fn emit_methods(signals: &SignalFields, value: &dyn Fn(&FieldModel) -> TokenStream) -> DetailMethods {
    let nested = |method: &str| {
        let fields = signals.nested.iter().map(|nested| &nested.field);
        fields.map(|field| emit_nested(&field.ty, method, &value(field))).collect::<Vec<_>>()
    };
    let text = |field: &FieldModel| emit_text(&field.ty, &value(field));
    // Without a code, the vendor's word for the status is the code.
    let word = match &signals.verdict {
        Some(VerdictSource::Status(field)) => {
            let (ty, value) = (&field.ty, value(field));
            Some(quote!(<#ty as __bulk::Status>::word(#value)))
        }
        _ => None,
    };
    let wait = signals.wait.as_ref().map(|wait| {
        let (ty, value, unit) = (&wait.field.ty, value(&wait.field), Literal::u64_unsuffixed(wait.unit_ms));
        quote!(__bulk::retry_after(<#ty as __bulk::RetryDelay>::units(#value), #unit))
    });
    let retry = signals.retry.as_ref().map(|retry| emit_retry(&retry.field.ty, &value(&retry.field), retry.when));
    let retries = match (retry, signals.nested.is_empty()) {
        // Without a flag here, a nested type may have one.
        (retry, false) => emit_first_some(retry.into_iter().chain(nested("retries"))),
        (retry, true) => retry,
    };
    DetailMethods {
        codes: Some(any_of(emit_codes(signals))),
        verdict: signals.verdict.as_ref().map(|verdict| emit_verdict(verdict, value)),
        // The field with the role comes first, then the nested fields in the order of declaration.
        code: emit_first_some(signals.code.as_ref().map(text).into_iter().chain(nested(CODE)).chain(word)),
        message: emit_first_some(signals.message.as_ref().map(text).into_iter().chain(nested(MESSAGE))),
        retry_after: emit_first_some(wait.into_iter().chain(nested(RETRY_AFTER))),
        retries,
    }
}

/// The flag that says whether to try again.
pub(super) fn emit_retry(ty: &Type, value: &TokenStream, when: bool) -> TokenStream {
    let flag = quote!(<#ty as __bulk::RetryFlag>::flag(#value));
    if when { flag } else { quote!(__bulk::Option::map(#flag, |flag| !flag)) }
}

/// The codes of each field that can give one.
fn emit_codes(signals: &SignalFields) -> impl Iterator<Item = TokenStream> {
    let of = |field: &FieldModel, by: TokenStream| {
        let ty = &field.ty;
        quote!(<#ty as __bulk::#by>::CODES)
    };
    let own = signals.code.iter().map(|field| of(field, quote!(AsText)));
    let nested = signals.nested.iter().map(|nested| of(&nested.field, quote!(Detail)));
    let word = match &signals.verdict {
        Some(VerdictSource::Status(field)) => Some(of(field, quote!(Status))),
        _ => None,
    };
    own.chain(nested).chain(word).collect::<Vec<_>>().into_iter()
}

/// `a.or(b)`, and `Codes::NONE` for none.
pub(super) fn any_of(codes: impl Iterator<Item = TokenStream>) -> TokenStream {
    codes.reduce(|one, other| quote!(#one.or(#other))).unwrap_or_else(|| quote!(__bulk::Codes::NONE))
}

/// The bounds on the types of the fields.
pub(super) fn emit_bounds(signals: &SignalFields) -> Vec<TokenStream> {
    let nested = signals.nested.iter().map(|nested| {
        let bound = if nested.has_verdict { quote!(HasVerdict) } else { quote!(Detail) };
        (&nested.field, bound)
    });
    let wait = signals.wait.iter().map(|wait| (&wait.field, quote!(RetryDelay)));
    let retry = signals.retry.iter().map(|retry| (&retry.field, quote!(RetryFlag)));
    let bounds = nested.chain(wait).chain(retry).map(|(field, bound)| emit_bound(&field.ty, &quote!(__bulk::#bound)));
    bounds.collect()
}

fn emit_verdict(verdict: &VerdictSource, value: &dyn Fn(&FieldModel) -> TokenStream) -> TokenStream {
    let any_present = |fields: &[FieldModel]| {
        let fields = fields.iter().map(|field| {
            let (ty, value) = (&field.ty, value(field));
            quote!(<#ty as __bulk::IsPresent>::is_present(#value))
        });
        quote!(#(#fields)||*)
    };
    let present = |fields: &[FieldModel]| {
        // `None`: no field has this role. `Some(false)`: a field has it, and is not present.
        if fields.is_empty() {
            return quote!(__bulk::None);
        }
        let any = any_present(fields);
        quote!(__bulk::Some(#any))
    };
    match verdict {
        VerdictSource::Status(field) => {
            let (ty, value) = (&field.ty, value(field));
            quote!(<#ty as __bulk::Status>::verdict(#value))
        }
        VerdictSource::Nested(field) => emit_nested(&field.ty, "verdict", &value(field)),
        VerdictSource::Presence { failed, succeeded, accepted } if accepted.is_empty() => {
            let (failed, succeeded) = (present(failed), present(succeeded));
            quote!(__bulk::by_presence(#failed, #succeeded))
        }
        VerdictSource::Presence { failed, succeeded, accepted } => {
            let (failed, succeeded) = (present(failed), present(succeeded));
            let accepted = any_present(accepted);
            quote!(__bulk::by_presence_of(#failed, #succeeded, #accepted))
        }
    }
}
