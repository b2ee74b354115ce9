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
#[allow(dead_code, deprecated, non_snake_case, unused_imports)]
#[allow(unused_qualifications)]
const _: () = {
    use renamed::__private as __bulk;
    use __bulk::Unfit as _;
    impl TokensClient {
        /// The endpoint of [`Tokens::move`].
        ///
        /// A request carries at most 100 items; the vendor documents no limit, this one is assumed.
        #[cfg(feature = "tokens")]
        #[deprecated = "use `other`"]
        const MOVE: __bulk::Endpoint<Bulk<Token>> = __bulk::Endpoint::new(
                __bulk::EndpointSpec::new(
                        "move",
                        __bulk::Method::Patch,
                        "/orgs/{id}?batch",
                        100,
                    )
                    .assumed()
                    .items(__bulk::ItemsAt::Pointer("/batch"))
                    .min(2)
                    .max_item_bytes(10)
                    .compress(__bulk::Compression::Gzip)
                    .max_compressed_bytes(1000)
                    .retry(
                        &[
                            __bulk::StatusOrCode::Status(429),
                            __bulk::StatusOrCode::Code("SLOW"),
                        ],
                    )
                    .headers(&[("X-Kind", "bulk")])
                    .fields(&[("/allOrNone", "false")])
                    .arguments(
                        &[
                            __bulk::ArgumentAt::Query("dryRun"),
                            __bulk::ArgumentAt::Header("X-Caller"),
                        ],
                    ),
            )
            .with_plug_ins(|binder| __bulk::finish_already::<Bulk<Token>>(binder, gone));
        /// The endpoint of [`Tokens::delete`].
        const DELETE: __bulk::Endpoint<Bulk<Token, Deleted>> = __bulk::Endpoint::new(
            __bulk::EndpointSpec::new("delete", __bulk::Method::Delete, "/tokens", 7)
                .max_bytes(1000)
                .partial()
                .idempotent()
                .rate(__bulk::Rate::items(600, 1000))
                .poll(__bulk::Method::Get, "/jobs/{job}")
                .secret_handle()
                .stop(&[__bulk::StatusOrCode::Status(404)])
                .bisect(&[__bulk::StatusOrCode::Status(400)])
                .uncertain(&[__bulk::StatusOrCode::Status(500)])
                .too_large(&[__bulk::StatusOrCode::Code("TooMany")])
                .unprocessed(&[__bulk::StatusOrCode::Status(424)]),
        );
        /// All endpoints, as data.
        const ENDPOINTS: &'static [__bulk::EndpointSpec] = &[
            #[cfg(feature = "tokens")]
            *__bulk::Endpoint::spec(&Self::MOVE),
            *__bulk::Endpoint::spec(&Self::DELETE),
        ];
        /// A client of these endpoints.
        #[must_use]
        const fn new(client: __bulk::Client) -> Self {
            Self { client }
        }
    }
    impl Tokens for TokensClient {
        #[cfg(feature = "tokens")]
        fn r#move(&self, id: u8, dry_run: bool, caller: &str) -> Bulk<Token> {
            __bulk::finish_with_plug_ins(
                Self::MOVE,
                __bulk::bind(&self.client, Self::MOVE)
                    .path("id", &id)
                    .query("dryRun", &dry_run)
                    .header("X-Caller", &caller),
            )
        }
        fn delete(&self) -> Bulk<Token, Deleted> {
            __bulk::finish_partial::<
                Bulk<Token, Deleted>,
            >(__bulk::bind(&self.client, Self::DELETE))
        }
    }
    #[cfg(feature = "tokens")]
    const _: () = {
        __bulk::check(
            __bulk::Endpoint::spec(&TokensClient::MOVE),
            __bulk::TypesOf::<Bulk<Token>>::TYPES,
        );
        __bulk::check_code("retry", "SLOW", __bulk::TypesOf::<Bulk<Token>>::TYPES);
    };
    const _: () = {
        __bulk::check_default(
            __bulk::Endpoint::spec(&TokensClient::DELETE),
            __bulk::TypesOf::<Bulk<Token, Deleted>>::TYPES,
        );
        __bulk::check_code(
            "too_large",
            "TooMany",
            __bulk::TypesOf::<Bulk<Token, Deleted>>::TYPES,
        );
        __bulk::check_status(
            "unprocessed",
            424,
            __bulk::TypesOf::<Bulk<Token, Deleted>>::TYPES,
        );
    };
};
