//! The place of each argument, and that no two arguments have the same place.

use quote::ToTokens;
use syn::LitStr;
use syn::spanned::Spanned;

use super::beside_items::{TakenLocations, check_beside_items, check_get};
use super::header::check_header_name;
use super::names::plain;
use crate::ast::{self, LocationKind, MethodInput};
use crate::case::{self, RenameRule};
use crate::diagnostics::Diagnostics;
use crate::json;
use crate::model::{ArgumentLocation, ArgumentModel, ItemLocation};
use crate::rules::{Mistake, Rule};
use crate::template::{self, PathTemplate};
use crate::types;

/// The arguments with their places. Without a template, because the path is invalid, placeholders are not checked.
pub(crate) fn check_arguments(
    method: &MethodInput,
    template: Option<&PathTemplate>,
    items: Option<&ItemLocation>,
    case: Option<RenameRule>,
    diagnostics: &Diagnostics,
) -> Option<Vec<ArgumentModel>> {
    let mut arguments = Vec::new();
    // Fixed parts come first, so that a conflict is reported at the argument.
    let mut taken: TakenLocations = fixed_places(method);
    check_distinct(&taken, diagnostics);
    for argument in &method.arguments {
        let Some(bound) = check_argument(argument, template, case, diagnostics) else {
            continue;
        };
        check_free(&bound.place, &bound.ident, &taken, diagnostics);
        taken.push((bound.place.clone(), bound.ident.to_token_stream()));
        arguments.push(bound);
    }
    // If the place of the items is invalid, the fields beside them are not checked.
    if let Some(items) = items {
        check_beside_items(items, &taken, diagnostics);
        check_get(method, items, &taken, diagnostics);
    }
    if let Some(template) = template {
        check_placeholders(method, template, &arguments, diagnostics);
    }
    // If some arguments are missing, an error is already reported.
    (arguments.len() == method.arguments.len()).then_some(arguments)
}

/// The places of fixed headers and fields, and of the query parameters in the path.
fn fixed_places(method: &MethodInput) -> TakenLocations {
    let path = method.verbs.first().and_then(|verb| verb.path.as_ref());
    let query = path.into_iter().flat_map(|path| {
        let names = template::query_names(&path.value());
        names.into_iter().map(move |name| (ArgumentLocation::Query(name), path.to_token_stream()))
    });
    let headers = method.headers.iter();
    let headers = headers.map(|(name, _)| (ArgumentLocation::Header(name.value()), name.to_token_stream()));
    let fields = method.fields.iter();
    let fields = fields.map(|(name, _)| (ArgumentLocation::Field(name.value()), name.to_token_stream()));
    headers.chain(fields).chain(query).collect()
}

fn check_argument(
    argument: &ast::ArgumentInput,
    template: Option<&PathTemplate>,
    case: Option<RenameRule>,
    diagnostics: &Diagnostics,
) -> Option<ArgumentModel> {
    let Some(ident) = ast::name_of(&argument.typed) else {
        diagnostics.error(
            Rule::ArgumentName,
            &argument.typed.pat,
            "expected an argument name, found a pattern: write `name: Type`",
        );
        return None;
    };
    if let Some(token) = types::self_in(&argument.typed.ty) {
        diagnostics.error(
            Rule::ArgumentSelf,
            token,
            "expected a value for the request, found `Self`, which is the client: name the type of the argument",
        );
        return None;
    }
    if let [_, second, ..] = argument.places.as_slice() {
        diagnostics.error(
            Rule::ArgumentPlaces,
            &second.attribute,
            format_args!("expected one place for `{ident}`, found a second: remove this attribute"),
        );
        return None;
    }
    let name = plain(ident);
    let renamed = || case.map_or_else(|| name.clone(), |case| case.apply(&name));
    let place = match argument.places.first() {
        Some(place) => explicit_place(place, &name, renamed, template, diagnostics)?,
        // An argument is matched to a placeholder by its name, `org_id` to `{orgId}`, and is a body field otherwise.
        None => match template.and_then(|template| template.matching(&name)) {
            Some(placeholder) => ArgumentLocation::Path(placeholder.to_owned()),
            None => ArgumentLocation::Field(json::pointer_to(&renamed())),
        },
    };
    Some(ArgumentModel { ident: ident.clone(), type_span: argument.typed.ty.span(), place })
}

