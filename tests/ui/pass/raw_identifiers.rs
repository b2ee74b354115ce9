//! Names that are keywords.
#![deny(warnings)]
#![allow(non_camel_case_types)]

use bulk_endpoint::{Bulk, BulkItem, BulkReply, Client, ItemReply, bulk_api};

#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, BulkItem)]
pub struct r#box(u64);

#[derive(serde::Deserialize, ItemReply)]
pub struct r#struct {
    #[bulk(key)]
    pub r#type: r#box,
    #[bulk(message)]
    pub r#in: String,
}

#[derive(serde::Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct r#enum {
    #[bulk(failed)]
    pub r#where: Vec<r#struct>,
}

#[bulk_api(rename_all = "camelCase")]
pub trait r#trait {
    #[post("/{type}")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn r#move(&self, r#type: u8, #[query] r#fn: u8, r#loop: u8) -> Bulk<r#box, r#enum>;
}

fn main() {
    let client = traitClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.r#move(1, 2, 3);
    assert_eq!(traitClient::MOVE.spec().name, "move");
}
