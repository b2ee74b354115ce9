#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Reply
where
    for<'any> Reply: ::bulk_endpoint::__private::Shareable,
    Response: ::bulk_endpoint::BulkReply<
        Key: ::bulk_endpoint::__private::ReplyKey,
        Success: ::bulk_endpoint::__private::SuccessBody,
        Failure: ::bulk_endpoint::__private::Failure,
    >,
    (): ::bulk_endpoint::BulkReply<
        Key: ::bulk_endpoint::__private::ReplyKey,
        Success: ::bulk_endpoint::__private::SuccessBody,
        Failure: ::bulk_endpoint::__private::Failure,
    >,
{
    type Key = <<Response as ::bulk_endpoint::BulkReply>::Key as ::bulk_endpoint::__private::ReplyKey>::Or<
        <() as ::bulk_endpoint::BulkReply>::Key,
    >;
    type Success = <<Response as ::bulk_endpoint::BulkReply>::Success as ::bulk_endpoint::__private::SuccessBody>::Or<
        <() as ::bulk_endpoint::BulkReply>::Success,
    >;
    type Failure = <<Response as ::bulk_endpoint::BulkReply>::Failure as ::bulk_endpoint::__private::Failure>::Or<
        <() as ::bulk_endpoint::BulkReply>::Failure,
    >;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(
        ::bulk_endpoint::__private::BodyShape::ByStatus(
            &[
                <Response as ::bulk_endpoint::BulkReply>::SHAPE.on(&[200]),
                <() as ::bulk_endpoint::BulkReply>::SHAPE.on(&[204]),
            ],
        ),
    );
    const VARIANTS: &'static [&'static str] = &["Some", "All"];
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
        match response.status() {
            200 => collector.body::<Response>(response),
            204 => collector.body::<()>(response),
            status => {
                ::core::result::Result::Err(
                    ::bulk_endpoint::__private::DecodeError::undeclared(status),
                )
            }
        }
    }
    fn without_items(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError>,
    > {
        match response.status() {
            200 => {
                <Response as ::bulk_endpoint::BulkReply>::without_items(response)
                    .map(|body| body.map(Self::Some))
            }
            _ => ::core::option::Option::None,
        }
    }
}
const _: () = ::bulk_endpoint::__private::reply_type::<Reply>();
impl ::bulk_endpoint::__private::PerItem for Reply
where
    for<'any> Reply: ::bulk_endpoint::__private::Shareable,
    Response: ::bulk_endpoint::BulkReply<
        Key: ::bulk_endpoint::__private::ReplyKey,
        Success: ::bulk_endpoint::__private::SuccessBody,
        Failure: ::bulk_endpoint::__private::Failure,
    >,
    (): ::bulk_endpoint::BulkReply<
        Key: ::bulk_endpoint::__private::ReplyKey,
        Success: ::bulk_endpoint::__private::SuccessBody,
        Failure: ::bulk_endpoint::__private::Failure,
    >,
{}
#[allow(unused_imports, unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private::Unfit as _;
    ::bulk_endpoint::__private::check_variant(
        &[200],
        ::bulk_endpoint::__private::ReplyOf::<Response>::TYPES,
    );
    ::bulk_endpoint::__private::check_variant(
        &[204],
        ::bulk_endpoint::__private::ReplyOf::<()>::TYPES,
    );
};
