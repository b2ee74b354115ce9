#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::BulkItem for Member
    where
        for<'any> Member: __bulk::Shareable,
        for<'any> Member: __bulk::Encodes,
        String: __bulk::AsText,
    {
        type Key = ::std::string::String;
        const IS_OBJECT: ::core::primitive::bool = true;
        const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
        fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
            __bulk::Cow::Owned(
                __bulk::KeyText::of("*/users('{key}')")
                    .of_item(<String as __bulk::AsText>::text(&self.user)),
            )
        }
    }
    impl __bulk::Keyed for Member
    where
        for<'any> Member: __bulk::Shareable,
        for<'any> Member: __bulk::Encodes,
        String: __bulk::AsText,
    {}
    const _: () = __bulk::item_type::<Member>();
};
