//! A key of several fields is joined by their names, whatever the order in which each type declares them.

use std::borrow::Cow;

use bulk_endpoint::{Bulk, BulkItem, ItemReply, bulk_api, reply::Address};
use serde::{Deserialize, Serialize};

#[derive(Serialize, BulkItem)]
pub struct Row {
    #[bulk(key)]
    pub tenant: String,
    #[bulk(key)]
    pub id: String,
}

#[derive(Serialize, BulkItem)]
#[serde(untagged)]
pub enum Change {
    Create {
        #[bulk(key)]
        tenant: String,
        #[bulk(key)]
        id: String,
    },
    /// The tenant, and the id.
    Delete(#[bulk(key)] String, #[bulk(key)] String),
}

#[derive(Deserialize, ItemReply)]
pub struct Told {
    #[bulk(key)]
    pub id: String,
    #[bulk(key)]
    #[serde(alias = "account")]
    pub tenant: String,
    #[bulk(status)]
    pub status: u16,
}

#[bulk_api]
pub trait Rows {
    #[post("/rows")]
    #[bulk_endpoint(max = 15, partial = true, items = "rows")]
    fn write(&self) -> Bulk<Row, Vec<Told>>;

    #[post("/changes")]
    #[bulk_endpoint(max = 15, partial = true, items = "changes")]
    fn change(&self) -> Bulk<Change, Vec<Told>>;
}

fn main() {
    let (tenant, id) = (|| "t".to_owned(), || "i".to_owned());
    let key = (id(), tenant());
    let told = Told { id: id(), tenant: tenant(), status: 200 };
    let Address::Key(named) = told.address() else { panic!("it has a key") };
    assert_eq!(named, Cow::Borrowed(&key));
    assert_eq!(Row { tenant: tenant(), id: id() }.key(), named);
    assert_eq!(Change::Create { tenant: tenant(), id: id() }.key(), named);
    assert_eq!(Change::Delete(tenant(), id()).key(), named);
}
