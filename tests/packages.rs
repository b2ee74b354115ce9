//! The packages that the workspace is made of: their licences, their sources, and the Rust that they need.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    id: String,
    license: Option<String>,
    description: Option<String>,
    /// `None`: a member of the workspace.
    source: Option<String>,
    rust_version: Option<String>,
    /// An empty list: it is not published.
    publish: Option<Vec<String>>,
    metadata: serde_json::Value,
    features: BTreeMap<String, Vec<String>>,
}

impl Package {
    fn is_published(&self) -> bool {
        self.source.is_none() && self.publish.is_none()
    }
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

fn metadata() -> Metadata {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--all-features"]).current_dir(super::root());
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

impl Metadata {
    /// What a user of a package compiles.
    fn compiled_with<'m>(&'m self, package: &'m Package) -> Vec<&'m Package> {
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (&*node.id, node)).collect();
        let (mut seen, mut next) = (BTreeSet::new(), vec![&*package.id]);
        while let Some(id) = next.pop() {
            if seen.insert(id) {
                let used = |dependency: &&Dependency| {
                    dependency.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"))
                };
                next.extend(nodes[id].deps.iter().filter(used).map(|dependency| &*dependency.pkg));
            }
        }
        self.packages.iter().filter(|package| seen.contains(&*package.id)).collect()
    }
}

/// Licences that ask for no more than to name the authors.
const LICENCES: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression can be met with these licences.
fn is_allowed(expression: &str) -> bool {
    // An older form has `/` for `OR`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (is_allowed, rest) = any_of(&words);
    is_allowed && rest.is_empty()
}

/// Reads what `OR` joins, which binds less than `AND`. Returns the words behind it.
fn any_of<'w, 'e>(words: &'w [&'e str]) -> (bool, &'w [&'e str]) {
    let (mut is_allowed, mut rest) = all_of(words);
    while let ["OR", after @ ..] = rest {
        let (next, behind) = all_of(after);
        (is_allowed, rest) = (is_allowed | next, behind);
    }
    (is_allowed, rest)
}

fn all_of<'w, 'e>(words: &'w [&'e str]) -> (bool, &'w [&'e str]) {
    let (mut is_allowed, mut rest) = one(words);
    while let ["AND", after @ ..] = rest {
        let (next, behind) = one(after);
        (is_allowed, rest) = (is_allowed & next, behind);
    }
    (is_allowed, rest)
}

fn one<'w, 'e>(words: &'w [&'e str]) -> (bool, &'w [&'e str]) {
    match words {
        ["(", after @ ..] => match any_of(after) {
            (is_allowed, [")", behind @ ..]) => (is_allowed, behind),
            (_, behind) => (false, behind),
        },
        [licence, "WITH", exception, behind @ ..] => {
            (LICENCES.contains(&&*format!("{licence} WITH {exception}")), behind)
        }
        [licence, behind @ ..] => (LICENCES.contains(licence), behind),
        [] => (false, words),
    }
}

#[test]
fn licences_are_read_as_spdx() {
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("MIT/Apache-2.0", true),
        ("GPL-2.0 AND MIT OR ISC", true),
        ("GPL-2.0 AND (MIT OR ISC)", false),
        ("(MIT OR GPL-2.0) AND Unicode-3.0", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0 WITH Classpath-exception-2.0", false),
        ("MIT)", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression), expected, "{expression}");
    }
}

/// TLS is that of rustls: one implementation, and no library of the system.
const BANNED: [&str; 4] = ["openssl", "openssl-sys", "native-tls", "async-std"];

#[test]
fn licences_and_sources_are_those_that_are_allowed() {
    let metadata = metadata();
    for package in &metadata.packages {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or_default();
        assert!(is_allowed(licence), "{name} has the licence `{licence}`");
        let is_from_crates_io = package
            .source
            .as_deref()
            .is_none_or(|source| source == "registry+https://github.com/rust-lang/crates.io-index");
        assert!(is_from_crates_io, "{name} comes from {:?}", package.source);
        assert!(!BANNED.contains(&&*package.name), "{name} is banned");
    }
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).collect()
}

/// That the code uses no newer API of the standard library is what clippy's `incompatible_msrv` checks.
#[test]
fn what_is_published_needs_no_newer_rust_than_it_says() {
    let metadata = metadata();
    for package in metadata.packages.iter().filter(|package| package.is_published()) {
        let declared = version(package.rust_version.as_ref().unwrap());
        for used in metadata.compiled_with(package) {
            let needed = used.rust_version.as_deref().map(version).unwrap_or_default();
            let is_enough = needed.iter().zip(declared.iter().chain(&[0])).find(|(needed, has)| needed != has);
            assert!(
                is_enough.is_none_or(|(needed, has)| needed < has),
                "{} says {:?}, and {} needs {:?}",
                package.name,
                package.rust_version,
                used.name,
                used.rust_version
            );
        }
    }
}

/// CI compiles the core without features, and with each of them alone.
#[test]
fn each_feature_is_compiled_alone() {
    let metadata = metadata();
    let ci = std::fs::read_to_string(super::root().join(".ci/run")).unwrap();
    let (_, list) = ci.split_once("for features in \"\" ").unwrap();
    let compiled: BTreeSet<&str> = list.split(';').next().unwrap().split_whitespace().collect();
    let core = metadata.packages.iter().find(|package| package.name == "bulk-endpoint").unwrap();
    let features: BTreeSet<&str> = core.features.keys().map(|name| &**name).filter(|name| *name != "default").collect();
    assert_eq!(compiled, features);
}

#[test]
fn what_is_published_describes_itself() {
    let metadata = metadata();
    let published: Vec<&Package> = metadata.packages.iter().filter(|package| package.is_published()).collect();
    assert!(published.len() > 4);
    for package in published {
        let name = &package.name;
        assert!(package.description.is_some(), "{name} has no description");
        let all_features = &package.metadata["docs"]["rs"]["all-features"];
        assert_eq!(all_features, true, "{name} has no `all-features = true` in `[package.metadata.docs.rs]`");
    }
}
