//! The rules of a declaration. Every rule is looked at, so that one expansion tells all mistakes.
//!
//! - `signature`: what a method may look like
//! - `settings`: the words of `#[bulk_endpoint]`; `items`: where the items sit; `classes`: the lists of statuses and codes;
//!   `rate`: a quota; `poll`: how a job is asked for
//! - `arguments`: where each argument goes, each place once
//! - `names`: what the client's items are called

mod arguments;
mod classes;
mod items;
mod names;
mod poll;
mod rate;
mod settings;
mod signature;

use syn::{ItemTrait, Token, TraitItem};

pub(crate) use classes::check_status;

use crate::args::{self, Words};
use crate::ast;
use crate::case::{CASES, Case};
use crate::model::{Api, Method, Spec, Verb, docs, forwarded};
use crate::report::Report;
use crate::rules::Rule;
use crate::suggest;
use crate::symbol::RENAME_ALL;
use crate::template::Template;

/// Judges a trait; `None` where a rule is broken, and the report says which.
pub(crate) fn check(api: &ast::Api, words: &Words, report: &Report) -> Option<Api> {
    let case = check_case(words, report);
    check_trait(api, report);
    names::check_names(&api.methods, report);
    let methods: Vec<Option<Method>> = api.methods.iter().map(|method| check_method(method, case, report)).collect();
    Some(Api {
        krate: words.krate(report),
        item: api.item.clone(),
        methods: methods.into_iter().collect::<Option<_>>()?,
    })
}

/// The trait as it is meant, beside the errors of what was written.
pub(crate) fn meant(item: &ItemTrait) -> ItemTrait {
    let mut item = item.clone();
    for part in &mut item.items {
        if let TraitItem::Fn(method) = part {
            method.sig = signature::meant(&method.sig);
            method.default = None;
            method.semi_token = Some(Token![;](method.sig.ident.span()));
        }
    }
    item
}

fn check_case(words: &Words, report: &Report) -> Option<Case> {
    let word = words.get(RENAME_ALL)?;
    let Some(name) = word.string() else {
        report.error(Rule::RenameAll, word, "write `rename_all = \"camelCase\"`, as serde does");
        return None;
    };
    let case = Case::named(&name.value());
    if case.is_none() {
        let known: Vec<&str> = CASES.iter().map(|(spelled, _)| *spelled).collect();
        report.error(Rule::RenameAll, &name, suggest::unknown("rename rule", &name.value(), &known));
    }
    case
}

/// A client is one type without parameters, and what it can do is its methods.
fn check_trait(api: &ast::Api, report: &Report) {
    if let Some(token) = &api.item.unsafety {
        report.error(Rule::TraitUnsafe, token, "a `#[bulk_api]` trait is not `unsafe`: take `unsafe` away");
    }
    let generics = &api.item.generics;
    if !generics.params.is_empty() || generics.where_clause.is_some() {
        report.error(
            Rule::TraitGeneric,
            generics,
            "a `#[bulk_api]` trait has no generics: its client is one concrete type; put the types into the methods",
        );
    }
    for part in &api.item.items {
        let kind = match part {
            TraitItem::Fn(_) => continue,
            TraitItem::Type(_) => "an associated type",
            TraitItem::Const(_) => "an associated constant",
            TraitItem::Macro(_) => "a macro call",
            _ => "this",
        };
        report.error(
            Rule::TraitMember,
            part,
            format_args!("a `#[bulk_api]` trait holds methods alone, not {kind}: move it out of the trait"),
        );
    }
}

fn check_method(method: &ast::Method, case: Option<Case>, report: &Report) -> Option<Method> {
    let shape = signature::check_signature(&method.item, report);
    let verb = check_verb(method, report);
    let settings = settings::check_settings(method, report);
    let items = settings.as_ref().map(|(settings, _)| &settings.items);
    let template = verb.as_ref().and_then(|verb| verb.template.as_ref());
    let places = arguments::check_arguments(method, template, items, case, report);
    let fixed = arguments::check_fixed(method, report);

    let shape = shape?;
    let (settings, already) = settings?;
    let verb = verb?;
    verb.template?;
    let fixed = fixed?;
    Some(Method {
        signature: method.item.sig.clone(),
        attributes: forwarded(&method.item.attrs),
        receiver: shape.receiver,
        returns: shape.returns,
        constant: names::constant_of(&method.item.sig.ident),
        spec: Spec {
            name: names::plain(&method.item.sig.ident),
            verb: verb.verb,
            path: verb.path,
            settings,
            headers: fixed.headers,
            batch_key: fixed.batch_key,
            fields: fixed.fields,
            docs: docs(&method.item.attrs),
        },
        already,
        arguments: places?,
    })
}

struct VerbAndPath {
    verb: Verb,
    path: String,
    template: Option<Template>,
}

/// One request has one HTTP method and one path.
fn check_verb(method: &ast::Method, report: &Report) -> Option<VerbAndPath> {
    let name = &method.item.sig.ident;
    let Some((first, others)) = method.verbs.split_first() else {
        report.error(
            Rule::VerbMissing,
            name,
            format_args!(
                "`{name}` has no HTTP method: write `#[post(\"/…\")]` over it, or `get`, `put`, `patch`, `delete`"
            ),
        );
        return None;
    };
    for other in others {
        let (one, two) = (args::name_of(&first.attribute), args::name_of(&other.attribute));
        report.error(
            Rule::VerbTwice,
            &other.attribute,
            format_args!("a request has one HTTP method: `{name}` has `{one}` already, take `{two}` away"),
        );
    }
    let path = first.path.as_ref()?;
    let template = Template::parse(&path.value());
    let template = template.map_err(|all| all.into_iter().for_each(|why| report.mistake(path, why))).ok();
    Some(VerbAndPath { verb: first.verb, path: path.value(), template })
}
