//! Where each argument goes, and that no two go to one place.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::LitStr;
use syn::spanned::Spanned;

use super::names::plain;
use crate::args;
use crate::ast::{self, HeaderValue, Method, PlaceKind};
use crate::case::{self, Case};
use crate::json;
use crate::model::{Argument, Items, Place, Verb};
use crate::report::Report;
use crate::rules::{Mistake, Rule};
use crate::symbol::BATCH_KEY;
use crate::template::{self, Template, same_name};

/// A place that is taken, and the tokens that took it.
type Taken = Vec<(Place, TokenStream)>;

/// The arguments with their places. Without a template (its path is wrong) nothing is said of placeholders.
pub(crate) fn check_arguments(
    method: &Method,
    template: Option<&Template>,
    items: Option<&Items>,
    case: Option<Case>,
    report: &Report,
) -> Option<Vec<Argument>> {
    let mut arguments = Vec::new();
    let mut taken: Taken = fixed_places(method);
    check_distinct(&taken, report);
    for argument in &method.arguments {
        let Some(bound) = check_argument(argument, template, case, report) else {
            continue;
        };
        check_free(&bound.place, &bound.ident, &taken, report);
        taken.push((bound.place.clone(), bound.ident.to_token_stream()));
        arguments.push(bound);
    }
    if let Some(items) = items {
        check_beside_items(items, &taken, report);
        check_get(method, items, &taken, report);
    }
    if let Some(template) = template {
        check_placeholders(method, template, &arguments, report);
    }
    // Fewer than were written means that an error was reported.
    (arguments.len() == method.arguments.len()).then_some(arguments)
}

/// The places of the fixed headers and fields, and of what the path has in its query.
fn fixed_places(method: &Method) -> Taken {
    let path = method.verbs.first().and_then(|verb| verb.path.as_ref());
    let query = path.into_iter().flat_map(|path| {
        let names = template::query_names(&path.value());
        names.into_iter().map(move |name| (Place::Query(name), path.to_token_stream()))
    });
    let headers = method.headers.iter();
    let headers = headers.map(|(name, _)| (Place::Header(name.value()), name.to_token_stream()));
    let fields = method.fields.iter();
    let fields = fields.map(|(name, _)| (Place::Field(name.value()), name.to_token_stream()));
    headers.chain(fields).chain(query).collect()
}

fn check_argument(
    argument: &ast::Argument,
    template: Option<&Template>,
    case: Option<Case>,
    report: &Report,
) -> Option<Argument> {
    let Some(ident) = ast::name_of(&argument.typed) else {
        report.error(
            Rule::ArgumentName,
            &argument.typed.pat,
            "an argument has a plain name, which says where it goes: write `name: Type`",
        );
        return None;
    };
    if let [_, second, ..] = argument.places.as_slice() {
        report.error(
            Rule::ArgumentPlaces,
            &second.attribute,
            format_args!("an argument goes to one place: `{ident}` has one already"),
        );
        return None;
    }
    let name = plain(ident);
    let renamed = || case.map_or_else(|| name.clone(), |case| case.apply(&name));
    let place = match argument.places.first() {
        Some(place) => explicit_place(place, &name, renamed, template, report)?,
        None => match template.and_then(|template| template.matching(&name)) {
            Some(placeholder) => Place::Path(placeholder.to_owned()),
            None => Place::Field(json::pointer_to(&renamed())),
        },
    };
    Some(Argument { ident: ident.clone(), type_span: argument.typed.ty.span(), place })
}

/// The place that an attribute names.
fn explicit_place(
    place: &ast::Place,
    argument: &str,
    renamed: impl Fn() -> String,
    template: Option<&Template>,
    report: &Report,
) -> Option<Place> {
    let written = place.name.as_ref().map(LitStr::value);
    let wrong = |why: Mistake| match &place.name {
        Some(name) => report.mistake(name, why),
        None => report.mistake(&place.attribute, why),
    };
    match (place.kind, written) {
        (PlaceKind::Path, written) => {
            let name = written.unwrap_or_else(|| argument.to_owned());
            let Some(template) = template else {
                return Some(Place::Path(name));
            };
            match template.matching(&name) {
                Some(placeholder) => Some(Place::Path(placeholder.to_owned())),
                None => {
                    wrong(Rule::PlaceholderUnknown.broken(format!("the path has no placeholder `{{{name}}}`")));
                    None
                }
            }
        }
        (PlaceKind::Query, written) => Some(Place::Query(written.unwrap_or_else(renamed))),
        (PlaceKind::Header, written) => {
            let name = written?;
            let checked = check_header_name(&name).map_err(wrong);
            checked.ok().map(|()| Place::Header(name))
        }
        (PlaceKind::Field, written) => {
            let pointer = written?;
            let checked = json::check_pointer(&pointer).map_err(wrong);
            checked.ok().map(|()| Place::Field(pointer))
        }
    }
}

