impl ::bulk_endpoint::BulkItem for TokenId
where
    TokenId: ::bulk_endpoint::__private::ItemKey,
{
    type Key = TokenId;
    const OWN_KEY: bool = true;
    const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
    fn key(
        &self,
    ) -> ::bulk_endpoint::__private::Cow<'_, <Self as ::bulk_endpoint::BulkItem>::Key> {
        ::bulk_endpoint::__private::Cow::Borrowed(self)
    }
}
impl ::bulk_endpoint::__private::Keyed for TokenId
where
    TokenId: ::bulk_endpoint::__private::ItemKey,
{}
impl ::bulk_endpoint::ItemReply for TokenId
where
    TokenId: ::bulk_endpoint::__private::ItemKey,
{
    type Key = TokenId;
    type Success = ();
    type Failure = ::bulk_endpoint::__private::Listed;
    const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::bare();
    fn address(
        &self,
    ) -> ::bulk_endpoint::__private::Address<
        '_,
        <Self as ::bulk_endpoint::ItemReply>::Key,
    > {
        ::bulk_endpoint::__private::Address::Key(
            ::bulk_endpoint::__private::Cow::Borrowed(self),
        )
    }
    fn into_success(self) {}
    fn into_failure(self, list: &'static str) -> ::bulk_endpoint::__private::Listed {
        ::bulk_endpoint::__private::Listed {
            list,
        }
    }
}
impl ::bulk_endpoint::__private::Detail for TokenId
where
    TokenId: ::bulk_endpoint::__private::ItemKey,
{}
const _: () = ::bulk_endpoint::__private::item_type::<TokenId>();
