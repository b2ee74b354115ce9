#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Counted
where
    for<'any> Counted: ::bulk_endpoint::__private::Shareable,
    u64: ::bulk_endpoint::__private::ItemCount,
    Option<u64>: ::bulk_endpoint::__private::ItemCount,
{
    type Key = ::bulk_endpoint::__private::NoKey;
    type Success = ();
    type Failure = ::bulk_endpoint::__private::NoFailure;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(
            ::bulk_endpoint::__private::BodyShape::Object(
                &[
                    ::bulk_endpoint::__private::FieldShape::new(
                            "x-written",
                            ::bulk_endpoint::__private::FieldKind::Count(
                                ::bulk_endpoint::__private::Role::Succeeded,
                            ),
                        )
                        .header()
                        .required(),
                    ::bulk_endpoint::__private::FieldShape::new(
                            "x-lost",
                            ::bulk_endpoint::__private::FieldKind::Count(
                                ::bulk_endpoint::__private::Role::Failed,
                            ),
                        )
                        .header(),
                ],
            ),
        )
        .unlisted(::bulk_endpoint::__private::Unlisted::Succeeded);
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
        let fields = &response.fields(&Self::SHAPE)?;
        collector.check_fields(fields);
        collector
            .counts(
                &[
                    (
                        ::bulk_endpoint::__private::Role::Succeeded,
                        ::bulk_endpoint::__private::Field::of_header(
                            "x-written",
                            &response.header_json::<::std::string::String>("x-written"),
                        ),
                    ),
                    (
                        ::bulk_endpoint::__private::Role::Failed,
                        ::bulk_endpoint::__private::Field::of_header(
                            "x-lost",
                            &response.header_json::<::std::string::String>("x-lost"),
                        ),
                    ),
                ],
            );
        let _ = |reply: &Self| {
            let _ = &reply.written;
            let _ = &reply.lost;
        };
        ::core::result::Result::Ok(())
    }
    fn without_items(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError>,
    > {
        ::core::option::Option::Some(
            response
                .without_items(&Self::SHAPE)
                .map(|mut reply: Self| {
                    response.fill_header("x-written", &mut reply.written);
                    response.fill_header("x-lost", &mut reply.lost);
                    reply
                }),
        )
    }
}
const _: () = ::bulk_endpoint::__private::reply_type::<Counted>();
#[automatically_derived]
impl ::bulk_endpoint::__private::Nested for Counted
where
    for<'any> Counted: ::bulk_endpoint::__private::Shareable,
    u64: ::bulk_endpoint::__private::ItemCount,
    Option<u64>: ::bulk_endpoint::__private::ItemCount,
{
    type Reply = Self;
    const IS_LIST: bool = false;
}
impl ::bulk_endpoint::__private::PerItem for Counted
where
    for<'any> Counted: ::bulk_endpoint::__private::Shareable,
    u64: ::bulk_endpoint::__private::ItemCount,
    Option<u64>: ::bulk_endpoint::__private::ItemCount,
{}
