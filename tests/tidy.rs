//! What must stay true of the sources themselves: "What the code must not do" of ARCHITECTURE.md, and house rules.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::fs;
use std::path::{Path, PathBuf};

use imports::{Imports, circles, imports};

mod imports;
mod packages;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The Rust files below a folder of the workspace, with their text, sorted.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = root();
    let (mut files, mut folders) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "{folder} has no sources");
    files
}

/// Whether a file has a test of this name: an attribute says so, or `proptest!` around it.
fn has_test(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else { return false };
    let attributes = before.rsplit("\n\n").next().unwrap();
    attributes.contains("#[test]") || attributes.contains("#[tokio::test")
}

/// A file's code: no comments, nothing from its test module on.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn assert_absent(folder: &str, words: &[&str], skip: &[&str]) {
    for (name, text) in sources(folder) {
        if skip.iter().any(|skipped| name.ends_with(skipped)) {
            continue;
        }
        for word in words {
            assert!(!code(&text).contains(word), "{name} names `{word}`");
        }
    }
}

#[test]
fn the_engine_knows_no_io_no_clock_and_no_chance() {
    let words = [
        "tokio",
        "reqwest",
        "futures",
        "async ",
        ".await",
        "Instant",
        "SystemTime",
        "fastrand",
        "RandomState",
        "std::net",
    ];
    assert_absent("runtime/src/engine", &words, &[]);
}

#[test]
fn the_engine_knows_no_user_types() {
    let words = ["BulkItem", "BulkReply", "ItemReply", "ReplyKey", "ApiError", "Client", "serde_json"];
    assert_absent("runtime/src/engine", &words, &[]);
}

#[test]
fn reqwest_is_named_by_its_transport_alone() {
    let skip = ["transport/reqwest.rs", "transport/mod.rs", "client/build_error.rs"];
    for (name, text) in sources("runtime/src") {
        // What is compiled with the feature may say so.
        let text = code(&text).replace("feature = \"reqwest\"", "");
        let may = skip.iter().any(|skipped| name.ends_with(skipped));
        assert!(may || !text.contains("reqwest"), "{name} names `reqwest`");
    }
}

#[test]
fn time_is_read_by_the_clock_and_the_transport_alone() {
    for (name, text) in sources("runtime/src") {
        let may = name.ends_with("clock.rs") || name.starts_with("runtime/src/client/transport/");
        let reads = ["Instant::now", "SystemTime::now"].iter().any(|word| code(&text).contains(word));
        assert!(may || !reads, "{name} reads the time");
    }
}

/// To close a descriptor of a journal's file ends the locks that SQLite has on it: `durable/src/files.rs` says what follows.
#[test]
fn a_journal_is_opened_by_sqlite_alone() {
    let opens =
        ["File::open", "File::create", "OpenOptions", "fs::read(", "fs::read_to_string", "fs::write", "fs::copy"];
    // The other one reads the name of the machine.
    assert_absent("durable/src", &opens, &["durable/src/files.rs", "durable/src/postgres/worker.rs"]);
    // What these have to do with journals is done by name.
    for file in ["cli/src/journal.rs", "cli/src/runs.rs"] {
        let (_, text) = sources("cli/src").into_iter().find(|(name, _)| name == file).unwrap();
        let found = opens.iter().find(|word| code(&text).contains(**word));
        assert_eq!(found, None, "{file} opens a file");
    }
}

#[test]
fn an_emitter_cannot_fail_and_sees_the_model_alone() {
    let can_fail = ["syn::Result", "-> Result<", "syn::Error", "Diagnostics", "Mistake", "Rule::"];
    let raw_input = [
        "crate::ast",
        "crate::args",
        "crate::check",
        "derive::check",
        "derive::input",
        "derive::fields",
        "derive::words",
        "derive::serde_names",
        "DeriveInput",
    ];
    for folder in ["macros/src/emit", "macros/src/derive/emit"] {
        assert_absent(folder, &can_fail, &[]);
        assert_absent(folder, &raw_input, &[]);
    }
    let is_emitter = |module: &str| module.starts_with("emit") || module.starts_with("derive/emit");
    for (module, named) in
        imports_of("macros/src", &SKIPPED_MACROS).into_iter().filter(|(module, _)| is_emitter(module))
    {
        for other in named.into_iter().filter(|other| !is_emitter(other)) {
            let is_raw = floor(&other, &MACRO_FLOORS) < floor("ast", &MACRO_FLOORS) && !other.ends_with("model");
            assert!(!is_raw && !["ast", "args"].contains(&other.as_str()), "the emitter `{module}` imports `{other}`");
        }
    }
}

