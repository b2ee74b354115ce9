#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    const _: () = __bulk::error_type::<Around>();
    impl __bulk::ApiError for Around
    where
        for<'any> Around: __bulk::Shareable,
        for<'any> Around: __bulk::Shown,
        for<'any> Around: __bulk::Decodes,
        Vec<Problem>: __bulk::Detail,
    {
        fn read(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Result<Self, __bulk::DecodeError> {
            __bulk::error_body(response)
        }
        const CODES: __bulk::Codes = <Vec<Problem> as __bulk::Detail>::CODES
            .or(<Option<String> as __bulk::AsText>::CODES);
        fn codes(_: ::core::primitive::u16) -> &'static [__bulk::CodeAt] {
            const {
                &[
                    __bulk::CodeAt::Field {
                        names: &["code"],
                        read: __bulk::code_text::<Option<String>>,
                    },
                    __bulk::CodeAt::Nested {
                        names: &["errors"],
                        codes: <Vec<Problem> as __bulk::Detail>::codes,
                    },
                ]
            }
        }
        fn code(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            __bulk::Option::or_else(
                <Option<String> as __bulk::AsText>::text(&self.code),
                || <Vec<Problem> as __bulk::Detail>::code(&self.errors),
            )
        }
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <Vec<Problem> as __bulk::Detail>::message(&self.errors)
        }
        fn request_id(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <Option<String> as __bulk::AsText>::text(&self.id)
        }
        fn retries(&self) -> __bulk::Option<::core::primitive::bool> {
            <Vec<Problem> as __bulk::Detail>::retries(&self.errors)
        }
        fn retry_after(&self) -> __bulk::Option<::core::time::Duration> {
            <Vec<Problem> as __bulk::Detail>::retry_after(&self.errors)
        }
    }
};
