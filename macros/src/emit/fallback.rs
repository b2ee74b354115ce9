//! The expansion beside the errors: the trait, and a client without function, so that one mistake does not cause further errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{GenericParam, ItemTrait, Path, ReturnType, TraitItem, TraitItemFn, Type};

use super::client::ClientEmitter;
use super::method::{conditions, plain_signature};
use crate::case::constant_name;
use crate::types;

/// The trait itself, and a client whose methods are never called.
pub(crate) fn emit_fallback(item: &ItemTrait, krate: &Path) -> TokenStream {
    let item = &without_repeats(item);
    let client = ClientEmitter::of(item);
    let definition = client.emit_definition(krate);
    let methods = || item.items.iter().filter_map(declared);
    let constants = methods().filter_map(|method| emit_constant(method, item));
    let inherent = client.emit_inherent(&quote!(#(#constants)*), &TokenStream::new());
    let stubs = methods().map(emit_stub);
    let members = item.items.iter().filter_map(emit_member);
    // Without an impl, calls of the client's methods would be further errors. An invalid impl would be one here.
    let implementation = implementable(item).then(|| client.emit_implementation(&quote!(#(#members)* #(#stubs)*)));
    let scope = client.emit_scope(krate, &quote!(#inherent #implementation));
    quote!(#item #definition #scope)
}

/// Keeps the first of methods with the same name, since rustc would report the others again. A `#[cfg]` may exclude one of them.
fn without_repeats(item: &ItemTrait) -> ItemTrait {
    let mut item = item.clone();
    let mut seen: Vec<(syn::Ident, bool)> = Vec::new();
    item.items.retain(|part| {
        let Some(method) = declared(part) else {
            return true;
        };
        let (name, conditional) = (&method.sig.ident, conditions(&method.attrs).next().is_some());
        // Two methods under `#[cfg]` may exclude each other, so both are kept.
        let repeated = seen.iter().any(|(other, apart)| other == name && !(*apart && conditional));
        seen.push((name.clone(), conditional));
        !repeated
    });
    item
}

fn declared(part: &TraitItem) -> Option<&TraitItemFn> {
    match part {
        TraitItem::Fn(method) => Some(method),
        _ => None,
    }
}

/// Returns whether the trait can be implemented here: the types that satisfy bounds of an associated type, and the expansion of a
/// macro, are unknown.
fn implementable(item: &ItemTrait) -> bool {
    item.items.iter().all(|part| match part {
        TraitItem::Fn(_) | TraitItem::Const(_) => true,
        TraitItem::Type(member) => member.bounds.is_empty() && member.generics.params.is_empty(),
        _ => false,
    })
}

/// Implements an associated item that the trait must not have, so that the client implements the trait.
fn emit_member(part: &TraitItem) -> Option<TokenStream> {
    match part {
        TraitItem::Const(member) if member.default.is_none() => {
            let (name, ty) = (&member.ident, &member.ty);
            // It is evaluated only if it is used, and there is an error already.
            Some(quote!(const #name: #ty = ::core::panic!("this client was declared with an error");))
        }
        TraitItem::Type(member) => {
            let name = &member.ident;
            Some(quote!(type #name = ();))
        }
        _ => None,
    }
}

fn emit_stub(method: &TraitItemFn) -> TokenStream {
    let conditions = conditions(&method.attrs);
    let signature = plain_signature(&method.sig);
    quote! {
        #(#conditions)*
        #[allow(unused_variables)]
        #signature {
            ::core::panic!("this client was declared with an error")
        }
    }
}

/// The constant of a method, if its return type can be in a constant and no other method has the same name.
fn emit_constant(method: &TraitItemFn, item: &ItemTrait) -> Option<TokenStream> {
    let name = &method.sig.ident;
    let constant_of = |method: &TraitItemFn| constant_name(&method.sig.ident.unraw().to_string());
    let constant = constant_of(method);
    // Two constants with one name would be a further error.
    let same = item.items.iter().filter_map(declared);
    let same = same.filter(|other| constant_of(other) == constant).count();
    let generic = |param: &GenericParam| !matches!(param, GenericParam::Lifetime(_));
    let parameters = item.generics.params.iter().chain(&method.sig.generics.params);
    let ReturnType::Type(_, returns) = &method.sig.output else {
        return None;
    };
    // An associated constant cannot be generic, and its type cannot be opaque or have a lifetime of the method.
    let fits = same == 1
        && constant != "ENDPOINTS"
        && !parameters.into_iter().any(generic)
        && !matches!(**returns, Type::ImplTrait(_))
        && types::borrow_in(returns).is_none();
    let ident = syn::Ident::new(&constant, name.span());
    let vis = &item.vis;
    let conditions = conditions(&method.attrs);
    fits.then(|| {
        quote! {
            #(#conditions)*
            #[allow(missing_docs)]
            #vis const #ident: __bulk::Endpoint<#returns> = __bulk::Endpoint::new(
                __bulk::EndpointSpec::new(#constant, __bulk::Method::Post, "/", 1),
            );
        }
    })
}
