//! Every place where items can sit, with items that fit it.
#![deny(missing_docs, warnings)]
#![no_implicit_prelude]

use ::bulk_endpoint::{AssignedId, Bulk, BulkItem, bulk_api};
use ::std::string::String;

/// An item with a name of its own.
#[derive(::serde::Serialize, BulkItem)]
pub struct Patch {
    /// Its name.
    #[bulk(key)]
    #[serde(skip)]
    pub id: u64,
    /// What is changed.
    pub op: String,
}

/// An item of a table.
#[derive(::serde::Serialize, BulkItem)]
pub struct Write {
    /// The table.
    #[bulk(group)]
    #[serde(skip)]
    pub table: String,
    /// What the run calls it.
    pub id: AssignedId,
}

/// An item whose kind is its group.
#[derive(::serde::Serialize, BulkItem)]
#[bulk(group)]
#[serde(untagged)]
pub enum Change {
    /// One is made.
    Create {
        /// Its name.
        #[bulk(key)]
        name: String,
    },
    /// One is not.
    Delete(#[bulk(key)] String),
}

/// An item that the response echoes.
#[derive(
    ::std::fmt::Debug,
    ::std::clone::Clone,
    ::std::cmp::PartialEq,
    ::std::cmp::Eq,
    ::std::hash::Hash,
    ::serde::Serialize,
    ::serde::Deserialize,
    BulkItem,
)]
#[bulk(key)]
pub struct Event {
    /// Whose.
    pub email: String,
    /// What.
    pub name: String,
}

/// Bodies of bars.
#[derive(::std::fmt::Debug)]
pub struct Bars;

impl ::bulk_endpoint::Codec<String> for Bars {
    const CONTENT_TYPE: &'static str = "text/bars";

    fn item(
        item: &String,
        out: &mut ::std::vec::Vec<u8>,
    ) -> ::std::result::Result<(), ::bulk_endpoint::CodecError> {
        out.extend_from_slice(item.as_bytes());
        ::std::result::Result::Ok(())
    }

    fn body(_: &::serde_json::Map<String, ::serde_json::Value>, items: &[&[u8]]) -> ::std::vec::Vec<u8> {
        items.join(&b'|')
    }
}

/// An endpoint a place.
#[bulk_api]
pub trait Places {
    /// Lines.
    #[post("/lines")]
    #[bulk_endpoint(max = 5, partial = false, items = ndjson)]
    fn lines(&self) -> Bulk<Event>;
    /// The query.
    #[get("/query")]
    #[bulk_endpoint(max = 5, partial = false, items = query("id", csv))]
    fn query(&self) -> Bulk<u64>;
    /// The query, beside a body.
    #[put("/query")]
    #[bulk_endpoint(max = 5, partial = false, items = query("id", repeat))]
    fn query_and_body(&self, status: &str) -> Bulk<u64>;
    /// A form.
    #[post("/form")]
    #[bulk_endpoint(max = 5, partial = false, items = form("users[{i}]"))]
    fn form(&self, channel: &str) -> Bulk<String>;
    /// A form of JSON.
    #[post("/form-json")]
    #[bulk_endpoint(max = 5, partial = false, items = form("batch", json))]
    fn form_json(&self) -> Bulk<Event>;
    /// A header.
    #[delete("/header")]
    #[bulk_endpoint(max = 5, partial = false, items = header("uniqueIds"))]
    fn header(&self) -> Bulk<String>;
    /// Text.
    #[post("/text")]
    #[header("Content-Type", "application/vnd.lines")]
    #[bulk_endpoint(max = 5, partial = false, items = text("\n"))]
    fn text(&self) -> Bulk<String>;
    /// Values with nothing between them.
    #[post("/values")]
    #[bulk_endpoint(max = 5, partial = false, items = text(""))]
    fn values(&self) -> Bulk<Event>;
    /// A map.
    #[post("/map")]
    #[bulk_endpoint(max = 5, partial = false, items = map("patches"))]
    fn map(&self) -> Bulk<Patch>;
    /// Groups.
    #[post("/groups")]
    #[bulk_endpoint(max = 5, partial = false, items = groups("/tables"))]
    fn groups(&self) -> Bulk<Write>;
    /// Groups that are the body.
    #[post("/changes")]
    #[bulk_endpoint(max = 5, partial = false, items = groups(""))]
    fn changes(&self) -> Bulk<Change>;
    /// An array of one on the way.
    #[post("/batches")]
    #[field("/batches/0/kind", "all")]
    #[bulk_endpoint(max = 5, partial = false, items = "/batches/0/objects")]
    fn batches(&self) -> Bulk<Write>;
    /// A codec.
    #[post("/codec")]
    #[bulk_endpoint(max = 5, partial = false, items = codec(Bars))]
    fn codec(&self) -> Bulk<String>;
}

fn main() {}
