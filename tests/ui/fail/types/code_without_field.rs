use bulk_endpoint::{ApiError, Bulk, ItemReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct RowResult {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
}

/// Its code is of one item, so `retry` matches it, and `stop` does not.
#[derive(Deserialize, ItemReply)]
struct Coded {
    #[bulk(key)]
    id: String,
    #[bulk(failed, code)]
    code: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
struct Problem {
    #[bulk(message)]
    message: String,
}

/// Its codes are words.
#[derive(Debug, Deserialize, ApiError)]
struct Worded {
    #[bulk(code)]
    code: Option<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, already("GONE"))]
    fn deactivate(&self) -> Bulk<String, Vec<RowResult>>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, stop("404"))]
    fn delete(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, retry("BUSY"), stop("invalid_auth"))]
    fn activate(&self) -> Bulk<String, Vec<Coded>, Problem>;

    #[post("/put")]
    #[bulk_endpoint(max = 15, partial = true, stop("ACCESS"), already("409"))]
    fn put(&self) -> Bulk<String, Vec<RowResult>, Worded>;

    /// The code of the error body is about whole requests.
    #[post("/patch")]
    #[bulk_endpoint(max = 15, partial = true, unprocessed("STOPPED"))]
    fn patch(&self) -> Bulk<String, Vec<RowResult>, Worded>;
}

fn main() {}
