use bulk_endpoint::{BulkReply, ItemReply, One};
use serde::Deserialize;

/// `Lists` has all that `Task` asks for, so `Task` comes first for each of its bodies.
#[derive(BulkReply)]
enum ObjectFirst {
    #[bulk(on(200, 207))]
    Task(Task),
    #[bulk(on(207))]
    Lists(Lists),
}

#[derive(BulkReply)]
enum TwoLists {
    #[bulk(on(200))]
    Some(Vec<Judged>),
    #[bulk(on(200))]
    Others(Vec<Judged>),
}

#[derive(BulkReply)]
enum ErrorFirst {
    #[bulk(failed, on(200))]
    Refused,
    #[bulk(on(200))]
    One(One<Judged>),
}

/// Each is chosen for some body.
#[derive(BulkReply)]
enum Right {
    #[bulk(on(200))]
    Lists(Lists),
    #[bulk(on(200, 202))]
    Task(Task),
    #[bulk(on(200))]
    Each(Vec<Judged>),
    #[bulk(on(200))]
    One(One<Judged>),
    #[bulk(on(200))]
    Nothing,
    #[bulk(failed, on(200, 400))]
    Refused,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
struct Task {
    task: String,
}

#[derive(Deserialize, BulkReply)]
struct Lists {
    task: String,
    #[bulk(results)]
    results: Vec<Judged>,
}

#[derive(Deserialize, ItemReply)]
struct Judged {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    ok: bool,
}

fn main() {}
