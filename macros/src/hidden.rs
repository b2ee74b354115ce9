//! What hides a declared method, or one of its attributes: `pub` before `fn`, and `cfg_attr` around an attribute.

use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, TraitItem, TraitItemFn, Visibility};

use crate::args;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::{FIELD, HEADER, PATH, QUERY, SETTINGS};

/// The attributes of `bulk_api` on a method, and on an argument.
pub(crate) const OF_METHODS: [&str; 8] = ["get", "put", "post", "patch", "delete", SETTINGS, HEADER, FIELD];
pub(crate) const OF_ARGUMENTS: [&str; 4] = [PATH, QUERY, HEADER, FIELD];

/// A method under `pub`, which syn does not read as a method. The visibility is reported and removed.
pub(crate) fn without_visibility(part: &TraitItem, diagnostics: &Diagnostics) -> Option<TraitItemFn> {
    let TraitItem::Verbatim(tokens) = part else { return None };
    let read = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        let mut method: TraitItemFn = input.parse()?;
        method.attrs.splice(..0, attributes);
        Ok((visibility, method))
    };
    let (visibility, method) = read.parse2(tokens.clone()).ok()?;
    diagnostics.error(
        Rule::MethodVisibility,
        visibility,
        "a method has the visibility of its trait: remove this, and write it before `trait`",
    );
    Some(method)
}

/// Puts attributes of `bulk_api` in place of the `cfg_attr` around them, and reports it: `cfg_attr` is expanded after `bulk_api`, which
/// would not see them.
pub(crate) fn check_cfg_attr(attributes: &mut [Attribute], ours: &[&str], diagnostics: &Diagnostics) {
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("cfg_attr")) {
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        let Ok(metas) = attribute.parse_args_with(parser) else { continue };
        // The first is the condition.
        let inside = metas.into_iter().skip(1);
        let found = inside
            .map(|meta| Attribute { meta, ..attribute.clone() })
            .find(|found| ours.contains(&args::name_of(found).as_str()));
        if let Some(found) = found {
            let name = args::name_of(&found);
            diagnostics.error(
                Rule::CfgAttr,
                &found.meta,
                format_args!(
                    "`#[bulk_api]` does not see attributes inside `cfg_attr`: write `#[{name}(…)]` itself, and two methods with `#[cfg(…)]` if it depends on a condition"
                ),
            );
            *attribute = found;
        }
    }
}
