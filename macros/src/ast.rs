//! The trait as it was written: our attributes taken out and read, nothing judged yet.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Attribute, Expr, FnArg, ItemTrait, LitStr, PatType, TraitItem, TraitItemFn};

use crate::args::{self, Words};
use crate::model::Verb;
use crate::report::Report;
use crate::rules::Rule;
use crate::suggest;
use crate::symbol::{BATCH_KEY, FIELD, HEADER, PATH, QUERY, SETTING_WORDS, SETTINGS, VERBS};

/// The trait without our attributes, and what they say of its methods.
pub(crate) struct Api {
    pub(crate) item: ItemTrait,
    pub(crate) methods: Vec<Method>,
}

pub(crate) struct Method {
    pub(crate) item: TraitItemFn,
    pub(crate) verbs: Vec<VerbAttribute>,
    /// The name of the first `#[bulk_endpoint]`, if there is one.
    pub(crate) settings_at: Option<Span>,
    pub(crate) settings: Words,
    pub(crate) headers: Vec<(LitStr, HeaderValue)>,
    pub(crate) fields: Vec<(LitStr, Expr)>,
    pub(crate) arguments: Vec<Argument>,
}

/// `#[post("/path")]`; no path where it could not be read.
/// The value of a fixed header.
pub(crate) enum HeaderValue {
    Fixed(LitStr),
    BatchKey,
}

pub(crate) struct VerbAttribute {
    pub(crate) verb: Verb,
    pub(crate) attribute: Attribute,
    pub(crate) path: Option<LitStr>,
}

pub(crate) struct Argument {
    pub(crate) typed: PatType,
    pub(crate) places: Vec<Place>,
}

/// `#[query("name")]` on an argument.
pub(crate) struct Place {
    pub(crate) kind: PlaceKind,
    pub(crate) attribute: Attribute,
    pub(crate) name: Option<LitStr>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    Path,
    Query,
    Header,
    Field,
}

impl Api {
    /// Takes our attributes out of a trait.
    pub(crate) fn read(mut item: ItemTrait, report: &Report) -> Self {
        let mut methods = Vec::new();
        for part in &mut item.items {
            if let TraitItem::Fn(method) = part {
                methods.push(Method::read(method, report));
            }
        }
        Api { item, methods }
    }
}

impl Method {
    fn read(item: &mut TraitItemFn, report: &Report) -> Self {
        let mut method = Method {
            item: item.clone(),
            verbs: Vec::new(),
            settings_at: None,
            settings: Words::none(),
            headers: Vec::new(),
            fields: Vec::new(),
            arguments: Vec::new(),
        };
        item.attrs.retain(|attribute| !method.take(&args::name_of(attribute), attribute, report));
        if method.verbs.is_empty() {
            method.take_misspelt(&mut item.attrs, &VERBS, report);
        }
        if method.settings_at.is_none() {
            method.take_misspelt(&mut item.attrs, &[SETTINGS], report);
        }
        for input in &mut item.sig.inputs {
            if let FnArg::Typed(typed) = input {
                let places = take_places(&mut typed.attrs, report);
                let typed = typed.clone();
                method.arguments.push(Argument { typed, places });
            }
        }
        method.item = item.clone();
        method
    }

    /// An attribute that is missing may be there under a mistyped name: it is read all the same.
    fn take_misspelt(&mut self, attributes: &mut Vec<Attribute>, known: &[&str], report: &Report) {
        let meant = |attribute: &Attribute| suggest::nearest(&args::name_of(attribute), known);
        let found = attributes.iter().enumerate().find_map(|(index, attribute)| Some((index, meant(attribute)?)));
        if let Some((index, name)) = found {
            let attribute = attributes.remove(index);
            let message = suggest::unknown("attribute", &args::name_of(&attribute), known);
            report.error(Rule::AttributeUnknown, attribute.path(), message);
            self.take(name, &attribute, report);
        }
    }

