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
#[allow(dead_code, deprecated, unused_qualifications)]
impl TokensClient {
    /// The endpoint of [`Tokens::deactivate`].
    #[cfg(feature = "tokens")]
    pub const DEACTIVATE: ::bulk_endpoint::Endpoint<
        Bulk<TokenId, ChangeResponse, CspError>,
    > = ::bulk_endpoint::Endpoint::new(
        ::bulk_endpoint::__private::EndpointSpec::new(
                "deactivate",
                ::bulk_endpoint::__private::Method::Post,
                "/orgs/{orgId}/deactivate",
                15,
            )
            .partial()
            .arguments(
                &[
                    ::bulk_endpoint::__private::ArgumentAt::Field("/reason"),
                    ::bulk_endpoint::__private::ArgumentAt::Query("type"),
                    ::bulk_endpoint::__private::ArgumentAt::Header("X-Tags"),
                ],
            )
            .docs("Deactivates."),
    );
    /// All endpoints, as data.
    pub const ENDPOINTS: &'static [::bulk_endpoint::__private::EndpointSpec] = &[
        #[cfg(feature = "tokens")]
        *::bulk_endpoint::Endpoint::spec(&Self::DEACTIVATE),
    ];
    /// A client of these endpoints.
    #[must_use]
    pub const fn new(client: ::bulk_endpoint::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated, non_snake_case, unused_qualifications)]
impl Tokens for TokensClient {
    #[cfg(feature = "tokens")]
    fn deactivate(
        &self,
        org_id: &OrgId,
        reason: Option<&str>,
        r#type: Kind,
        tags: Option<&Tags>,
    ) -> Bulk<TokenId, ChangeResponse, CspError> {
        ::bulk_endpoint::__private::finish_partial::<
            Bulk<TokenId, ChangeResponse, CspError>,
        >(
            ::bulk_endpoint::__private::bind(&self.client, Self::DEACTIVATE)
                .path("orgId", &org_id)
                .field("/reason", &reason)
                .query("type", &r#type)
                .header("X-Tags", &tags),
        )
    }
}
#[allow(deprecated, unused_qualifications, unused_variables)]
impl ::bulk_endpoint::dynamic::DynamicApi for TokensClient {
    const NAME: &'static str = "Tokens";
    const DOCS: &'static str = "Refresh tokens.";
    fn visit(to: &mut impl ::bulk_endpoint::dynamic::Visit) {
        #[cfg(feature = "tokens")]
        ::bulk_endpoint::dynamic::Visit::endpoint(
            to,
            ::bulk_endpoint::__private::dynamic_endpoint(
                Self::DEACTIVATE,
                const {
                    &[
                        ::bulk_endpoint::__private::dynamic_argument::<
                            OrgId,
                        >("org_id", "The organization."),
                        ::bulk_endpoint::__private::dynamic_argument::<
                            ::core::option::Option<::std::string::String>,
                        >("reason", "The reason,\nif there is one.")
                            .at(
                                ::bulk_endpoint::__private::ArgumentAt::Field("/reason"),
                            ),
                        ::bulk_endpoint::__private::dynamic_argument::<Kind>("type", "")
                            .at(::bulk_endpoint::__private::ArgumentAt::Query("type")),
                        ::bulk_endpoint::__private::dynamic_argument::<
                            ::core::option::Option<Tags>,
                        >("tags", "")
                            .at(::bulk_endpoint::__private::ArgumentAt::Header("X-Tags")),
                    ]
                },
                |client, arguments| ::core::result::Result::Ok(
                    <Self as Tokens>::deactivate(
                        &Self::new(::core::clone::Clone::clone(client)),
                        &arguments.get::<OrgId>("org_id")?,
                        arguments
                            .get::<
                                ::core::option::Option<::std::string::String>,
                            >("reason")?
                            .as_deref(),
                        arguments.get::<Kind>("type")?,
                        arguments.get::<::core::option::Option<Tags>>("tags")?.as_ref(),
                    ),
                ),
            ),
        );
    }
}
#[cfg(feature = "tokens")]
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private::Unfit as _;
    ::bulk_endpoint::__private::check_default(
        ::bulk_endpoint::Endpoint::spec(&TokensClient::DEACTIVATE),
        ::bulk_endpoint::__private::TypesOf::<
            Bulk<TokenId, ChangeResponse, CspError>,
        >::TYPES,
    );
};
