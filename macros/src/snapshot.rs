//! Golden expansions of small declarations. `UPDATE_EXPECT=1` rewrites them.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use crate::symbol::SETTING_WORDS;
use crate::{api, derive};

fn check(expansion: &TokenStream, expected: &ExpectFile) -> String {
    let file: syn::File = syn::parse2(expansion.clone()).expect("an expansion is a list of items");
    let pretty = prettyplease::unparse(&file);
    expected.assert_eq(&pretty);
    pretty
}

#[test]
fn a_trait_with_one_method() {
    let declared = quote! {
        /// Refresh tokens.
        pub trait OrgApiTokens: Send + Sync {
            /// Deactivates.
            #[post("/orgs/{orgId}/api-tokens/deactivate")]
            #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404))]
            fn deactivate(&self, org_id: &OrgId) -> Bulk<TokenId, ChangeResponse, CspError>;
        }
    };
    let expansion = api::expand(TokenStream::new(), &declared);
    let pretty = check(&expansion, &expect_file!["../tests/expand/one_method.expanded.rs"]);
    let lines = pretty.lines().count();
    assert!(lines < 60, "a method takes {lines} lines");
}

#[test]
fn every_setting() {
    let declared = quote! {
        trait Tokens {
            #[cfg(feature = "tokens")]
            #[deprecated = "use `other`"]
            #[patch("/orgs/{id}?batch")]
            #[header("X-Kind", "bulk")]
            #[field("/allOrNone", false)]
            #[bulk_endpoint(max = assumed(100), min = 2, max_bytes = compressed(1_000), max_item_bytes = 10, compress = gzip)]
            #[bulk_endpoint(partial = false, items = body, retry(429, "SLOW"), already = gone)]
            fn r#move(&self, id: u8, #[query] dry_run: bool, #[header("X-Caller")] caller: &str) -> Bulk<Token>;
            #[delete("/tokens")]
            #[bulk_endpoint(max = 7, partial = true, idempotent = true, rate = "600 items/1s", poll = "/jobs/{job}", handle(secret))]
            #[bulk_endpoint(max_bytes = 1_000, stop(404), bisect(400), uncertain(500), too_large("TooMany"), unprocessed(424))]
            fn delete(&self) -> Bulk<Token, Deleted>;
        }
    };
    let written = declared.to_string();
    let words: Vec<&str> = written.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    for setting in SETTING_WORDS.allowed {
        assert!(words.contains(setting), "`{setting}` is missing here");
    }
    // A body that is an array has no room for a field: this is the fallback beside the error.
    let expansion = api::expand(quote!(rename_all = "camelCase"), &declared);
    check(&expansion, &expect_file!["../tests/expand/fallback.expanded.rs"]);
    let declared: TokenStream = written.replace("body", "\"/batch\"").parse().expect("tokens");
    let expansion = api::expand(quote!(rename_all = "camelCase", crate = renamed), &declared);
    let pretty = check(&expansion, &expect_file!["../tests/expand/every_setting.expanded.rs"]);
    assert!(!pretty.contains("::bulk_endpoint"), "a renamed crate is named by its new name alone");
}

#[test]
fn places_that_ask_something_of_their_items() {
    let declared = quote! {
        trait Writes {
            #[put("/patches")]
            #[bulk_endpoint(max = 5, partial = false, items = map("patches"))]
            fn patch(&self) -> Bulk<Patch>;
            #[post("/writes")]
            #[bulk_endpoint(max = 25, partial = true, items = groups("/RequestItems"))]
            fn write(&self) -> Bulk<Write, Unprocessed>;
            #[post("/delete")]
            #[bulk_endpoint(max = 1000, partial = false, items = codec(xml::DeleteObjects::<V1>), already = gone)]
            fn delete(&self, quiet: bool) -> Bulk<Key>;
        }
    };
    check(&api::expand(TokenStream::new(), &declared), &expect_file!["../tests/expand/places.expanded.rs"]);
}

#[test]
fn a_dynamic_trait() {
    let declared = quote! {
        /// Refresh tokens.
        pub trait Tokens: Send + Sync {
            /// Deactivates.
            #[cfg(feature = "tokens")]
            #[post("/orgs/{orgId}/deactivate")]
            #[bulk_endpoint(max = 15, partial = true)]
            fn deactivate(
                &self,
                /// The organization.
                org_id: &OrgId,
                /// The reason,
                /// if there is one.
                reason: Option<&str>,
                #[query] r#type: Kind,
                #[header("X-Tags")] tags: Option<&Tags>,
            ) -> Bulk<TokenId, ChangeResponse, CspError>;
        }
    };
    check(&api::expand(quote!(dynamic), &declared), &expect_file!["../tests/expand/dynamic.expanded.rs"]);
}

