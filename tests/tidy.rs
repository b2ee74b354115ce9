//! What must stay true of the sources themselves: the invariants of absence of ARCHITECTURE.md, and house rules.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::fs;
use std::path::{Path, PathBuf};

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
    assert_absent("runtime/src/engine", &["BulkItem", "Reply", "ApiError", "serde_json"], &[]);
}

#[test]
fn reqwest_is_named_by_its_transport_alone() {
    let skip = ["transport/reqwest.rs", "transport/mod.rs", "client.rs", "clock.rs", "lib.rs"];
    assert_absent("runtime/src", &["reqwest"], &skip);
}

#[test]
fn time_is_read_by_the_clock_and_the_transport_alone() {
    let skip = ["clock.rs", "transport/reqwest.rs"];
    assert_absent("runtime/src", &["Instant::now", "SystemTime::now"], &skip);
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
}

/// The modules of the macros, from the top. A folder is one floor, and stands for what is in it.
const MACRO_FLOORS: [&[&str]; 8] = [
    &["lib"],
    &["api", "derive", "outside"],
    &["emit", "derive/emit"],
    &["check", "derive/check"],
    &["model", "derive/model"],
    &["derive/input", "derive/fields", "derive/words", "derive/serde_names"],
    &["ast", "args"],
    &[
        "rules",
        "diagnostics",
        "symbol",
        "json",
        "template",
        "case",
        "suggest",
        "spans",
        "expression",
        "http_status",
        "verb",
    ],
];

/// How far from the top a module is.
fn macro_floor(module: &str) -> usize {
    let of =
        |floor: &&&str| module == **floor || module.strip_prefix(**floor).is_some_and(|rest| rest.starts_with('/'));
    let floors = MACRO_FLOORS.iter().enumerate();
    let fitting = floors.flat_map(|(index, names)| names.iter().filter(of).map(move |name| (name.len(), index)));
    fitting.max().unwrap_or_else(|| panic!("`{module}` of the macros is on no floor: add it to MACRO_FLOORS")).1
}

/// The modules that the paths after `crate::` or `super::` lead to: `a::b::C`, or `a::{b::C, d}`.
fn modules_named(path: &str, base: &str, modules: &[String]) -> Vec<String> {
    let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let inner = if base.is_empty() { name.clone() } else { format!("{base}/{name}") };
    if !name.is_empty() && modules.contains(&inner) {
        return match path[name.len()..].strip_prefix("::") {
            Some(rest) => modules_named(rest, &inner, modules),
            None => vec![inner],
        };
    }
    match path.strip_prefix('{').and_then(|group| group.split_once('}')) {
        Some((group, _)) => group.split(',').flat_map(|path| modules_named(path.trim(), base, modules)).collect(),
        None => vec![if base.is_empty() { "lib".to_owned() } else { base.to_owned() }],
    }
}

/// The modules of the macros, each with those that it names.
fn macro_imports() -> Vec<(String, Vec<String>)> {
    // The tests of whole expansions look at all of them.
    let tests = ["snapshot", "explained"];
    let files = sources("macros/src").into_iter().map(|(name, text)| {
        let module = name.trim_start_matches("macros/src/").trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
        // `pub(in crate::derive)` names no import.
        (module, code(&text).replace("in crate::", ""))
    });
    let files: Vec<(String, String)> = files.filter(|(module, _)| !tests.contains(&module.as_str())).collect();
    let modules: Vec<String> = files.iter().map(|(module, _)| module.clone()).collect();
    let imports = files.into_iter().map(|(module, code)| {
        assert!(!code.contains("super::super::"), "{module} names what is two floors up: write `crate::`");
        let above = module.rsplit_once('/').map_or("", |(above, _)| above);
        let of_root = code.split("crate::").skip(1).flat_map(|path| modules_named(path, "", &modules));
        let of_above = code.split("super::").skip(1).flat_map(|path| modules_named(path, above, &modules));
        let folder = if module == "lib" { "" } else { &module };
        let own = code.lines().filter_map(|line| line.rsplit_once("mod ")?.1.strip_suffix(';'));
        let own = own.flat_map(|child| modules_named(child, folder, &modules)).filter(|child| *child != module);
        let named: Vec<String> = of_root.chain(of_above).chain(own).collect();
        (module, named)
    });
    imports.collect()
}

#[test]
fn the_macros_import_what_stands_below_them() {
    for (module, named) in macro_imports() {
        for other in named {
            assert!(macro_floor(&module) <= macro_floor(&other), "`{module}` of the macros names `{other}` above it");
        }
    }
}

#[test]
fn no_two_files_of_the_macros_import_each_other() {
    let mut open = macro_imports();
    // Takes away the files that import none of the others, or that none of the others imports. What stays is a circle.
    loop {
        let left: Vec<String> = open.iter().map(|(module, _)| module.clone()).collect();
        let imported: Vec<String> = open.iter().flat_map(|(_, named)| named.clone()).collect();
        open.retain(|(module, named)| imported.contains(module) && named.iter().any(|other| left.contains(other)));
        if open.len() == left.len() {
            break;
        }
    }
    let circle: Vec<String> = open.into_iter().map(|(module, _)| module).collect();
    assert!(circle.is_empty(), "files of the macros import each other: {circle:?}");
}

#[test]
fn a_type_of_the_macros_has_a_name_of_its_own() {
    let mut names: Vec<String> = Vec::new();
    for (file, text) in sources("macros/src") {
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

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let words = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
    for folder in ["macros/src", "runtime/src", "api-defs/src", "examples/src", "declare/src", "tests/integration"] {
        assert_absent(folder, &words, &[]);
    }
}

#[test]
fn every_file_says_what_it_owns() {
    for folder in ["macros/src", "runtime/src", "api-defs/src", "examples/src", "declare/src", "tests/integration"] {
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
    for (name, _) in ["macros/src", "runtime/src", "api-defs/src", "declare/src"].into_iter().flat_map(sources) {
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
    for promise in 1..=18 {
        let row = table.lines().find(|line| line.starts_with(&format!("| {promise} | ")));
        assert!(row.is_some_and(|row| !named(row).is_empty()), "promise {promise} has no test");
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
        let code = fs::read_to_string(root().join(file)).unwrap_or_default();
        assert_eq!(code.matches(place).count(), 1, "how often the place of {} is in {file}", path.display());
    }
}
