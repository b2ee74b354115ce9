use bulk_endpoint::{ApiError, BulkReply};
use serde::Deserialize;

#[derive(Debug, Deserialize, ApiError)]
struct InTheBody {
    #[bulk(code, header = "x-amzn-ErrorType")]
    code: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
struct WithoutRole {
    #[bulk(header = "x-amzn-ErrorType")]
    #[serde(skip)]
    code: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
struct NoName {
    #[bulk(retry_after = seconds, header = "X-Rate-Limit-Reset: 5")]
    #[serde(skip)]
    reset: Option<u64>,
    #[bulk(code, header)]
    #[serde(skip)]
    code: Option<String>,
}

#[derive(Debug, ApiError)]
enum Unnamed {
    #[bulk(on(400))]
    Code(#[bulk(code, header = "x-amzn-ErrorType")] String),
}

#[derive(Deserialize, BulkReply)]
struct OnAList {
    #[bulk(succeeded, header = "X-Done")]
    #[serde(skip)]
    done: Vec<String>,
}

#[derive(Debug, Deserialize, ApiError)]
struct NotADelay {
    #[bulk(retry_after = epoch)]
    reset: bool,
}

#[derive(Debug, Deserialize, ApiError)]
struct NoUnit {
    #[bulk(retry_after = minutes)]
    wait: u64,
}

fn main() {}
