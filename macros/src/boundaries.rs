//! Tests of rules at their boundaries: the last value that is accepted, and the first that is not.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::{api, derive};

/// The ids of the rules that an expansion reports.
fn reported(expansion: &TokenStream) -> Vec<u16> {
    let text = expansion.to_string();
    let ids = text.split("[BULK").skip(1).filter_map(|rest| rest.get(..3)?.parse().ok());
    ids.collect()
}

/// The rules that a method with these attributes breaks.
fn broken(attributes: &str) -> Vec<u16> {
    let post = if attributes.contains("#[post") { "" } else { "#[post(\"/x\")]" };
    let method = format!("trait Tokens {{ {post} {attributes} fn go(&self) -> Bulk<String, Reply>; }}");
    reported(&api::expand(TokenStream::new(), &method.parse().expect("tokens")))
}

/// The rules that settings break, beside a valid `max` and `partial`.
fn settings(written: &str) -> Vec<u16> {
    let max = if written.starts_with("max ") { "" } else { "max = 15, " };
    broken(&format!("#[bulk_endpoint({max}partial = true, {written})]"))
}

#[test]
fn limits_meet_and_do_not_cross() {
    for (written, rules) in [
        ("max = 1", &[][..]),
        ("max = 0", &[305]),
        ("max = 15, min = 15", &[]),
        ("max = 15, min = 16", &[308]),
        ("max = 15, min = 1", &[]),
        ("max = 15, min = 0", &[305]),
        ("max_bytes = 10, max_item_bytes = 10", &[]),
        ("max_bytes = 10, max_item_bytes = 11", &[308]),
        ("max = 600, rate = \"600 items/1s\"", &[]),
        ("max = 601, rate = \"600 items/1s\"", &[311]),
        ("max = 601, rate = \"600/1s\"", &[]),
    ] {
        assert_eq!(settings(written), rules, "{written}");
    }
}

#[test]
fn statuses_are_from_100_to_599() {
    for (status, rules) in [(99, &[354][..]), (100, &[]), (599, &[]), (600, &[354]), (65_536, &[354])] {
        for list in ["retry", "stop", "bisect", "already", "uncertain", "too_large", "unprocessed"] {
            assert_eq!(settings(&format!("{list}({status})")), rules, "{list}({status})");
        }
        let variant = format!("enum E {{ #[bulk(on({status}))] A }}");
        let error = derive::expand_error(variant.parse().expect("tokens"));
        assert_eq!(reported(&error), rules, "{variant}");
    }
}

#[test]
fn a_list_has_the_statuses_that_fit_it() {
    for list in ["retry", "stop", "bisect", "already", "uncertain", "too_large", "unprocessed"] {
        let may_be_success = ["already", "uncertain"].contains(&list);
        for status in 199..=300 {
            let fits = may_be_success || !(200..300).contains(&status);
            assert_eq!(settings(&format!("{list}({status})")), if fits { &[][..] } else { &[357] }, "{list}({status})");
        }
        for status in 400..=409 {
            let of_credential = list == "bisect" && [401, 403, 407].contains(&status);
            let rules = if of_credential { &[356][..] } else { &[] };
            assert_eq!(settings(&format!("{list}({status})")), rules, "{list}({status})");
        }
    }
}

#[test]
fn headers_of_the_transport_and_of_the_client_are_refused_in_any_case() {
    let transport = [
        "Connection",
        "Content-Length",
        "Expect",
        "Host",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ];
    let all = transport.iter().map(|name| (*name, 465)).chain([("Authorization", 468), ("Content-Encoding", 469)]);
    for (name, rule) in all {
        for name in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
            let fixed = format!("#[header(\"{name}\", \"x\")] #[bulk_endpoint(max = 15, partial = true)]");
            assert_eq!(broken(&fixed), [rule], "{name}");
            let items = settings(&format!("items = header(\"{name}\")"));
            // The items themselves are no encoding of a body.
            assert_eq!(items, if rule == 469 { vec![] } else { vec![rule] }, "{name}");
        }
        let other = format!("#[header(\"X-{name}\", \"x\")] #[bulk_endpoint(max = 15, partial = true)]");
        assert_eq!(broken(&other), [], "X-{name}");
    }
}

