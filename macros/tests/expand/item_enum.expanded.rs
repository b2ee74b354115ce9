#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::BulkItem for Operation
    where
        for<'any> Operation: __bulk::Shareable,
        for<'any> Operation: __bulk::Encodes,
        u64: __bulk::ItemKey,
        String: __bulk::ItemKey,
    {
        type Key = (u64, String);
        const KEY_FIELDS: &'static [&'static ::core::primitive::str] = &["id", "region"];
        fn expects_response(&self) -> ::core::primitive::bool {
            !::core::matches!(self, Self::PutAll { .. })
        }
        fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
            match self {
                Self::PutAll { id: key_0, region: key_1, .. } => {
                    __bulk::Cow::Owned((
                        ::core::clone::Clone::clone(key_0),
                        ::core::clone::Clone::clone(key_1),
                    ))
                }
                Self::Delete { 0: key_0, 1: key_1, .. } => {
                    __bulk::Cow::Owned((
                        ::core::clone::Clone::clone(key_0),
                        ::core::clone::Clone::clone(key_1),
                    ))
                }
            }
        }
    }
    impl __bulk::Keyed for Operation
    where
        for<'any> Operation: __bulk::Shareable,
        for<'any> Operation: __bulk::Encodes,
        u64: __bulk::ItemKey,
        String: __bulk::ItemKey,
    {}
    impl __bulk::Grouped for Operation {
        fn group(&self) -> __bulk::Cow<'_, ::core::primitive::str> {
            __bulk::Cow::Borrowed(
                match self {
                    Self::PutAll { .. } => "put_all",
                    Self::Delete { .. } => "drop",
                },
            )
        }
    }
    const _: () = __bulk::item_type::<Operation>();
};
