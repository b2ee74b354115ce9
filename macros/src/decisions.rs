//! Tests of what the derives decide about a type, each against the part of the expansion that says so. The golden expansions show the
//! whole of a few types; these are the boundaries between them.

use proc_macro2::TokenStream;

use crate::derive;

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

/// Tokens as text without spaces, which depend on how tokens were made.
fn squeezed(text: &str) -> String {
    text.replace(' ', "")
}

/// Checks whether an expansion has this part.
#[track_caller]
fn check(expansion: &TokenStream, part: &str, want: bool, source: &str) {
    let expansion = squeezed(&expansion.to_string());
    assert_eq!(expansion.contains(&squeezed(part)), want, "{part} in {source}: {expansion}");
}

/// The rules that an expansion breaks.
fn broken(expansion: &TokenStream) -> Vec<u16> {
    let text = expansion.to_string();
    text.split("[BULK").skip(1).filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
}

#[test]
fn an_element_is_no_array_where_its_json_is_an_object_of_its_own() {
    for (source, is_object) in [
        ("struct A { #[bulk(status)] ok: bool }", true),
        ("#[serde(transparent)] struct A { #[bulk(status)] ok: bool }", false),
        ("#[serde(from = \"B\")] struct A { #[bulk(status)] ok: bool }", false),
        ("#[serde(try_from = \"B\")] struct A { #[bulk(status)] ok: bool }", false),
        ("#[serde(rename_all = \"camelCase\")] struct A { #[bulk(status)] ok: bool }", true),
        ("enum A { #[bulk(succeeded)] B }", true),
        ("#[serde(untagged)] enum A { #[bulk(succeeded)] B }", false),
    ] {
        check(&derive::expand_element(tokens(source)), "const FROM_ARRAY: bool = false;", is_object, source);
    }
}

#[test]
fn an_element_carries_its_body_unless_it_is_only_a_key() {
    for (source, has_body) in [
        ("struct A { #[bulk(key)] id: u64 }", false),
        ("struct A { #[bulk(key)] id: u64, #[bulk(key)] area: u64 }", false),
        ("struct A { #[bulk(keys)] ids: Vec<u64> }", false),
        ("struct A { #[bulk(key)] id: u64, made: u64 }", true),
        ("struct A { #[bulk(key)] id: u64, #[bulk(status)] ok: bool }", true),
        ("struct A { #[bulk(key, nested)] item: Item }", true),
    ] {
        let expansion = derive::expand_element(tokens(source));
        check(&expansion, "type Success = ();", !has_body, source);
        check(&expansion, "type Success = __bulk::Arc<Self>;", has_body, source);
    }
}

#[test]
fn an_element_names_its_item_in_the_declared_way() {
    for (source, shape) in [
        ("struct A { #[bulk(key)] id: u64, x: u8 }", "ElementShape::keyed(&[\"id\"])"),
        ("struct A { #[bulk(key)] id: u64, #[bulk(key)] area: u64 }", "ElementShape::keyed(&[\"area\", \"id\"])"),
        ("struct A { #[bulk(keys)] ids: Vec<u64> }", "ElementShape::nested()"),
        ("struct A { #[bulk(key, nested)] item: Item }", "ElementShape::nested_in("),
        ("#[bulk(positional)] struct A { #[bulk(status)] ok: bool }", "ElementShape::positional()"),
    ] {
        check(&derive::expand_element(tokens(source)), shape, true, source);
    }
    let none = derive::expand_element(tokens("struct A { #[bulk(status)] ok: bool }"));
    check(&none, "__bulk::ItemReply for A", false, "an element without a key");
}

#[test]
fn an_untagged_variant_that_means_done_needs_evidence() {
    let source = |on_enum: &str, variant: &str| {
        format!("{on_enum} enum A {{ {variant}, #[bulk(failed)] Bad {{ #[bulk(message)] text: String }} }}")
    };
    let both = "#[bulk(positional)] #[serde(untagged)]";
    let empty = "#[bulk(succeeded)] Good { note: Option<String> }";
    for (on_enum, variant, rules) in [
        (both, empty, &[516][..]),
        (both, "#[bulk(accepted)] Good { note: Option<String> }", &[516]),
        (both, "#[bulk(succeeded)] Good {}", &[516]),
        (both, "#[bulk(succeeded)] Good { id: u64 }", &[]),
        (both, "#[bulk(succeeded)] Good(Inner)", &[]),
        (both, "#[bulk(failed)] Bad2 { note: Option<String> }", &[]),
        ("#[bulk(positional)]", empty, &[]),
        ("#[serde(untagged)]", empty, &[]),
        ("#[bulk(positional)] #[serde(untagged, deny_unknown_fields)]", empty, &[]),
        ("#[bulk(positional)]", "#[bulk(succeeded)] #[serde(untagged)] Good { note: Option<String> }", &[516]),
    ] {
        let source = source(on_enum, variant);
        assert_eq!(broken(&derive::expand_element(tokens(&source))), rules, "{source}");
    }
}

