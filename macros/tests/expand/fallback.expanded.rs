::core::compile_error! {
    "the body field `/allOrNone` has no place, since the items are the whole body (an array): use `#[query]` or `#[header(\"…\")]`, or move the items to a field [BULK461]"
}
trait Tokens {
    #[cfg(feature = "tokens")]
    #[deprecated = "use `other`"]
    fn r#move(&self, id: u8, dry_run: bool, caller: &str) -> Bulk<Token>;
    fn delete(&self) -> Bulk<Token, Deleted>;
}
/// Sends the requests of [`Tokens`].
#[allow(dead_code)]
#[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
struct TokensClient {
    client: ::bulk_endpoint::Client,
}
#[allow(dead_code, deprecated, non_snake_case, unused_imports)]
#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    use __bulk::Unfit as _;
    impl TokensClient {
        #[cfg(feature = "tokens")]
        #[allow(missing_docs)]
        const MOVE: __bulk::Endpoint<Bulk<Token>> = __bulk::Endpoint::new(
            __bulk::EndpointSpec::new("MOVE", __bulk::Method::Post, "/", 1),
        );
        #[allow(missing_docs)]
        const DELETE: __bulk::Endpoint<Bulk<Token, Deleted>> = __bulk::Endpoint::new(
            __bulk::EndpointSpec::new("DELETE", __bulk::Method::Post, "/", 1),
        );
        /// All endpoints, as data.
        const ENDPOINTS: &'static [__bulk::EndpointSpec] = &[];
        /// A client of these endpoints.
        #[must_use]
        const fn new(client: __bulk::Client) -> Self {
            Self { client }
        }
    }
    impl Tokens for TokensClient {
        #[cfg(feature = "tokens")]
        #[allow(unused_variables)]
        fn r#move(&self, id: u8, dry_run: bool, caller: &str) -> Bulk<Token> {
            ::core::panic!("this client was declared with an error")
        }
        #[allow(unused_variables)]
        fn delete(&self) -> Bulk<Token, Deleted> {
            ::core::panic!("this client was declared with an error")
        }
    }
};
