//! The arguments of a `dynamic` trait: a type that is made at run time owns its data.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, Type, TypeReference, parse_quote};

use super::names::plain;
use crate::ast::{self, ArgumentInput};
use crate::diagnostics::Diagnostics;
use crate::model::{OwnedArgument, Passing, docs};
use crate::rules::Rule;
use crate::types;

/// The arguments as values that are made at run time. `None` if one cannot be, which is reported.
pub(crate) fn check_owned(arguments: &[ArgumentInput], diagnostics: &Diagnostics) -> Option<Vec<OwnedArgument>> {
    let owned: Vec<_> = arguments.iter().map(|argument| check_argument(argument, diagnostics)).collect();
    owned.into_iter().collect()
}

fn check_argument(argument: &ArgumentInput, diagnostics: &Diagnostics) -> Option<OwnedArgument> {
    let written = &*argument.typed.ty;
    // A pattern, and a type that names the client, are already reported.
    let name = plain(ast::name_of(&argument.typed)?);
    if types::self_in(written).is_some() {
        return None;
    }
    let Some((ty, passed)) = owned(written) else {
        diagnostics.error(
            Rule::ArgumentBorrows,
            written,
            format_args!(
                "`dynamic` makes the arguments at run time, but the type of `{name}` borrows: take an owned type, as `Vec<String>` for `&[&str]`, or a reference to one, as `&T` or `Option<&T>`"
            ),
        );
        return None;
    };
    Some(OwnedArgument { name, docs: docs(&argument.docs), ty, passed })
}

/// The type that is made for an argument of this type, and how it is passed.
fn owned(ty: &Type) -> Option<(Type, Passing)> {
    match ty {
        Type::Paren(inner) => owned(&inner.elem),
        Type::Group(inner) => owned(&inner.elem),
        Type::Reference(reference) => Some((referent(reference)?.0, Passing::Borrowed)),
        Type::Path(path) => match optional(&path.path) {
            Some(reference) => {
                let (ty, passed) = referent(reference)?;
                Some((parse_quote!(::core::option::Option<#ty>), passed))
            }
            None => Some((without_borrow(ty)?, Passing::ByValue)),
        },
        _ => Some((without_borrow(ty)?, Passing::ByValue)),
    }
}

/// The reference in `Option<&T>`.
fn optional(path: &Path) -> Option<&TypeReference> {
    let last = path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(inside) = &last.arguments else { return None };
    match inside.args.first()? {
        GenericArgument::Type(Type::Reference(reference)) => Some(reference),
        _ => None,
    }
}

/// The owned type behind a reference, and how an `Option` of it is passed as one of the reference.
fn referent(reference: &TypeReference) -> Option<(Type, Passing)> {
    // A value that is made at run time is not `'static`.
    let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    if is_static || reference.mutability.is_some() {
        return None;
    }
    match &*reference.elem {
        Type::Slice(slice) => {
            let element = without_borrow(&slice.elem)?;
            Some((parse_quote!(::std::vec::Vec<#element>), Passing::AsDeref))
        }
        Type::Path(path) if path.path.is_ident("str") => Some((parse_quote!(::std::string::String), Passing::AsDeref)),
        other => Some((without_borrow(other)?, Passing::AsRef)),
    }
}

/// A type without a reference in it. Its lifetimes become `'static`, as in `Cow<'static, str>`.
fn without_borrow(ty: &Type) -> Option<Type> {
    let borrows = types::tokens_of(ty).iter().any(|token| token.to_string() == "&");
    if borrows { None } else { syn::parse2(static_lifetimes(ty.to_token_stream())).ok() }
}

fn static_lifetimes(tokens: TokenStream) -> TokenStream {
    let mut after_quote = false;
    let replaced = tokens.into_iter().map(|token| {
        let is_lifetime = std::mem::take(&mut after_quote);
        match token {
            TokenTree::Group(group) => {
                let mut inside = proc_macro2::Group::new(group.delimiter(), static_lifetimes(group.stream()));
                inside.set_span(group.span());
                inside.into()
            }
            TokenTree::Ident(name) if is_lifetime => proc_macro2::Ident::new("static", name.span()).into(),
            token => {
                after_quote = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '\'' && mark.spacing() == Spacing::Joint);
                token
            }
        }
    });
    replaced.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_for_an_argument() {
        for (written, want) in [
            ("u8", Some(("u8", Passing::ByValue))),
            ("Option<bool>", Some(("Option<bool>", Passing::ByValue))),
            ("Cow<'_, str>", Some(("Cow<'static,str>", Passing::ByValue))),
            ("&str", Some(("::std::string::String", Passing::Borrowed))),
            ("&'a OrgId", Some(("OrgId", Passing::Borrowed))),
            ("&[MetadataValues]", Some(("::std::vec::Vec<MetadataValues>", Passing::Borrowed))),
            ("Option<&str>", Some(("::core::option::Option<::std::string::String>", Passing::AsDeref))),
            ("Option<&[u8]>", Some(("::core::option::Option<::std::vec::Vec<u8>>", Passing::AsDeref))),
            ("std::option::Option<&Id>", Some(("::core::option::Option<Id>", Passing::AsRef))),
            ("&BTreeMap<String, (u8, [u8; 2])>", Some(("BTreeMap<String,(u8,[u8;2])>", Passing::Borrowed))),
            ("&'static str", None),
            ("&[&str]", None),
            ("Vec<&str>", None),
            ("(u8, &str)", None),
            ("&mut u8", None),
            ("Option<(&str,)>", None),
        ] {
            let made = owned(&syn::parse_str(written).expect(written));
            let made = made.map(|(ty, passed)| (ty.to_token_stream().to_string().replace(' ', ""), passed));
            let want = want.map(|(ty, passed)| (ty.to_owned(), passed));
            assert_eq!(made, want, "{written}");
        }
    }
}
