const _: () = ::bulk_endpoint::__private::error_type::<Refused>();
impl ::bulk_endpoint::ApiError for Refused
where
    for<'any> Refused: ::bulk_endpoint::__private::Shareable,
    for<'any> Refused: ::bulk_endpoint::__private::Shown,
    for<'any> Refused: ::bulk_endpoint::__private::Decodes,
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
{
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError> {
        ::core::result::Result::map(
            ::bulk_endpoint::__private::error_body_beside_headers(response),
            |mut body: Self| {
                response.fill_header("x-amzn-errortype", &mut body.code);
                response.fill_header("x-rate-limit-reset", &mut body.reset);
                body
            },
        )
    }
    const CODES: ::bulk_endpoint::__private::Codes = <Option<
        AwsErrorType,
    > as ::bulk_endpoint::__private::AsText>::CODES;
    fn codes(
        _: ::core::primitive::u16,
    ) -> &'static [::bulk_endpoint::__private::CodeAt] {
        const {
            &[
                ::bulk_endpoint::__private::CodeAt::Header {
                    name: "x-amzn-errortype",
                    read: ::bulk_endpoint::__private::header_code::<Option<AwsErrorType>>,
                },
            ]
        }
    }
    fn delays(
        _: ::core::primitive::u16,
    ) -> &'static [::bulk_endpoint::__private::DelayAt] {
        let _ = |error: &Self| {
            #[allow(irrefutable_let_patterns)]
            if let Self { reset: delay, .. } = error {
                let _ = delay;
            }
        };
        &[
            ::bulk_endpoint::__private::DelayAt::Header {
                name: "x-rate-limit-reset",
                unit: ::bulk_endpoint::__private::DelayUnit::Epoch,
            },
        ]
    }
    fn code(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <Option<AwsErrorType> as ::bulk_endpoint::__private::AsText>::text(&self.code)
    }
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <String as ::bulk_endpoint::__private::AsText>::text(&self.message)
    }
}
