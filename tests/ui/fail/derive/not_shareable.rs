use std::cell::RefCell;
use std::rc::Rc;

use bulk_endpoint::{ApiError, BulkItem, ItemReply};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, ItemReply)]
struct RowResult {
    #[bulk(key)]
    id: u64,
    #[bulk(status)]
    ok: bool,
    note: Rc<str>,
}

#[derive(Serialize, BulkItem)]
struct Row {
    #[bulk(key)]
    id: u64,
    seen: RefCell<u64>,
    note: Rc<str>,
}

#[derive(Debug, Deserialize, ApiError)]
struct Problem {
    #[bulk(code)]
    code: Rc<str>,
}

fn main() {}
