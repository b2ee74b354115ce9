//! Every kind of argument of a `dynamic` trait, and doc comments on arguments.
#![deny(warnings, missing_docs)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use bulk_endpoint::dynamic::{Arguments, DynamicApi, DynamicEndpoint, DynamicItem, Visit};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, bulk_api};
use serde::{Deserialize, Serialize};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
pub struct TokenId(String);

/// Text.
pub type Text = str;

/// Tokens.
#[bulk_api(dynamic, rename_all = "camelCase")]
pub trait Tokens {
    /// Deactivates.
    #[post("/orgs/{orgId}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate<'a>(
        &'a self,
        /// The organization.
        org_id: &'a str,
        /// The client, which is a name in the expansion too.
        client: u8,
        #[query]
        /// Arguments.
        arguments: Option<&[TokenId]>,
        r#type: Option<&str>,
        tags: Option<&TokenId>,
        more: &BTreeMap<String, u8>,
        #[header("X-Why")] why: Cow<'_, str>,
        to: &[TokenId],
    ) -> Bulk<TokenId>;

    /// Named as a method of the expansion.
    #[post("/visit")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn visit(&self) -> Bulk<u64>;

    /// Excluded.
    #[cfg(any())]
    #[post("/no")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn no(&self, no: &NoType) -> Bulk<u64>;
}

/// Without `dynamic`, a doc comment on an argument is accepted too.
#[bulk_api]
pub trait Documented {
    /// Sends.
    #[post("/send")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn send(
        &self,
        /// Whether nothing is sent.
        dry_run: bool,
    ) -> Bulk<u64>;
}

#[derive(Default)]
struct Seen {
    urls: Vec<String>,
    arguments: Vec<String>,
}

impl Visit for Seen {
    fn endpoint<T: DynamicItem, R: BulkReply, E: ApiError>(&mut self, endpoint: DynamicEndpoint<Bulk<T, R, E>>) {
        let client = Client::builder("https://example.com").build().unwrap();
        let mut given = Arguments::new();
        for argument in endpoint.arguments() {
            let optional = if argument.is_optional() { "?" } else { "" };
            self.arguments.push(format!("{}{optional}: {}", argument.name, argument.docs));
            given = match argument.name {
                "client" => given.json("client", 7),
                "more" => given.text("more", "{\"a\": 1}"),
                "to" => given.text("to", "[\"b\"]"),
                _ if argument.is_optional() => given,
                name => given.text(name, name.to_uppercase()),
            };
        }
        let item: T = bulk_endpoint::dynamic::from_text("1").unwrap();
        let plan = endpoint.bind(&client, &given).unwrap().plan([item]);
        assert_eq!(plan.invalid, None);
        let body = String::from_utf8_lossy(&plan.requests[0].body).into_owned();
        self.urls.push(format!("{} {body}", plan.requests[0].url));
        assert!(endpoint.bind(&client, &given.text("other", "")).is_err());
    }
}

fn main() {
    let mut seen = Seen::default();
    <TokensClient as DynamicApi>::visit(&mut seen);
    assert_eq!((TokensClient::NAME, TokensClient::DOCS), ("Tokens", "Tokens."));
    assert_eq!(
        seen.urls,
        [
            r#"https://example.com/orgs/ORG_ID {"client":7,"more":{"a":1},"to":["b"],"ids":["1"]}"#,
            r#"https://example.com/visit {"ids":[1]}"#
        ]
    );
    assert_eq!(seen.arguments[0], "org_id: The organization.");
    assert_eq!(seen.arguments[2], "arguments?: Arguments.");
    assert_eq!(seen.arguments[3], "type?: ");
}
