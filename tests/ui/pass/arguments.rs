//! Arguments of every kind that a place takes.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Client, bulk_api};

#[derive(serde::Serialize)]
pub struct Options<'a> {
    pub reason: &'a str,
}

#[bulk_api(rename_all = "kebab-case")]
pub trait Tokens {
    #[post("/{text}/{owned}/{number}/{flag}/{letter}")]
    #[bulk_endpoint(max = 15, partial = false)]
    #[allow(clippy::too_many_arguments)]
    fn deactivate(
        &self,
        text: &str,
        owned: String,
        number: i64,
        flag: bool,
        letter: &&char,
        #[query] maybe: Option<&str>,
        #[query("tag")] tags: &[&str],
        #[query] many: Option<Vec<u8>>,
        #[header("X-Caller")] caller: &dyn std::fmt::Display,
        #[field("/a/b")] nested: Options<'_>,
        #[field("/a/c")] list: &[Options<'_>],
        any: serde_json::Value,
        unit: Option<u8>,
    ) -> Bulk<String>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let bound = client.deactivate(
        "t",
        String::new(),
        -1,
        true,
        &&'c',
        None,
        &["a"],
        Some(vec![1]),
        &1.5,
        Options { reason: "r" },
        &[],
        serde_json::Value::Null,
        None,
    );
    drop(bound);
}
