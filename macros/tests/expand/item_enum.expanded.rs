impl ::bulk_endpoint::BulkItem for Operation
where
    for<'any> Operation: ::bulk_endpoint::__private::Shareable,
    for<'any> Operation: ::bulk_endpoint::__private::Encodes,
    u64: ::bulk_endpoint::__private::ItemKey,
    String: ::bulk_endpoint::__private::ItemKey,
{
    type Key = (u64, String);
    const KEY_FIELDS: &'static [&'static ::core::primitive::str] = &["id", "region"];
    fn expects_response(&self) -> ::core::primitive::bool {
        !::core::matches!(self, Self::PutAll { .. })
    }
    fn key(
        &self,
    ) -> ::bulk_endpoint::__private::Cow<'_, <Self as ::bulk_endpoint::BulkItem>::Key> {
        match self {
            Self::PutAll { id: key_0, region: key_1, .. } => {
                ::bulk_endpoint::__private::Cow::Owned((
                    ::core::clone::Clone::clone(key_0),
                    ::core::clone::Clone::clone(key_1),
                ))
            }
            Self::Delete { 0: key_0, 1: key_1, .. } => {
                ::bulk_endpoint::__private::Cow::Owned((
                    ::core::clone::Clone::clone(key_0),
                    ::core::clone::Clone::clone(key_1),
                ))
            }
        }
    }
}
impl ::bulk_endpoint::__private::Keyed for Operation
where
    for<'any> Operation: ::bulk_endpoint::__private::Shareable,
    for<'any> Operation: ::bulk_endpoint::__private::Encodes,
    u64: ::bulk_endpoint::__private::ItemKey,
    String: ::bulk_endpoint::__private::ItemKey,
{}
impl ::bulk_endpoint::__private::Grouped for Operation {
    fn group(&self) -> ::bulk_endpoint::__private::Cow<'_, ::core::primitive::str> {
        ::bulk_endpoint::__private::Cow::Borrowed(
            match self {
                Self::PutAll { .. } => "put_all",
                Self::Delete { .. } => "drop",
            },
        )
    }
}
const _: () = ::bulk_endpoint::__private::item_type::<Operation>();
