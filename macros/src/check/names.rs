//! What the client's items are called, and that no two share a name.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::ast::MethodInput;
use crate::case;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;

/// A client has the constructor `new`, the constant `ENDPOINTS`, and one constant a method.
pub(crate) fn check_names(methods: &[MethodInput], diagnostics: &Diagnostics) {
    let mut seen: Vec<(&MethodInput, String)> = Vec::new();
    for method in methods {
        let ident = &method.item.sig.ident;
        let constant = constant_of(ident).to_string();
        // `r#new` and `new` are one name to the compiler.
        if plain(ident) == "new" {
            diagnostics.error(
                Rule::ClientName,
                ident,
                "the client's constructor is called `new`: give the method another name",
            );
        } else if constant == "ENDPOINTS" {
            diagnostics.error(
                Rule::ClientName,
                ident,
                "the client's list of endpoints is called `ENDPOINTS`: give the method another name",
            );
        // `a_b` and `aB` are two methods, but both constants would be `A_B`.
        } else if let Some((earlier, _)) =
            seen.iter().find(|(earlier, name)| *name == constant && !apart(earlier, method))
        {
            let other = &earlier.item.sig.ident;
            let why = if other == ident {
                format!("each method has a name of its own: `{ident}` is there twice")
            } else {
                format!("each method has a constant of the client: `{other}` and `{ident}` would both be `{constant}`")
            };
            diagnostics.error(Rule::ConstantTwice, ident, format_args!("{why}; give one of them another name"));
        }
        seen.push((method, constant));
    }
}

/// Two methods under `#[cfg]` may never meet; rustc tells if they do.
fn apart(one: &MethodInput, other: &MethodInput) -> bool {
    let conditional = |method: &MethodInput| {
        let attributes = &method.item.attrs;
        attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
    };
    conditional(one) && conditional(other)
}

/// The constant of a method.
pub(crate) fn constant_of(method: &Ident) -> Ident {
    Ident::new(&case::constant_name(&plain(method)), method.span())
}

/// A name without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}
