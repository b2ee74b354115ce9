//! What a declared method may look like: `fn name(&self, …) -> Bulk<…>;`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    FnArg, GenericParam, Receiver, ReceiverKind, ReturnType, Safety, Signature, Token, TraitItemFn, Type, parse_quote,
};

use crate::diagnostics::Diagnostics;
use crate::rules::Rule;

/// What a fitting signature gives.
pub(crate) struct SignatureParts {
    pub(crate) receiver: Token![self],
    pub(crate) returns: Type,
}

pub(crate) fn check_signature(method: &TraitItemFn, diagnostics: &Diagnostics) -> Option<SignatureParts> {
    let signature = &method.sig;
    let qualified = check_qualifiers(signature, diagnostics);
    let generic = check_generics(signature, diagnostics);
    let body = check_body(method, diagnostics);
    let receiver = check_receiver(signature, diagnostics);
    let returns = check_return(signature, diagnostics);
    // Each check reports its own mistake; only then is the signature given up.
    let fits = qualified && generic && body;
    Some(SignatureParts { receiver: receiver?, returns: returns? }).filter(|_| fits)
}

/// The signature as it is meant: whoever calls the method is told of no second mistake.
pub(super) fn meant(signature: &Signature) -> Signature {
    let mut meant = Signature {
        asyncness: None,
        constness: None,
        safety: Safety::Default,
        abi: None,
        variadic: None,
        ..signature.clone()
    };
    match meant.inputs.first_mut() {
        Some(FnArg::Receiver(Receiver { kind: ReceiverKind::Reference(_, _, None), mutability: None, .. })) => {}
        // `self` and `&mut self` become `&self`, which all callers of a client can satisfy.
        Some(first @ FnArg::Receiver(_)) => *first = parse_quote!(&self),
        _ => meant.inputs.insert(0, parse_quote!(&self)),
    }
    meant
}

/// Calling a method sends nothing and waits for nothing, so it is a plain function.
fn check_qualifiers(signature: &Signature, diagnostics: &Diagnostics) -> bool {
    let mut fits = true;
    let mut wrong = |rule: Rule, at: TokenStream, message: &str| {
        diagnostics.error(rule, at, message);
        fits = false;
    };
    if let Some(token) = &signature.asyncness {
        wrong(
            Rule::MethodAsync,
            token.to_token_stream(),
            "a declared method is not `async`: it only binds the endpoint, and the `send` of its `Bulk` is what is awaited; take `async` away",
        );
    }
    if let Some(token) = &signature.constness {
        wrong(Rule::MethodQualified, token.to_token_stream(), "a declared method is not `const`: take `const` away");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        wrong(Rule::MethodQualified, token.to_token_stream(), "a declared method is not `unsafe`: take `unsafe` away");
    }
    if let Some(abi) = &signature.abi {
        wrong(Rule::MethodQualified, abi.to_token_stream(), "a declared method has Rust's own ABI: take this away");
    }
    if let Some(variadic) = &signature.variadic {
        wrong(
            Rule::MethodQualified,
            variadic.to_token_stream(),
            "a declared method names each of its arguments: take `...` away",
        );
    }
    fits
}

/// The trait is usable as `dyn Trait`, which a generic method would forbid. Lifetimes do no harm.
fn check_generics(signature: &Signature, diagnostics: &Diagnostics) -> bool {
    let wrong = signature.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_)));
    if let Some(param) = wrong {
        diagnostics.error(
            Rule::MethodGeneric, param,
            "a declared method is not generic, so that the trait can be used as `dyn`: name the type, or borrow it as `&str`, `&[T]`",
        );
        return false;
    }
    // `impl Trait` as an argument is a generic parameter without a name.
    let opaque = signature.inputs.iter().find_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty).filter(|ty| matches!(ty, Type::ImplTrait(_))),
        FnArg::Receiver(_) => None,
    });
    if let Some(ty) = opaque {
        diagnostics.error(
            Rule::MethodGeneric, ty,
            "`impl Trait` makes a method generic, and the trait could not be used as `dyn`: name the type, or borrow it as `&str`, `&[T]`",
        );
    }
    opaque.is_none()
}

/// The declaration is the body.
fn check_body(method: &TraitItemFn, diagnostics: &Diagnostics) -> bool {
    if let Some(body) = &method.default {
        diagnostics.error(
            Rule::MethodBody,
            body,
            "a declared method has no body, the client's is made from the attributes: end it with `;`",
        );
    }
    method.default.is_none()
}

/// A client is shared: its methods borrow it.
fn check_receiver(signature: &Signature, diagnostics: &Diagnostics) -> Option<Token![self]> {
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver @ Receiver { kind: ReceiverKind::Reference(_, _, None), self_token, .. }))
            if receiver.mutability.is_none() =>
        {
            Some(*self_token)
        }
        Some(FnArg::Receiver(receiver)) => {
            diagnostics.error(Rule::MethodReceiver, receiver, "a declared method borrows its client: write `&self`");
            None
        }
        _ => {
            let name = &signature.ident;
            diagnostics.error(
                Rule::MethodReceiver,
                name,
                format_args!("a declared method borrows its client: write `fn {name}(&self, …)`"),
            );
            None
        }
    }
}

/// The return type names item, reply and error. It is bounded by a trait later, never taken apart here.
fn check_return(signature: &Signature, diagnostics: &Diagnostics) -> Option<Type> {
    match &signature.output {
        ReturnType::Default => {
            let name = &signature.ident;
            diagnostics.error(
                Rule::MethodReturns, name,
                format_args!(
                    "`{name}` returns nothing: write `-> Bulk<Item, Reply, Error>`, which says what is sent and answered"
                ),
            );
            None
        }
        // A constant of the client has this type, and `impl Trait` cannot be the type of a constant.
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
            diagnostics.error(
                Rule::MethodReturns, ty,
                "the return type says what is sent and answered: write `Bulk<Item, Reply, Error>` instead of `impl Trait`",
            );
            None
        }
        ReturnType::Type(_, ty) => Some((**ty).clone()),
    }
}
