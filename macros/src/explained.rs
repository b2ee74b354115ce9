//! Tests that each rule has an entry in `runtime/docs/diagnostics.md`, whose example breaks and fixes the rule, and a failing
//! case.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

use crate::rules::{ALL, RETIRED};
use crate::symbol::{ELEMENT_WORDS, ERROR_WORDS, ITEM_WORDS, REPLY_WORDS, SETTING_WORDS, STATUS_WORDS};
use crate::{api, derive};

/// The ids in a text, after this prefix.
fn ids(text: &str, before: &str) -> Vec<u16> {
    let found = text.split(before).skip(1).filter_map(|rest| rest.get(..3)?.parse().ok());
    found.collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of all files below a folder whose names have this ending.
fn texts(folder: &str, ending: &str) -> String {
    let (mut folders, mut texts) = (vec![root().join(folder)], String::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                texts += &fs::read_to_string(path).expect("a text");
            }
        }
    }
    texts
}

/// The entries: an id and its text.
fn entries() -> Vec<(u16, String)> {
    let page = fs::read_to_string(root().join("runtime/docs/diagnostics.md")).expect("the page");
    let entries = page.split("\n## BULK").skip(1);
    entries.map(|entry| (entry[..3].parse().expect("an id"), entry[3..].to_owned())).collect()
}

/// The ids of the macros, and of the trait bounds in the runtime crate.
fn rules() -> (BTreeSet<u16>, BTreeSet<u16>) {
    let bounds = ids(&texts("runtime/src", ".rs"), "[BULK");
    (ALL.iter().map(|rule| *rule as u16).collect(), bounds.into_iter().collect())
}

/// The rows of the tables in a text, and nothing around them.
fn rows(file: &str) -> String {
    let text = fs::read_to_string(root().join(file)).expect("a file");
    let lines = text.lines().map(|line| line.trim_start_matches("///").trim_start());
    lines.filter(|line| line.starts_with("| ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_word_of_the_grammar_is_documented() {
    // What a word is written after: it opens a code span, or follows another word in one.
    let names = |rows: &str, word: &str| {
        let whole = |rest: &str| rest.starts_with(|next: char| !next.is_alphanumeric() && next != '_');
        ["`", ", ", "= ", "("].iter().any(|before| rows.split(&format!("{before}{word}")).skip(1).any(whole))
    };
    let (reference, guide) = (rows("macros/src/lib.rs"), rows("runtime/docs/grammar.md"));
    assert!(!names(&reference, "max_byte") && names(&reference, "max_bytes"), "a word is found as a whole");
    for word in SETTING_WORDS.allowed {
        assert!(names(&reference, word), "no table of macros/src/lib.rs has the setting `{word}`");
        assert!(names(&guide, word), "no table of runtime/docs/grammar.md has the setting `{word}`");
    }
    // `crate` is the same for all derives, and stands in a sentence.
    let documented = fs::read_to_string(root().join("macros/src/lib.rs")).expect("a file");
    let documented: String = documented.lines().filter(|line| line.starts_with("/// ")).collect();
    for derive in [ITEM_WORDS, ELEMENT_WORDS, STATUS_WORDS, REPLY_WORDS, ERROR_WORDS] {
        for word in derive.on_type.allowed.iter().chain(derive.on_field.allowed) {
            assert!(names(&documented, word), "the documentation in macros/src/lib.rs has no word `{word}`");
        }
    }
}

#[test]
fn an_id_means_one_thing_for_good() {
    let (macros, bounds) = rules();
    assert!(macros.is_disjoint(&bounds), "an id of a bound is one of the macros'");
    for id in RETIRED {
        assert!(!macros.contains(id) && !bounds.contains(id), "BULK{id:03} is a retired id");
    }
}

#[test]
fn each_rule_has_an_entry_and_each_entry_a_rule() {
    let (macros, bounds) = rules();
    let explained: Vec<u16> = entries().into_iter().map(|(id, _)| id).collect();
    assert!(explained.is_sorted_by(|one, next| one < next), "entries stand in order, each id once");
    let explained = explained.into_iter().collect();
    let known: BTreeSet<u16> = &macros | &bounds;
    assert_eq!(&known - &explained, BTreeSet::new(), "rules without an entry");
    assert_eq!(&explained - &known, BTreeSet::new(), "entries without a rule");
}

#[test]
fn each_rule_has_a_failing_case() {
    let (macros, bounds) = rules();
    let reported = ids(&texts("tests/ui/fail", ".stderr"), "[BULK").into_iter().collect();
    assert_eq!(&(&macros | &bounds) - &reported, BTreeSet::new(), "rules that no case in tests/ui/fail breaks");
}

#[test]
fn errors_are_made_where_a_rule_must_be_named() {
    let source = texts("macros/src", ".rs");
    assert_eq!(
        source.matches(&["syn::Error::", "new"].concat()).count(),
        2,
        "an error was made outside of diagnostics.rs"
    );
}

#[test]
fn examples_are_what_they_say() {
    let (macros, _) = rules();
    for (id, entry) in entries() {
        let example = entry.split("```").nth(1).and_then(|block| block.strip_prefix("text\n"));
        let (mistake, fix) = example.and_then(|text| text.split_once("// fixed:\n")).expect("a mistake and its fix");
        // A bound needs the compiler, and BULK102 is about code outside of a trait.
        if !macros.contains(&id) || id == 102 {
            continue;
        }
        let reported = ids(&expand(mistake, fix), "[BULK");
        assert_eq!(reported, [id], "the mistake of BULK{id:03}");
        let fixed = expand(fix, mistake);
        assert!(!fixed.contains("compile_error"), "the fix of BULK{id:03}: {fixed}");
    }
}

/// Expands a trait, a type under a derive, or a part of a method. Adds the parts that both halves of the example omit.
fn expand(part: &str, other: &str) -> String {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
    let derived = [
        part.strip_prefix("#[derive(BulkItem)]").map(|item| derive::expand_item(tokens(item))),
        part.strip_prefix("#[derive(ItemReply)]").map(|item| derive::expand_element(tokens(item))),
        part.strip_prefix("#[derive(BulkReply)]").map(|item| derive::expand_reply(tokens(item))),
        part.strip_prefix("#[derive(Status)]").map(|item| derive::expand_status(tokens(item))),
        part.strip_prefix("#[derive(ApiError)]").map(|item| derive::expand_error(tokens(item))),
    ];
    if let Some(derived) = derived.into_iter().flatten().next() {
        return derived.to_string();
    }
    if let Some((arguments, item)) = part.strip_prefix("#[bulk_api").and_then(|part| part.split_once(']')) {
        let arguments = arguments.trim_matches(['(', ')']);
        return api::expand(tokens(arguments), &tokens(item)).to_string();
    }
    let mut method = part.to_owned();
    for (word, missing) in
        [("#[bulk_endpoint", "#[bulk_endpoint(max = 15, partial = true)]"), ("#[p", "#[post(\"/x\")]")]
    {
        if !part.contains(word) && !other.contains(word) {
            method.insert_str(0, missing);
        }
    }
    if !part.contains("fn ") {
        method.push_str("fn deactivate(&self) -> Bulk<String>;");
    }
    api::expand(TokenStream::new(), &tokens(&format!("trait Tokens {{ {method} }}"))).to_string()
}
