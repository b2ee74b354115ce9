#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::BulkItem for TokenId
    where
        TokenId: __bulk::ItemKey,
    {
        type Key = TokenId;
        const OWN_KEY: bool = true;
        const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
        fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
            __bulk::Cow::Borrowed(self)
        }
    }
    impl __bulk::Keyed for TokenId
    where
        TokenId: __bulk::ItemKey,
    {}
    impl __bulk::ItemReply for TokenId
    where
        TokenId: __bulk::ItemKey,
    {
        type Key = TokenId;
        type Success = ();
        type Failure = __bulk::Listed;
        const SHAPE: __bulk::ElementShape = __bulk::ElementShape::bare();
        fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
            __bulk::Address::Key(__bulk::Cow::Borrowed(self))
        }
        fn into_success(self) {}
        fn into_failure(self, list: &'static str) -> __bulk::Listed {
            __bulk::Listed { list }
        }
    }
    impl __bulk::Detail for TokenId
    where
        TokenId: __bulk::ItemKey,
    {}
    const _: () = __bulk::item_type::<TokenId>();
};