#[test]
fn a_place_has_one_value() {
    for (path, fixed, arguments, rules) in [
        ("/x", "#[field(\"/a\", \"1\")] #[field(\"/b\", \"2\")]", "", &[][..]),
        ("/x", "#[field(\"/a\", \"1\")] #[field(\"/ab\", \"2\")]", "", &[]),
        ("/x", "#[field(\"/a\", \"1\")] #[field(\"/a/b\", \"2\")]", "", &[454]),
        ("/x", "#[field(\"/a/b\", \"1\")] #[field(\"/a\", \"2\")]", "", &[454]),
        ("/{orgId}/{areaId}", "", "org_id: u64, area_id: u64", &[]),
        ("/{orgId}", "", "org_id: u64, #[path(\"org-id\")] other: u64", &[454]),
    ] {
        let method = format!(
            "trait Tokens {{ #[post(\"{path}\")] {fixed} #[bulk_endpoint(max = 15, partial = true, items = \"/ids\")]
             fn go(&self, {arguments}) -> Bulk<String, Reply>; }}"
        );
        let found = reported(&api::expand(TokenStream::new(), &method.parse().expect("tokens")));
        assert_eq!(found, rules, "{method}");
    }
}

#[test]
fn only_a_condition_on_both_lets_two_methods_have_one_name() {
    for (one, other, rules) in [
        ("#[cfg(unix)]", "#[cfg(windows)]", &[][..]),
        ("#[cfg(unix)]", "", &[107]),
        ("", "#[cfg(windows)]", &[107]),
        ("", "", &[107]),
    ] {
        let method = "#[post(\"/x\")] #[bulk_endpoint(max = 15, partial = true)] fn go(&self) -> Bulk<String, Reply>;";
        let declared = format!("trait Tokens {{ {one} {method} {other} {method} }}");
        let found = reported(&api::expand(TokenStream::new(), &declared.parse().expect("tokens")));
        assert_eq!(found, rules, "{declared}");
    }
}

#[test]
fn a_value_has_the_form_of_its_setting() {
    for (written, rules) in [
        ("retry(\"GONE\")", &[][..]),
        ("retry(\"\")", &[353]),
        ("items = query(\"ids\")", &[309]),
        ("items = query(\"ids\", csv)", &[]),
        ("items = query(\"ids\", csv, csv)", &[309]),
        ("compress = gzip, max_bytes = compressed(10)", &[]),
        ("compress = gzip, max_bytes = squeezed(10)", &[304]),
    ] {
        assert_eq!(settings(written), rules, "{written}");
    }
    let key = "#[header(\"Idempotency-Key\", batch_key)]";
    let field = "#[field(\"/key\", batch_key)]";
    for (fixed, idempotent, rules) in [
        (key, "key(valid = \"24h\")", &[][..]),
        (field, "key(valid = \"24h\")", &[]),
        ("", "key(valid = \"24h\")", &[316]),
        ("#[field(\"/key\", 1)]", "key(valid = \"24h\")", &[316]),
        (key, "lock(valid = \"24h\")", &[315]),
        (key, "key(kept = \"24h\")", &[315]),
        (key, "key(valid = 24)", &[315]),
    ] {
        let settings = format!("max = 15, partial = true, items = \"/ids\", idempotent = {idempotent}");
        assert_eq!(broken(&format!("{fixed} #[bulk_endpoint({settings})]")), rules, "{fixed} {idempotent}");
    }
}