#[test]
fn beside_marked_variants_each_has_a_verdict() {
    for (variant, rules) in [
        ("Other", &[545][..]),
        ("Other {}", &[545]),
        ("Other { #[bulk(message)] text: String }", &[545]),
        ("Other(u8, u8)", &[545]),
        ("Other(Inner)", &[]),
        ("Other { #[bulk(status)] ok: bool }", &[]),
        ("Other { #[bulk(failed)] why: Option<String> }", &[]),
        ("Other { #[bulk(succeeded)] made: Option<String> }", &[]),
        ("#[bulk(failed)] Other { #[bulk(message)] text: String }", &[]),
    ] {
        let source = format!("enum A {{ #[bulk(succeeded)] Good, {variant} }}");
        assert_eq!(broken(&derive::expand_element(tokens(&source))), rules, "{source}");
    }
    // Without any mark, the verdicts are in the values, or nowhere.
    for (source, judges) in [
        ("enum A { B(Inner), C(Other) }", true),
        ("enum A { #[bulk(succeeded)] B, #[bulk(failed)] C }", true),
        ("enum A { B { #[bulk(status)] ok: bool }, C { #[bulk(status)] ok: bool } }", true),
        ("enum A { B { #[bulk(status)] ok: bool }, C { #[bulk(message)] text: String } }", false),
        ("enum A { B { #[bulk(message)] text: String } }", false),
    ] {
        let expansion = derive::expand_element(tokens(source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, "impl __bulk::HasVerdict for A", judges, source);
    }
}

#[test]
fn what_a_variant_holds_is_read_unless_it_means_done() {
    for (mark, bound, verdict) in [
        ("", "HasVerdict", "<Inner as __bulk::Detail>::verdict(inner)"),
        ("#[bulk(failed)]", "Detail", "Self::B(inner) => __bulk::Some(__bulk::Verdict::Failed)"),
        ("#[bulk(succeeded)]", "", "Self::B { .. } => __bulk::Some(__bulk::Verdict::Succeeded)"),
        ("#[bulk(accepted)]", "", "Self::B { .. } => __bulk::Some(__bulk::Verdict::Accepted)"),
        ("#[bulk(unprocessed)]", "", "Self::B { .. } => __bulk::Some(__bulk::Verdict::Unprocessed)"),
    ] {
        let source = format!("enum A {{ {mark} B(Inner), #[bulk(failed)] C }}");
        let expansion = derive::expand_element(tokens(&source));
        assert_eq!(broken(&expansion), [], "{source}");
        for each in ["HasVerdict", "Detail"] {
            check(&expansion, &format!("Inner: __bulk::{each}"), bound == each, &source);
        }
        check(&expansion, verdict, true, &source);
        check(&expansion, "<Inner as __bulk::Detail>::message(inner)", !bound.is_empty(), &source);
    }
}

#[test]
fn a_delay_has_its_unit() {
    for (unit, milliseconds) in [("seconds", "units(&self.wait), 1000)"), ("milliseconds", "units(&self.wait), 1)")] {
        let source = format!("struct A {{ #[bulk(failed)] e: String, #[bulk(retry_after = {unit})] wait: u64 }}");
        let expansion = derive::expand_element(tokens(&source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, milliseconds, true, &source);
    }
    for unit in ["", "= minutes", "= 1", "(seconds)", "= a::seconds", "= epoch"] {
        let source = format!("struct A {{ #[bulk(failed)] e: String, #[bulk(retry_after {unit})] wait: u64 }}");
        assert_eq!(broken(&derive::expand_element(tokens(&source))), [514], "{source}");
    }
}

#[test]
fn words_that_belong_together_are_one_role() {
    let both = |derive: fn(TokenStream) -> TokenStream, words: &str| {
        let source =
            format!("#[bulk(unlisted = succeeded)] struct A {{ #[bulk({words})] a: X, #[bulk(failed)] b: Vec<Y> }}");
        broken(&derive(tokens(&source)))
    };
    let element = |words: &str| {
        let source = format!("struct A {{ #[bulk({words})] a: X, b: u8 }}");
        broken(&derive::expand_element(tokens(&source)))
    };
    for words in [
        "key, nested",
        "nested, key",
        "failed, message",
        "message, failed",
        "failed, code",
        "status, nested",
        "failed, nested",
    ] {
        assert_eq!(element(words), [], "{words}");
    }
    for words in ["key, message", "key, status", "status, message", "failed, status", "keys, nested", "key, failed"] {
        assert_eq!(element(words).first(), Some(&504), "{words}");
    }
    for words in ["status, message", "succeeded, failed", "job, status"] {
        assert_eq!(both(derive::expand_reply, words).first(), Some(&504), "{words}");
    }
    for (words, is_explained) in [("keys, nested", true), ("message, nested", false), ("keys, status", false)] {
        let source = format!("struct A {{ #[bulk({words})] a: X, b: u8 }}");
        let text = derive::expand_element(tokens(&source)).to_string();
        assert_eq!(text.contains("the list of keys is in the type of this field"), is_explained, "{words}: {text}");
    }
}

#[test]
fn an_item_has_the_key_that_is_declared() {
    for (source, part) in [
        ("struct A { id: u64 }", "type Key = (); const KEYED: bool = false;"),
        ("struct A { id: u64, area: u64 }", "type Key = (); const KEYED: bool = false;"),
        ("struct A(u64, u64);", "type Key = (); const KEYED: bool = false;"),
        ("struct A(u64);", "type Key = A; const OWN_KEY: bool = true;"),
        ("#[serde(transparent)] struct A { id: u64 }", "type Key = A; const OWN_KEY: bool = true;"),
        ("#[bulk(key)] struct A { id: u64, area: u64 }", "type Key = A; const OWN_KEY: bool = true;"),
        ("struct A { #[bulk(key)] id: u64, area: u64 }", "type Key = u64;"),
        ("struct A { #[bulk(key, nested)] inner: B, area: u64 }", "type Key = <B as __bulk::BulkItem>::Key;"),
        ("enum A { B(u64), C { id: u64 } }", "type Key = (); const KEYED: bool = false;"),
        ("enum A { B(#[bulk(key)] u64), C { #[bulk(key)] id: u64 } }", "type Key = u64;"),
    ] {
        let expansion = derive::expand_item(tokens(source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, part, true, source);
    }
}

#[test]
fn an_item_is_an_object_where_its_json_is_one() {
    for (source, is_object) in [
        ("struct A { id: u64 }", true),
        ("struct A(u64);", false),
        ("#[serde(transparent)] struct A { id: u64 }", false),
        ("#[serde(into = \"B\")] struct A { id: u64 }", false),
        ("enum A { B, C }", false),
        ("enum A { B, C(u64) }", true),
        ("enum A { B { id: u64 } }", true),
        ("#[serde(untagged)] enum A { B { id: u64 } }", false),
        ("#[serde(tag = \"kind\")] enum A { B, C }", true),
        ("#[serde(tag = \"kind\", into = \"B\")] enum A { B, C }", false),
    ] {
        let expansion = derive::expand_item(tokens(source));
        check(&expansion, "const IS_OBJECT: ::core::primitive::bool = true;", is_object, source);
    }
    for (source, has_none) in [
        ("struct A { id: u64, names: Vec<Option<String>> }", true),
        ("struct A(std::string::String);", true),
        ("struct A { id: Other }", false),
        ("struct A { id: u64, ids: Vec<Other> }", false),
        ("struct A { #[serde(with = \"other\")] id: u64 }", false),
        ("struct A { #[serde(serialize_with = \"other\")] id: u64 }", false),
        ("#[serde(into = \"B\")] struct A { id: u64 }", false),
        ("enum A { B(u64) }", false),
    ] {
        let expansion = derive::expand_item(tokens(source));
        check(&expansion, "const HAS_ASSIGNED_ID: ::core::primitive::bool = false;", has_none, source);
    }
}

#[test]
fn the_keys_of_all_variants_are_the_same() {
    for (variants, rules) in [
        ("B { #[bulk(key)] id: u64 }, C { #[bulk(key)] name: u64 }", &[][..]),
        ("B { #[bulk(key)] id: u64 }, C { #[bulk(key)] id: String }", &[541]),
        ("B { #[bulk(key)] id: u64 }, C { id: u64 }", &[541]),
        ("B { id: u64 }, C { #[bulk(key)] id: u64 }", &[541]),
        ("B { #[bulk(key)] a: u64, #[bulk(key)] b: u64 }, C { #[bulk(key)] a: u64, #[bulk(key)] b: u64 }", &[]),
        ("B { #[bulk(key)] a: u64, #[bulk(key)] b: u64 }, C { #[bulk(key)] a: u64, #[bulk(key)] c: u64 }", &[541]),
        ("B { #[bulk(key)] a: u64, #[bulk(key)] b: u64 }, C(#[bulk(key)] u64, #[bulk(key)] u64)", &[]),
        // Reported once: their types differ, so their names are not compared.
        ("B { #[bulk(key)] a: u64, #[bulk(key)] b: u64 }, C { #[bulk(key)] a: u64, #[bulk(key)] c: u8 }", &[541]),
        (
            "B { #[bulk(key)] a: u64, #[bulk(key)] b: u64 }, C { #[bulk(key)] a: u64, #[bulk(key)] c: u64 }, D { #[bulk(key)] a: u64, #[bulk(key)] d: u64 }",
            &[541, 541],
        ),
    ] {
        let source = format!("#[serde(untagged)] enum A {{ {variants} }}");
        let found = broken(&derive::expand_item(tokens(&source)));
        assert_eq!(found, rules, "{source}");
    }
}

#[test]
fn keys_without_names_are_in_the_order_of_the_first_names() {
    for named in ["B { #[bulk(key)] b: u64, #[bulk(key)] a: u64 }", "B { #[bulk(key)] a: u64, #[bulk(key)] b: u64 }"] {
        let unnamed = "C(#[bulk(key)] u64, #[bulk(key)] u64)";
        for variants in [[unnamed, named], [named, unnamed], ["D {}", named]] {
            let source = format!("#[serde(untagged)] enum A {{ {} }}", variants.join(", "));
            let expansion = derive::expand_item(tokens(&source));
            if variants[0] == "D {}" {
                assert_eq!(broken(&expansion), [541], "{source}");
                continue;
            }
            let order =
                if named.starts_with("B { #[bulk(key)] b") { "1: key_0, 0: key_1" } else { "0: key_0, 1: key_1" };
            check(&expansion, order, true, &source);
        }
    }
}

#[test]
fn the_words_of_a_sibling_derive_are_left_to_it() {
    for (source, rules, witnesses) in [
        ("struct A { #[bulk(key)] id: u64, #[bulk(status)] ok: bool }", &[][..], 1),
        ("struct A { #[bulk(key, failed)] id: u64, #[bulk(message)] text: String }", &[], 2),
        ("struct A { #[bulk(key)] id: u64, #[bulk(nested)] more: B }", &[], 1),
        ("struct A { #[bulk(key, nested)] id: B }", &[], 0),
        ("#[bulk(positional)] struct A { #[bulk(key)] id: u64 }", &[], 1),
        ("struct A { #[bulk(key)] id: u64, #[bulk()] other: u8 }", &[9], 0),
        ("struct A<T> { #[bulk(key)] id: T, #[bulk(status)] ok: bool }", &[501], 0),
    ] {
        let expansion = derive::expand_item(tokens(source));
        assert_eq!(broken(&expansion), rules, "{source}");
        assert_eq!(expansion.to_string().matches("element_word").count(), witnesses, "{source}");
        if rules.is_empty() {
            check(&expansion, "Keyed for A", true, source);
        }
    }
    // A field that serde skips is in no response, so its group is that of an item. Any other is the element's.
    for (attribute, witnesses) in [("#[serde(skip)]", 1), ("", 0)] {
        let source = format!("struct A {{ #[bulk(key)] id: u64, #[bulk(group)] {attribute} table: String }}");
        let group = derive::expand_element(tokens(&source));
        assert_eq!((broken(&group), group.to_string().matches("item_word").count()), (vec![], witnesses), "{source}");
        check(&group, "fn in_group", witnesses == 0, &source);
    }
}

#[test]
fn a_plain_field_shows_the_shape_of_a_reply_where_it_must_be_there_under_one_name() {
    for (on_type, field, is_evidence) in [
        ("", "total: u64", true),
        ("", "total: Option<u64>", false),
        ("", "#[serde(default)] total: u64", false),
        ("", "#[serde(alias = \"sum\")] total: u64", false),
        ("", "#[serde(skip)] total: u64", false),
        ("#[serde(default)]", "total: u64", false),
        // Every name must be known where others are denied.
        ("#[serde(deny_unknown_fields)]", "total: Option<u64>", true),
        ("#[serde(deny_unknown_fields)]", "#[serde(alias = \"sum\")] total: u64", true),
        ("#[serde(deny_unknown_fields)]", "#[serde(skip)] total: u64", false),
    ] {
        let source = format!("{on_type} struct A {{ #[bulk(succeeded)] done: Vec<String>, {field} }}");
        let expansion = derive::expand_reply(tokens(&source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, "\"total\"", is_evidence, &source);
    }
}

#[test]
fn unlisted_has_one_meaning_and_needs_evidence() {
    for (on_type, fields, rules) in [
        ("#[bulk(unlisted = succeeded)]", "#[bulk(failed)] a: Vec<X>", &[][..]),
        ("#[bulk(unlisted = unprocessed)]", "#[bulk(succeeded)] a: Vec<X>", &[]),
        ("#[bulk(unlisted = (succeeded, unprocessed))]", "#[bulk(failed)] a: Vec<X>", &[]),
        ("#[bulk(unlisted = (succeeded, failed))]", "#[bulk(failed)] a: Vec<X>", &[524]),
        ("#[bulk(unlisted = (failed, unprocessed))]", "#[bulk(failed)] a: Vec<X>", &[524]),
        ("#[bulk(unlisted = succeeded)]", "#[bulk(failed)] a: Option<Vec<X>>", &[525]),
        // `{}` has the shape of a type that denies unknown fields.
        ("#[bulk(unlisted = succeeded)] #[serde(deny_unknown_fields)]", "#[bulk(failed)] a: Option<Vec<X>>", &[]),
    ] {
        let source = format!("{on_type} struct A {{ {fields} }}");
        assert_eq!(broken(&derive::expand_reply(tokens(&source))), rules, "{source}");
    }
    for (meaning, has_failure) in [("failed", true), ("unprocessed", false)] {
        let source = format!("#[bulk(unlisted = {meaning})] struct A {{ #[bulk(succeeded)] a: Vec<X> }}");
        check(&derive::expand_reply(tokens(&source)), "__bulk::NotListed", has_failure, &source);
    }
}

#[test]
fn a_reply_has_the_shape_of_its_body() {
    for (source, shape) in [
        ("struct A { #[bulk(succeeded)] a: Vec<X> }", "BodyShape::Object(&["),
        ("struct A(#[bulk(succeeded)] Vec<X>);", "BodyShape::List {"),
    ] {
        check(&derive::expand_reply(tokens(source)), shape, true, source);
    }
    for (count, is_required) in [
        ("#[bulk(count(failed))] n: u64", true),
        ("#[bulk(count(failed))] n: Option<u64>", false),
        ("#[bulk(count(failed))] #[serde(default)] n: u64", false),
        ("#[bulk(count(failed), header = \"X-Failed\")] #[serde(skip)] n: u64", true),
        ("#[bulk(count(failed), header = \"X-Failed\")] #[serde(skip)] n: Option<u64>", false),
    ] {
        let source = format!("struct A {{ #[bulk(failed)] #[serde(default)] a: Vec<X>, {count} }}");
        let expansion = derive::expand_reply(tokens(&source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, ".required()", is_required, &source);
    }
}

#[test]
fn a_field_that_is_not_read_takes_no_name() {
    for (other, rules) in [
        ("#[serde(rename = \"a\")] b: u8", &[507][..]),
        ("#[serde(skip, rename = \"a\")] b: u8", &[]),
        ("#[serde(flatten, rename = \"a\")] b: Inner", &[]),
    ] {
        let source = format!("struct A {{ #[bulk(succeeded)] a: Vec<X>, {other} }}");
        assert_eq!(broken(&derive::expand_reply(tokens(&source))), rules, "{source}");
    }
}

#[test]
fn a_reply_by_status_is_chosen_by_its_body_where_a_status_has_two() {
    for (source, rules, is_chosen) in [
        ("enum A { #[bulk(on(200))] B(X), #[bulk(on(201))] C(Y) }", &[][..], false),
        ("enum A { #[bulk(on(200))] B(X), #[bulk(on(200))] C(Y) }", &[], true),
        ("enum A { #[bulk(on(200))] B(X), #[bulk(on(207))] C }", &[], false),
        ("enum A { #[bulk(on(200))] B(X, Y) }", &[533], false),
        ("enum A { #[bulk(on(200))] B { x: X } }", &[533], false),
    ] {
        let expansion = derive::expand_reply(tokens(source));
        assert_eq!(broken(&expansion), rules, "{source}");
        check(&expansion, "match response.status()", rules.is_empty() && !is_chosen, source);
    }
}

#[test]
fn a_reply_reports_on_items() {
    for (source, rules) in [
        ("struct A { #[bulk(succeeded)] a: Vec<X> }", &[][..]),
        ("struct A { #[bulk(failed)] a: Vec<X> }", &[]),
        ("struct A { #[bulk(unprocessed)] a: Vec<X> }", &[]),
        ("struct A { #[bulk(results)] a: Vec<X> }", &[]),
        ("struct A { #[bulk(nested)] a: X }", &[]),
        ("struct A { #[bulk(job)] a: X }", &[]),
        ("struct A { #[bulk(next_job)] a: Option<X> }", &[]),
        ("#[bulk(unlisted = succeeded)] struct A { a: X }", &[]),
        ("struct A { a: X }", &[521]),
        ("struct A { #[bulk(status)] a: X }", &[521]),
        ("struct A { #[bulk(code)] a: X }", &[521]),
        ("struct A { #[bulk(count(failed))] a: u64 }", &[521]),
    ] {
        let found = broken(&derive::expand_reply(tokens(source)));
        assert_eq!(found, rules, "{source}");
    }
    // A misspelt list is reported as a misspelt word alone.
    for misspelt in ["suceeded", "faild"] {
        let source = format!("struct A {{ #[bulk({misspelt})] a: Vec<X> }}");
        assert_eq!(broken(&derive::expand_reply(tokens(&source))), [2], "{source}");
    }
    assert_eq!(broken(&derive::expand_reply(tokens("#[bulk(unlistd = succeeded)] struct A { a: X }"))), [2]);
}

#[test]
fn a_status_is_read_from_numbers_where_it_has_an_integer_type() {
    for (repr, reads) in [
        ("", false),
        ("#[repr(i64)]", true),
        ("#[repr(u8)]", true),
        ("#[repr(C)]", false),
        ("#[repr(transparent)]", false),
        ("#[repr(C, align(4))]", false),
    ] {
        let source = format!("{repr} enum A {{ #[bulk(succeeded)] B = 0, #[bulk(failed)] C = 1 }}");
        let expansion = derive::expand_status(tokens(&source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, "fn deserialize", reads, &source);
        check(&expansion, "CodeSet::Words(&[\"B\", \"C\"])", !reads, &source);
        let numbers = "CodeSet::Numbers(&[Self::B as ::core::primitive::i128, Self::C as ::core::primitive::i128])";
        check(&expansion, numbers, reads, &source);
    }
}

#[test]
fn the_variants_of_a_status_are_words_with_verdicts() {
    for (variants, rules) in [
        ("#[bulk(succeeded)] A, #[bulk(failed)] B", &[][..]),
        ("A, B", &[]),
        ("#[bulk(succeeded)] A, B", &[545]),
        ("#[bulk(succeeded)] A, #[serde(other)] B", &[]),
        ("#[bulk(succeeded)] A, #[serde(skip)] B", &[]),
        ("#[bulk(succeeded)] A, #[serde(untagged)] B(String)", &[]),
        ("#[bulk(succeeded)] A, B(String)", &[533]),
        ("#[bulk(succeeded)] A, #[serde(untagged)] B(String, String)", &[533]),
        ("#[bulk(succeeded)] A, #[serde(untagged)] B { word: String }", &[533]),
        ("A, B {}", &[533]),
        ("#[serde(rename = \"0\")] A, #[serde(rename = \"1\")] B", &[546]),
        ("#[serde(rename = \"0\")] A, #[serde(rename = \"-1\")] B", &[546]),
        ("#[serde(rename = \"0\")] A, #[serde(rename = \"x\")] B", &[]),
        ("#[serde(rename = \"0\")] A, #[serde(other)] B", &[546]),
        ("#[serde(rename = \"0\")] A, #[serde(untagged)] B(String)", &[546]),
    ] {
        let source = format!("enum E {{ {variants} }}");
        let found = broken(&derive::expand_status(tokens(&source)));
        assert_eq!(found, rules, "{source}");
    }
    let other = derive::expand_status(tokens("enum E { A, #[serde(untagged)] B(String) }"));
    check(&other, "Self::B(word) => <String as __bulk::AsText>::text(word)", true, "an unknown word");
    let tagged = derive::expand_status(tokens("enum E { A, #[serde(untagged, skip)] B }"));
    check(&tagged, "Self::B(word)", false, "a word");
}

#[test]
fn the_fields_of_an_error_variant_have_the_names_that_serde_would_give() {
    let read = |on_enum: &str, on_variant: &str| {
        let source =
            format!("{on_enum} enum E {{ #[bulk(on(400))] {on_variant} A {{ #[bulk(code)] error_code: u16 }} }}");
        let expansion = derive::expand_error(tokens(&source));
        assert_eq!(broken(&expansion), [], "{source}");
        let text = expansion.to_string();
        let start = text.find("struct __Body").expect("the body");
        let words: Vec<String> = text[..start].split("# [serde (").skip(2).map(|word| word.replace(' ', "")).collect();
        words.iter().map(|word| word.split(")]").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let (camel, kebab) = ("rename_all=\"camelCase\"", "rename_all=\"kebab-case\"");
    assert_eq!(read("", ""), [""; 0]);
    assert_eq!(read("", "#[serde(rename_all = \"camelCase\")]"), [camel]);
    assert_eq!(read("#[serde(rename_all_fields = \"camelCase\")]", ""), [camel]);
    assert_eq!(read("#[serde(rename_all_fields = \"camelCase\")]", "#[serde(rename_all = \"kebab-case\")]"), [kebab]);
    assert_eq!(read("#[serde(rename_all = \"camelCase\")]", ""), [""; 0]);
    assert_eq!(read("#[serde(deny_unknown_fields)]", ""), ["deny_unknown_fields"]);
    assert_eq!(
        read("#[serde(deny_unknown_fields)]", "#[serde(rename_all = \"kebab-case\", alias = \"x\")]"),
        [kebab, "deny_unknown_fields"]
    );
}

#[test]
fn an_error_has_the_methods_of_its_fields() {
    for (source, code, message, request_id) in [
        (
            "struct E { #[bulk(code)] a: String, #[bulk(message)] b: String, #[bulk(request_id)] c: String }",
            true,
            true,
            true,
        ),
        ("struct E { #[bulk(code)] a: String }", true, false, false),
        ("struct E { #[bulk(request_id)] a: String }", false, false, true),
        ("struct E { a: String }", false, false, false),
        // An element has no request id.
        ("struct E { #[bulk(nested)] a: Inner }", true, true, false),
        ("enum E { #[bulk(on(400))] A { #[bulk(code)] a: String }, #[bulk(on(401))] B }", true, false, false),
        ("enum E { #[bulk(on(400))] A { #[bulk(nested)] a: Inner }, #[bulk(on(401))] B }", true, true, true),
        ("enum E { #[bulk(on(400))] A(Other), #[bulk(on(401))] B }", true, true, true),
        ("enum E { #[bulk(on(400))] A, #[bulk(on(401))] B }", false, false, false),
    ] {
        let expansion = derive::expand_error(tokens(source));
        assert_eq!(broken(&expansion), [], "{source}");
        for (name, want) in [("code", code), ("message", message), ("request_id", request_id)] {
            check(&expansion, &format!("fn {name}(&self)"), want, source);
        }
        check(&expansion, "impl __bulk::ApiError for E", true, source);
    }
    let own_first = "struct E { #[bulk(nested)] a: Inner, #[bulk(code)] b: String, #[bulk(request_id)] c: String }";
    let text = squeezed(&derive::expand_error(tokens(own_first)).to_string());
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    assert!(at("AsText>::text(&self.b)") < at("Detail>::code(&self.a)"), "{text}");
    assert!(!text.contains("request_id(&self.a)"), "{text}");
}

#[test]
fn an_error_hints_at_a_retry_where_a_field_does() {
    for (source, retries, retry_after) in [
        ("struct E { #[bulk(code)] a: String }", false, false),
        ("struct E { #[bulk(retry)] a: bool }", true, false),
        ("struct E { #[bulk(nested)] a: Inner }", true, true),
        ("enum E { #[bulk(on(400))] A, #[bulk(on(401))] B { #[bulk(code)] a: String } }", false, false),
        ("enum E { #[bulk(on(400))] A, #[bulk(on(401))] B { #[bulk(retry)] a: bool } }", true, false),
        ("enum E { #[bulk(on(400))] A, #[bulk(on(401))] B { #[bulk(nested)] a: Inner } }", true, true),
        ("enum E { #[bulk(on(400))] A, #[bulk(on(401))] B(Other) }", true, true),
    ] {
        let expansion = derive::expand_error(tokens(source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, "fn retries(&self)", retries, source);
        check(&expansion, "fn retry_after(&self)", retry_after, source);
        check(&expansion, "bool: __bulk::RetryFlag", source.contains("(retry)"), source);
    }
}

#[test]
fn a_code_is_found_where_its_field_is() {
    const FIELD: &str = "__bulk::CodeAt::Field { names: &[";
    const NESTED: &str = "__bulk::CodeAt::Nested { names: &[";
    for (source, field, nested) in [
        ("struct A { #[bulk(failed)] e: String, #[bulk(code)] error_code: String }", "\"error_code\"]", ""),
        (
            "#[serde(rename_all = \"camelCase\")] struct A { #[bulk(failed, code)] error_code: String }",
            "\"errorCode\"]",
            "",
        ),
        ("struct A { #[bulk(failed, code)] #[serde(alias = \"kind\")] code: String }", "\"code\", \"kind\"]", ""),
        ("struct A { #[bulk(failed, nested)] error: Inner }", "", "\"error\"]"),
        ("struct A { #[bulk(failed, nested)] #[serde(flatten)] error: Inner }", "", "]"),
        ("struct A { #[bulk(failed, message)] text: String }", "", ""),
    ] {
        let expansion = derive::expand_element(tokens(source));
        assert_eq!(broken(&expansion), [], "{source}");
        check(&expansion, &format!("{FIELD}{field}"), !field.is_empty(), source);
        check(&expansion, &format!("{NESTED}{nested}"), !nested.is_empty(), source);
    }
}

#[test]
fn an_invalid_type_has_the_impls_that_others_need() {
    for (expansion, traits) in [
        (derive::expand_item(tokens("struct A { #[bulk(keyy)] id: u64 }")), &["__bulk::BulkItem"][..]),
        (
            derive::expand_element(tokens("struct A { #[bulk(keyy)] id: u64 }")),
            &["__bulk::ItemReply", "__bulk::Detail", "__bulk::HasVerdict"],
        ),
        (
            derive::expand_reply(tokens("struct A { #[bulk(succeeded)] a: Vec<X>, #[bulk(jobb)] id: u64 }")),
            &["__bulk::BulkReply"],
        ),
        (derive::expand_error(tokens("struct A { #[bulk(codee)] id: u64 }")), &["__bulk::ApiError"]),
        (derive::expand_status(tokens("enum A { #[bulk(done)] B }")), &["__bulk::Status", "__bulk::AsText"]),
    ] {
        assert_eq!(broken(&expansion), [2], "{expansion}");
        for each in traits {
            check(&expansion, &format!("impl {each} for A"), true, "an invalid type");
        }
    }
    // An impl for a generic type without its parameters would be another error.
    let generic = derive::expand_error(tokens("struct A<T> { #[bulk(code)] id: T }"));
    assert_eq!(broken(&generic), [501]);
    check(&generic, "__bulk::ApiError for A", false, "a generic type");
}

#[test]
fn a_variant_is_read_by_its_fields_with_roles_alone() {
    let source = "enum A { #[bulk(failed)] B { #[bulk(code)] code: String, more: u8, #[bulk(message)] text: String } }";
    let expansion = derive::expand_element(tokens(source));
    check(&expansion, "Self::B { code, text, .. } =>", true, source);
}

#[test]
fn a_bare_value_is_an_element_where_its_position_names_the_item() {
    for (source, rules) in [
        ("#[bulk(positional)] struct A(String);", &[] as &[u16]),
        ("struct A(String);", &[503]),
        ("#[bulk(positional)] struct A(String, u8);", &[503]),
        ("#[bulk(positional)] struct A();", &[503]),
        ("#[bulk(positional)] struct A(#[bulk(code)] String);", &[503]),
    ] {
        let expansion = derive::expand_element(tokens(source));
        assert_eq!(broken(&expansion), rules, "{source}");
        check(&expansion, "Address::Position", true, source);
        check(&expansion, "HasVerdict for A", !rules.is_empty(), source);
    }
}
