use bulk_endpoint::{ApiError, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct WithAStatus {
    #[bulk(key)]
    id: String,
    #[bulk(retry = 503)]
    retryable: bool,
}

#[derive(Deserialize, ItemReply)]
struct WithAWord {
    #[bulk(key)]
    id: String,
    #[bulk(retry)]
    code: String,
}

#[derive(Debug, Deserialize, ApiError)]
struct WithAList {
    #[bulk(retry(true))]
    retryable: bool,
}

fn main() {}