/// Two fixed parts are at one place.
fn check_distinct(fixed: &Taken, report: &Report) {
    for (index, (place, tokens)) in fixed.iter().enumerate() {
        check_free(place, tokens, &fixed[..index].to_vec(), report);
    }
}

/// A place is taken once.
fn check_free(place: &Place, at: impl ToTokens, taken: &Taken, report: &Report) {
    let Some((_, by)) = taken.iter().find(|(other, _)| clash(place, other)) else {
        return;
    };
    let what = match place {
        Place::Path(name) => format!("the placeholder `{{{name}}}`"),
        Place::Query(name) => format!("the query parameter `{name}`"),
        Place::Header(name) => format!("the header `{name}`"),
        Place::Field(pointer) => format!("the body field `{pointer}`"),
    };
    let by = by.to_string();
    let by = by.trim_matches('"');
    report.error(Rule::PlaceTaken, at, format_args!("{what} has one value: `{by}` gives it already"));
}

fn clash(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Path(one), Place::Path(other)) => same_name(one, other),
        (Place::Header(one), Place::Header(other)) => one.eq_ignore_ascii_case(other),
        (Place::Field(one), Place::Field(other)) => json::overlap(one, other),
        _ => one == other,
    }
}

/// The items have their place for themselves, and leave the others theirs.
fn check_beside_items(items: &Items, taken: &Taken, report: &Report) {
    for (place, at) in taken {
        match (items, place) {
            (Items::Query(name, _), Place::Query(other)) if name == other => report.error(
                Rule::FieldOverItems,
                at,
                format_args!("the query parameter `{name}` is where the items sit: this would be another value of it"),
            ),
            (Items::Header(name), Place::Header(other)) if name.eq_ignore_ascii_case(other) => report.error(
                Rule::FieldOverItems,
                at,
                format_args!("the header `{name}` is where the items sit: this would be another value of it"),
            ),
            (_, Place::Field(field)) => check_field(items, field, at, report),
            _ => {}
        }
    }
}

/// A body field goes with the items.
fn check_field(items: &Items, field: &str, at: &TokenStream, report: &Report) {
    let (pointer, whole) = match items {
        Items::Pointer(pointer) => (pointer, "an array"),
        Items::Map(pointer) => (pointer, "an object of the items"),
        Items::Groups(pointer) => (pointer, "an object of the groups"),
        Items::Body => (&String::new(), "an array"),
        Items::Lines => (&String::new(), "lines"),
        Items::Form(name, _) => return check_form_field(name, field, at, report),
        Items::Query(..) | Items::Header(_) | Items::Codec(_) => return,
    };
    if pointer.is_empty() {
        report.error(
            Rule::FieldBesideBody, at,
            format_args!(
                "the items make the body {whole}, which has no room for the field `{field}`: use `#[query]` or `#[header(\"…\")]`, or put the items into a field"
            ),
        );
    } else if json::overlap(pointer, field) {
        report.error(
            Rule::FieldOverItems,
            at,
            format_args!("`{pointer}` is where the items sit: the body field `{field}` would overwrite them"),
        );
    }
}

/// A form's fields have names, and no structure.
fn check_form_field(items: &str, field: &str, at: &TokenStream, report: &Report) {
    if field.matches('/').count() > 1 {
        report.error(
            Rule::FormField,
            at,
            format_args!("a form has plain fields, and `{field}` is inside of one: write `/name`, one step"),
        );
    } else if field == json::pointer_to(items) {
        report.error(
            Rule::FieldOverItems,
            at,
            format_args!("the form's field `{items}` is where the items sit: this would be another value of it"),
        );
    }
}

/// A `GET` asks by its URL and headers: servers and caches drop a body of it.
fn check_get(method: &Method, items: &Items, taken: &Taken, report: &Report) {
    let Some(get) = method.verbs.first().filter(|verb| verb.verb == Verb::Get) else {
        return;
    };
    if items.in_body() {
        return report.error_at(
            Rule::GetBody, args::place_of(&get.attribute),
            "a `get` has no body to put the items into: write `items = query(\"id\", csv)` or `items = header(\"…\")`, or use `post`",
        );
    }
    for (place, at) in taken {
        if let Place::Field(field) = place {
            report.error(
                Rule::GetBody,
                at,
                format_args!("a `get` has no body for the field `{field}`: use `#[query]` or `#[header(\"…\")]`"),
            );
        }
    }
}

