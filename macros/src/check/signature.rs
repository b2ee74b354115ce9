//! The signature of a declared method: `fn name(&self, …) -> Bulk<…>;`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    FnArg, GenericParam, Receiver, ReceiverKind, ReturnType, Safety, Signature, Token, TraitItemFn, Type, parse_quote,
};

use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::types;

/// The parts of a valid signature.
pub(crate) struct SignatureParts {
    pub(crate) receiver: Token![self],
    pub(crate) returns: Type,
}

pub(crate) fn check_signature(method: &TraitItemFn, diagnostics: &Diagnostics) -> Option<SignatureParts> {
    let signature = &method.sig;
    check_qualifiers(signature, diagnostics);
    check_generics(signature, diagnostics);
    check_body(method, diagnostics);
    // Each check reports its own mistakes, so all run before the signature is rejected.
    let receiver = check_receiver(signature, diagnostics);
    let returns = check_return(signature, diagnostics);
    Some(SignatureParts { receiver: receiver?, returns: returns? })
}

/// The signature without its mistakes, so that callers of the method get no further errors.
pub(super) fn corrected(signature: &Signature) -> Signature {
    let mut corrected = Signature {
        asyncness: None,
        constness: None,
        safety: Safety::Default,
        abi: None,
        variadic: None,
        ..signature.clone()
    };
    // `Self` has no size here, which rustc would report too.
    if matches!(&corrected.output, ReturnType::Type(_, ty) if types::self_in(ty).is_some()) {
        corrected.output = ReturnType::Default;
    }
    match corrected.inputs.first_mut() {
        Some(FnArg::Receiver(Receiver { kind: ReceiverKind::Reference(_, _, None), .. })) => {}
        // `self` and `&mut self` become `&self`, which all callers of a client can satisfy.
        Some(first @ FnArg::Receiver(_)) => *first = parse_quote!(&self),
        _ => corrected.inputs.insert(0, parse_quote!(&self)),
    }
    corrected
}

