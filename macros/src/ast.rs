//! The trait as written. The attributes of `bulk_api` are removed and parsed, but not checked.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Attribute, Expr, FnArg, ItemTrait, LitStr, PatType, TraitItem, TraitItemFn};

use crate::args::{self, WordSet};
use crate::diagnostics::Diagnostics;
use crate::expression::string_of;
use crate::hidden::{OF_ARGUMENTS, OF_METHODS, check_cfg_attr, without_visibility};
use crate::rules::Rule;
use crate::suggest;
use crate::symbol::{BATCH_KEY, FIELD, HEADER, PATH, QUERY, SETTING_WORDS, SETTINGS, VERBS};
use crate::verb::Verb;

/// The trait without the attributes of `bulk_api`, and their content by method.
pub(crate) struct TraitInput {
    pub(crate) item: ItemTrait,
    pub(crate) methods: Vec<MethodInput>,
}

pub(crate) struct MethodInput {
    pub(crate) item: TraitItemFn,
    pub(crate) verbs: Vec<VerbAttribute>,
    /// The name of the first `#[bulk_endpoint]`, if there is one.
    pub(crate) settings_at: Option<Span>,
    pub(crate) settings: WordSet,
    pub(crate) headers: Vec<(LitStr, FixedHeaderValue)>,
    pub(crate) fields: Vec<(LitStr, Expr)>,
    pub(crate) arguments: Vec<ArgumentInput>,
}

/// The value of a fixed header.
pub(crate) enum FixedHeaderValue {
    Fixed(LitStr),
    BatchKey,
}

/// `#[post("/path")]`. The path is `None` if it could not be parsed.
pub(crate) struct VerbAttribute {
    pub(crate) verb: Verb,
    pub(crate) attribute: Attribute,
    pub(crate) path: Option<LitStr>,
}

pub(crate) struct ArgumentInput {
    pub(crate) typed: PatType,
    /// Its doc comment, which rustc accepts nowhere on an argument.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) places: Vec<LocationAttribute>,
}

/// `#[query("name")]` on an argument.
pub(crate) struct LocationAttribute {
    pub(crate) kind: LocationKind,
    pub(crate) attribute: Attribute,
    pub(crate) name: Option<LitStr>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocationKind {
    Path,
    Query,
    Header,
    Field,
}

impl TraitInput {
    /// Removes the attributes of `bulk_api` from a trait, and parses them.
    pub(crate) fn read(mut item: ItemTrait, diagnostics: &Diagnostics) -> Self {
        let mut methods = Vec::new();
        for part in &mut item.items {
            if let Some(method) = without_visibility(part, diagnostics) {
                *part = TraitItem::Fn(method);
            }
            if let TraitItem::Fn(method) = part {
                methods.push(MethodInput::read(method, diagnostics));
            }
        }
        TraitInput { item, methods }
    }
}

impl MethodInput {
    fn read(item: &mut TraitItemFn, diagnostics: &Diagnostics) -> Self {
        let mut method = MethodInput {
            item: item.clone(),
            verbs: Vec::new(),
            settings_at: None,
            settings: WordSet::none(),
            headers: Vec::new(),
            fields: Vec::new(),
            arguments: Vec::new(),
        };
        check_cfg_attr(&mut item.attrs, &OF_METHODS, diagnostics);
        item.attrs.retain(|attribute| !method.take(&args::name_of(attribute), attribute, diagnostics));
        if method.verbs.is_empty() {
            method.take_misspelt(&mut item.attrs, &VERBS, diagnostics);
        }
        if method.settings_at.is_none() {
            method.take_misspelt(&mut item.attrs, &[SETTINGS], diagnostics);
        }
        for input in &mut item.sig.inputs {
            if let FnArg::Typed(typed) = input {
                let places = take_places(&mut typed.attrs, diagnostics);
                let (docs, others) = typed.attrs.drain(..).partition(|attribute| attribute.path().is_ident("doc"));
                typed.attrs = others;
                let typed = typed.clone();
                method.arguments.push(ArgumentInput { typed, docs, places });
            }
        }
        method.item = item.clone();
        method
    }

    /// Finds a missing attribute under a mistyped name, reports the name, and reads the attribute.
    fn take_misspelt(&mut self, attributes: &mut Vec<Attribute>, known: &[&str], diagnostics: &Diagnostics) {
        let nearest = |attribute: &Attribute| suggest::nearest(&args::name_of(attribute), known);
        let found = attributes.iter().enumerate().find_map(|(index, attribute)| Some((index, nearest(attribute)?)));
        if let Some((index, name)) = found {
            let attribute = attributes.remove(index);
            let message = suggest::unknown("attribute", &args::name_of(&attribute), known);
            diagnostics.error(Rule::AttributeUnknown, attribute.path(), message);
            self.take(name, &attribute, diagnostics);
        }
    }

