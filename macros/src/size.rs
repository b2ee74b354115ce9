//! The size of expansions: what rustc has to compile of a trait with many endpoints, and of its types, as a number of tokens. It is the
//! same on every machine, unlike the time that `tests/compile.sh` measures. `UPDATE_EXPECT=1` accepts new sizes.

use std::fmt::Write;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::{api, derive};

/// The largest growth that needs no new baseline, in percent.
const TOLERANCE: usize = 2;

/// Tokens, those in brackets included.
fn count(tokens: TokenStream) -> usize {
    let of = |token| match token {
        TokenTree::Group(group) => 2 + count(group.stream()),
        _ => 1,
    };
    tokens.into_iter().map(of).sum()
}

/// The trait of `tests/compile.sh`.
fn endpoints(number: usize) -> TokenStream {
    let methods = (0..number).map(|number| {
        let (path, name) = (format!("/orgs/{{orgId}}/things{number}/change"), format_ident!("change{number}"));
        quote! {
            #[post(#path)]
            #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404))]
            fn #name(&self, org_id: &str, reason: &str) -> Bulk<Thing, Changed, Problem>;
        }
    });
    quote!(pub trait Things: Send + Sync { #(#methods)* })
}

fn sizes() -> [(&'static str, usize); 6] {
    let item = quote!(
        #[serde(rename_all = "camelCase")]
        struct Thing {
            #[bulk(key)]
            thing_id: String,
            kind: Kind,
        }
    );
    let reply = quote! {
        struct Changed {
            #[bulk(succeeded)] #[serde(default)] successes: Vec<String>,
            #[bulk(failed)] #[serde(default)] failures: Vec<Failure>,
        }
    };
    let element = quote! {
        struct Failure {
            #[bulk(key)] id: String,
            #[bulk(code)] code: Option<String>,
            #[bulk(message)] message: String,
        }
    };
    let error = quote!(
        struct Problem {
            #[bulk(code)]
            code: Option<String>,
            #[bulk(message)]
            message: Option<String>,
        }
    );
    let status = quote!(
        enum State {
            #[bulk(succeeded)]
            Done,
            #[bulk(failed)]
            Failed,
            #[bulk(pending)]
            Running,
        }
    );
    [
        ("50 endpoints", count(api::expand(TokenStream::new(), &endpoints(50)))),
        ("BulkItem", count(derive::expand_item(item))),
        ("BulkReply", count(derive::expand_reply(reply))),
        ("ItemReply", count(derive::expand_element(element))),
        ("ApiError", count(derive::expand_error(error))),
        ("Status", count(derive::expand_status(status))),
    ]
}

#[test]
fn expansions_do_not_grow() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expand/sizes.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let mut text = String::new();
        sizes().iter().for_each(|(name, tokens)| _ = writeln!(text, "{tokens:>6} {name}"));
        std::fs::write(&path, text).expect("the baseline is written");
    }
    let baseline = std::fs::read_to_string(&path).expect("tests/expand/sizes.txt");
    let mut lines = baseline.lines().filter_map(|line| line.trim().split_once(' '));
    for (name, tokens) in sizes() {
        let (accepted, of) = lines.next().expect("a line for each size");
        let accepted: usize = accepted.parse().expect("a number");
        assert_eq!(of, name);
        assert!(
            tokens * 100 <= accepted * (100 + TOLERANCE),
            "`{name}` expands to {tokens} tokens, more than {TOLERANCE} % above {accepted}: each costs its users compile time. Emit less, or accept it with UPDATE_EXPECT=1"
        );
        // A baseline that is too high would let the next change grow unseen.
        assert!(
            tokens * 100 >= accepted * (100 - TOLERANCE),
            "`{name}` expands to {tokens} tokens, less than {accepted}: accept it with UPDATE_EXPECT=1"
        );
    }
}
