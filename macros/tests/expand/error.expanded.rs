#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    const _: () = __bulk::error_enum_type::<VendorError>();
    impl __bulk::ApiError for VendorError
    where
        for<'any> VendorError: __bulk::Shareable,
        for<'any> VendorError: __bulk::Shown,
    {
        fn read(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Result<Self, __bulk::DecodeError> {
            match response.status() {
                400 | 403 => {
                    __bulk::Result::map(
                        <ErrorResponse as __bulk::ApiError>::read(response),
                        Self::Detailed,
                    )
                }
                401 => {
                    #[::core::prelude::v1::derive(__bulk::serde::Deserialize)]
                    #[serde(crate = "__bulk::serde")]
                    #[serde(rename_all = "camelCase")]
                    struct __Body {
                        error_text: String,
                        #[serde(default)]
                        since: u64,
                    }
                    __bulk::Result::map(
                        __bulk::error_body(response),
                        |body: __Body| Self::Unauthorized {
                            error_text: body.error_text,
                            since: body.since,
                        },
                    )
                }
                404 => __bulk::Result::Ok(Self::Missing),
                status => __bulk::Err(__bulk::DecodeError::undeclared_error(status)),
            }
        }
        const STATUSES: &'static [&'static [u16]] = &[&[400, 403], &[401], &[404]];
        const VARIANTS: &'static [&'static str] = &[
            "Detailed",
            "Unauthorized",
            "Missing",
        ];
        const CODES: __bulk::Codes = <ErrorResponse as __bulk::ApiError>::CODES;
        fn codes(status: ::core::primitive::u16) -> &'static [__bulk::CodeAt] {
            match status {
                400 | 403 => <ErrorResponse as __bulk::ApiError>::codes(status),
                _ => &[],
            }
        }
        fn delays(status: ::core::primitive::u16) -> &'static [__bulk::DelayAt] {
            match status {
                400 | 403 => <ErrorResponse as __bulk::ApiError>::delays(status),
                _ => &[],
            }
        }
        fn code(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                Self::Detailed(value) => <ErrorResponse as __bulk::ApiError>::code(value),
                #[allow(unused_variables)]
                Self::Unauthorized { .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Missing { .. } => __bulk::None,
            }
        }
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                Self::Detailed(value) => {
                    <ErrorResponse as __bulk::ApiError>::message(value)
                }
                #[allow(unused_variables)]
                Self::Unauthorized { error_text: field_error_text, .. } => {
                    <String as __bulk::AsText>::text(field_error_text)
                }
                #[allow(unused_variables)]
                Self::Missing { .. } => __bulk::None,
            }
        }
        fn request_id(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                Self::Detailed(value) => {
                    <ErrorResponse as __bulk::ApiError>::request_id(value)
                }
                #[allow(unused_variables)]
                Self::Unauthorized { .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Missing { .. } => __bulk::None,
            }
        }
        fn retries(&self) -> __bulk::Option<::core::primitive::bool> {
            match self {
                Self::Detailed(value) => {
                    <ErrorResponse as __bulk::ApiError>::retries(value)
                }
                Self::Unauthorized { .. } => __bulk::None,
                Self::Missing { .. } => __bulk::None,
            }
        }
        fn retry_after(&self) -> __bulk::Option<::core::time::Duration> {
            match self {
                Self::Detailed(value) => {
                    <ErrorResponse as __bulk::ApiError>::retry_after(value)
                }
                Self::Unauthorized { .. } => __bulk::None,
                Self::Missing { .. } => __bulk::None,
            }
        }
    }
};