    /// Reads an attribute if its name is one of ours.
    fn take(&mut self, name: &str, attribute: &Attribute, report: &Report) -> bool {
        if let Some(verb) = Verb::named(name) {
            self.verbs.push(VerbAttribute {
                verb,
                attribute: attribute.clone(),
                path: read_path(name, attribute, report),
            });
            return true;
        }
        match name {
            SETTINGS => self.take_settings(attribute, report),
            HEADER => self.headers.extend(read_header(attribute, report)),
            FIELD => self.fields.extend(read_field(attribute, report)),
            _ => return false,
        }
        true
    }

    fn take_settings(&mut self, attribute: &Attribute, report: &Report) {
        self.settings_at.get_or_insert(args::place_of(attribute));
        self.settings.read_attribute(attribute, &SETTING_WORDS, report);
    }
}

fn read_path(verb: &str, attribute: &Attribute, report: &Report) -> Option<LitStr> {
    let values = args::values(attribute).unwrap_or_default();
    if let [value] = values.as_slice()
        && let Some(path) = args::string_of(value)
    {
        return Some(path);
    }
    report.error(
        Rule::VerbPath,
        attribute,
        format_args!("`{verb}` takes the vendor's path, one string: `#[{verb}(\"/…\")]`"),
    );
    None
}

fn read_header(attribute: &Attribute, report: &Report) -> Option<(LitStr, HeaderValue)> {
    let values = args::values(attribute).unwrap_or_default();
    if let [name, value] = values.as_slice()
        && let Some(name) = args::string_of(name)
    {
        if value.to_token_stream().to_string() == BATCH_KEY {
            return Some((name, HeaderValue::BatchKey));
        }
        if let Some(value) = args::string_of(value) {
            return Some((name, HeaderValue::Fixed(value)));
        }
    }
    report.error(
        Rule::FixedHeader, attribute,
        "a fixed header takes its name and its value, two strings: `#[header(\"X-Name\", \"value\")]`; instead of the value, `batch_key` is a key of its own for each batch",
    );
    None
}

fn read_field(attribute: &Attribute, report: &Report) -> Option<(LitStr, Expr)> {
    let values = args::values(attribute).unwrap_or_default();
    if let [pointer, value] = values.as_slice()
        && let Some(pointer) = args::string_of(pointer)
    {
        return Some((pointer, value.clone()));
    }
    report.error(
        Rule::FixedField,
        attribute,
        "a fixed body field takes a JSON pointer and a literal: `#[field(\"/allOrNone\", false)]`",
    );
    None
}

/// Takes our attributes off an argument.
fn take_places(attributes: &mut Vec<Attribute>, report: &Report) -> Vec<Place> {
    let mut places = Vec::new();
    attributes.retain(|attribute| {
        let kind = match args::name_of(attribute).as_str() {
            PATH => PlaceKind::Path,
            QUERY => PlaceKind::Query,
            HEADER => PlaceKind::Header,
            FIELD => PlaceKind::Field,
            _ => return true,
        };
        places.extend(read_place(kind, attribute, report));
        false
    });
    places
}

fn read_place(kind: PlaceKind, attribute: &Attribute, report: &Report) -> Option<Place> {
    let name = match args::values(attribute).as_deref() {
        Some([]) => Some(None),
        Some([value]) => args::string_of(value).map(Some),
        _ => None,
    };
    let needs_name = matches!(kind, PlaceKind::Header | PlaceKind::Field);
    let place = |name| Place { kind, attribute: attribute.clone(), name };
    match name {
        Some(None) if needs_name => {}
        Some(name) => return Some(place(name)),
        None => {}
    }
    let example = match kind {
        PlaceKind::Path => "`#[path(\"team-id\")]`",
        PlaceKind::Query => "`#[query]` or `#[query(\"name\")]`",
        PlaceKind::Header => "`#[header(\"X-Name\")]`",
        PlaceKind::Field => "`#[field(\"/json/pointer\")]`",
    };
    report.error(Rule::ArgumentPlace, attribute, format_args!("on an argument, write one string: {example}"));
    None
}

/// The name of an argument that is a plain one.
pub(crate) fn name_of(typed: &PatType) -> Option<&Ident> {
    match typed.pat.as_ref() {
        syn::Pat::Ident(name) if name.subpat.is_none() => Some(&name.ident),
        _ => None,
    }
}