    /// Reads an attribute if it belongs to `bulk_api`.
    fn take(&mut self, name: &str, attribute: &Attribute, diagnostics: &Diagnostics) -> bool {
        if let Some(verb) = Verb::named(name) {
            self.verbs.push(VerbAttribute {
                verb,
                attribute: attribute.clone(),
                path: read_path(name, attribute, diagnostics),
            });
            return true;
        }
        match name {
            SETTINGS => self.take_settings(attribute, diagnostics),
            HEADER => self.headers.extend(read_header(attribute, diagnostics)),
            FIELD => self.fields.extend(read_field(attribute, diagnostics)),
            QUERY | PATH => diagnostics.error(
                Rule::MethodAttribute,
                attribute,
                format_args!("`#[{name}]` belongs on an argument: write a fixed part into the path, as `#[post(\"/a?version=2\")]`"),
            ),
            _ => return false,
        }
        true
    }

    fn take_settings(&mut self, attribute: &Attribute, diagnostics: &Diagnostics) {
        self.settings_at.get_or_insert(args::place_of(attribute));
        self.settings.read_attribute(attribute, &SETTING_WORDS, diagnostics);
    }
}

fn read_path(verb: &str, attribute: &Attribute, diagnostics: &Diagnostics) -> Option<LitStr> {
    let values = args::values(attribute).unwrap_or_default();
    if let [value] = values.as_slice()
        && let Some(path) = string_of(value)
    {
        return Some(path);
    }
    diagnostics.error(
        Rule::VerbPath,
        attribute,
        format_args!("expected a path as one string: write `#[{verb}(\"/…\")]`"),
    );
    None
}

fn read_header(attribute: &Attribute, diagnostics: &Diagnostics) -> Option<(LitStr, FixedHeaderValue)> {
    let values = args::values(attribute).unwrap_or_default();
    if let [name, value] = values.as_slice()
        && let Some(name) = string_of(name)
    {
        if value.to_token_stream().to_string() == BATCH_KEY {
            return Some((name, FixedHeaderValue::BatchKey));
        }
        if let Some(value) = string_of(value) {
            return Some((name, FixedHeaderValue::Fixed(value)));
        }
    }
    diagnostics.error(
        Rule::FixedHeader, attribute,
        "expected a header name and a value, two strings: write `#[header(\"X-Name\", \"value\")]`, or `#[header(\"X-Name\", batch_key)]` for a unique key per batch",
    );
    None
}

fn read_field(attribute: &Attribute, diagnostics: &Diagnostics) -> Option<(LitStr, Expr)> {
    let values = args::values(attribute).unwrap_or_default();
    if let [pointer, value] = values.as_slice()
        && let Some(pointer) = string_of(pointer)
    {
        return Some((pointer, value.clone()));
    }
    diagnostics.error(
        Rule::FixedField,
        attribute,
        "expected a JSON pointer and a literal: write `#[field(\"/allOrNone\", false)]`",
    );
    None
}

/// Removes the attributes of `bulk_api` from an argument.
fn take_places(attributes: &mut Vec<Attribute>, diagnostics: &Diagnostics) -> Vec<LocationAttribute> {
    let mut places = Vec::new();
    check_cfg_attr(attributes, &OF_ARGUMENTS, diagnostics);
    attributes.retain(|attribute| {
        let kind = match args::name_of(attribute).as_str() {
            PATH => LocationKind::Path,
            QUERY => LocationKind::Query,
            HEADER => LocationKind::Header,
            FIELD => LocationKind::Field,
            _ => return true,
        };
        places.extend(read_place(kind, attribute, diagnostics));
        false
    });
    places
}

fn read_place(kind: LocationKind, attribute: &Attribute, diagnostics: &Diagnostics) -> Option<LocationAttribute> {
    let name = match args::values(attribute).as_deref() {
        Some([]) => Some(None),
        Some([value]) => string_of(value).map(Some),
        _ => None,
    };
    let needs_name = matches!(kind, LocationKind::Header | LocationKind::Field);
    let place = |name| LocationAttribute { kind, attribute: attribute.clone(), name };
    match name {
        Some(None) if needs_name => {}
        Some(name) => return Some(place(name)),
        None => {}
    }
    let example = match kind {
        LocationKind::Path => "`#[path(\"team-id\")]`",
        LocationKind::Query => "`#[query]` or `#[query(\"name\")]`",
        LocationKind::Header => "`#[header(\"X-Name\")]`",
        LocationKind::Field => "`#[field(\"/json/pointer\")]`",
    };
    diagnostics.error(
        Rule::ArgumentPlace,
        attribute,
        format_args!("expected one string in the attribute of an argument: write {example}"),
    );
    None
}

/// The name of an argument; `None` for a pattern.
pub(crate) fn name_of(typed: &PatType) -> Option<&Ident> {
    match typed.pat.as_ref() {
        syn::Pat::Ident(name) if name.subpat.is_none() => Some(&name.ident),
        _ => None,
    }
}
