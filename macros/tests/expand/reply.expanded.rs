#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Response
where
    for<'any> Response: ::bulk_endpoint::__private::Shareable,
    Vec<TokenId>: ::bulk_endpoint::__private::ElementList,
    Vec<TokenFailure>: ::bulk_endpoint::__private::ElementList,
{
    type Key = <<<Vec<
        TokenId,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Key as ::bulk_endpoint::__private::ReplyKey>::Or<
        <<Vec<
            TokenFailure,
        > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Key,
    >;
    type Success = <<Vec<
        TokenId,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Success;
    type Failure = <<Vec<
        TokenFailure,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Failure;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(
            ::bulk_endpoint::__private::BodyShape::Object(
                &[
                    ::bulk_endpoint::__private::FieldShape::new(
                            "done",
                            ::bulk_endpoint::__private::FieldKind::List {
                                role: ::bulk_endpoint::__private::Role::Succeeded,
                                element: <Vec<
                                    TokenId,
                                > as ::bulk_endpoint::__private::ElementList>::SHAPE,
                            },
                        )
                        .aliases(&["ok"]),
                    ::bulk_endpoint::__private::FieldShape::new(
                            "failed",
                            ::bulk_endpoint::__private::FieldKind::List {
                                role: ::bulk_endpoint::__private::Role::Failed,
                                element: <Vec<
                                    TokenFailure,
                                > as ::bulk_endpoint::__private::ElementList>::SHAPE,
                            },
                        )
                        .required(),
                    ::bulk_endpoint::__private::FieldShape::new(
                            "total",
                            ::bulk_endpoint::__private::FieldKind::Plain,
                        )
                        .required(),
                ],
            ),
        )
        .unlisted(::bulk_endpoint::__private::Unlisted::Succeeded)
        .on(&[200, 207]);
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
        let fields = &response.fields(&Self::SHAPE)?;
        collector.check_fields(fields);
        collector.succeeded_list::<Vec<TokenId>>(fields.at(0));
        collector.failed_list::<Vec<TokenFailure>>(fields.at(1));
        collector.evidence::<u64>(fields.at(2));
        let _ = |reply: &Self| {
            let _ = &reply.done;
            let _ = &reply.failed;
            let _ = &reply.total;
        };
        ::core::result::Result::Ok(())
    }
    fn without_items(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError>,
    > {
        ::core::option::Option::Some(response.without_items(&Self::SHAPE))
    }
}
const _: () = ::bulk_endpoint::__private::reply_type::<Response>();
#[automatically_derived]
impl ::bulk_endpoint::__private::Nested for Response
where
    for<'any> Response: ::bulk_endpoint::__private::Shareable,
    Vec<TokenId>: ::bulk_endpoint::__private::ElementList,
    Vec<TokenFailure>: ::bulk_endpoint::__private::ElementList,
{
    type Reply = Self;
    const IS_LIST: bool = false;
}
impl ::bulk_endpoint::__private::PerItem for Response
where
    for<'any> Response: ::bulk_endpoint::__private::Shareable,
    Vec<TokenId>: ::bulk_endpoint::__private::ElementList,
    Vec<TokenFailure>: ::bulk_endpoint::__private::ElementList,
{}
