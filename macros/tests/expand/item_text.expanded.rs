impl ::bulk_endpoint::BulkItem for Member
where
    for<'any> Member: ::bulk_endpoint::__private::Shareable,
    for<'any> Member: ::bulk_endpoint::__private::Encodes,
    String: ::bulk_endpoint::__private::AsText,
{
    type Key = ::std::string::String;
    const IS_OBJECT: ::core::primitive::bool = true;
    const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
    fn key(
        &self,
    ) -> ::bulk_endpoint::__private::Cow<'_, <Self as ::bulk_endpoint::BulkItem>::Key> {
        ::bulk_endpoint::__private::Cow::Owned(
            ::bulk_endpoint::__private::KeyText::of("*/users('{key}')")
                .of_item(
                    <String as ::bulk_endpoint::__private::AsText>::text(&self.user),
                ),
        )
    }
}
impl ::bulk_endpoint::__private::Keyed for Member
where
    for<'any> Member: ::bulk_endpoint::__private::Shareable,
    for<'any> Member: ::bulk_endpoint::__private::Encodes,
    String: ::bulk_endpoint::__private::AsText,
{}
const _: () = ::bulk_endpoint::__private::item_type::<Member>();
