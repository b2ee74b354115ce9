/// Refresh tokens.
pub trait Tokens: Send + Sync {
    /// Deactivates.
    #[cfg(feature = "tokens")]
    fn deactivate(
        &self,
        org_id: &OrgId,
        reason: Option<&str>,
        r#type: Kind,
        tags: Option<&Tags>,
    ) -> Bulk<TokenId, ChangeResponse, CspError>;
}
/// Sends the requests of [`Tokens`].
#[allow(dead_code)]
#[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct TokensClient {
    client: ::bulk_endpoint::Client,
}
#[allow(dead_code, deprecated, non_snake_case, unused_imports)]
#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    use __bulk::Unfit as _;
    impl TokensClient {
        /// The endpoint of [`Tokens::deactivate`].
        #[cfg(feature = "tokens")]
        pub const DEACTIVATE: __bulk::Endpoint<
            Bulk<TokenId, ChangeResponse, CspError>,
        > = __bulk::Endpoint::new(
            __bulk::EndpointSpec::new(
                    "deactivate",
                    __bulk::Method::Post,
                    "/orgs/{orgId}/deactivate",
                    15,
                )
                .partial()
                .arguments(
                    &[
                        __bulk::ArgumentAt::Field("/reason"),
                        __bulk::ArgumentAt::Query("type"),
                        __bulk::ArgumentAt::Header("X-Tags"),
                    ],
                )
                .docs("Deactivates."),
        );
        /// All endpoints, as data.
        pub const ENDPOINTS: &'static [__bulk::EndpointSpec] = &[
            #[cfg(feature = "tokens")]
            *__bulk::Endpoint::spec(&Self::DEACTIVATE),
        ];
        /// A client of these endpoints.
        #[must_use]
        pub const fn new(client: __bulk::Client) -> Self {
            Self { client }
        }
    }
    impl Tokens for TokensClient {
        #[cfg(feature = "tokens")]
        fn deactivate(
            &self,
            org_id: &OrgId,
            reason: Option<&str>,
            r#type: Kind,
            tags: Option<&Tags>,
        ) -> Bulk<TokenId, ChangeResponse, CspError> {
            __bulk::finish_partial::<
                Bulk<TokenId, ChangeResponse, CspError>,
            >(
                __bulk::bind(&self.client, Self::DEACTIVATE)
                    .path("orgId", &org_id)
                    .field("/reason", &reason)
                    .query("type", &r#type)
                    .header("X-Tags", &tags),
            )
        }
    }
    #[allow(unused_variables)]
    impl __bulk::dynamic::DynamicApi for TokensClient {
        const NAME: &'static str = "Tokens";
        const DOCS: &'static str = "Refresh tokens.";
        fn visit(to: &mut impl __bulk::dynamic::Visit) {
            #[cfg(feature = "tokens")]
            __bulk::dynamic::Visit::endpoint(
                to,
                __bulk::dynamic_endpoint(
                    Self::DEACTIVATE,
                    const {
                        &[
                            __bulk::dynamic_argument::<
                                OrgId,
                            >("org_id", "The organization."),
                            __bulk::dynamic_argument::<
                                ::core::option::Option<::std::string::String>,
                            >("reason", "The reason,\nif there is one.")
                                .at(__bulk::ArgumentAt::Field("/reason")),
                            __bulk::dynamic_argument::<Kind>("type", "")
                                .at(__bulk::ArgumentAt::Query("type")),
                            __bulk::dynamic_argument::<
                                ::core::option::Option<Tags>,
                            >("tags", "")
                                .at(__bulk::ArgumentAt::Header("X-Tags")),
                        ]
                    },
                    |client, arguments| __bulk::Ok(
                        <Self as Tokens>::deactivate(
                            &Self::new(::core::clone::Clone::clone(client)),
                            &arguments.get::<OrgId>("org_id")?,
                            arguments
                                .get::<
                                    ::core::option::Option<::std::string::String>,
                                >("reason")?
                                .as_deref(),
                            arguments.get::<Kind>("type")?,
                            arguments
                                .get::<::core::option::Option<Tags>>("tags")?
                                .as_ref(),
                        ),
                    ),
                ),
            );
        }
    }
    #[cfg(feature = "tokens")]
    const _: () = {
        __bulk::check_default(
            __bulk::Endpoint::spec(&TokensClient::DEACTIVATE),
            __bulk::TypesOf::<Bulk<TokenId, ChangeResponse, CspError>>::TYPES,
        );
    };
};