#[test]
fn no_argument_is_beside_a_compression_in_its_header() {
    for (place, rules) in [
        ("header(\"Content-Encoding\")", &[313, 469][..]),
        ("header(\"content-encoding\")", &[313, 469]),
        ("header(\"Accept-Encoding\")", &[]),
        ("query(\"Content-Encoding\")", &[]),
    ] {
        let method = format!(
            "trait Tokens {{ #[post(\"/x\")] #[bulk_endpoint(max = 15, partial = true, compress = gzip)]
             fn go(&self, #[{place}] how: u8) -> Bulk<String, Reply>; }}"
        );
        let found = reported(&api::expand(TokenStream::new(), &method.parse().expect("tokens")));
        assert_eq!(found, rules, "{place}");
    }
}

#[test]
fn a_borrowed_argument_is_made_whatever_surrounds_its_type() {
    let expand = |ty: TokenStream| {
        let expansion = api::expand(
            "dynamic".parse().expect("tokens"),
            &quote! {
                trait Tokens {
                    #[post("/x")]
                    #[bulk_endpoint(max = 15, partial = true)]
                    fn go(&self, #[query] by: #ty) -> Bulk<String, Reply>;
                }
            },
        );
        (reported(&expansion), expansion.to_string().replace(' ', "").contains("Argument<String>"))
    };
    let group = |delimiter| TokenTree::Group(Group::new(delimiter, quote!(&str))).into();
    let plain = expand(quote!(&str));
    assert_eq!(plain.0, []);
    // `($ty:ty)` of `macro_rules!` is a group without delimiters.
    for surrounded in [group(Delimiter::Parenthesis), group(Delimiter::None)] {
        assert_eq!(expand(surrounded), plain);
    }
}

#[test]
fn a_media_type_of_another_format_is_refused() {
    for (items, media, rules) in [
        ("body", "application/json; charset=utf-8", &[][..]),
        ("body", "application/vnd.platform.xml+json", &[]),
        ("body", "application/octet-stream", &[]),
        ("body", "application/x-www-form-urlencoded", &[469]),
        ("body", "text/XML", &[469]),
        ("form(\"ids\", csv)", "application/x-www-form-urlencoded", &[]),
        ("form(\"ids\", csv)", "application/json", &[469]),
        ("ndjson", "text/csv", &[]),
        ("codec(Xml)", "text/xml", &[]),
    ] {
        let settings = format!("#[bulk_endpoint(max = 15, partial = true, items = {items})]");
        assert_eq!(broken(&format!("#[header(\"content-type\", \"{media}\")] {settings}")), rules, "{items} {media}");
    }
}

#[test]
fn a_text_that_is_like_a_word_is_refused_and_any_other_is_sent() {
    for (value, rules) in [
        ("batch_key", &[466][..]),
        ("batch-key", &[466]),
        ("{batch_key}", &[466]),
        ("BATCH_KEY", &[466]),
        ("batch_keys", &[]),
        ("the batch_key", &[]),
        ("{org}", &[467]),
        ("{\\\"a\\\": 1}", &[]),
        ("{}", &[]),
        ("a {org} b", &[]),
    ] {
        for place in ["header(\"X-A\"", "field(\"/a\""] {
            let attributes = format!("#[{place}, \"{value}\")] #[bulk_endpoint(max = 15, partial = true)]");
            assert_eq!(broken(&attributes), rules, "{attributes}");
        }
    }
}

#[test]
fn a_group_has_the_name_that_is_written() {
    let groups = |renamed: &str| {
        let item = format!("#[bulk(group)] #[serde(untagged)] enum Change {{ {renamed} Create(u64) }}");
        let expansion = derive::expand_item(item.parse().expect("tokens")).to_string();
        let name = expansion.split("Self :: Create { .. } => \"").nth(1).and_then(|rest| rest.split('"').next());
        name.map(str::to_owned)
    };
    for (renamed, name) in [
        ("", "Create"),
        ("#[serde(rename = \"add\")]", "add"),
        ("#[serde(rename(serialize = \"add\"))]", "add"),
        ("#[serde(rename(serialize = \"add\", deserialize = \"new\"))]", "add"),
        // The name in a response is not the name in a request.
        ("#[serde(rename(deserialize = \"new\"))]", "Create"),
    ] {
        assert_eq!(groups(renamed).as_deref(), Some(name), "{renamed}");
    }
}

#[test]
fn the_keys_of_two_variants_join_in_any_order() {
    let item = "#[serde(untagged)] enum Change {
        Create { #[bulk(key)] id: u64, #[bulk(key)] area: u64 },
        Delete { #[bulk(key)] area: u64, #[bulk(key)] id: u64 },
    }";
    let expansion = derive::expand_item(item.parse().expect("tokens")).to_string();
    assert_eq!(reported(&expansion.parse().expect("tokens")), []);
    // The order of the names, in both.
    assert_eq!(expansion.matches("area : key_0 , id : key_1").count(), 2, "{expansion}");
    assert!(expansion.contains("[\"area\" , \"id\"]"), "{expansion}");
}

#[test]
fn a_number_is_a_plain_literal() {
    for (value, rules) in [
        ("15", &[][..]),
        ("1_5", &[]),
        ("0xF", &[]),
        ("(15)", &[304]),
        ("15u8", &[304]),
        ("15_usize", &[304]),
        ("1.5", &[304]),
        ("-1", &[304]),
        ("\"15\"", &[304]),
        ("LIMIT", &[304]),
        ("5 + 10", &[304]),
        ("18446744073709551615", &[]),
        ("18446744073709551616", &[304]),
    ] {
        assert_eq!(settings(&format!("max = {value}")), rules, "max = {value}");
        assert_eq!(settings(&format!("max_bytes = {value}")), rules, "max_bytes = {value}");
    }
    for (value, rules) in
        [("assumed(15)", &[][..]), ("assumed(15u8)", &[304]), ("assumed(0)", &[305]), ("assumed()", &[306])]
    {
        assert_eq!(settings(&format!("max = {value}")), rules, "max = {value}");
    }
}

#[test]
fn a_trait_has_methods_alone() {
    for (member, found) in [
        ("type Error;", "an associated type"),
        ("const MAX: usize;", "an associated constant"),
        ("more!();", "a macro call"),
    ] {
        let declared = format!(
            "trait Tokens {{ {member} #[post(\"/x\")] #[bulk_endpoint(max = 1, partial = true)] fn go(&self) -> Bulk<String, Reply>; }}"
        );
        let expansion = api::expand(TokenStream::new(), &declared.parse().expect("tokens"));
        assert_eq!(reported(&expansion), [105], "{member}");
        let text = expansion.to_string();
        assert!(text.contains(&format!("expected a method, found {found}: move it out")), "{member}: {text}");
    }
}
