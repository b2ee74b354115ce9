//! Where each argument goes, and that no two go to one place.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::LitStr;
use syn::spanned::Spanned;

use super::header::check_header_name;
use super::names::plain;
use crate::args;
use crate::ast::{self, LocationKind, MethodInput};
use crate::case::{self, RenameRule};
use crate::diagnostics::Diagnostics;
use crate::json;
use crate::model::{ArgumentLocation, ArgumentModel, ItemLocation};
use crate::rules::{Mistake, Rule};
use crate::template::{self, PathTemplate, same_name};
use crate::verb::Verb;

/// A place that is taken, and the tokens that took it.
type TakenLocations = Vec<(ArgumentLocation, TokenStream)>;

/// The arguments with their places. Without a template (its path is wrong) nothing is said of placeholders.
pub(crate) fn check_arguments(
    method: &MethodInput,
    template: Option<&PathTemplate>,
    items: Option<&ItemLocation>,
    case: Option<RenameRule>,
    diagnostics: &Diagnostics,
) -> Option<Vec<ArgumentModel>> {
    let mut arguments = Vec::new();
    // Fixed parts come first: of two that clash, the argument is at fault.
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
    // Without a known place of the items nothing is said of what is beside them.
    if let Some(items) = items {
        check_beside_items(items, &taken, diagnostics);
        check_get(method, items, &taken, diagnostics);
    }
    if let Some(template) = template {
        check_placeholders(method, template, &arguments, diagnostics);
    }
    // Fewer than were written means that an error was reported.
    (arguments.len() == method.arguments.len()).then_some(arguments)
}

/// The places of the fixed headers and fields, and of what the path has in its query.
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
            "an argument has a plain name, which says where it goes: write `name: Type`",
        );
        return None;
    };
    if let [_, second, ..] = argument.places.as_slice() {
        diagnostics.error(
            Rule::ArgumentPlaces,
            &second.attribute,
            format_args!("an argument goes to one place: `{ident}` has one already"),
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
    let wrong = |why: Mistake| match &place.name {
        Some(name) => diagnostics.mistake(name, why),
        None => diagnostics.mistake(&place.attribute, why),
    };
    match (place.kind, written) {
        (LocationKind::Path, written) => {
            let name = written.unwrap_or_else(|| argument.to_owned());
            // The path is at fault, and may have had this placeholder.
            let Some(template) = template else {
                return Some(ArgumentLocation::Path(name));
            };
            match template.matching(&name) {
                Some(placeholder) => Some(ArgumentLocation::Path(placeholder.to_owned())),
                None => {
                    wrong(Rule::PlaceholderUnknown.broken(format!("the path has no placeholder `{{{name}}}`")));
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

/// Two fixed parts are at one place.
fn check_distinct(fixed: &TakenLocations, diagnostics: &Diagnostics) {
    for (index, (place, tokens)) in fixed.iter().enumerate() {
        check_free(place, tokens, &fixed[..index].to_vec(), diagnostics);
    }
}

/// A place is taken once.
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
    diagnostics.error(Rule::PlaceTaken, at, format_args!("{what} has one value: `{by}` gives it already"));
}

fn clash(one: &ArgumentLocation, other: &ArgumentLocation) -> bool {
    match (one, other) {
        (ArgumentLocation::Path(one), ArgumentLocation::Path(other)) => same_name(one, other),
        // Header names are case-insensitive (RFC 9110, section 5.1).
        (ArgumentLocation::Header(one), ArgumentLocation::Header(other)) => one.eq_ignore_ascii_case(other),
        // `/a` and `/a/b` clash too: one would overwrite the other.
        (ArgumentLocation::Field(one), ArgumentLocation::Field(other)) => json::overlap(one, other),
        _ => one == other,
    }
}

/// The items have their place for themselves, and leave the others theirs.
fn check_beside_items(items: &ItemLocation, taken: &TakenLocations, diagnostics: &Diagnostics) {
    for (place, at) in taken {
        match (items, place) {
            (ItemLocation::Query(name, _), ArgumentLocation::Query(other)) if name == other => diagnostics.error(
                Rule::FieldOverItems,
                at,
                format_args!("the query parameter `{name}` is where the items sit: this would be another value of it"),
            ),
            (ItemLocation::Header(name), ArgumentLocation::Header(other)) if name.eq_ignore_ascii_case(other) => {
                diagnostics.error(
                    Rule::FieldOverItems,
                    at,
                    format_args!("the header `{name}` is where the items sit: this would be another value of it"),
                );
            }
            (_, ArgumentLocation::Field(field)) => check_field(items, field, at, diagnostics),
            _ => {}
        }
    }
}

/// A body field goes with the items.
fn check_field(items: &ItemLocation, field: &str, at: &TokenStream, diagnostics: &Diagnostics) {
    let (pointer, whole) = match items {
        ItemLocation::Pointer(pointer) => (pointer, "an array"),
        ItemLocation::Map(pointer) => (pointer, "an object of the items"),
        ItemLocation::Groups(pointer) => (pointer, "an object of the groups"),
        ItemLocation::Body => (&String::new(), "an array"),
        ItemLocation::Lines => (&String::new(), "lines"),
        ItemLocation::Form(name, _) => return check_form_field(name, field, at, diagnostics),
        ItemLocation::Query(..) | ItemLocation::Header(_) | ItemLocation::Codec(_) => return,
    };
    // The empty pointer is the body itself (RFC 6901, section 5).
    if pointer.is_empty() {
        diagnostics.error(
            Rule::FieldBesideBody, at,
            format_args!(
                "the items make the body {whole}, which has no room for the field `{field}`: use `#[query]` or `#[header(\"…\")]`, or put the items into a field"
            ),
        );
    } else if json::overlap(pointer, field) {
        diagnostics.error(
            Rule::FieldOverItems,
            at,
            format_args!("`{pointer}` is where the items sit: the body field `{field}` would overwrite them"),
        );
    }
}

/// A form's fields have names, and no structure.
fn check_form_field(items: &str, field: &str, at: &TokenStream, diagnostics: &Diagnostics) {
    // `/a` is one step and has one slash.
    if field.matches('/').count() > 1 {
        diagnostics.error(
            Rule::FormField,
            at,
            format_args!("a form has plain fields, and `{field}` is inside of one: write `/name`, one step"),
        );
    } else if field == json::pointer_to(items) {
        diagnostics.error(
            Rule::FieldOverItems,
            at,
            format_args!("the form's field `{items}` is where the items sit: this would be another value of it"),
        );
    }
}

/// A `GET` asks by its URL and headers: servers and caches drop a body of it.
fn check_get(method: &MethodInput, items: &ItemLocation, taken: &TakenLocations, diagnostics: &Diagnostics) {
    let Some(get) = method.verbs.first().filter(|verb| verb.verb == Verb::Get) else {
        return;
    };
    if items.in_body() {
        return diagnostics.error_at(
            Rule::GetBody, args::place_of(&get.attribute),
            "a `get` has no body to put the items into: write `items = query(\"id\", csv)` or `items = header(\"…\")`, or use `post`",
        );
    }
    for (place, at) in taken {
        if let ArgumentLocation::Field(field) = place {
            diagnostics.error(
                Rule::GetBody,
                at,
                format_args!("a `get` has no body for the field `{field}`: use `#[query]` or `#[header(\"…\")]`"),
            );
        }
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
    // An argument that is at fault may have been meant for any of them.
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
                "`{{{name}}}` has no argument: add one called `{snake}`, or put `#[path(\"{name}\")]` on the one that is meant"
            ),
        );
    }
}
