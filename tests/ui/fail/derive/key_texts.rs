use bulk_endpoint::{BulkItem, ItemReply};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, ItemReply)]
struct NamedInTheWrongPlace {
    #[bulk(key = "id")]
    user: String,
}

#[derive(Deserialize, ItemReply)]
struct OtherPlace {
    #[bulk(key = "users('{id}')")]
    user: String,
}

#[derive(Deserialize, ItemReply)]
struct Unclosed {
    #[bulk(key = "users('{key')")]
    user: String,
}

#[derive(Deserialize, ItemReply)]
struct Twice {
    #[bulk(key = "{key}/{i}")]
    user: String,
}

#[derive(Deserialize, ItemReply)]
struct AnyTextInTheMiddle {
    #[bulk(key = "users/*/{key}")]
    user: String,
}

#[derive(Deserialize, ItemReply)]
struct WithoutAnEnd {
    #[bulk(key = "users/{key}*")]
    user: String,
}

#[derive(Deserialize, ItemReply)]
struct NoText {
    #[bulk(key = 7)]
    user: String,
}

#[derive(Deserialize, ItemReply)]
struct BesideAnother {
    #[bulk(key = "users/{key}")]
    user: String,
    #[bulk(key)]
    team: u64,
}

#[derive(Deserialize, ItemReply)]
struct InAnObject {
    #[bulk(key = "users/{key}", nested)]
    user: Inside,
}

#[derive(Deserialize, ItemReply)]
struct Inside {
    #[bulk(key)]
    id: String,
}

#[derive(Serialize, BulkItem)]
struct PositionOfAnItem {
    #[bulk(key = "items/{i}")]
    path: String,
}

#[derive(Serialize, BulkItem)]
enum OfAnEnum {
    Add {
        #[bulk(key = "users/{key}")]
        user: String,
    },
}

#[derive(Deserialize, ItemReply)]
struct InAList {
    #[bulk(key = "users/{key}")]
    user: Vec<Inside>,
}

fn main() {}
