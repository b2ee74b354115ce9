//! The rules of a declaration. All rules are checked, so that one expansion reports all mistakes.
//!
//! - `signature`: the signature of a method
//! - `settings`: the words of `#[bulk_endpoint]`; `items`: the place of the items; `classes`: the lists of statuses and codes;
//!   `rate`: a quota; `poll`: the request that polls a job
//! - `arguments`: the place of each argument, no two in one place; `beside_items`: that each is compatible with the items;
//!   `fixed`: fixed headers and fields; `header`: names and values; `owned`: that `dynamic` can make each argument
//! - `names`: the names of the client's constants

mod arguments;
mod beside_items;
mod classes;
mod compression;
mod fixed;
mod header;
mod idempotence;
mod items;
mod names;
mod owned;
mod poll;
mod rate;
mod settings;
mod signature;

pub(crate) use header::is_header_name;
use syn::{ItemTrait, Token, TraitItem};

use crate::args::{self, WordSet};
use crate::ast;
use crate::case::{CASES, RenameRule};
use crate::diagnostics::Diagnostics;
use crate::model::{ApiModel, EndpointModel, MethodModel, docs, forwarded};
use crate::rules::Rule;
use crate::spans::SpanEnds;
use crate::suggest;
use crate::symbol::{BULK_API, DYNAMIC, RENAME_ALL};
use crate::template::PathTemplate;
use crate::verb::Verb;

/// Checks a trait. Returns `None` if a rule is broken, which the diagnostics report.
pub(crate) fn check(api: &ast::TraitInput, words: &WordSet, diagnostics: &Diagnostics) -> Option<ApiModel> {
    let case = check_case(words, diagnostics);
    let dynamic = words.flag(DYNAMIC, diagnostics);
    check_trait(api, diagnostics);
    names::check_names(&api.methods, diagnostics);
    // All methods are checked before the first `?`, so that the mistakes of all are reported.
    let methods: Vec<Option<MethodModel>> =
        api.methods.iter().map(|method| check_method(method, case, dynamic, diagnostics)).collect();
    let krate = words.krate(&api.item.ident, BULK_API, diagnostics);
    Some(ApiModel { krate, item: api.item.clone(), dynamic, methods: methods.into_iter().collect::<Option<_>>()? })
}

/// The trait without its mistakes, to emit beside the errors.
pub(crate) fn corrected(item: &ItemTrait) -> ItemTrait {
    let mut item = item.clone();
    for part in &mut item.items {
        if let TraitItem::Fn(method) = part {
            method.sig = signature::corrected(&method.sig);
            // A body is already reported, and rustc could report further errors in it.
            method.default = None;
            // A method without a body ends with a semicolon.
            method.semi_token = Some(Token![;](method.sig.ident.span()));
        }
    }
    item
}

fn check_case(words: &WordSet, diagnostics: &Diagnostics) -> Option<RenameRule> {
    let word = words.get(RENAME_ALL)?;
    let Some(name) = word.string() else {
        diagnostics.error(
            Rule::RenameAll,
            word,
            "expected a rename rule as a string: write `rename_all = \"camelCase\"`",
        );
        return None;
    };
    // A misspelt rule is reported and then treated as none, so that the methods are checked too.
    let case = RenameRule::named(&name.value());
    if case.is_none() {
        let known: Vec<&str> = CASES.iter().map(|(spelled, _)| *spelled).collect();
        diagnostics.error(Rule::RenameAll, &name, suggest::unknown("rename rule", &name.value(), &known));
    }
    case
}

/// A client is one type without generics, and implements only methods.
fn check_trait(api: &ast::TraitInput, diagnostics: &Diagnostics) {
    if let Some(token) = &api.item.unsafety {
        diagnostics.error(Rule::TraitUnsafe, token, "a `#[bulk_api]` trait cannot be `unsafe`: remove `unsafe`");
    }
    let generics = &api.item.generics;
    // A `where` clause needs no parameters: `where Self: Clone` is one too.
    if !generics.params.is_empty() || generics.where_clause.is_some() {
        diagnostics.error(
            Rule::TraitGeneric,
            generics,
            "a `#[bulk_api]` trait cannot have generics, since its client is one concrete type: name the types in the methods",
        );
    }
    for part in &api.item.items {
        let kind = match part {
            TraitItem::Fn(_) => continue,
            TraitItem::Type(_) => "an associated type",
            TraitItem::Const(_) => "an associated constant",
            TraitItem::Macro(_) => "a macro call",
            _ => "another item",
        };
        diagnostics.error(
            Rule::TraitMember,
            part,
            format_args!("expected a method, found {kind}: move it out of the `#[bulk_api]` trait"),
        );
    }
}

fn check_method(
    method: &ast::MethodInput,
    case: Option<RenameRule>,
    dynamic: bool,
    diagnostics: &Diagnostics,
) -> Option<MethodModel> {
    // All parts are checked before the first `?`, so that the mistakes of all are reported.
    let shape = signature::check_signature(&method.item, diagnostics);
    let verb = check_verb(method, diagnostics);
    let settings = settings::check_settings(method, diagnostics);
    let items = settings.as_ref().map(|(settings, _)| &settings.items);
    let template = verb.as_ref().and_then(|verb| verb.template.as_ref());
    let places = arguments::check_arguments(method, template, items, case, diagnostics);
    let fixed = fixed::check_fixed(method, items, diagnostics);
    let owned = if dynamic { owned::check_owned(&method.arguments, diagnostics) } else { Some(Vec::new()) };

    let shape = shape?;
    let (settings, already) = settings?;
    let verb = verb?;
    // An invalid path has no template, and is already reported.
    verb.template?;
    let fixed = fixed?;
    Some(MethodModel {
        signature: method.item.sig.clone(),
        attributes: forwarded(&method.item.attrs),
        receiver: shape.receiver,
        ends: SpanEnds::of(&shape.returns),
        returns: shape.returns,
        constant: names::constant_of(&method.item.sig.ident),
        spec: EndpointModel {
            name: names::plain(&method.item.sig.ident),
            verb: verb.verb,
            path: verb.path,
            settings,
            headers: fixed.headers,
            batch_keys: fixed.batch_keys,
            fields: fixed.fields,
            docs: docs(&method.item.attrs),
        },
        already,
        arguments: places?,
        owned: owned?,
    })
}

struct VerbAndPath {
    verb: Verb,
    path: String,
    template: Option<PathTemplate>,
}

/// One request has one HTTP method and one path.
fn check_verb(method: &ast::MethodInput, diagnostics: &Diagnostics) -> Option<VerbAndPath> {
    let name = &method.item.sig.ident;
    let Some((first, others)) = method.verbs.split_first() else {
        diagnostics.error(
            Rule::VerbMissing,
            name,
            format_args!(
                "missing HTTP method on `{name}`: add `#[post(\"/…\")]`, or `get`, `put`, `patch` or `delete`"
            ),
        );
        return None;
    };
    // The first verb counts, and its path is checked.
    for other in others {
        let (one, two) = (args::name_of(&first.attribute), args::name_of(&other.attribute));
        diagnostics.error(
            Rule::VerbTwice,
            &other.attribute,
            format_args!("expected one HTTP method on `{name}`, found `{one}` and `{two}`: remove `{two}`"),
        );
    }
    let path = first.path.as_ref()?;
    let template = PathTemplate::parse(&path.value());
    let template = template.map_err(|all| all.into_iter().for_each(|mistake| diagnostics.mistake(path, mistake))).ok();
    Some(VerbAndPath { verb: first.verb, path: path.value(), template })
}
