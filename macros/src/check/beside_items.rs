//! What is beside the items in a request: fields, query parameters and headers that are compatible with the place of the items.

use proc_macro2::TokenStream;

use crate::args;
use crate::ast::MethodInput;
use crate::diagnostics::Diagnostics;
use crate::json;
use crate::model::{ArgumentLocation, ItemLocation, ListStyle};
use crate::rules::Rule;
use crate::verb::Verb;

/// Places that are in use, each with the tokens that use it.
pub(super) type TakenLocations = Vec<(ArgumentLocation, TokenStream)>;

/// No argument or fixed part has the place of the items.
pub(super) fn check_beside_items(items: &ItemLocation, taken: &TakenLocations, diagnostics: &Diagnostics) {
    for (place, at) in taken {
        match place {
            ArgumentLocation::Field(field) => check_field(items, field, at, diagnostics),
            ArgumentLocation::Query(other) => {
                if let ItemLocation::Query(name, style) = items
                    && style.has_name(name, other)
                {
                    let message = format_args!("the query parameter `{name}` holds the items: use another parameter");
                    diagnostics.error(Rule::FieldOverItems, at, message);
                }
            }
            ArgumentLocation::Header(header) => check_header(items, header, at, diagnostics),
            ArgumentLocation::Path(_) => {}
        }
    }
}

/// A header is compatible with the items, and with the body that holds them.
fn check_header(items: &ItemLocation, header: &str, at: &TokenStream, diagnostics: &Diagnostics) {
    if let ItemLocation::Header(name) = items
        && name.eq_ignore_ascii_case(header)
    {
        let message = format_args!("the header `{name}` holds the items: use another header");
        diagnostics.error(Rule::FieldOverItems, at, message);
    }
    // A codec may compress its bodies. All other bodies are sent as they are.
    if header.eq_ignore_ascii_case("Content-Encoding") && !matches!(items, ItemLocation::Codec(_)) {
        diagnostics.error(
            Rule::BodyEncoding, at,
            "`Content-Encoding` does not compress the body, which is plain text: write `compress = gzip` in its place, or write bodies of another compression with `items = codec(Type)`",
        );
    }
}

/// A body field is compatible with the place of the items.
fn check_field(items: &ItemLocation, field: &str, at: &TokenStream, diagnostics: &Diagnostics) {
    let (pointer, whole) = match items {
        ItemLocation::Pointer(pointer) => (pointer, "an array"),
        ItemLocation::Map(pointer) => (pointer, "an object of the items"),
        ItemLocation::Groups(pointer) => (pointer, "an object of the groups"),
        ItemLocation::Body => (&String::new(), "an array"),
        ItemLocation::Ndjson => (&String::new(), "NDJSON"),
        ItemLocation::Text(_) => (&String::new(), "text"),
        ItemLocation::Form(name, style) => return check_form_field(name, *style, field, at, diagnostics),
        ItemLocation::Query(..) | ItemLocation::Header(_) | ItemLocation::Codec(_) => return,
    };
    // The empty pointer is the body itself (RFC 6901, section 5).
    if pointer.is_empty() {
        diagnostics.error(
            Rule::FieldBesideBody, at,
            format_args!(
                "the body field `{field}` has no place, since the items are the whole body ({whole}): use `#[query]` or `#[header(\"…\")]`, or move the items to a field"
            ),
        );
    } else if json::overlap(pointer, field) {
        diagnostics.error(
            Rule::FieldOverItems,
            at,
            format_args!("the body field `{field}` would overwrite the items at `{pointer}`: use another field"),
        );
    }
}

/// A form is a flat list of fields.
fn check_form_field(items: &str, style: ListStyle, field: &str, at: &TokenStream, diagnostics: &Diagnostics) {
    // `/a` is one step and has one slash.
    if field.matches('/').count() > 1 {
        diagnostics.error(
            Rule::FormField,
            at,
            format_args!("expected a plain form field, found the nested `{field}`: write one step, such as `/name`"),
        );
    } else if style.has_name(&json::pointer_to(items), field) {
        diagnostics.error(
            Rule::FieldOverItems,
            at,
            format_args!("the form field `{items}` holds the items: use another field"),
        );
    }
}

/// A `GET` request has only a URL and headers: servers and caches may drop its body.
pub(super) fn check_get(method: &MethodInput, items: &ItemLocation, taken: &TakenLocations, diagnostics: &Diagnostics) {
    let Some(get) = method.verbs.first().filter(|verb| verb.verb == Verb::Get) else {
        return;
    };
    if items.in_body() {
        return diagnostics.error_at(
            Rule::GetBody, args::place_of(&get.attribute),
            "a `get` request has no body for the items: write `items = query(\"id\", csv)` or `items = header(\"…\")`, or use `post`",
        );
    }
    for (place, at) in taken {
        if let ArgumentLocation::Field(field) = place {
            diagnostics.error(
                Rule::GetBody,
                at,
                format_args!(
                    "a `get` request has no body for the field `{field}`: use `#[query]` or `#[header(\"…\")]`"
                ),
            );
        }
    }
}
