//! The types of the simulated endpoints: two kinds of items, six shapes of responses.

use bulk_endpoint::{ApiError, BulkItem, BulkReply, ItemReply, Status, spec::StatusOrCode};
use serde::{Deserialize, Serialize};

/// An item with more than its key.
#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Patch {
    #[bulk(key)]
    pub id: u32,
    #[serde(serialize_with = "encodable")]
    pub to: u8,
    pub pad: String,
}

/// The value of `Patch::to` that cannot be encoded.
pub const UNENCODABLE: u8 = 255;

fn encodable<S: serde::Serializer>(to: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    if *to == UNENCODABLE {
        return Err(serde::ser::Error::custom("it has no encoding"));
    }
    serializer.serialize_u8(*to)
}

/// Two lists, and a list of unprocessed items.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Lists {
    #[bulk(succeeded)]
    #[serde(default)]
    pub done: Vec<u32>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub back: Vec<u32>,
}

/// A running job, or its result in the same lists.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Job {
    #[bulk(job)]
    #[serde(default)]
    pub job: Option<String>,
    #[bulk(status)]
    pub state: State,
    #[bulk(succeeded)]
    #[serde(default)]
    pub done: Vec<u32>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub back: Vec<u32>,
}

#[derive(Debug, Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
    #[bulk(failed)]
    Failed,
}

/// A list of failures only.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct FailuresOnly {
    #[bulk(failed)]
    pub failures: Vec<Failure>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: u32,
    #[bulk(message)]
    pub message: String,
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
}

/// An element with a status.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct Element {
    #[bulk(key)]
    pub id: u32,
    #[bulk(status)]
    pub status: u16,
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
}

/// An element with a status, matched by position.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct Placed {
    #[bulk(status)]
    pub status: u16,
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
}

/// The body of a refusal.
#[derive(Debug, Deserialize, Serialize, ApiError)]
pub struct Error {
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: String,
}

/// The codes in the lists of the endpoints.
pub const BUSY: &str = "Busy";
pub const ALREADY: &str = "Already";
pub const MAYBE: &str = "Maybe";

pub const AGAIN: &[StatusOrCode] = &[StatusOrCode::Code(BUSY)];
pub const ALREADY_SIGNS: &[StatusOrCode] = &[StatusOrCode::Code(ALREADY)];
pub const UNSURE: &[StatusOrCode] = &[StatusOrCode::Code(MAYBE)];
pub const STOP: &[StatusOrCode] = &[StatusOrCode::Status(404)];
pub const ISOLATE: &[StatusOrCode] = &[StatusOrCode::Status(400)];
