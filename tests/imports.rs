//! Which module of a crate imports which, read from the sources: the analysis behind the floors of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The modules of one crate by name (`lib`, `reply/collector`), each with the modules that it imports.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

type Path = Vec<String>;

/// What one file names.
#[derive(Default)]
struct Module {
    /// Every path that starts at the crate, absolute.
    paths: Vec<Path>,
    /// The names that it re-exports, and what each stands for: an import through a facade counts as one of the file behind it.
    exports: BTreeMap<String, Path>,
    /// The modules that it names by a `use`, such as `reply` after `use crate::reply;`.
    aliases: BTreeMap<String, Path>,
}

/// The imports of a crate, from its files: their names below `src`, and their text. Leaves out what is compiled for tests only.
pub(crate) fn imports(files: &[(String, String)]) -> Imports {
    let names: BTreeSet<Path> = files.iter().map(|(file, _)| module_path(file)).collect();
    let modules: BTreeMap<Path, Module> = files
        .iter()
        .map(|(file, text)| {
            let at = module_path(file);
            let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{file} is no Rust: {error}"));
            let mut reader = Reader { names: &names, at: at.clone(), module: Module::default() };
            reader.visit_file(&syntax);
            (at, reader.module)
        })
        .collect();
    let named = |path: &Path| if path.is_empty() { "lib".to_owned() } else { path.join("/") };
    let imports = modules.iter().map(|(at, module)| {
        let owners = module.paths.iter().map(|path| owner(path.clone(), &modules));
        (named(at), owners.filter(|owner| owner != at).map(|owner| named(&owner)).collect())
    });
    imports.collect()
}

/// The imports that are part of a circle, or lie between two circles.
pub(crate) fn circles(mut open: Imports) -> Vec<String> {
    loop {
        let left: BTreeSet<String> = open.keys().cloned().collect();
        let imported: BTreeSet<String> = open.values().flatten().cloned().collect();
        // A module that imports none of the others, or that none of the others imports, is in no circle.
        open.retain(|module, named| imported.contains(module) && named.iter().any(|other| left.contains(other)));
        if open.len() == left.len() {
            break;
        }
    }
    let edges = open.iter().flat_map(|(module, named)| {
        named.iter().filter(|other| open.contains_key(*other)).map(move |other| format!("{module} -> {other}"))
    });
    edges.collect()
}

fn module_path(file: &str) -> Path {
    let name = file.trim_end_matches(".rs");
    let name = name.strip_suffix("/mod").unwrap_or(name);
    if name == "lib" { Vec::new() } else { name.split('/').map(str::to_owned).collect() }
}

/// The module in which what a path names is declared.
fn owner(mut path: Path, modules: &BTreeMap<Path, Module>) -> Path {
    // Deeper than any chain of `pub use` here, so that two that lead to each other end.
    for _ in 0..8 {
        let depth = (0..=path.len()).rev().find(|depth| modules.contains_key(&path[..*depth])).unwrap_or(0);
        let (module, rest) = path.split_at(depth);
        let export = rest.first().and_then(|name| modules[module].exports.get(name));
        match export {
            Some(export) => path = export.iter().chain(&rest[1..]).cloned().collect(),
            None => return module.to_vec(),
        }
    }
    panic!("`pub use` leads in a circle at {path:?}")
}

struct Reader<'a> {
    names: &'a BTreeSet<Path>,
    /// The module that is read: a file, or a module inside one.
    at: Path,
    module: Module,
}

impl Reader<'_> {
    /// A path from the root of the crate; none if it leads to another crate, or to a name of this file.
    fn absolute(&self, path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&self.at, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let above = &self.at[..self.at.len().checked_sub(ups)?];
                Some([above, &path[ups..]].concat())
            }
            name => {
                let inner = [&self.at[..], &[name.to_owned()]].concat();
                let alias = self.module.aliases.get(name).map(|module| [module, rest].concat());
                alias.or_else(|| self.names.contains(&inner).then(|| [&self.at, path].concat()))
            }
        }
    }

    fn named(&mut self, path: &[String]) {
        // `self::x` and `super` alone are parts of `pub(in super)` and the like.
        if path.len() > 1 {
            self.module.paths.extend(self.absolute(path));
        }
    }

    /// The paths in the tokens of a macro, which syn does not read.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Path = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
                TokenTree::Ident(ident) if colons == 2 => {
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    self.named(&std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Ident(ident) => path.push(ident.to_string()),
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        self.named(&path);
    }
}

/// The paths of a `use`, with the names under which they are known.
fn leaves(tree: &syn::UseTree, before: &[String], into: &mut Vec<(String, Path)>) {
    let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
    match tree {
        syn::UseTree::Path(inner) => leaves(&inner.tree, &with(&inner.ident), into),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, before, into)),
        syn::UseTree::Name(name) if name.ident == "self" => {
            into.push((before.last().cloned().unwrap_or_default(), before.to_vec()));
        }
        syn::UseTree::Name(name) => into.push((name.ident.to_string(), with(&name.ident))),
        syn::UseTree::Rename(name) => into.push((name.rename.to_string(), with(&name.ident))),
        syn::UseTree::Glob(_) => into.push((String::new(), before.to_vec())),
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            self.at.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.at.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if is_for_tests(&item.attrs) {
            return;
        }
        let mut found = Vec::new();
        leaves(&item.tree, &[], &mut found);
        let exported = !matches!(item.vis, syn::Visibility::Inherited);
        for (name, path) in found {
            let Some(path) = self.absolute(&path) else { continue };
            if self.names.contains(&path) {
                self.module.aliases.insert(name.clone(), path.clone());
            }
            // Only a facade re-exports without an import: a module of its own children.
            let of_own_child = path.len() > self.at.len() && path.starts_with(&self.at);
            if exported {
                assert!(
                    !name.is_empty() || !self.names.contains(&self.at),
                    "{:?} re-exports `{path:?}::*`: name what it is",
                    self.at
                );
                self.module.exports.insert(name, path.clone());
            }
            if !(exported && of_own_child) {
                self.module.paths.push(path);
            }
        }
    }

    // `#[derive(crate::x::Y)]`.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Path = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.named(&names);
        visit::visit_path(self, path);
    }

    // `pub(in crate::a)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}
