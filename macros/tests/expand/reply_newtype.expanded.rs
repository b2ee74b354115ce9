#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Failures
where
    for<'any> Failures: ::bulk_endpoint::__private::Shareable,
    Vec<TokenFailure>: ::bulk_endpoint::__private::ElementList,
{
    type Key = <<Vec<
        TokenFailure,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Key;
    type Success = ();
    type Failure = <<Vec<
        TokenFailure,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Failure;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(::bulk_endpoint::__private::BodyShape::List {
            role: ::bulk_endpoint::__private::Role::Failed,
            element: <Vec<
                TokenFailure,
            > as ::bulk_endpoint::__private::ElementList>::SHAPE,
        })
        .unlisted(::bulk_endpoint::__private::Unlisted::StopsAtFailure);
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
        collector
            .failed_list::<
                Vec<TokenFailure>,
            >(::core::option::Option::Some(response.list()?));
        let _ = |reply: &Self| {
            let _ = &reply.0;
        };
        ::core::result::Result::Ok(())
    }
}
const _: () = ::bulk_endpoint::__private::reply_type::<Failures>();
#[automatically_derived]
impl ::bulk_endpoint::__private::Nested for Failures
where
    for<'any> Failures: ::bulk_endpoint::__private::Shareable,
    Vec<TokenFailure>: ::bulk_endpoint::__private::ElementList,
{
    type Reply = Self;
    const IS_LIST: bool = false;
}
impl ::bulk_endpoint::__private::PerItem for Failures
where
    for<'any> Failures: ::bulk_endpoint::__private::Shareable,
    Vec<TokenFailure>: ::bulk_endpoint::__private::ElementList,
{}
