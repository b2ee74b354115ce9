//! Expressions that `macro_rules!` passes on, and string literals.

use syn::{Expr, ExprLit, Lit, LitStr};

/// The string literal, if the expression is one.
pub(crate) fn string_of(value: &Expr) -> Option<LitStr> {
    match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

/// The expression without the invisible groups that `macro_rules!` puts around its fragments.
pub(crate) fn bare(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => bare(&group.expr),
        other => other,
    }
}
