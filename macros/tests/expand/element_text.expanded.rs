impl ::bulk_endpoint::__private::Detail for Misplaced
where
    for<'any> Misplaced: ::bulk_endpoint::__private::Shareable,
{
    const FROM_ARRAY: bool = false;
    const CODES: ::bulk_endpoint::__private::Codes = ::bulk_endpoint::__private::Codes::NONE;
    fn message(
        &self,
    ) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        <String as ::bulk_endpoint::__private::AsText>::text(&self.detail)
    }
}
impl ::bulk_endpoint::__private::IsPresent for Misplaced {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Failure for Misplaced
where
    for<'any> Misplaced: ::bulk_endpoint::__private::Shareable,
{
    type Or<Other: ::bulk_endpoint::__private::Failure> = Self;
}
impl ::bulk_endpoint::__private::IntoFailure<Misplaced> for Misplaced {
    fn convert_failure(
        this: ::bulk_endpoint::__private::Arc<Self>,
    ) -> ::bulk_endpoint::__private::Arc<Self> {
        this
    }
}
impl ::bulk_endpoint::ItemReply for Misplaced
where
    for<'any> Misplaced: ::bulk_endpoint::__private::Shareable,
    Option<String>: ::bulk_endpoint::__private::AsText,
    String: ::bulk_endpoint::__private::AsText,
    for<'any> Misplaced: ::bulk_endpoint::__private::Decodes,
{
    type Key = ::bulk_endpoint::Index<0>;
    type Success = ::bulk_endpoint::__private::Arc<Self>;
    type Failure = Self;
    const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::keyed_in(
            &["pointer"],
            "/items/{i}*",
        )
        .group("array");
    fn address(
        &self,
    ) -> ::bulk_endpoint::__private::Address<
        '_,
        <Self as ::bulk_endpoint::ItemReply>::Key,
    > {
        match ::bulk_endpoint::__private::KeyText::of("/items/{i}*")
            .index::<
                0,
            >(
                ::core::option::Option::as_deref(
                    &<Option<
                        String,
                    > as ::bulk_endpoint::__private::AsText>::text(&self.pointer),
                ),
            )
        {
            ::core::option::Option::Some(key) => {
                ::bulk_endpoint::__private::Address::Key(
                    ::bulk_endpoint::__private::Cow::Owned(key),
                )
            }
            ::core::option::Option::None => {
                ::bulk_endpoint::__private::Address::Keys(&[])
            }
        }
    }
    fn in_group(
        &self,
    ) -> ::core::option::Option<
        ::bulk_endpoint::__private::Cow<'_, ::core::primitive::str>,
    > {
        <String as ::bulk_endpoint::__private::AsText>::text(&self.array)
    }
    fn into_success(self) -> <Self as ::bulk_endpoint::ItemReply>::Success {
        ::bulk_endpoint::__private::Arc::new(self)
    }
    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}
const _: () = ::bulk_endpoint::__private::element_type::<Misplaced>();