/// A placeholder without an argument would be sent as it is written.
fn check_placeholders(method: &Method, template: &Template, arguments: &[Argument], report: &Report) {
    let Some(path) = method.verbs.first().and_then(|verb| verb.path.as_ref()) else {
        return;
    };
    // An argument that is at fault may have been meant for any of them.
    if arguments.len() != method.arguments.len() {
        return;
    }
    for name in &template.placeholders {
        let bound = |argument: &&Argument| argument.place == Place::Path(name.clone());
        if arguments.iter().any(|argument| bound(&argument)) {
            continue;
        }
        let snake = case::constant_name(name).to_lowercase().replace(['-', '.'], "_");
        report.error(
            Rule::PlaceholderUnbound, path,
            format_args!(
                "`{{{name}}}` has no argument: add one called `{snake}`, or put `#[path(\"{name}\")]` on the one that is meant"
            ),
        );
    }
}

/// What every request of a method carries.
pub(crate) struct Fixed {
    pub(crate) headers: Vec<(String, String)>,
    /// The header, or the field, with a key of its own for each batch.
    pub(crate) batch_key: Option<String>,
    /// JSON pointers and JSON texts.
    pub(crate) fields: Vec<(String, String)>,
}

/// The fixed headers, and the fixed fields as JSON text.
pub(crate) fn check_fixed(method: &Method, report: &Report) -> Option<Fixed> {
    let (mut headers, mut batch_keys) = (Vec::new(), Vec::new());
    for (name, value) in &method.headers {
        let named = check_header_name(&name.value()).map_err(|why| report.mistake(name, why)).ok();
        let valued = match value {
            HeaderValue::BatchKey => None,
            HeaderValue::Fixed(value) => {
                Some(check_header_value(&value.value()).map_err(|why| report.mistake(value, why)).map(|()| value))
            }
        };
        match valued {
            None => batch_keys.push(named.map(|()| name)),
            Some(value) => headers.push(named.and(value.ok()).map(|value| (name.value(), value.value()))),
        }
    }
    let mut fields = Vec::new();
    for (pointer, value) in &method.fields {
        let checked = json::check_pointer(&pointer.value());
        let checked = checked.map_err(|why| report.mistake(pointer, why)).ok();
        if value.to_token_stream().to_string() == BATCH_KEY {
            batch_keys.push(checked.map(|()| pointer));
            continue;
        }
        let text = json::text_of(value);
        if text.is_none() {
            report.error(
                Rule::FixedField,
                value,
                "a fixed body field is a literal: `true`, `false`, a number or a string",
            );
        }
        fields.push(checked.and(text).map(|text| (pointer.value(), text)));
    }
    if let [_, Some(second), ..] = batch_keys.as_slice() {
        report.error(Rule::BatchKeyTwice, second, "`batch_key` stands in one place: a batch has one key");
        return None;
    }
    let batch_keys: Option<Vec<&LitStr>> = batch_keys.into_iter().collect();
    Some(Fixed {
        headers: headers.into_iter().collect::<Option<_>>()?,
        batch_key: batch_keys?.first().map(|name| name.value()),
        fields: fields.into_iter().collect::<Option<_>>()?,
    })
}

/// Headers that say how a request travels, and not what it asks.
const TRANSPORTED: [&str; 9] =
    ["Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade"];

pub(super) fn check_header_name(name: &str) -> Result<(), Mistake> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(
            Rule::HeaderName.broken(format!("a header's name is made of letters, digits and `-`: {name:?} is none"))
        );
    }
    if TRANSPORTED.iter().any(|header| header.eq_ignore_ascii_case(name)) {
        return Err(Rule::TransportHeader.broken(format!(
            "the header `{name}` is the transport's, which writes it for each request: take it away"
        )));
    }
    Ok(())
}

fn check_header_value(value: &str) -> Result<(), Mistake> {
    match value.chars().find(|c| !matches!(c, ' '..='~' | '\t')) {
        Some(c) => Err(Rule::HeaderValue
            .broken(format!("a header's value is visible ASCII on one line: {c:?} cannot stand in one"))),
        None => Ok(()),
    }
}
