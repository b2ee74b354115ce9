trait Tokens {
    #[cfg(feature = "tokens")]
    #[deprecated = "use `other`"]
    fn r#move(&self, id: u8, dry_run: bool, caller: &str) -> Bulk<Token>;
}
/// Sends the requests of [`Tokens`].
#[allow(dead_code)]
#[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
struct TokensClient {
    client: renamed::Client,
}
#[allow(dead_code, deprecated, unused_qualifications)]
impl TokensClient {
    /// The endpoint of [`Tokens::move`].
    ///
    /// A request carries at most 100 items; the vendor documents no limit, this one is assumed.
    #[cfg(feature = "tokens")]
    #[deprecated = "use `other`"]
    const MOVE: renamed::Endpoint<Bulk<Token>> = renamed::Endpoint::new(
        renamed::EndpointSpec::new(
                "move",
                renamed::Method::Patch,
                "/orgs/{id}?batch",
                100,
            )
            .assumed()
            .items(renamed::ItemsAt::Pointer("/batch"))
            .min(2)
            .max_bytes(1000)
            .max_item_bytes(10)
            .retry(&[renamed::Sign::Status(429), renamed::Sign::Code("SLOW")])
            .headers(&[("X-Kind", "bulk")])
            .fields(&[("/allOrNone", "false")])
            .arguments(
                &[
                    renamed::ArgumentAt::Query("dryRun"),
                    renamed::ArgumentAt::Header("X-Caller"),
                ],
            ),
    );
    /// All endpoints, as data.
    const ENDPOINTS: &'static [renamed::EndpointSpec] = &[
        #[cfg(feature = "tokens")]
        *renamed::Endpoint::spec(&Self::MOVE),
    ];
    /// A client of these endpoints.
    #[must_use]
    const fn new(client: renamed::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated, non_snake_case, unused_qualifications)]
impl Tokens for TokensClient {
    #[cfg(feature = "tokens")]
    fn r#move(&self, id: u8, dry_run: bool, caller: &str) -> Bulk<Token> {
        renamed::__private::finish_already::<
            Bulk<Token>,
        >(
            renamed::__private::bind(&self.client, Self::MOVE)
                .path("id", &id)
                .query("dryRun", &dry_run)
                .header("X-Caller", &caller),
            gone,
        )
    }
}
#[cfg(feature = "tokens")]
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use renamed::__private::Unfit as _;
    renamed::__private::check(
        renamed::Endpoint::spec(&TokensClient::MOVE),
        renamed::__private::TypesOf::<Bulk<Token>>::TYPES,
    )
};
