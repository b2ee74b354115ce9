#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    const _: () = __bulk::error_type::<Refused>();
    impl __bulk::ApiError for Refused
    where
        for<'any> Refused: __bulk::Shareable,
        for<'any> Refused: __bulk::Shown,
        for<'any> Refused: __bulk::Decodes,
        Option<u64>: __bulk::RetryDelay,
    {
        fn read(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Result<Self, __bulk::DecodeError> {
            __bulk::Result::map(
                __bulk::error_body_beside_headers(response),
                |mut body: Self| {
                    response.fill_header("x-amzn-errortype", &mut body.code);
                    response.fill_header("x-rate-limit-reset", &mut body.reset);
                    body
                },
            )
        }
        const CODES: __bulk::Codes = <Option<AwsErrorType> as __bulk::AsText>::CODES;
        fn codes(_: ::core::primitive::u16) -> &'static [__bulk::CodeAt] {
            const {
                &[
                    __bulk::CodeAt::Header {
                        name: "x-amzn-errortype",
                        read: __bulk::header_code::<Option<AwsErrorType>>,
                    },
                ]
            }
        }
        fn delays(_: ::core::primitive::u16) -> &'static [__bulk::DelayAt] {
            let _ = |error: &Self| {
                #[allow(irrefutable_let_patterns)]
                if let Self { reset: delay, .. } = error {
                    let _ = delay;
                }
            };
            &[
                __bulk::DelayAt::Header {
                    name: "x-rate-limit-reset",
                    unit: __bulk::DelayUnit::Epoch,
                },
            ]
        }
        fn code(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <Option<AwsErrorType> as __bulk::AsText>::text(&self.code)
        }
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <String as __bulk::AsText>::text(&self.message)
        }
    }
};
