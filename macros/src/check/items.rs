//! `items = …`: the place of the items in a request.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Expr, Token, Type};

use super::header::check_header_name;
use crate::args::{Word, WordSet, WordValue};
use crate::diagnostics::Diagnostics;
use crate::expression::{bare, string_of};
use crate::json;
use crate::model::{ItemLocation, LIST_STYLES, ListStyle, NUMBERS};
use crate::rules::{Mistake, Rule};
use crate::suggest;
use crate::symbol::{FORM, HEADER, ITEMS, QUERY, TEXT};

/// The named places: how each is written, and what it means.
const PLACES: [(&str, &str, &str); 9] = [
    ("body", "`body`", "the body is the array itself"),
    ("ndjson", "`ndjson`", "one line of JSON per item"),
    (
        QUERY,
        "`query(\"id\", csv)`",
        "a query parameter; the other styles are `repeat`, `json`, and a numbered name, `query(\"id[{i}]\")`",
    ),
    (
        FORM,
        "`form(\"users\", csv)`",
        "a form field; the other styles are `repeat`, `json`, and a numbered name, `form(\"users[{i}]\")` or `form(\"Name.{n}\")`",
    ),
    (HEADER, "`header(\"X-Ids\")`", "a comma-separated header"),
    (TEXT, "`text(\"\\n\")`", "values one after another, with this text between them"),
    ("map", "`map(\"/patches\")`", "an object with one entry per item, named by its key"),
    ("groups", "`groups(\"/tables\")`", "an object with one array per group of items"),
    ("codec", "`codec(Type)`", "the body that a `Codec` type writes"),
];

/// The place of the items.
pub(super) fn check_items(words: &WordSet, diagnostics: &Diagnostics) -> Option<ItemLocation> {
    let Some(word) = words.get(ITEMS) else {
        return Some(ItemLocation::Pointer("/ids".to_owned()));
    };
    let read = read_items(word);
    read.map_err(|(at, mistake)| diagnostics.mistake(at, mistake)).ok()
}

/// A mistake, and the tokens that made it.
type LocationMistake<'w> = (&'w dyn ToTokens, Mistake);

fn read_items(word: &Word) -> Result<ItemLocation, LocationMistake<'_>> {
    let WordValue::Equals(value) = &word.value else {
        return Err((word, unknown(None)));
    };
    let value = bare(value);
    if let Expr::Lit(literal) = value
        && let Some(text) = string_of(value)
    {
        let pointer = check_no_word(&text.value()).and_then(|()| items_pointer(&text.value()));
        return pointer.map(ItemLocation::Pointer).map_err(|mistake| (literal as _, mistake));
    }
    let (name, values) = match value {
        Expr::Call(call) => (name_of(&call.func), Some(&call.args)),
        value => (name_of(value), None),
    };
    let Some(name) = name else {
        return Err((value, unknown(None)));
    };
    let place = place(&name.to_string(), values);
    place.map_err(|(at, mistake)| (at.unwrap_or(value) as _, mistake))
}

type CallArguments = Punctuated<Expr, Token![,]>;

