impl ::bulk_endpoint::__private::Detail for Row
where
    Item: ::bulk_endpoint::__private::Detail,
    Option<Problem>: ::bulk_endpoint::__private::Detail,
    for<'any> Row: ::bulk_endpoint::__private::Shareable,
{
    const FROM_ARRAY: bool = false;
    const CODES: ::bulk_endpoint::__private::Codes = <Item as ::bulk_endpoint::__private::Detail>::CODES
        .or(<Option<Problem> as ::bulk_endpoint::__private::Detail>::CODES);
    fn verdict(&self) -> ::core::option::Option<::bulk_endpoint::__private::Verdict> {
        ::bulk_endpoint::__private::by_presence(
            ::core::option::Option::Some(
                <Option<
                    Problem,
                > as ::bulk_endpoint::__private::IsPresent>::is_present(&self.error),
            ),
            ::core::option::Option::None,
        )
    }
    fn code(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        ::core::option::Option::or_else(
            <Item as ::bulk_endpoint::__private::Detail>::code(&self.item),
            || <Option<Problem> as ::bulk_endpoint::__private::Detail>::code(&self.error),
        )
    }
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        ::core::option::Option::or_else(
            <Item as ::bulk_endpoint::__private::Detail>::message(&self.item),
            || <Option<
                Problem,
            > as ::bulk_endpoint::__private::Detail>::message(&self.error),
        )
    }
    fn retry_after(&self) -> ::core::option::Option<::core::time::Duration> {
        ::core::option::Option::or_else(
            <Item as ::bulk_endpoint::__private::Detail>::retry_after(&self.item),
            || <Option<
                Problem,
            > as ::bulk_endpoint::__private::Detail>::retry_after(&self.error),
        )
    }
    fn retries(&self) -> ::core::option::Option<::core::primitive::bool> {
        ::core::option::Option::or_else(
            <Item as ::bulk_endpoint::__private::Detail>::retries(&self.item),
            || <Option<
                Problem,
            > as ::bulk_endpoint::__private::Detail>::retries(&self.error),
        )
    }
    fn codes() -> &'static [::bulk_endpoint::__private::CodeAt] {
        const {
            &[
                ::bulk_endpoint::__private::CodeAt::Nested {
                    names: &["item"],
                    codes: <Item as ::bulk_endpoint::__private::Detail>::codes,
                },
                ::bulk_endpoint::__private::CodeAt::Nested {
                    names: &["error", "err"],
                    codes: <Option<Problem> as ::bulk_endpoint::__private::Detail>::codes,
                },
            ]
        }
    }
}
impl ::bulk_endpoint::__private::IsPresent for Row {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Failure for Row
where
    Item: ::bulk_endpoint::__private::Detail,
    Option<Problem>: ::bulk_endpoint::__private::Detail,
    for<'any> Row: ::bulk_endpoint::__private::Shareable,
{
    type Or<Other: ::bulk_endpoint::__private::Failure> = Self;
}
impl ::bulk_endpoint::__private::IntoFailure<Row> for Row {
    fn convert_failure(
        this: ::bulk_endpoint::__private::Arc<Self>,
    ) -> ::bulk_endpoint::__private::Arc<Self> {
        this
    }
}
impl ::bulk_endpoint::__private::HasVerdict for Row
where
    Item: ::bulk_endpoint::__private::Detail,
    Option<Problem>: ::bulk_endpoint::__private::Detail,
    for<'any> Row: ::bulk_endpoint::__private::Shareable,
{}
impl ::bulk_endpoint::ItemReply for Row
where
    Item: ::bulk_endpoint::__private::Detail,
    Option<Problem>: ::bulk_endpoint::__private::Detail,
    for<'any> Row: ::bulk_endpoint::__private::Shareable,
    Item: ::bulk_endpoint::ItemReply,
    for<'any> Row: ::bulk_endpoint::__private::Decodes,
{
    type Key = <Item as ::bulk_endpoint::ItemReply>::Key;
    type Success = ::bulk_endpoint::__private::Arc<Self>;
    type Failure = Self;
    const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::nested_in(
        &<Item as ::bulk_endpoint::ItemReply>::SHAPE,
    );
    fn address(
        &self,
    ) -> ::bulk_endpoint::__private::Address<
        '_,
        <Self as ::bulk_endpoint::ItemReply>::Key,
    > {
        <Item as ::bulk_endpoint::ItemReply>::address(&self.item)
    }
    fn in_group(
        &self,
    ) -> ::core::option::Option<
        ::bulk_endpoint::__private::Cow<'_, ::core::primitive::str>,
    > {
        <Item as ::bulk_endpoint::ItemReply>::in_group(&self.item)
    }
    fn into_success(self) -> <Self as ::bulk_endpoint::ItemReply>::Success {
        ::bulk_endpoint::__private::Arc::new(self)
    }
    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}
const _: () = ::bulk_endpoint::__private::element_type::<Row>();
