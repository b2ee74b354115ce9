#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Started
    where
        for<'any> Started: __bulk::Shareable,
        Option<String>: __bulk::AsText,
        Option<u64>: __bulk::RetryDelay,
    {
        type Key = __bulk::NoKey;
        type Success = ();
        type Failure = __bulk::NoFailure;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(
                __bulk::BodyShape::Object(
                    &[
                        __bulk::FieldShape::new(
                                "operation-location",
                                __bulk::FieldKind::Job,
                            )
                            .header(),
                        __bulk::FieldShape::new("wait", __bulk::FieldKind::Plain),
                    ],
                ),
            )
            .delays(
                &[
                    __bulk::DelayAt::Field {
                        names: &["wait"],
                        unit: __bulk::DelayUnit::Seconds,
                    },
                ],
            );
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
            let fields = &response.fields(&Self::SHAPE)?;
            collector.check_fields(fields);
            collector
                .job::<
                    Option<String>,
                >(
                    __bulk::Field::of_header(
                        "operation-location",
                        &response.header_json::<Option<String>>("operation-location"),
                    ),
                );
            let _ = |reply: &Self| {
                let _ = &reply.location;
                let _ = &reply.wait;
            };
            __bulk::Ok(())
        }
        fn without_items(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
            __bulk::Some(
                response
                    .without_items(&Self::SHAPE)
                    .map(|mut reply: Self| {
                        response.fill_header("operation-location", &mut reply.location);
                        reply
                    }),
            )
        }
    }
    const _: () = __bulk::reply_type::<Started>();
    #[automatically_derived]
    impl __bulk::Nested for Started
    where
        for<'any> Started: __bulk::Shareable,
        Option<String>: __bulk::AsText,
        Option<u64>: __bulk::RetryDelay,
    {
        type Reply = Self;
        const IS_LIST: bool = false;
    }
    impl __bulk::PerItem for Started
    where
        for<'any> Started: __bulk::Shareable,
        Option<String>: __bulk::AsText,
        Option<u64>: __bulk::RetryDelay,
    {}
};
