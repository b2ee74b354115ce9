//! Tests that the failing cases of `tests/ui/fail` report what their `.stderr` says, and that the declarations of the other tests report
//! nothing. `tests/ui` compiles the same cases, in minutes, and compares the places of the errors too; this takes a second.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, LitStr, Meta, Stmt};

use crate::rules::ALL;
use crate::{api, derive};

/// The Rust files below a folder of the workspace.
fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let (mut folders, mut files) = (vec![root], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The errors in the expansions of all declarations of a file; `None` if a macro of the compiler makes them.
fn errors(source: &str) -> Option<Vec<String>> {
    if source.contains("macro_rules!") || source.contains("cfg_attr") {
        return None;
    }
    let mut errors = Vec::new();
    read_items(syn::parse_file(source).ok()?.items, &mut errors);
    Some(errors)
}

fn read_items(items: Vec<Item>, errors: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Mod(module) => {
                read_items(module.content.map(|(_, items)| items).unwrap_or_default(), errors);
            }
            Item::Fn(function) => {
                let items = function.block.stmts.into_iter().filter_map(|statement| match statement {
                    Stmt::Item(item) => Some(item),
                    _ => None,
                });
                read_items(items.collect(), errors);
            }
            item => expand(item, errors),
        }
    }
}

/// Expands our attribute or derives of an item, as the compiler does.
fn expand(mut item: Item, errors: &mut Vec<String>) {
    let mut none = Vec::new();
    let attributes = match &mut item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Union(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        _ => &mut none,
    };
    let derived: Vec<String> = attributes.iter().flat_map(derives).collect();
    attributes.retain(|attribute| !attribute.path().is_ident("derive"));
    let api = attributes.iter().position(|attribute| named(attribute.path()) == "bulk_api");
    let api = api.map(|index| attributes.remove(index));
    let tokens = item.into_token_stream();
    if let Some(api) = api {
        let arguments = if let Meta::List(list) = api.meta { list.tokens } else { TokenStream::new() };
        read_errors(api::expand(arguments, &tokens), errors);
    }
    for name in derived {
        let expansion = match &*name {
            "BulkItem" => derive::expand_item(tokens.clone()),
            "ItemReply" => derive::expand_element(tokens.clone()),
            "BulkReply" => derive::expand_reply(tokens.clone()),
            "ApiError" => derive::expand_error(tokens.clone()),
            "Status" => derive::expand_status(tokens.clone()),
            _ => continue,
        };
        read_errors(expansion, errors);
    }
}

fn named(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn derives(attribute: &Attribute) -> Vec<String> {
    let mut names = Vec::new();
    if attribute.path().is_ident("derive") {
        let read = attribute.parse_nested_meta(|meta| {
            names.push(named(&meta.path));
            Ok(())
        });
        read.expect("a list of derives");
    }
    names
}

/// The texts of `compile_error! { "…" }`.
fn read_errors(expansion: TokenStream, errors: &mut Vec<String>) {
    let mut tokens = expansion.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "compile_error" => {
                let group = tokens.nth(1).map(|token| match token {
                    TokenTree::Group(group) => group.stream(),
                    token => token.into(),
                });
                let text: LitStr = syn::parse2(group.unwrap_or_default()).expect("a text");
                errors.push(text.value());
            }
            TokenTree::Group(group) => read_errors(group.stream(), errors),
            _ => {}
        }
    }
}

/// The errors that a `.stderr` has from the macros.
fn expected(stderr: &str) -> Vec<String> {
    let lines = stderr.lines().filter_map(|line| line.strip_prefix("error: "));
    let of_macros = lines.filter(|line| {
        let id = line.rsplit_once("[BULK").and_then(|(_, id)| id.strip_suffix(']')?.parse::<u16>().ok());
        id.is_some_and(|id| ALL.iter().any(|rule| *rule as u16 == id))
    });
    of_macros.map(str::to_owned).collect()
}

#[test]
fn a_failing_case_reports_what_its_stderr_says() {
    let mut compared = 0;
    for file in files("tests/ui/fail") {
        // Attributes outside of a trait are expanded one at a time.
        if file.parent().is_some_and(|folder| folder.ends_with("outside")) {
            continue;
        }
        let Some(mut found) = errors(&fs::read_to_string(&file).expect("a case")) else { continue };
        let mut expected = expected(&fs::read_to_string(file.with_extension("stderr")).expect("its errors"));
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{}", file.display());
        compared += found.len();
    }
    assert!(compared > 200, "{compared} errors were compared");
}

#[test]
fn a_declaration_of_another_test_reports_nothing() {
    let mut expanded = 0;
    let folders =
        ["tests/ui/pass", "tests/integration", "tests/corpus", "tests/sim", "tests/exhaustive", "api-defs/src"];
    for file in folders.iter().flat_map(|folder| files(folder)) {
        let source = fs::read_to_string(&file).expect("a source");
        let Some(found) = errors(&source) else { continue };
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), BTreeSet::new(), "{}", file.display());
        expanded += source.matches("#[bulk_endpoint(").count();
    }
    assert!(expanded > 250, "{expanded} methods were expanded");
}
