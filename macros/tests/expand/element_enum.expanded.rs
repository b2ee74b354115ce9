impl ::bulk_endpoint::__private::Detail for Outcome
where
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
    Judged: ::bulk_endpoint::__private::HasVerdict,
    for<'any> Outcome: ::bulk_endpoint::__private::Shareable,
{
    const FROM_ARRAY: bool = false;
    const CODES: ::bulk_endpoint::__private::Codes = <String as ::bulk_endpoint::__private::AsText>::CODES
        .or(<Judged as ::bulk_endpoint::__private::Detail>::CODES);
    fn verdict(&self) -> ::core::option::Option<::bulk_endpoint::__private::Verdict> {
        match self {
            #[allow(unused_variables)]
            Self::Saved { .. } => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::Verdict::Succeeded,
                )
            }
            #[allow(unused_variables)]
            Self::Lost { code, wait, .. } => {
                ::core::option::Option::Some(::bulk_endpoint::__private::Verdict::Failed)
            }
            #[allow(unused_variables)]
            Self::Other(inner) => {
                <Judged as ::bulk_endpoint::__private::Detail>::verdict(inner)
            }
        }
    }
    fn code(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            #[allow(unused_variables)]
            Self::Saved { .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Lost { code, wait, .. } => {
                <String as ::bulk_endpoint::__private::AsText>::text(code)
            }
            #[allow(unused_variables)]
            Self::Other(inner) => {
                <Judged as ::bulk_endpoint::__private::Detail>::code(inner)
            }
        }
    }
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            #[allow(unused_variables)]
            Self::Saved { .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Lost { code, wait, .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Other(inner) => {
                <Judged as ::bulk_endpoint::__private::Detail>::message(inner)
            }
        }
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        match self {
            #[allow(unused_variables)]
            Self::Saved { .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Lost { code, wait, .. } => {
                ::bulk_endpoint::__private::retry_after(
                    <Option<u64> as ::bulk_endpoint::__private::RetryDelay>::units(wait),
                    1000,
                )
            }
            #[allow(unused_variables)]
            Self::Other(inner) => {
                <Judged as ::bulk_endpoint::__private::Detail>::retry_after(inner)
            }
        }
    }
    fn retries(&self) -> ::core::option::Option<::core::primitive::bool> {
        match self {
            #[allow(unused_variables)]
            Self::Saved { .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Lost { code, wait, .. } => ::core::option::Option::None,
            #[allow(unused_variables)]
            Self::Other(inner) => {
                <Judged as ::bulk_endpoint::__private::Detail>::retries(inner)
            }
        }
    }
}
impl ::bulk_endpoint::__private::IsPresent for Outcome {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Failure for Outcome
where
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
    Judged: ::bulk_endpoint::__private::HasVerdict,
    for<'any> Outcome: ::bulk_endpoint::__private::Shareable,
{
    type Or<Other: ::bulk_endpoint::__private::Failure> = Self;
}
impl ::bulk_endpoint::__private::IntoFailure<Outcome> for Outcome {
    fn convert_failure(
        this: ::bulk_endpoint::__private::Arc<Self>,
    ) -> ::bulk_endpoint::__private::Arc<Self> {
        this
    }
}
impl ::bulk_endpoint::__private::HasVerdict for Outcome
where
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
    Judged: ::bulk_endpoint::__private::HasVerdict,
    for<'any> Outcome: ::bulk_endpoint::__private::Shareable,
{}
impl ::bulk_endpoint::ItemReply for Outcome
where
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
    Judged: ::bulk_endpoint::__private::HasVerdict,
    for<'any> Outcome: ::bulk_endpoint::__private::Shareable,
    for<'any> Outcome: ::bulk_endpoint::__private::Decodes,
{
    type Key = ::bulk_endpoint::__private::NoKey;
    type Success = ::bulk_endpoint::__private::Arc<Self>;
    type Failure = Self;
    const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::positional();
    fn address(
        &self,
    ) -> ::bulk_endpoint::__private::Address<
        '_,
        <Self as ::bulk_endpoint::ItemReply>::Key,
    > {
        ::bulk_endpoint::__private::Address::Position
    }
    fn into_success(self) -> <Self as ::bulk_endpoint::ItemReply>::Success {
        ::bulk_endpoint::__private::Arc::new(self)
    }
    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}
const _: () = ::bulk_endpoint::__private::element_type::<Outcome>();
