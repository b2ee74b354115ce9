//! Arguments, aliases and raw identifiers that an expansion must not trip over.
#![deny(warnings)]

use bulk_endpoint::{BulkReply, Client, ItemReply, bulk_api};

/// A provider's own aliases.
pub type Result<T> = std::result::Result<T, Refused>;
pub type Bulk<T, R> = bulk_endpoint::Bulk<T, R, Refused>;

#[derive(Debug, serde::Deserialize, bulk_endpoint::ApiError)]
pub struct Refused {
    #[bulk(message)]
    pub r#type: String,
}

#[derive(serde::Deserialize, ItemReply)]
pub struct Element {
    #[bulk(key)]
    pub r#type: String,
    #[bulk(status)]
    pub self_: bool,
}

#[derive(serde::Deserialize, BulkReply)]
pub struct Answer {
    #[bulk(succeeded)]
    #[serde(default)]
    pub fields: Vec<String>,
    #[bulk(failed)]
    #[serde(rename = "says")]
    pub answer: Vec<Element>,
}

#[bulk_api(rename_all = "camelCase")]
pub trait Tokens: Send + Sync {
    #[post("/x/{type}")]
    #[bulk_endpoint(max = 15, partial = true)]
    #[allow(clippy::too_many_arguments)]
    fn r#move(
        &self,
        r#type: &str,
        request: u8,
        url: String,
        items: &[u8],
        self_: Option<&str>,
        client: &u8,
        binder: bool,
    ) -> Bulk<String, Answer>;

    #[put("/lifetimes")]
    #[bulk_endpoint(max = 1, partial = false)]
    fn borrow<'a>(&'a self, name: &'a str) -> bulk_endpoint::Bulk<String>;
}

/// Usable as `dyn`, also across an await.
async fn later(tokens: &dyn Tokens) -> Result<()> {
    std::future::ready(()).await;
    let _ = tokens.r#move("t", 1, String::new(), &[], None, &2, true);
    Ok(())
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.borrow("b");
    assert_eq!(TokensClient::MOVE.spec().name, "move");
    drop(is_send(later(&client)));
}
