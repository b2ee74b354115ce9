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
#[allow(dead_code, deprecated, unused_qualifications)]
impl OrgApiTokensClient {
    /// The endpoint of [`OrgApiTokens::deactivate`].
    pub const DEACTIVATE: ::bulk_endpoint::Endpoint<
        Bulk<TokenId, ChangeResponse, CspError>,
    > = ::bulk_endpoint::Endpoint::new(
        ::bulk_endpoint::__private::EndpointSpec::new(
                "deactivate",
                ::bulk_endpoint::__private::Method::Post,
                "/orgs/{orgId}/api-tokens/deactivate",
                15,
            )
            .partial()
            .idempotent()
            .stop(&[::bulk_endpoint::__private::StatusOrCode::Status(404)])
            .docs("Deactivates."),
    );
    /// All endpoints, as data.
    pub const ENDPOINTS: &'static [::bulk_endpoint::__private::EndpointSpec] = &[
        *::bulk_endpoint::Endpoint::spec(&Self::DEACTIVATE),
    ];
    /// A client of these endpoints.
    #[must_use]
    pub const fn new(client: ::bulk_endpoint::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated, non_snake_case, unused_qualifications)]
impl OrgApiTokens for OrgApiTokensClient {
    fn deactivate(&self, org_id: &OrgId) -> Bulk<TokenId, ChangeResponse, CspError> {
        ::bulk_endpoint::__private::finish_partial::<
            Bulk<TokenId, ChangeResponse, CspError>,
        >(
            ::bulk_endpoint::__private::bind(&self.client, Self::DEACTIVATE)
                .path("orgId", &org_id),
        )
    }
}
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private::Unfit as _;
    ::bulk_endpoint::__private::check_default(
        ::bulk_endpoint::Endpoint::spec(&OrgApiTokensClient::DEACTIVATE),
        ::bulk_endpoint::__private::TypesOf::<
            Bulk<TokenId, ChangeResponse, CspError>,
        >::TYPES,
    );
};