/// Reads the place with this name from the values in its parentheses. A mistake without tokens covers the whole value.
fn place<'v>(name: &str, values: Option<&'v CallArguments>) -> Result<ItemLocation, (Option<&'v Expr>, Mistake)> {
    let written: Vec<&Expr> = values.into_iter().flatten().map(bare).collect();
    let text = |at: usize| written.get(at).and_then(|value| string_of(value)).map(|text| text.value());
    let wrong = || (None, malformed(name));
    match (name, values.is_some(), written.as_slice()) {
        // `false`: there are no parentheses.
        ("body", false, _) => Ok(ItemLocation::Body),
        ("ndjson", false, _) => Ok(ItemLocation::Ndjson),
        (QUERY | FORM, _, [at, styles @ ..]) if styles.len() < 2 => {
            let parameter = text(0).filter(|text| !text.is_empty()).ok_or_else(wrong)?;
            let style = match styles.first() {
                Some(style) => list_style(name, &parameter, style).map_err(|mistake| (Some(*style), mistake))?,
                None => numbered(&parameter).ok_or_else(wrong)?.map_err(|mistake| (Some(*at), mistake))?,
            };
            Ok(if name == QUERY { ItemLocation::Query(parameter, style) } else { ItemLocation::Form(parameter, style) })
        }
        (HEADER, _, [header]) => {
            let name = text(0).ok_or_else(wrong)?;
            check_header_name(&name).map(|()| ItemLocation::Header(name)).map_err(|mistake| (Some(*header), mistake))
        }
        // Nothing between the values is possible too.
        (TEXT, _, [_]) => text(0).map(ItemLocation::Text).ok_or_else(wrong),
        ("map" | "groups", _, [pointer]) => {
            let written = text(0).ok_or_else(wrong)?;
            // The body itself is the object.
            let checked = if written.is_empty() { Ok(written) } else { items_pointer(&written) };
            let checked = checked.map_err(|mistake| (Some(*pointer), mistake))?;
            Ok(if name == "map" { ItemLocation::Map(checked) } else { ItemLocation::Groups(checked) })
        }
        // The argument was parsed as an expression: `Codec::<V1>` is one, and a type too.
        ("codec", _, [codec]) => {
            let parsed: Option<Type> = syn::parse2(codec.to_token_stream()).ok();
            parsed.map(|codec| ItemLocation::Codec(Box::new(codec))).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// Reads a name with a number; `None` if it has no number.
fn numbered(parameter: &str) -> Option<Result<ListStyle, Mistake>> {
    let numbers: usize = NUMBERS.iter().map(|number| parameter.matches(number).count()).sum();
    (numbers > 0).then(|| match numbers {
        1 => Ok(ListStyle::Numbered),
        _ => Err(Rule::ItemsNumber.broken(format!(
            "expected one number in the name of the items, found {numbers} in `{parameter}`: keep one `{{i}}` (counts from 0) or `{{n}}` (counts from 1)"
        ))),
    })
}

fn list_style(place: &str, parameter: &str, value: &Expr) -> Result<ListStyle, Mistake> {
    let written = name_of(value).map(ToString::to_string).unwrap_or_default();
    if numbered(parameter).is_some() {
        return Err(Rule::ItemsNumber.broken(format!(
            "expected no list style beside a numbered name, found `{written}`: write `items = {place}({parameter:?})`"
        )));
    }
    if written == "indexed" {
        return Err(Rule::ItemsNumber.broken(format!(
            "the numbers of items are written into their name, found the list style `indexed`: write `items = {place}(\"{parameter}[{{i}}]\")`, or `{{n}}` to count from 1"
        )));
    }
    let found = LIST_STYLES.iter().find(|(name, _)| *name == written);
    found.map(|(_, style)| *style).ok_or_else(|| {
        let known: Vec<&str> = LIST_STYLES.iter().map(|(name, _)| *name).collect();
        Rule::Items.broken(suggest::unknown("list style", &written, &known))
    })
}

/// The message for a place that is written wrongly: its form, or all places if the name is unknown.
fn malformed(name: &str) -> Mistake {
    match PLACES.iter().find(|(known, ..)| *known == name) {
        Some((_, written, what)) => {
            Rule::Items.broken(format!("expected `items = {}`: {what}", written.trim_matches('`')))
        }
        None => unknown(Some(name)),
    }
}

fn unknown(written: Option<&str>) -> Mistake {
    let known: Vec<&str> = PLACES.iter().map(|(name, ..)| *name).collect();
    let hint = written.and_then(|written| suggest::nearest(written, &known));
    let hint = hint.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    let places: Vec<&str> = PLACES.iter().map(|(_, written, _)| *written).collect();
    Rule::Items.broken(format!(
        "{hint}expected the place of the items: write `\"ids\"` (a field), `\"/batch/ids\"` (a JSON pointer), or one of {}",
        places.join(", ")
    ))
}

/// A place in quotes would silently be a field of this name.
fn check_no_word(text: &str) -> Result<(), Mistake> {
    if let Some(word) = ["body", "ndjson"].into_iter().find(|word| *word == text) {
        return Err(Rule::FixedWord.broken(format!(
            "`{word}` in quotes is a field with this name: write `items = {word}` without quotes, or `items = \"/{word}\"` for the field"
        )));
    }
    Ok(())
}

fn items_pointer(text: &str) -> Result<String, Mistake> {
    if text.is_empty() || text == "/" {
        return Err(Rule::Items
            .broken("expected the name of a field, found none: write `items = body` if the body is the array itself"));
    }
    // A name with a dot is possible, but a path in another notation is likely.
    if !text.starts_with('/')
        && let Some(pointer) = json::from_dotted(text)
    {
        return Err(Rule::Pointer.broken(format!(
            "expected a field name or a JSON pointer, found `{text}`: write `{pointer}`, or `{}` if the name of the field contains these characters",
            json::pointer_to(text)
        )));
    }
    // `"ids"` is short for the pointer `/ids`.
    let pointer = if text.contains('/') { text.to_owned() } else { json::pointer_to(text) };
    json::check_pointer(&pointer).map(|()| pointer)
}

/// The identifier, if the expression is one.
fn name_of(value: &Expr) -> Option<&Ident> {
    match bare(value) {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}
