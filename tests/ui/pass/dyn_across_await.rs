//! A client behind `dyn`, shared with tasks that may move between threads.
#![deny(warnings)]

use std::sync::Arc;

use bulk_endpoint::{Bulk, Client, Report, bulk_api};

#[bulk_api]
trait Tokens: Send + Sync {
    #[post("/orgs/{id}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, id: &str) -> Bulk<String>;
}

async fn later(tokens: Arc<dyn Tokens>) -> usize {
    let bound = tokens.deactivate("o");
    std::future::ready(()).await;
    let report: Report<String, (), ()> = bound.send(["a".to_owned()]).await;
    let again = tokens.deactivate("p").send(["b"].map(str::to_owned));
    std::future::ready(()).await;
    drop(again);
    report.rows().count()
}

fn is_send<T: Send + 'static>(value: T) -> T {
    value
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    drop(is_send(later(Arc::new(client))));
}
