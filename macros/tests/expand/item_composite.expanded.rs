impl ::bulk_endpoint::BulkItem for Record
where
    for<'any> Record: ::bulk_endpoint::__private::Shareable,
    for<'any> Record: ::bulk_endpoint::__private::Encodes,
    u64: ::bulk_endpoint::__private::ItemKey,
    String: ::bulk_endpoint::__private::ItemKey,
{
    type Key = (u64, String);
    const KEY_FIELDS: &'static [&'static ::core::primitive::str] = &["id", "region"];
    const IS_OBJECT: ::core::primitive::bool = true;
    const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
    fn key(
        &self,
    ) -> ::bulk_endpoint::__private::Cow<'_, <Self as ::bulk_endpoint::BulkItem>::Key> {
        ::bulk_endpoint::__private::Cow::Owned((
            ::core::clone::Clone::clone(&self.id),
            ::core::clone::Clone::clone(&self.region),
        ))
    }
}
impl ::bulk_endpoint::__private::Keyed for Record
where
    for<'any> Record: ::bulk_endpoint::__private::Shareable,
    for<'any> Record: ::bulk_endpoint::__private::Encodes,
    u64: ::bulk_endpoint::__private::ItemKey,
    String: ::bulk_endpoint::__private::ItemKey,
{}
const _: () = ::bulk_endpoint::__private::item_type::<Record>();
