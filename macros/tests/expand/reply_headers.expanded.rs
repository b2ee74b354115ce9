#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Started
where
    for<'any> Started: ::bulk_endpoint::__private::Shareable,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
{
    type Key = ::bulk_endpoint::__private::NoKey;
    type Success = ();
    type Failure = ::bulk_endpoint::__private::NoFailure;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(
            ::bulk_endpoint::__private::BodyShape::Object(
                &[
                    ::bulk_endpoint::__private::FieldShape::new(
                            "operation-location",
                            ::bulk_endpoint::__private::FieldKind::Job,
                        )
                        .header(),
                    ::bulk_endpoint::__private::FieldShape::new(
                        "wait",
                        ::bulk_endpoint::__private::FieldKind::Plain,
                    ),
                ],
            ),
        )
        .delays(
            &[
                ::bulk_endpoint::__private::DelayAt::Field {
                    names: &["wait"],
                    unit: ::bulk_endpoint::__private::DelayUnit::Seconds,
                },
            ],
        );
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
        let fields = &response.fields(&Self::SHAPE)?;
        collector.check_fields(fields);
        collector
            .job::<
                Option<String>,
            >(
                ::bulk_endpoint::__private::Field::of_header(
                    "operation-location",
                    &response.header_json::<Option<String>>("operation-location"),
                ),
            );
        let _ = |reply: &Self| {
            let _ = &reply.location;
            let _ = &reply.wait;
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
                    response.fill_header("operation-location", &mut reply.location);
                    reply
                }),
        )
    }
}
const _: () = ::bulk_endpoint::__private::reply_type::<Started>();
#[automatically_derived]
impl ::bulk_endpoint::__private::Nested for Started
where
    for<'any> Started: ::bulk_endpoint::__private::Shareable,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
{
    type Reply = Self;
    const IS_LIST: bool = false;
}
impl ::bulk_endpoint::__private::PerItem for Started
where
    for<'any> Started: ::bulk_endpoint::__private::Shareable,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<u64>: ::bulk_endpoint::__private::RetryDelay,
{}
