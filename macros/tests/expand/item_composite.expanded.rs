#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::BulkItem for Record
    where
        for<'any> Record: __bulk::Shareable,
        for<'any> Record: __bulk::Encodes,
        u64: __bulk::ItemKey,
        String: __bulk::ItemKey,
    {
        type Key = (u64, String);
        const KEY_FIELDS: &'static [&'static ::core::primitive::str] = &["id", "region"];
        const IS_OBJECT: ::core::primitive::bool = true;
        const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
        fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
            __bulk::Cow::Owned((
                ::core::clone::Clone::clone(&self.id),
                ::core::clone::Clone::clone(&self.region),
            ))
        }
    }
    impl __bulk::Keyed for Record
    where
        for<'any> Record: __bulk::Shareable,
        for<'any> Record: __bulk::Encodes,
        u64: __bulk::ItemKey,
        String: __bulk::ItemKey,
    {}
    const _: () = __bulk::item_type::<Record>();
};
