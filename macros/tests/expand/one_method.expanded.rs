/// Refresh tokens.
pub trait OrgApiTokens: Send + Sync {
    /// Deactivates.
    fn deactivate(&self, org_id: &OrgId) -> Bulk<TokenId, ChangeResponse, CspError>;
}
/// Sends the requests of [`OrgApiTokens`].
#[allow(dead_code)]
#[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct OrgApiTokensClient {
    client: ::bulk_endpoint::Client,
}
#[allow(dead_code, deprecated, non_snake_case, unused_imports)]
#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    use __bulk::Unfit as _;
    impl OrgApiTokensClient {
        /// The endpoint of [`OrgApiTokens::deactivate`].
        pub const DEACTIVATE: __bulk::Endpoint<
            Bulk<TokenId, ChangeResponse, CspError>,
        > = __bulk::Endpoint::new(
            __bulk::EndpointSpec::new(
                    "deactivate",
                    __bulk::Method::Post,
                    "/orgs/{orgId}/api-tokens/deactivate",
                    15,
                )
                .partial()
                .idempotent()
                .stop(&[__bulk::StatusOrCode::Status(404)])
                .docs("Deactivates."),
        );
        /// All endpoints, as data.
        pub const ENDPOINTS: &'static [__bulk::EndpointSpec] = &[
            *__bulk::Endpoint::spec(&Self::DEACTIVATE),
        ];
        /// A client of these endpoints.
        #[must_use]
        pub const fn new(client: __bulk::Client) -> Self {
            Self { client }
        }
    }
    impl OrgApiTokens for OrgApiTokensClient {
        fn deactivate(&self, org_id: &OrgId) -> Bulk<TokenId, ChangeResponse, CspError> {
            __bulk::finish_partial::<
                Bulk<TokenId, ChangeResponse, CspError>,
            >(__bulk::bind(&self.client, Self::DEACTIVATE).path("orgId", &org_id))
        }
    }
    const _: () = {
        __bulk::check_default(
            __bulk::Endpoint::spec(&OrgApiTokensClient::DEACTIVATE),
            __bulk::TypesOf::<Bulk<TokenId, ChangeResponse, CspError>>::TYPES,
        );
    };
};