/// The place that an attribute names.
fn explicit_place(
    place: &ast::LocationAttribute,
    argument: &str,
    renamed: impl Fn() -> String,
    template: Option<&PathTemplate>,
    diagnostics: &Diagnostics,
) -> Option<ArgumentLocation> {
    let written = place.name.as_ref().map(LitStr::value);
    let wrong = |mistake: Mistake| match &place.name {
        Some(name) => diagnostics.mistake(name, mistake),
        None => diagnostics.mistake(&place.attribute, mistake),
    };
    match (place.kind, written) {
        (LocationKind::Path, written) => {
            let name = written.unwrap_or_else(|| argument.to_owned());
            // The invalid path may have this placeholder.
            let Some(template) = template else {
                return Some(ArgumentLocation::Path(name));
            };
            match template.matching(&name) {
                Some(placeholder) => Some(ArgumentLocation::Path(placeholder.to_owned())),
                None => {
                    wrong(Rule::PlaceholderUnknown.broken(format!(
                        "unknown placeholder `{{{name}}}`: add it to the path, or name one that the path has"
                    )));
                    None
                }
            }
        }
        (LocationKind::Query, written) => Some(ArgumentLocation::Query(written.unwrap_or_else(renamed))),
        (LocationKind::Header, written) => {
            let name = written?;
            let checked = check_header_name(&name).map_err(wrong);
            checked.ok().map(|()| ArgumentLocation::Header(name))
        }
        (LocationKind::Field, written) => {
            let pointer = written?;
            let checked = json::check_pointer(&pointer).map_err(wrong);
            checked.ok().map(|()| ArgumentLocation::Field(pointer))
        }
    }
}

/// Two fixed parts do not have the same place.
fn check_distinct(fixed: &TakenLocations, diagnostics: &Diagnostics) {
    for (index, (place, tokens)) in fixed.iter().enumerate() {
        check_free(place, tokens, &fixed[..index].to_vec(), diagnostics);
    }
}

/// A place has one value.
fn check_free(place: &ArgumentLocation, at: impl ToTokens, taken: &TakenLocations, diagnostics: &Diagnostics) {
    let Some((_, by)) = taken.iter().find(|(other, _)| clash(place, other)) else {
        return;
    };
    let what = match place {
        ArgumentLocation::Path(name) => format!("the placeholder `{{{name}}}`"),
        ArgumentLocation::Query(name) => format!("the query parameter `{name}`"),
        ArgumentLocation::Header(name) => format!("the header `{name}`"),
        ArgumentLocation::Field(pointer) => format!("the body field `{pointer}`"),
    };
    let by = by.to_string();
    // A fixed part is a string literal, whose quotes would be confusing between backticks.
    let by = by.trim_matches('"');
    diagnostics.error(Rule::PlaceTaken, at, format_args!("{what} already has a value from `{by}`: remove one of them"));
}

fn clash(one: &ArgumentLocation, other: &ArgumentLocation) -> bool {
    match (one, other) {
        // Header names are case-insensitive (RFC 9110, section 5.1).
        (ArgumentLocation::Header(one), ArgumentLocation::Header(other)) => one.eq_ignore_ascii_case(other),
        // `/a` and `/a/b` conflict too: one would overwrite the other.
        (ArgumentLocation::Field(one), ArgumentLocation::Field(other)) => json::overlap(one, other),
        _ => one == other,
    }
}

/// A placeholder without an argument would be sent as it is written.
fn check_placeholders(
    method: &MethodInput,
    template: &PathTemplate,
    arguments: &[ArgumentModel],
    diagnostics: &Diagnostics,
) {
    let Some(path) = method.verbs.first().and_then(|verb| verb.path.as_ref()) else {
        return;
    };
    // An invalid argument may belong to any of the placeholders.
    if arguments.len() != method.arguments.len() {
        return;
    }
    for name in &template.placeholders {
        let bound = |argument: &&ArgumentModel| argument.place == ArgumentLocation::Path(name.clone());
        if arguments.iter().any(|argument| bound(&argument)) {
            continue;
        }
        // The name that an argument would have: `org_id` for `{orgId}`.
        let snake = case::constant_name(name).to_lowercase().replace(['-', '.'], "_");
        diagnostics.error(
            Rule::PlaceholderUnbound, path,
            format_args!(
                "missing argument for `{{{name}}}`: add an argument `{snake}`, or put `#[path(\"{name}\")]` on an existing one"
            ),
        );
    }
}