/// A call of a declared method sends nothing, so the method is a plain function.
fn check_qualifiers(signature: &Signature, diagnostics: &Diagnostics) {
    let wrong = |rule: Rule, at: TokenStream, message: &str| diagnostics.error(rule, at, message);
    if let Some(token) = &signature.asyncness {
        wrong(
            Rule::MethodAsync,
            token.to_token_stream(),
            "a declared method cannot be `async`, since it sends nothing itself: remove `async`, and await the `send` of its `Bulk`",
        );
    }
    if let Some(token) = &signature.constness {
        wrong(Rule::MethodQualified, token.to_token_stream(), "a declared method cannot be `const`: remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        wrong(Rule::MethodQualified, token.to_token_stream(), "a declared method cannot be `unsafe`: remove `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        wrong(Rule::MethodQualified, abi.to_token_stream(), "a declared method cannot have an ABI: remove it");
    }
    if let Some(variadic) = &signature.variadic {
        wrong(Rule::MethodQualified, variadic.to_token_stream(), "a declared method cannot be variadic: remove `...`");
    }
}

/// The trait is dyn-compatible, which excludes generic methods. Lifetimes are allowed.
fn check_generics(signature: &Signature, diagnostics: &Diagnostics) {
    let wrong = signature.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_)));
    if let Some(param) = wrong {
        diagnostics.error(
            Rule::MethodGeneric, param,
            "a declared method cannot be generic, since the trait must be dyn-compatible: name the type, or borrow it as `&str` or `&[T]`",
        );
        return;
    }
    // `impl Trait` as an argument is a generic parameter without a name.
    let opaque = signature.inputs.iter().find_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty).filter(|ty| matches!(ty, Type::ImplTrait(_))),
        FnArg::Receiver(_) => None,
    });
    if let Some(ty) = opaque {
        diagnostics.error(
            Rule::MethodGeneric, ty,
            "`impl Trait` makes a method generic, but the trait must be dyn-compatible: name the type, or borrow it as `&str` or `&[T]`",
        );
    }
}

/// The macro generates the body.
fn check_body(method: &TraitItemFn, diagnostics: &Diagnostics) {
    if let Some(body) = &method.default {
        diagnostics.error(
            Rule::MethodBody,
            body,
            "a declared method cannot have a body, since the macro generates it: end the method with `;`",
        );
    }
}

/// A client is shared, so its methods borrow it.
fn check_receiver(signature: &Signature, diagnostics: &Diagnostics) -> Option<Token![self]> {
    match signature.inputs.first() {
        Some(FnArg::Receiver(Receiver { kind: ReceiverKind::Reference(_, _, None), self_token, .. })) => {
            Some(*self_token)
        }
        Some(FnArg::Receiver(receiver)) => {
            diagnostics.error(
                Rule::MethodReceiver,
                receiver,
                "expected `&self`, since a declared method borrows its client: write `&self`",
            );
            None
        }
        _ => {
            let name = &signature.ident;
            diagnostics.error(Rule::MethodReceiver, name, format_args!("missing `&self`: write `fn {name}(&self, …)`"));
            None
        }
    }
}

/// The return type names item, reply and error. A trait bound checks it later; the macro does not parse it.
fn check_return(signature: &Signature, diagnostics: &Diagnostics) -> Option<Type> {
    match &signature.output {
        ReturnType::Default => {
            let name = &signature.ident;
            diagnostics.error(
                Rule::MethodReturns,
                name,
                format_args!("missing return type on `{name}`: add `-> Bulk<Item, Reply, Error>`"),
            );
            None
        }
        // A constant of the client has this type, and `impl Trait` cannot be the type of a constant.
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
            diagnostics.error(
                Rule::MethodReturns,
                ty,
                "expected `Bulk<Item, Reply, Error>`, found `impl Trait`: write the `Bulk` type",
            );
            None
        }
        ReturnType::Type(_, ty) => {
            let owned = check_owned(ty, diagnostics);
            owned.then(|| (**ty).clone())
        }
    }
}

/// The types of an endpoint own their data: its constant has no lifetime to borrow for.
fn check_owned(returns: &Type, diagnostics: &Diagnostics) -> bool {
    let of_client = types::self_in(returns).map(|token| {
        (
            token,
            "expected the types of items and responses in `Bulk<…>`, found `Self`, which is the client: name a type",
        )
    });
    let borrowed = types::borrow_in(returns).map(|token| {
        (token, "the types in `Bulk<…>` own their data, found a borrowed type: write `String` for `&str`, and a type without a lifetime for any other")
    });
    let wrong = of_client.or(borrowed);
    if let Some((token, message)) = &wrong {
        diagnostics.error(Rule::ReturnsBorrowed, token, message);
    }
    wrong.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrected_signature_can_be_called_as_one_without_mistakes() {
        for (written, want) in [
            ("fn f(&self, a: u8) -> Bulk<u8>", "fn f(&self, a: u8) -> Bulk<u8>"),
            ("fn f(&'a self) -> Bulk<u8>", "fn f(&'a self) -> Bulk<u8>"),
            ("fn f(self) -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("fn f(mut self) -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("fn f(&mut self, a: u8) -> Bulk<u8>", "fn f(&self, a: u8) -> Bulk<u8>"),
            ("fn f(self: Box<Self>) -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("fn f(a: u8) -> Bulk<u8>", "fn f(&self, a: u8) -> Bulk<u8>"),
            ("fn f() -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("async fn f(&self) -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("const fn f(&self) -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("unsafe extern \"C\" fn f(&self) -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("fn f(&self, rest: ...) -> Bulk<u8>", "fn f(&self) -> Bulk<u8>"),
            ("fn f(&self) -> Bulk<Self>", "fn f(&self)"),
            ("fn f(&self)", "fn f(&self)"),
        ] {
            let method: TraitItemFn = syn::parse_str(&format!("{written};")).expect(written);
            let want: TraitItemFn = syn::parse_str(&format!("{want};")).expect(want);
            // A comma that is left is no mistake.
            let text =
                |signature: &Signature| signature.to_token_stream().to_string().replace(' ', "").replace(",)", ")");
            assert_eq!(text(&corrected(&method.sig)), text(&want.sig), "{written}");
        }
    }
}