#[test]
fn items() {
    let newtype = derive::expand_item(quote!(
        struct TokenId(String);
    ));
    check(&newtype, &expect_file!["../tests/expand/item_newtype.expanded.rs"]);
    let composite = derive::expand_item(quote! {
        struct Record {
            #[bulk(key)]
            id: u64,
            #[bulk(key)]
            region: String,
            name: String,
        }
    });
    check(&composite, &expect_file!["../tests/expand/item_composite.expanded.rs"]);
    let operations = derive::expand_item(quote! {
        #[bulk(group)]
        #[serde(untagged, rename_all = "snake_case")]
        enum Operation {
            #[bulk(no_response)]
            PutAll { #[bulk(key)] id: u64, #[bulk(key)] region: String, name: String },
            #[serde(rename = "drop")]
            Delete(#[bulk(key)] u64, #[bulk(key)] String),
        }
    });
    check(&operations, &expect_file!["../tests/expand/item_enum.expanded.rs"]);
    let echoed = derive::expand_item(quote! {
        #[bulk(key)]
        struct Event {
            email: String,
            #[bulk(group)]
            #[serde(skip)]
            list: String,
        }
    });
    check(&echoed, &expect_file!["../tests/expand/item_whole.expanded.rs"]);
    let named = derive::expand_item(quote! {
        struct Member {
            #[bulk(key = "*/users('{key}')")]
            user: String,
        }
    });
    check(&named, &expect_file!["../tests/expand/item_text.expanded.rs"]);
}

#[test]
fn elements_and_replies() {
    let element = derive::expand_element(quote! {
        #[serde(rename_all = "camelCase")]
        struct Created {
            #[bulk(key)]
            external_id: String,
            #[bulk(status)]
            status_code: u16,
            #[bulk(message)]
            message: Option<String>,
            assigned: Option<u64>,
        }
    });
    check(&element, &expect_file!["../tests/expand/element.expanded.rs"]);
    let queued = derive::expand_element(quote! {
        struct Queued {
            #[bulk(key)]
            id: String,
            #[bulk(accepted)]
            ticket: Option<String>,
            #[bulk(failed, message)]
            why: Option<String>,
        }
    });
    check(&queued, &expect_file!["../tests/expand/element_accepted.expanded.rs"]);
    let flagged = derive::expand_element(quote! {
        struct Unsent {
            #[bulk(key)]
            id: String,
            #[bulk(code)]
            code: String,
            #[bulk(retry = false)]
            sender_fault: bool,
        }
    });
    check(&flagged, &expect_file!["../tests/expand/element_flag.expanded.rs"]);
    let placed = derive::expand_element(quote! {
        struct Misplaced {
            #[bulk(key = "/items/{i}*")]
            pointer: Option<String>,
            #[bulk(group)]
            array: String,
            #[bulk(message)]
            detail: String,
        }
    });
    check(&placed, &expect_file!["../tests/expand/element_text.expanded.rs"]);
    let reply = derive::expand_reply(quote! {
        #[bulk(unlisted = succeeded, on(200, 207))]
        struct Response {
            #[bulk(succeeded)]
            #[serde(default, alias = "ok")]
            done: Vec<TokenId>,
            #[bulk(failed)]
            failed: Vec<TokenFailure>,
            total: u64,
        }
    });
    let strict = derive::expand_reply(quote! {
        #[serde(deny_unknown_fields)]
        struct Page {
            #[bulk(next_job)]
            next: Option<String>,
            #[bulk(count(failed))]
            failed_count: u64,
            #[bulk(count(succeeded))]
            done_count: u64,
            #[bulk(results)]
            results: Vec<Created>,
            #[serde(default, alias = "remark")]
            note: String,
        }
    });
    check(&strict, &expect_file!["../tests/expand/reply_strict.expanded.rs"]);
    check(&reply, &expect_file!["../tests/expand/reply.expanded.rs"]);
    let bare = derive::expand_reply(quote! {
        #[bulk(unlisted = (succeeded, unprocessed))]
        struct Failures(#[bulk(failed)] Vec<TokenFailure>);
    });
    check(&bare, &expect_file!["../tests/expand/reply_newtype.expanded.rs"]);
}

#[test]
fn a_reply_with_headers() {
    let counted = derive::expand_reply(quote! {
        #[bulk(unlisted = succeeded)]
        struct Counted {
            #[bulk(count(succeeded), header = "X-Written")]
            #[serde(skip)]
            written: u64,
            #[bulk(count(failed), header = "X-Lost")]
            #[serde(skip)]
            lost: Option<u64>,
        }
    });
    check(&counted, &expect_file!["../tests/expand/reply_counted.expanded.rs"]);
    let started = derive::expand_reply(quote! {
        struct Started {
            #[bulk(job, header = "Operation-Location")]
            #[serde(skip)]
            location: Option<String>,
            #[bulk(retry_after = seconds)]
            wait: Option<u64>,
        }
    });
    check(&started, &expect_file!["../tests/expand/reply_headers.expanded.rs"]);
}

#[test]
fn replies_by_status() {
    let by_status = derive::expand_reply(quote! {
        enum Reply {
            #[bulk(on(200))]
            Some(Response),
            #[bulk(on(204))]
            All,
        }
    });
    check(&by_status, &expect_file!["../tests/expand/reply_by_status.expanded.rs"]);
    let several = derive::expand_reply(quote! {
        enum Reply {
            #[bulk(on(200, 400))]
            Each(Vec<Answer>),
            #[bulk(failed, on(200))]
            Refused,
        }
    });
    check(&several, &expect_file!["../tests/expand/reply_several.expanded.rs"]);
}

#[test]
fn errors() {
    let error = derive::expand_error(quote! {
        enum VendorError {
            #[bulk(on(400, 403))]
            Detailed(ErrorResponse),
            #[bulk(on(401))]
            #[serde(rename_all = "camelCase")]
            Unauthorized {
                #[bulk(message)]
                error_text: String,
                #[serde(default)]
                since: u64,
            },
            #[bulk(on(404))]
            Missing,
        }
    });
    check(&error, &expect_file!["../tests/expand/error.expanded.rs"]);
    let headers = derive::expand_error(quote! {
        struct Refused {
            #[bulk(code, header = "x-amzn-ErrorType")]
            #[serde(skip)]
            code: Option<AwsErrorType>,
            #[bulk(retry_after = epoch, header = "X-Rate-Limit-Reset")]
            #[serde(skip)]
            reset: Option<u64>,
            #[bulk(retry_after = milliseconds)]
            message: String,
        }
    });
    assert!(headers.to_string().contains("compile_error"), "two delays of one response");
    let headers = derive::expand_error(quote! {
        struct Refused {
            #[bulk(code, header = "x-amzn-ErrorType")]
            #[serde(skip)]
            code: Option<AwsErrorType>,
            #[bulk(retry_after = epoch, header = "X-Rate-Limit-Reset")]
            #[serde(skip)]
            reset: Option<u64>,
            #[bulk(message)]
            message: String,
        }
    });
    check(&headers, &expect_file!["../tests/expand/error_headers.expanded.rs"]);
}

#[test]
fn statuses() {
    let words = derive::expand_status(quote! {
        #[serde(rename_all = "kebab-case")]
        enum Word {
            #[bulk(succeeded)]
            AllDone,
            #[bulk(failed)]
            #[serde(rename = "gone")]
            NotFound,
            #[serde(untagged)]
            Other(String),
        }
    });
    check(&words, &expect_file!["../tests/expand/status.expanded.rs"]);
    let numbers = derive::expand_status(quote! {
        #[repr(i64)]
        enum Number {
            #[bulk(succeeded)]
            Ok = 0,
            #[bulk(failed)]
            Gone = -1,
            #[serde(other)]
            Other,
        }
    });
    check(&numbers, &expect_file!["../tests/expand/status_number.expanded.rs"]);
    let codes = derive::expand_status(quote! {
        enum Code {
            Gone,
            Busy,
        }
    });
    check(&codes, &expect_file!["../tests/expand/status_without_verdicts.expanded.rs"]);
}

#[test]
fn types_with_nested_fields() {
    let nested = derive::expand_reply(quote! {
        struct Envelope {
            #[bulk(status)]
            status: Word,
            #[bulk(code)]
            code: Option<String>,
            #[bulk(message)]
            message: Option<String>,
            #[bulk(job)]
            job: Option<String>,
            #[bulk(nested)]
            result: Option<Response>,
        }
    });
    check(&nested, &expect_file!["../tests/expand/reply_nested.expanded.rs"]);
    let union = derive::expand_element(quote! {
        #[bulk(positional)]
        enum Outcome {
            #[bulk(succeeded)]
            Saved { id: u64 },
            #[bulk(failed)]
            Lost {
                #[bulk(code)]
                code: String,
                #[bulk(retry_after = seconds)]
                wait: Option<u64>,
            },
            Other(Judged),
        }
    });
    check(&union, &expect_file!["../tests/expand/element_enum.expanded.rs"]);
    let inside = derive::expand_element(quote! {
        struct Row {
            #[bulk(key, nested)]
            item: Item,
            #[bulk(failed, nested)]
            #[serde(alias = "err")]
            error: Option<Problem>,
        }
    });
    check(&inside, &expect_file!["../tests/expand/element_nested.expanded.rs"]);
    let around = derive::expand_error(quote! {
        struct Around {
            #[bulk(nested)]
            errors: Vec<Problem>,
            #[bulk(code)]
            code: Option<String>,
            #[bulk(request_id)]
            id: Option<String>,
        }
    });
    check(&around, &expect_file!["../tests/expand/error_nested.expanded.rs"]);
}
