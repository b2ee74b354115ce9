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
            renamed::__private::EndpointSpec::new(
                    "move",
                    renamed::__private::Method::Patch,
                    "/orgs/{id}?batch",
                    100,
                )
                .assumed()
                .items(renamed::__private::ItemsAt::Pointer("/batch"))
                .min(2)
                .max_item_bytes(10)
                .compress(renamed::__private::Compression::Gzip)
                .max_compressed_bytes(1000)
                .retry(
                    &[
                        renamed::__private::StatusOrCode::Status(429),
                        renamed::__private::StatusOrCode::Code("SLOW"),
                    ],
                )
                .headers(&[("X-Kind", "bulk")])
                .fields(&[("/allOrNone", "false")])
                .arguments(
                    &[
                        renamed::__private::ArgumentAt::Query("dryRun"),
                        renamed::__private::ArgumentAt::Header("X-Caller"),
                    ],
                ),
        )
        .with_plug_ins(|binder| renamed::__private::finish_already::<
            Bulk<Token>,
        >(binder, gone));
    /// The endpoint of [`Tokens::delete`].
    const DELETE: renamed::Endpoint<Bulk<Token, Deleted>> = renamed::Endpoint::new(
        renamed::__private::EndpointSpec::new(
                "delete",
                renamed::__private::Method::Delete,
                "/tokens",
                7,
            )
            .max_bytes(1000)
            .partial()
            .idempotent()
            .rate(renamed::__private::Rate::items(600, 1000))
            .poll(renamed::__private::Method::Get, "/jobs/{job}")
            .secret_handle()
            .stop(&[renamed::__private::StatusOrCode::Status(404)])
            .bisect(&[renamed::__private::StatusOrCode::Status(400)])
            .uncertain(&[renamed::__private::StatusOrCode::Status(500)])
            .too_large(&[renamed::__private::StatusOrCode::Code("TooMany")])
            .unprocessed(&[renamed::__private::StatusOrCode::Status(424)]),
    );
    /// All endpoints, as data.
    const ENDPOINTS: &'static [renamed::__private::EndpointSpec] = &[
        #[cfg(feature = "tokens")]
        *renamed::Endpoint::spec(&Self::MOVE),
        *renamed::Endpoint::spec(&Self::DELETE),
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
        renamed::__private::finish_with_plug_ins(
            Self::MOVE,
            renamed::__private::bind(&self.client, Self::MOVE)
                .path("id", &id)
                .query("dryRun", &dry_run)
                .header("X-Caller", &caller),
        )
    }
    fn delete(&self) -> Bulk<Token, Deleted> {
        renamed::__private::finish_partial::<
            Bulk<Token, Deleted>,
        >(renamed::__private::bind(&self.client, Self::DELETE))
    }
}
#[cfg(feature = "tokens")]
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use renamed::__private::Unfit as _;
    renamed::__private::check(
        renamed::Endpoint::spec(&TokensClient::MOVE),
        renamed::__private::TypesOf::<Bulk<Token>>::TYPES,
    );
    renamed::__private::check_code(
        "retry",
        "SLOW",
        renamed::__private::TypesOf::<Bulk<Token>>::TYPES,
    );
};
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use renamed::__private::Unfit as _;
    renamed::__private::check_default(
        renamed::Endpoint::spec(&TokensClient::DELETE),
        renamed::__private::TypesOf::<Bulk<Token, Deleted>>::TYPES,
    );
    renamed::__private::check_code(
        "too_large",
        "TooMany",
        renamed::__private::TypesOf::<Bulk<Token, Deleted>>::TYPES,
    );
    renamed::__private::check_status(
        "unprocessed",
        424,
        renamed::__private::TypesOf::<Bulk<Token, Deleted>>::TYPES,
    );
};