/// The modules of the macros, from the top. A folder is one floor, and stands for what is in it.
const MACRO_FLOORS: [&[&str]; 8] = [
    &["lib"],
    &["api", "derive", "outside"],
    &["emit", "derive/emit"],
    &["check", "derive/check"],
    &["model", "derive/model"],
    &["derive/input", "derive/fields", "derive/words", "derive/serde_names"],
    &["ast", "args", "hidden"],
    &[
        "rules",
        "diagnostics",
        "symbol",
        "json",
        "template",
        "case",
        "suggest",
        "spans",
        "scope",
        "expression",
        "http_status",
        "types",
        "crate_name",
        "verb",
    ],
];

/// The modules of the runtime, in the same way.
const RUNTIME_FLOORS: [&[&str]; 12] = [
    &["lib", "guide", "spec", "testing", "private", "fake", "openapi", "dynamic"],
    &["run"],
    &["request"],
    &["response"],
    &["client"],
    &["engine"],
    &["declare"],
    &["journal"],
    &["outcome"],
    &["reply"],
    &["item"],
    &["text", "uncertainty_kind"],
];

/// How far from the top a module is.
fn floor(module: &str, floors: &[&[&str]]) -> usize {
    let of =
        |floor: &&&str| module == **floor || module.strip_prefix(**floor).is_some_and(|rest| rest.starts_with('/'));
    let fitting = floors
        .iter()
        .enumerate()
        .flat_map(|(index, names)| names.iter().filter(of).map(move |name| (name.len(), index)));
    fitting.max().unwrap_or_else(|| panic!("`{module}` is on no floor: add it to the floors in tests/tidy.rs")).1
}

/// The imports among the modules of a crate; `skip` names those that look at all of it.
fn imports_of(folder: &str, skip: &[&str]) -> Imports {
    let below = |name: String| name.trim_start_matches(folder).trim_start_matches('/').to_owned();
    let files: Vec<_> = sources(folder).into_iter().map(|(name, text)| (below(name), text)).collect();
    let skipped = |name: &str| skip.contains(&name.trim_end_matches(".rs"));
    imports(&files.into_iter().filter(|(name, _)| !skipped(name)).collect::<Vec<_>>())
}

fn assert_downwards(imports: Imports, floors: &[&[&str]]) {
    for (module, named) in imports {
        for other in named {
            let below = floor(&module, floors) <= floor(&other, floors);
            assert!(below, "`{module}` imports `{other}`, which stands above it");
        }
    }
}

/// The tests of whole expansions look at all of them.
const SKIPPED_MACROS: [&str; 6] = ["snapshot", "size", "boundaries", "decisions", "explained", "cases"];
/// The tests of the engine and of a reply, in files of their own.
const SKIPPED_RUNTIME: [&str; 2] = ["engine/tests", "reply/collector/tests"];

#[test]
fn the_macros_import_what_stands_below_them() {
    assert_downwards(imports_of("macros/src", &SKIPPED_MACROS), &MACRO_FLOORS);
}

#[test]
fn the_floors_of_the_runtime_import_downwards() {
    assert_downwards(imports_of("runtime/src", &SKIPPED_RUNTIME), &RUNTIME_FLOORS);
}

#[test]
fn no_circle_of_files() {
    let crates = [
        imports_of("macros/src", &SKIPPED_MACROS),
        imports_of("runtime/src", &SKIPPED_RUNTIME),
        imports_of("durable/src", &[]),
        imports_of("cli/src", &[]),
        imports_of("declare/src", &[]),
    ];
    for imports in crates {
        assert!(imports.len() > 15, "expected the files of a crate, found {}", imports.len());
        let circles = circles(imports);
        assert!(circles.is_empty(), "files import each other: {circles:#?}");
    }
}

#[test]
fn an_import_is_found_through_a_facade_and_in_a_macro() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod inner; pub(crate) use inner::Inner; use crate::b::Outer;"),
        ("a/inner.rs", "pub struct Inner; fn text() -> String { format!(\"{}\", super::super::b::text()) }"),
        ("b.rs", "use crate::a::{Inner, inner as other}; #[cfg(test)] mod tests { use crate::Nothing; }"),
        // By an alias of the facade, by an attribute, and by a re-export that is no facade.
        ("c.rs", "use crate::a; fn f() -> a::Inner {}"),
        ("d.rs", "#[derive(crate::b::Derive)] struct D;"),
        ("e.rs", "pub(crate) use crate::b::Outer; struct E(Outer);"),
    ];
    let imports = imports(&files.map(|(name, text)| (name.to_owned(), text.to_owned())));
    let of = |module: &str| imports[module].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("a"), ["b"]);
    assert_eq!(of("a/inner"), ["b"]);
    assert_eq!(of("b"), ["a/inner"]);
    assert_eq!(of("c"), ["a", "a/inner"]);
    assert_eq!(of("d"), ["b"]);
    assert_eq!(of("e"), ["b"]);
    assert!(of("lib").is_empty());
    assert_eq!(circles(imports), ["a/inner -> b", "b -> a/inner"]);
}

#[test]
fn a_type_has_a_name_of_its_own() {
    for crate_sources in ["macros/src", "runtime/src", "durable/src", "cli/src"] {
        assert_names_differ(crate_sources);
    }
}

