const _: () = ::bulk_endpoint::__private::error_enum_type::<VendorError>();
impl ::bulk_endpoint::ApiError for VendorError
where
    for<'any> VendorError: ::bulk_endpoint::__private::Shareable,
    for<'any> VendorError: ::bulk_endpoint::__private::Shown,
{
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError> {
        match response.status() {
            400 | 403 => {
                ::core::result::Result::map(
                    <ErrorResponse as ::bulk_endpoint::ApiError>::read(response),
                    Self::Detailed,
                )
            }
            401 => {
                #[::core::prelude::v1::derive(
                    ::bulk_endpoint::__private::serde::Deserialize
                )]
                #[serde(crate = "::bulk_endpoint::__private::serde")]
                #[serde(rename_all = "camelCase")]
                struct __Body {
                    error_text: String,
                    #[serde(default)]
                    since: u64,
                }
                ::core::result::Result::map(
                    ::bulk_endpoint::__private::error_body(response),
                    |body: __Body| Self::Unauthorized {
                        error_text: body.error_text,
                        since: body.since,
                    },
                )
            }
            404 => ::core::result::Result::Ok(Self::Missing),
            status => {
                ::core::result::Result::Err(
                    ::bulk_endpoint::__private::DecodeError::undeclared_error(status),
                )
            }
        }
    }
    const STATUSES: &'static [&'static [u16]] = &[&[400, 403], &[401], &[404]];
    const VARIANTS: &'static [&'static str] = &["Detailed", "Unauthorized", "Missing"];
    const CODES: ::bulk_endpoint::__private::Codes = <ErrorResponse as ::bulk_endpoint::ApiError>::CODES;
    fn codes(
        status: ::core::primitive::u16,
    ) -> &'static [::bulk_endpoint::__private::CodeAt] {
        match status {
            400 | 403 => <ErrorResponse as ::bulk_endpoint::ApiError>::codes(status),
            _ => &[],
        }
    }
    fn delays(
        status: ::core::primitive::u16,
    ) -> &'static [::bulk_endpoint::__private::DelayAt] {
        match status {
            400 | 403 => <ErrorResponse as ::bulk_endpoint::ApiError>::delays(status),
            _ => &[],
        }
    }
    fn code(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            Self::Detailed(value) => {
                <ErrorResponse as ::bulk_endpoint::ApiError>::code(value)
            }
            #[allow(unused_variables)]
            Self::Unauthorized { .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Missing { .. } => ::core::option::Option::None,
        }
    }
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            Self::Detailed(value) => {
                <ErrorResponse as ::bulk_endpoint::ApiError>::message(value)
            }
            #[allow(unused_variables)]
            Self::Unauthorized { error_text: field_error_text, .. } => {
                <String as ::bulk_endpoint::__private::AsText>::text(field_error_text)
            }
            #[allow(unused_variables)]
            Self::Missing { .. } => ::core::option::Option::None,
        }
    }
    fn request_id(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            Self::Detailed(value) => {
                <ErrorResponse as ::bulk_endpoint::ApiError>::request_id(value)
            }
            #[allow(unused_variables)]
            Self::Unauthorized { .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Missing { .. } => ::core::option::Option::None,
        }
    }
    fn retries(&self) -> ::core::option::Option<::core::primitive::bool> {
        match self {
            Self::Detailed(value) => {
                <ErrorResponse as ::bulk_endpoint::ApiError>::retries(value)
            }
            Self::Unauthorized { .. } => ::core::option::Option::None,
            Self::Missing { .. } => ::core::option::Option::None,
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            Self::Detailed(value) => {
                <ErrorResponse as ::bulk_endpoint::ApiError>::retry_after(value)
            }
            Self::Unauthorized { .. } => ::core::option::Option::None,
            Self::Missing { .. } => ::core::option::Option::None,
        }
    }
}
