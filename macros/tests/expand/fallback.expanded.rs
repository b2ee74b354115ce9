::core::compile_error! {
    "the items make the body an array, which has no room for the field `/allOrNone`: use `#[query]` or `#[header(\"…\")]`, or put the items into a field [BULK461]"
}
trait Tokens {
    #[cfg(feature = "tokens")]
    #[deprecated = "use `other`"]
    fn r#move(&self, id: u8, dry_run: bool, caller: &str) -> Bulk<Token>;
}
/// Sends the requests of [`Tokens`].
#[allow(dead_code)]
#[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
struct TokensClient {
    client: ::bulk_endpoint::Client,
}
#[allow(dead_code, deprecated, unused_qualifications)]
impl TokensClient {
    #[cfg(feature = "tokens")]
    #[allow(missing_docs)]
    const MOVE: ::bulk_endpoint::Endpoint<Bulk<Token>> = ::bulk_endpoint::Endpoint::new(
        ::bulk_endpoint::EndpointSpec::new("MOVE", ::bulk_endpoint::Method::Post, "/", 1),
    );
    /// All endpoints, as data.
    const ENDPOINTS: &'static [::bulk_endpoint::EndpointSpec] = &[];
    /// A client of these endpoints.
    #[must_use]
    const fn new(client: ::bulk_endpoint::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated, non_snake_case, unused_qualifications)]
impl Tokens for TokensClient {
    #[cfg(feature = "tokens")]
    #[allow(unused_variables)]
    fn r#move(&self, id: u8, dry_run: bool, caller: &str) -> Bulk<Token> {
        ::core::panic!("this client was declared with an error")
    }
}
