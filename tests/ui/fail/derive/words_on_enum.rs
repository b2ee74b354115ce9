use bulk_endpoint::BulkReply;

#[derive(BulkReply)]
#[bulk(unlisted = succeeded, on(200, 207))]
enum Response {
    #[bulk(on(207))]
    All207,
    #[bulk(on(200))]
    All,
}

fn main() {}
