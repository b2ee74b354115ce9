const _: () = ::bulk_endpoint::__private::error_type::<Around>();
impl ::bulk_endpoint::ApiError for Around
where
    for<'any> Around: ::bulk_endpoint::__private::Shareable,
    for<'any> Around: ::bulk_endpoint::__private::Shown,
    for<'any> Around: ::bulk_endpoint::__private::Decodes,
    Vec<Problem>: ::bulk_endpoint::__private::Detail,
{
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError> {
        ::bulk_endpoint::__private::error_body(response)
    }
    const CODES: ::bulk_endpoint::__private::Codes = <Vec<
        Problem,
    > as ::bulk_endpoint::__private::Detail>::CODES
        .or(<Option<String> as ::bulk_endpoint::__private::AsText>::CODES);
    fn codes(
        _: ::core::primitive::u16,
    ) -> &'static [::bulk_endpoint::__private::CodeAt] {
        const {
            &[
                ::bulk_endpoint::__private::CodeAt::Field {
                    names: &["code"],
                    read: ::bulk_endpoint::__private::code_text::<Option<String>>,
                },
                ::bulk_endpoint::__private::CodeAt::Nested {
                    names: &["errors"],
                    codes: <Vec<Problem> as ::bulk_endpoint::__private::Detail>::codes,
                },
            ]
        }
    }
    fn code(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        ::core::option::Option::or_else(
            <Option<String> as ::bulk_endpoint::__private::AsText>::text(&self.code),
            || <Vec<Problem> as ::bulk_endpoint::__private::Detail>::code(&self.errors),
        )
    }
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <Vec<Problem> as ::bulk_endpoint::__private::Detail>::message(&self.errors)
    }
    fn request_id(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <Option<String> as ::bulk_endpoint::__private::AsText>::text(&self.id)
    }
    fn retries(&self) -> ::core::option::Option<::core::primitive::bool> {
        <Vec<Problem> as ::bulk_endpoint::__private::Detail>::retries(&self.errors)
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        <Vec<Problem> as ::bulk_endpoint::__private::Detail>::retry_after(&self.errors)
    }
}
