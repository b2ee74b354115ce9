#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Counted
    where
        for<'any> Counted: __bulk::Shareable,
        u64: __bulk::ItemCount,
        Option<u64>: __bulk::ItemCount,
    {
        type Key = __bulk::NoKey;
        type Success = ();
        type Failure = __bulk::NoFailure;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(
                __bulk::BodyShape::Object(
                    &[
                        __bulk::FieldShape::new(
                                "x-written",
                                __bulk::FieldKind::Count(__bulk::Role::Succeeded),
                            )
                            .header()
                            .required(),
                        __bulk::FieldShape::new(
                                "x-lost",
                                __bulk::FieldKind::Count(__bulk::Role::Failed),
                            )
                            .header(),
                    ],
                ),
            )
            .unlisted(__bulk::Unlisted::Succeeded);
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
            let fields = &response.fields(&Self::SHAPE)?;
            collector.check_fields(fields);
            collector
                .counts(
                    &[
                        (
                            __bulk::Role::Succeeded,
                            __bulk::Field::of_header(
                                "x-written",
                                &response.header_json::<::std::string::String>("x-written"),
                            ),
                        ),
                        (
                            __bulk::Role::Failed,
                            __bulk::Field::of_header(
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
            __bulk::Ok(())
        }
        fn without_items(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
            __bulk::Some(
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
    const _: () = __bulk::reply_type::<Counted>();
    #[automatically_derived]
    impl __bulk::Nested for Counted
    where
        for<'any> Counted: __bulk::Shareable,
        u64: __bulk::ItemCount,
        Option<u64>: __bulk::ItemCount,
    {
        type Reply = Self;
        const IS_LIST: bool = false;
    }
    impl __bulk::PerItem for Counted
    where
        for<'any> Counted: __bulk::Shareable,
        u64: __bulk::ItemCount,
        Option<u64>: __bulk::ItemCount,
    {}
};
