#![deny(unused_must_use)]

use bulk_endpoint::{Bulk, IncompleteRun, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

async fn drop_all(tokens: &TokensClient, ids: &[String]) -> Result<(), IncompleteRun> {
    tokens.deactivate();
    tokens.deactivate().send(ids);
    tokens.deactivate().send(ids).await;
    // Nothing is left to look at.
    tokens.deactivate().send(ids).await.into_result()?;
    Ok(())
}

fn main() {}
