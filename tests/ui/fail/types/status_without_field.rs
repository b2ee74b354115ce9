use bulk_endpoint::{Bulk, BulkReply, ByStatus, ItemReply, Status, bulk_api};
use serde::Deserialize;

/// It has a code, and no status.
#[derive(Deserialize, ItemReply)]
struct Written {
    #[bulk(key)]
    id: String,
    #[bulk(failed, code)]
    error: Option<i64>,
}

/// Its status is a word.
#[derive(Deserialize, ItemReply)]
struct Worded {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    state: State,
}

#[derive(Deserialize, Status)]
enum State {
    #[bulk(succeeded)]
    Done,
    #[bulk(failed)]
    Failed,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Bare {
    #[bulk(failed)]
    failed: Vec<String>,
}

#[derive(Deserialize, ItemReply)]
struct Numbered {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: Option<u16>,
}

#[bulk_api]
trait Writes {
    #[post("/a")]
    #[bulk_endpoint(max = 15, partial = true, unprocessed(424))]
    fn coded(&self) -> Bulk<String, Vec<Written>>;

    #[post("/b")]
    #[bulk_endpoint(max = 15, partial = true, unprocessed(409, 424))]
    fn worded(&self) -> Bulk<String, Vec<Worded>>;

    #[post("/c")]
    #[bulk_endpoint(max = 15, partial = true, unprocessed(424))]
    fn bare(&self) -> Bulk<String, Bare>;

    #[post("/d")]
    #[bulk_endpoint(max = 15, partial = true, unprocessed(424))]
    fn numbered(&self) -> Bulk<String, Vec<Numbered>>;

    #[post("/e")]
    #[bulk_endpoint(max = 15, partial = true, unprocessed(424))]
    fn by_status(&self) -> Bulk<String, Vec<ByStatus<String>>>;
}

fn main() {}
