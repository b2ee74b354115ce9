use bulk_endpoint::{ApiError, Bulk, BulkReply, ItemReply, Status, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Coded {
    #[bulk(key)]
    id: String,
    #[bulk(failed, code)]
    code: Option<Code>,
}

/// All codes that the vendor documents.
#[derive(Deserialize, Status)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Code {
    NotFound,
    #[serde(alias = "LOCKED")]
    Busy,
}

/// The same, with room for others.
#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum OpenCode {
    InvalidAuth,
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Deserialize, ApiError)]
struct Open {
    #[bulk(code)]
    code: Option<OpenCode>,
}

#[derive(Debug, Status)]
#[repr(i64)]
enum Number {
    Parse = -32700,
    Busy = -32000,
}

#[derive(Debug, Deserialize, ApiError)]
struct Numbered {
    #[bulk(code)]
    code: Number,
}

#[derive(Debug, Deserialize, ApiError)]
struct AnyNumber {
    #[bulk(code)]
    code: i64,
}

#[derive(Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
struct Lists {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    not_found: Vec<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/a")]
    #[bulk_endpoint(max = 15, partial = true, already("NOT_FOUND", "GONE"), retry("BUSY", "LOCKED"))]
    fn of_items(&self) -> Bulk<String, Vec<Coded>>;

    /// Each code is one of the types.
    #[post("/b")]
    #[bulk_endpoint(max = 15, partial = true, already("NOT_FOUND"), retry("BUSY"), stop("anything"))]
    fn open(&self) -> Bulk<String, Vec<Coded>, Open>;

    #[post("/c")]
    #[bulk_endpoint(max = 15, partial = false, retry("-32000"), stop("-32001"))]
    fn numbered(&self) -> Bulk<String, (), Numbered>;

    #[post("/d")]
    #[bulk_endpoint(max = 15, partial = false, retry("-32000"), stop("BUSY"))]
    fn any_number(&self) -> Bulk<String, (), AnyNumber>;

    #[post("/e")]
    #[bulk_endpoint(max = 15, partial = true, already("not_found", "notFound"))]
    fn lists(&self) -> Bulk<String, Lists>;
}

fn main() {}
