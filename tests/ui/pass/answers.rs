//! Every word of the derives for answers, together.

use bulk_endpoint::{
    ApiError, AssignedId, BulkReply, HttpStatus, IgnoreCase, Index, ItemReply, Ndjson, Pairs, Status, reply::Listed,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize, Status)]
#[serde(rename_all = "kebab-case")]
enum Word {
    #[bulk(succeeded)]
    AllDone,
    #[bulk(accepted)]
    Queued,
    #[bulk(failed)]
    NotFound,
    #[bulk(unprocessed)]
    Skipped,
    #[bulk(pending)]
    Running,
    #[serde(untagged)]
    Other(String),
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Details {
    #[bulk(code)]
    reason: Word,
    #[bulk(message)]
    messages: Vec<Option<String>>,
    #[bulk(retry_after = milliseconds)]
    retry_after: Option<u64>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Named {
    #[bulk(key)]
    id: IgnoreCase,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Told {
    #[bulk(succeeded)]
    Done { version: u64 },
    #[bulk(failed)]
    Error(Details),
    #[bulk(failed)]
    Rejected {
        #[bulk(message)]
        why: String,
    },
    #[bulk(unprocessed)]
    Skipped,
    Judged {
        #[bulk(status)]
        status: u16,
    },
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Element {
    #[bulk(key, nested)]
    request: Named,
    #[bulk(status, nested)]
    #[serde(flatten)]
    told: Told,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Failure {
    #[bulk(keys)]
    ids: Vec<IgnoreCase>,
    #[bulk(nested)]
    errors: Vec<Details>,
}

impl From<Listed> for Failure {
    fn from(_: Listed) -> Self {
        Failure { ids: Vec::new(), errors: Vec::new() }
    }
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Data {
    #[bulk(failed)]
    failed: Option<Vec<Failure>>,
    #[bulk(failed)]
    unknown: Option<Vec<IgnoreCase>>,
    #[bulk(count(failed))]
    failures: Option<u64>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Answer {
    #[bulk(status)]
    ok: bool,
    #[bulk(code)]
    code: Option<i32>,
    #[bulk(message)]
    message: String,
    #[bulk(nested)]
    data: Vec<Data>,
    #[bulk(unprocessed)]
    #[serde(default)]
    left: Vec<IgnoreCase>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Started {
    #[bulk(job)]
    id: u64,
}

#[derive(BulkReply)]
#[allow(dead_code)]
enum ByStatus {
    #[bulk(on(200))]
    Done(Answer),
    #[bulk(on(202))]
    Started(Started),
    #[bulk(on(204))]
    Nothing,
    #[bulk(on(409, 422))]
    Rejected(Data),
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Judged {
    #[bulk(failed, message)]
    error: Option<String>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Placed {
    #[bulk(key)]
    index: Index<1>,
    #[bulk(succeeded)]
    made: Option<u64>,
    #[bulk(failed, nested)]
    error: Option<Details>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Assigned {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(status)]
    code: HttpStatus,
}

#[derive(Debug, ApiError)]
enum Refused {
    #[bulk(on(400))]
    Typed {
        #[bulk(nested)]
        error: Inner,
        #[bulk(request_id)]
        id: String,
    },
    #[bulk(on(404))]
    Bare(#[bulk(nested)] Inner),
    #[bulk(on(500))]
    Nothing,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Inner {
    #[bulk(code)]
    code: String,
}

fn main() {
    fn is_a_reply<R: BulkReply>() {}
    is_a_reply::<Vec<Element>>();
    is_a_reply::<ByStatus>();
    is_a_reply::<Pairs<IgnoreCase, Judged>>();
    is_a_reply::<Ndjson<Placed>>();
    is_a_reply::<Vec<Option<Assigned>>>();
    is_a_reply::<Vec<Placed>>();
}
