impl ::bulk_endpoint::__private::Detail for Queued
where
    for<'any> Queued: ::bulk_endpoint::__private::Shareable,
{
    const FROM_ARRAY: bool = false;
    const CODES: ::bulk_endpoint::__private::Codes = ::bulk_endpoint::__private::Codes::NONE;
    fn verdict(&self) -> ::core::option::Option<::bulk_endpoint::__private::Verdict> {
        ::bulk_endpoint::__private::by_presence_of(
            ::core::option::Option::Some(
                <Option<
                    String,
                > as ::bulk_endpoint::__private::IsPresent>::is_present(&self.why),
            ),
            ::core::option::Option::None,
            <Option<
                String,
            > as ::bulk_endpoint::__private::IsPresent>::is_present(&self.ticket),
        )
    }
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <Option<String> as ::bulk_endpoint::__private::AsText>::text(&self.why)
    }
}
impl ::bulk_endpoint::__private::IsPresent for Queued {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Failure for Queued
where
    for<'any> Queued: ::bulk_endpoint::__private::Shareable,
{
    type Or<Other: ::bulk_endpoint::__private::Failure> = Self;
}
impl ::bulk_endpoint::__private::IntoFailure<Queued> for Queued {
    fn convert_failure(
        this: ::bulk_endpoint::__private::Arc<Self>,
    ) -> ::bulk_endpoint::__private::Arc<Self> {
        this
    }
}
impl ::bulk_endpoint::__private::HasVerdict for Queued
where
    for<'any> Queued: ::bulk_endpoint::__private::Shareable,
{}
impl ::bulk_endpoint::ItemReply for Queued
where
    for<'any> Queued: ::bulk_endpoint::__private::Shareable,
    String: ::bulk_endpoint::__private::ReplyKey,
    for<'any> Queued: ::bulk_endpoint::__private::Decodes,
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
const _: () = ::bulk_endpoint::__private::element_type::<Queued>();
