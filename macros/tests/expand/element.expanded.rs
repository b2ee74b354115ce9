impl ::bulk_endpoint::__private::Detail for Created
where
    for<'any> Created: ::bulk_endpoint::__private::Shareable,
{
    const FROM_ARRAY: bool = false;
    const CODES: ::bulk_endpoint::__private::Codes = <u16 as ::bulk_endpoint::__private::Status>::CODES;
    fn verdict(&self) -> ::core::option::Option<::bulk_endpoint::__private::Verdict> {
        <u16 as ::bulk_endpoint::__private::Status>::verdict(&self.status_code)
    }
    fn code(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <u16 as ::bulk_endpoint::__private::Status>::word(&self.status_code)
    }
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <Option<String> as ::bulk_endpoint::__private::AsText>::text(&self.message)
    }
}
impl ::bulk_endpoint::__private::IsPresent for Created {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Failure for Created
where
    for<'any> Created: ::bulk_endpoint::__private::Shareable,
{
    type Or<Other: ::bulk_endpoint::__private::Failure> = Self;
}
impl ::bulk_endpoint::__private::IntoFailure<Created> for Created {
    fn convert_failure(
        this: ::bulk_endpoint::__private::Arc<Self>,
    ) -> ::bulk_endpoint::__private::Arc<Self> {
        this
    }
}
impl ::bulk_endpoint::__private::HasVerdict for Created
where
    for<'any> Created: ::bulk_endpoint::__private::Shareable,
{}
impl ::bulk_endpoint::ItemReply for Created
where
    for<'any> Created: ::bulk_endpoint::__private::Shareable,
    String: ::bulk_endpoint::__private::ReplyKey,
    for<'any> Created: ::bulk_endpoint::__private::Decodes,
{
    type Key = String;
    type Success = ::bulk_endpoint::__private::Arc<Self>;
    type Failure = Self;
    const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::keyed(
            &["externalId"],
        )
        .status("statusCode");
    fn address(
        &self,
    ) -> ::bulk_endpoint::__private::Address<
        '_,
        <Self as ::bulk_endpoint::ItemReply>::Key,
    > {
        ::bulk_endpoint::__private::Address::Key(
            ::bulk_endpoint::__private::Cow::Borrowed(&self.external_id),
        )
    }
    fn into_success(self) -> <Self as ::bulk_endpoint::ItemReply>::Success {
        ::bulk_endpoint::__private::Arc::new(self)
    }
    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}
const _: () = ::bulk_endpoint::__private::element_type::<Created>();
