#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Reply
where
    for<'any> Reply: ::bulk_endpoint::__private::Shareable,
    Vec<
        Answer,
    >: ::bulk_endpoint::BulkReply<
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
    type Key = <<Vec<
        Answer,
    > as ::bulk_endpoint::BulkReply>::Key as ::bulk_endpoint::__private::ReplyKey>::Or<
        <() as ::bulk_endpoint::BulkReply>::Key,
    >;
    type Success = <<Vec<
        Answer,
    > as ::bulk_endpoint::BulkReply>::Success as ::bulk_endpoint::__private::SuccessBody>::Or<
        <() as ::bulk_endpoint::BulkReply>::Success,
    >;
    type Failure = <<Vec<
        Answer,
    > as ::bulk_endpoint::BulkReply>::Failure as ::bulk_endpoint::__private::Failure>::Or<
        <() as ::bulk_endpoint::BulkReply>::Failure,
    >;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(
        ::bulk_endpoint::__private::BodyShape::ByStatus(
            &[
                <Vec<Answer> as ::bulk_endpoint::BulkReply>::SHAPE.on(&[200, 400]),
                ::bulk_endpoint::__private::ReplyShape::new(
                        ::bulk_endpoint::__private::BodyShape::Error,
                    )
                    .on(&[200]),
            ],
        ),
    );
    const VARIANTS: &'static [&'static str] = &["Each", "Refused"];
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
        match collector.choose(response, &Self::SHAPE, Self::VARIANTS)? {
            0 => collector.body::<Vec<Answer>>(response),
            1 => {
                collector.error_body();
                ::core::result::Result::Ok(())
            }
            _ => {
                ::core::result::Result::Err(
                    ::bulk_endpoint::__private::DecodeError::undeclared(
                        response.status(),
                    ),
                )
            }
        }
    }
    fn without_items(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError>,
    > {
        match response
            .chosen(
                &<Self as ::bulk_endpoint::BulkReply>::SHAPE,
                <Self as ::bulk_endpoint::BulkReply>::VARIANTS,
            )
        {
            ::core::result::Result::Ok(0) => {
                <Vec<Answer> as ::bulk_endpoint::BulkReply>::without_items(response)
                    .map(|body| body.map(Self::Each))
            }
            _ => ::core::option::Option::None,
        }
    }
}
const _: () = ::bulk_endpoint::__private::reply_type::<Reply>();
impl ::bulk_endpoint::__private::PerItem for Reply
where
    for<'any> Reply: ::bulk_endpoint::__private::Shareable,
    Vec<
        Answer,
    >: ::bulk_endpoint::BulkReply<
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
        &[200, 400],
        ::bulk_endpoint::__private::ReplyOf::<Vec<Answer>>::TYPES,
    );
    ::bulk_endpoint::__private::check_variant(
        &[200],
        ::bulk_endpoint::__private::ReplyOf::<()>::TYPES,
    );
    ::bulk_endpoint::__private::check_reachable(
        ::bulk_endpoint::__private::ReplyOf::<Reply>::TYPES,
        1,
        "Refused",
    );
};
