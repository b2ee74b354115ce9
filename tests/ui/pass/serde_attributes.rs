//! serde's attributes on what responses are made of.
#![deny(warnings)]

use std::collections::HashMap;

use bulk_endpoint::{ApiError, Bulk, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Deserializer};

#[derive(Deserialize, ItemReply)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
struct Failure {
    #[bulk(key)]
    #[serde(rename = "token", alias = "tokenId")]
    id: String,
    #[bulk(status)]
    #[serde(default)]
    status_code: Option<u16>,
    #[bulk(message)]
    #[serde(deserialize_with = "text", default)]
    error_text: String,
    #[serde(skip)]
    never: u8,
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    String::deserialize(from)
}

#[derive(Deserialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
#[bulk(unlisted = succeeded)]
struct Answer {
    #[bulk(failed)]
    #[serde(alias = "errors")]
    failed_ones: Vec<Failure>,
    #[serde(flatten)]
    rest: HashMap<String, u8>,
}

#[derive(Debug, Deserialize, ApiError)]
#[serde(untagged)]
#[allow(dead_code)]
enum Refused {
    #[bulk(on(400))]
    #[serde(rename_all = "kebab-case")]
    Invalid {
        #[bulk(message)]
        #[serde(rename = "why")]
        text: String,
        #[serde(default)]
        more_of_it: Vec<String>,
    },
}

#[bulk_api(rename_all = "SCREAMING-KEBAB-CASE")]
trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self, dry_run: bool) -> Bulk<String, Answer, Refused>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 1);
}
