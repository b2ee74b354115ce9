//! The names of the client's constants, and that no two are equal.

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
            diagnostics.error(Rule::ClientName, ident, "the client already has a constructor `new`: rename the method");
        } else if constant == "ENDPOINTS" {
            diagnostics.error(
                Rule::ClientName,
                ident,
                "the client already has a constant `ENDPOINTS`: rename the method",
            );
        // `a_b` and `aB` are two methods, but both constants would be `A_B`.
        } else if let Some((earlier, _)) =
            seen.iter().find(|(earlier, name)| *name == constant && !apart(earlier, method))
        {
            let other = &earlier.item.sig.ident;
            let why = if other == ident {
                format!("duplicate method `{ident}`")
            } else {
                format!("the methods `{other}` and `{ident}` have the same client constant `{constant}`")
            };
            diagnostics.error(Rule::ConstantTwice, ident, format_args!("{why}: rename one of them"));
        }
        seen.push((method, constant));
    }
}

/// Returns whether both methods have a `#[cfg]`, which may exclude one of them. If it does not, rustc reports the duplicate.
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
