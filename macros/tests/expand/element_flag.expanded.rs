impl ::bulk_endpoint::__private::Detail for Unsent
where
    bool: ::bulk_endpoint::__private::RetryFlag,
    for<'any> Unsent: ::bulk_endpoint::__private::Shareable,
{
    const FROM_ARRAY: bool = false;
    const CODES: ::bulk_endpoint::__private::Codes = <String as ::bulk_endpoint::__private::AsText>::CODES;
    fn code(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <String as ::bulk_endpoint::__private::AsText>::text(&self.code)
    }
    fn retries(&self) -> ::core::option::Option<::core::primitive::bool> {
        ::core::option::Option::map(
            <bool as ::bulk_endpoint::__private::RetryFlag>::flag(&self.sender_fault),
            |flag| !flag,
        )
    }
    fn codes() -> &'static [::bulk_endpoint::__private::CodeAt] {
        const {
            &[
                ::bulk_endpoint::__private::CodeAt::Field {
                    names: &["code"],
                    read: ::bulk_endpoint::__private::code_text::<String>,
                },
            ]
        }
    }
}
impl ::bulk_endpoint::__private::IsPresent for Unsent {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Failure for Unsent
where
    bool: ::bulk_endpoint::__private::RetryFlag,
    for<'any> Unsent: ::bulk_endpoint::__private::Shareable,
{
    type Or<Other: ::bulk_endpoint::__private::Failure> = Self;
}
impl ::bulk_endpoint::__private::IntoFailure<Unsent> for Unsent {
    fn convert_failure(
        this: ::bulk_endpoint::__private::Arc<Self>,
    ) -> ::bulk_endpoint::__private::Arc<Self> {
        this
    }
}
impl ::bulk_endpoint::ItemReply for Unsent
where
    bool: ::bulk_endpoint::__private::RetryFlag,
    for<'any> Unsent: ::bulk_endpoint::__private::Shareable,
    String: ::bulk_endpoint::__private::ReplyKey,
    for<'any> Unsent: ::bulk_endpoint::__private::Decodes,
{
    type Key = String;
    type Success = ::bulk_endpoint::__private::Arc<Self>;
    type Failure = Self;
    const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::keyed(
        &["id"],
    );
    fn address(
        &self,
    ) -> ::bulk_endpoint::__private::Address<
        '_,
        <Self as ::bulk_endpoint::ItemReply>::Key,
    > {
        ::bulk_endpoint::__private::Address::Key(
            ::bulk_endpoint::__private::Cow::Borrowed(&self.id),
        )
    }
    fn into_success(self) -> <Self as ::bulk_endpoint::ItemReply>::Success {
        ::bulk_endpoint::__private::Arc::new(self)
    }
    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}
const _: () = ::bulk_endpoint::__private::element_type::<Unsent>();
