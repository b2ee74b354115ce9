#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::Detail for Outcome
    where
        Option<u64>: __bulk::RetryDelay,
        Judged: __bulk::HasVerdict,
        for<'any> Outcome: __bulk::Shareable,
    {
        const FROM_ARRAY: bool = false;
        const CODES: __bulk::Codes = <String as __bulk::AsText>::CODES
            .or(<Judged as __bulk::Detail>::CODES);
        fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
            match self {
                #[allow(unused_variables)]
                Self::Saved { .. } => __bulk::Some(__bulk::Verdict::Succeeded),
                #[allow(unused_variables)]
                Self::Lost { code, wait, .. } => __bulk::Some(__bulk::Verdict::Failed),
                #[allow(unused_variables)]
                Self::Other(inner) => <Judged as __bulk::Detail>::verdict(inner),
            }
        }
        fn code(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                #[allow(unused_variables)]
                Self::Saved { .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Lost { code, wait, .. } => <String as __bulk::AsText>::text(code),
                #[allow(unused_variables)]
                Self::Other(inner) => <Judged as __bulk::Detail>::code(inner),
            }
        }
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                #[allow(unused_variables)]
                Self::Saved { .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Lost { code, wait, .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Other(inner) => <Judged as __bulk::Detail>::message(inner),
            }
        }
        fn retry_after(&self) -> __bulk::Option<::core::time::Duration> {
            match self {
                #[allow(unused_variables)]
                Self::Saved { .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Lost { code, wait, .. } => {
                    __bulk::retry_after(
                        <Option<u64> as __bulk::RetryDelay>::units(wait),
                        1000,
                    )
                }
                #[allow(unused_variables)]
                Self::Other(inner) => <Judged as __bulk::Detail>::retry_after(inner),
            }
        }
        fn retries(&self) -> __bulk::Option<::core::primitive::bool> {
            match self {
                #[allow(unused_variables)]
                Self::Saved { .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Lost { code, wait, .. } => __bulk::None,
                #[allow(unused_variables)]
                Self::Other(inner) => <Judged as __bulk::Detail>::retries(inner),
            }
        }
    }
    impl __bulk::IsPresent for Outcome {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Failure for Outcome
    where
        Option<u64>: __bulk::RetryDelay,
        Judged: __bulk::HasVerdict,
        for<'any> Outcome: __bulk::Shareable,
    {
        type Or<Other: __bulk::Failure> = Self;
    }
    impl __bulk::IntoFailure<Outcome> for Outcome {
        fn convert_failure(this: __bulk::Arc<Self>) -> __bulk::Arc<Self> {
            this
        }
    }
    impl __bulk::HasVerdict for Outcome
    where
        Option<u64>: __bulk::RetryDelay,
        Judged: __bulk::HasVerdict,
        for<'any> Outcome: __bulk::Shareable,
    {}
    impl __bulk::ItemReply for Outcome
    where
        Option<u64>: __bulk::RetryDelay,
        Judged: __bulk::HasVerdict,
        for<'any> Outcome: __bulk::Shareable,
        for<'any> Outcome: __bulk::Decodes,
    {
        type Key = __bulk::NoKey;
        type Success = __bulk::Arc<Self>;
        type Failure = Self;
        const SHAPE: __bulk::ElementShape = __bulk::ElementShape::positional();
        fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
            __bulk::Address::Position
        }
        fn into_success(self) -> <Self as __bulk::ItemReply>::Success {
            __bulk::Arc::new(self)
        }
        fn into_failure(self, _: &'static str) -> Self {
            self
        }
    }
    const _: () = __bulk::element_type::<Outcome>();
};
