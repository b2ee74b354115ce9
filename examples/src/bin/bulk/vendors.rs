//! The vendors of `bulk`: what is declared in `bulk-endpoint-api-defs`.

use bulk_endpoint_api_defs::csp::{self, OrgApiTokensClient};
use bulk_endpoint_api_defs::sailpoint::{
    self, AccessModelMetadataClient, AccessProfilesClient, AccessRequestsClient, ApprovalsClient,
    EntitlementConnectionsClient, EntitlementsClient, GovernanceGroupsClient, IdentityAccountsClient,
    IdentityAccountsV1Client, IdentityProfilesClient, NonEmployeesClient, NotificationTemplatesClient,
    ObjectMappingsClient, RolesClient, SourceAppsClient, SourcesClient, SuggestionsClient, TaggedObjectsClient,
};
use bulk_endpoint_cli::{Login, LoginField, Vendor};

pub(crate) fn csp() -> Vendor {
    Vendor::new("csp")
        .about("VMware Cloud Services: API tokens")
        .base_url("https://console.cloud.vmware.com")
        .login(Login::new(csp::TOKEN_PATH, &[("refresh_token", LoginField::Variable("API_TOKEN"))]))
        .api::<OrgApiTokensClient>()
}

pub(crate) fn sailpoint() -> Vendor {
    Vendor::new("sailpoint")
        .about("SailPoint, with a base URL that ends with the version: https://TENANT.api.identitynow.com/v2025")
        .login(Login::client_credentials(sailpoint::TOKEN_PATH))
        .api::<IdentityAccountsClient>()
        .api_as::<AccessRequestsClient>("access-requests")
        .api_as::<ApprovalsClient>("approvals")
        .api_as::<RolesClient>("roles")
        .api::<AccessModelMetadataClient>()
        .api_as::<IdentityProfilesClient>("identity-profiles")
        .api_as::<NonEmployeesClient>("non-employees")
        .api_as::<SourcesClient>("sources")
        .api_as::<SourceAppsClient>("source-apps")
        .api_as::<TaggedObjectsClient>("tags")
        .api_as::<NotificationTemplatesClient>("notification-templates")
        .api::<SuggestionsClient>()
}

pub(crate) fn sailpoint_v1() -> Vendor {
    Vendor::new("sailpoint-v1")
        .about("SailPoint's current paths, with a base URL without a version: https://TENANT.api.identitynow.com")
        .login(Login::client_credentials(sailpoint::TOKEN_PATH))
        .api::<IdentityAccountsV1Client>()
        .api_as::<EntitlementConnectionsClient>("entitlement-connections")
        .api_as::<AccessProfilesClient>("access-profiles")
        .api_as::<EntitlementsClient>("entitlements")
        .api_as::<GovernanceGroupsClient>("governance-groups")
        .api_as::<ObjectMappingsClient>("object-mappings")
}