/// No two types of a crate have the same name.
fn assert_names_differ(folder: &str) {
    let mut names: Vec<String> = Vec::new();
    for (file, text) in sources(folder) {
        if file.ends_with("/tests.rs") {
            continue;
        }
        // What is indented is inside an impl, or in the tokens of an expansion.
        for line in code(&text).lines() {
            let declared = line.split_once("struct ").or_else(|| line.split_once("enum "));
            let Some((_, rest)) = declared.filter(|(before, _)| before.is_empty() || before.starts_with("pub")) else {
                continue;
            };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            assert!(!names.contains(&name), "{file} has a second `{name}`");
            names.push(name);
        }
    }
}

const FOLDERS: [&str; 8] = [
    "macros/src",
    "runtime/src",
    "durable/src",
    "cli/src",
    "api-defs/src",
    "examples/src",
    "declare/src",
    "tests/integration",
];

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let words = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
    for folder in FOLDERS {
        assert_absent(folder, &words, &[]);
    }
}

#[test]
fn every_file_says_what_it_owns() {
    for folder in FOLDERS {
        for (name, text) in sources(folder) {
            // A crate may open with a page of the guide.
            let opens = ["//! ", "#![doc = include_str!("].iter().any(|start| text.starts_with(start));
            assert!(opens, "{name} does not open with a `//!` sentence");
        }
    }
}

#[test]
fn the_map_names_every_file_and_no_other() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (name, _) in ["macros/src", "runtime/src", "durable/src", "cli/src", "api-defs/src", "declare/src"]
        .into_iter()
        .flat_map(sources)
    {
        let (folder, file) = name.rsplit_once('/').unwrap();
        let named = map.contains(&format!("`{file}`")) || map.contains(&format!("`{folder}/{file}`"));
        // A folder with one owner is named as a whole.
        let whole = map.contains(&format!("`{folder}/`"));
        assert!(named || whole, "ARCHITECTURE.md does not name {name}");
    }
    for name in map.split('`').filter(|word| word.ends_with(".rs") && word.contains('/')) {
        assert!(root().join(name).exists(), "ARCHITECTURE.md names {name}, which is not there");
    }
}

#[test]
fn the_tests_that_hold_the_promises_are_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let named = |text: &str| -> Vec<(String, String)> {
        let tests = text.split('`').filter_map(|word| word.split_once(".rs::"));
        tests.map(|(file, test)| (format!("{file}.rs"), test.to_owned())).collect()
    };
    for (file, test) in named(&map) {
        let text = fs::read_to_string(root().join(&file)).unwrap_or_else(|_| panic!("{file} is not there"));
        assert!(has_test(&text, &test), "{file} has no test {test}");
    }
    let (_, table) = map.split_once("| promise | in short | tests |").unwrap();
    for promise in (1..=18).chain([20]) {
        let row = table.lines().find(|line| line.starts_with(&format!("| {promise} | ")));
        assert!(row.is_some_and(|row| !named(row).is_empty()), "promise {promise} has no test");
    }
}

/// `.ci/run` builds with the version that Cargo.toml declares.
#[test]
fn the_documents_name_the_declared_rust_version() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let manifest = read("Cargo.toml");
    let declared = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"')).unwrap();
    assert!(read("README.md").contains(&format!("Rust {declared} or later")), "README.md");
    assert!(read("CONTRIBUTING.md").contains(&format!("Rust version is {declared}.")), "CONTRIBUTING.md");
}

/// Without the features, the documentation lacks modules that its front page names.
#[test]
fn the_documentation_is_built_with_all_features() {
    for name in ["README.md", "CONTRIBUTING.md", ".ci/run"] {
        let text = fs::read_to_string(root().join(name)).unwrap();
        let commands: Vec<&str> = text.split("cargo doc ").skip(1).map(|rest| rest.lines().next().unwrap()).collect();
        assert!(!commands.is_empty(), "{name} has no `cargo doc`");
        assert!(commands.iter().all(|command| command.contains("--all-features")), "{name}: {commands:?}");
    }
}

#[test]
fn every_mutant_has_its_one_place() {
    let folder = root().join("tests/mutants");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mutant = fs::read_to_string(&path).unwrap();
        let between = |start: &str, end: &str| mutant.split_once(start).and_then(|(_, rest)| rest.split_once(end));
        let (file, _) = between("\nfile: ", "\n").unwrap_or_else(|| panic!("{} names no file", path.display()));
        let (place, _) = between("\n<<<<\n", "====\n").unwrap_or_else(|| panic!("{} has no change", path.display()));
        assert!(place.ends_with('\n') && mutant.ends_with("\n>>>>\n"), "{} does not replace lines", path.display());
        let code = fs::read_to_string(root().join(file)).unwrap_or_default();
        assert_eq!(code.matches(place).count(), 1, "how often the place of {} is in {file}", path.display());
    }
}
