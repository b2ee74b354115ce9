use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/mutable")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn mutable(&mut self) -> Bulk<String>;

    #[post("/owned")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn owned(self) -> Bulk<String>;

    #[post("/missing")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn missing() -> Bulk<String>;

    #[post("/async")]
    #[bulk_endpoint(max = 15, partial = false)]
    async fn awaited(&self) -> Bulk<String>;

    #[post("/body")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn body(&self) -> Bulk<String> {
        self.client.bind()
    }
}

#[bulk_api]
trait Members {
    type Error;
    const MAX: usize;

    #[post("/a")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn method(&self) -> Bulk<String>;
}

async fn uses(tokens: TokensClient, members: MembersClient) {
    let items = || ["a".to_owned()];
    tokens.mutable().send(items()).await;
    tokens.owned().send(items()).await;
    tokens.missing().send(items()).await;
    tokens.awaited().send(items()).await;
    tokens.body().send(items()).await;
    members.method().send(items()).await;
}

fn main() {}
