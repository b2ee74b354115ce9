#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Reply
    where
        for<'any> Reply: __bulk::Shareable,
        Vec<
            Answer,
        >: __bulk::BulkReply<
            Key: __bulk::ReplyKey,
            Success: __bulk::SuccessBody,
            Failure: __bulk::Failure,
        >,
        (): __bulk::BulkReply<
            Key: __bulk::ReplyKey,
            Success: __bulk::SuccessBody,
            Failure: __bulk::Failure,
        >,
    {
        type Key = <<Vec<
            Answer,
        > as __bulk::BulkReply>::Key as __bulk::ReplyKey>::Or<
            <() as __bulk::BulkReply>::Key,
        >;
        type Success = <<Vec<
            Answer,
        > as __bulk::BulkReply>::Success as __bulk::SuccessBody>::Or<
            <() as __bulk::BulkReply>::Success,
        >;
        type Failure = <<Vec<
            Answer,
        > as __bulk::BulkReply>::Failure as __bulk::Failure>::Or<
            <() as __bulk::BulkReply>::Failure,
        >;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(
            __bulk::BodyShape::ByStatus(
                &[
                    <Vec<Answer> as __bulk::BulkReply>::SHAPE.on(&[200, 400]),
                    __bulk::ReplyShape::new(__bulk::BodyShape::Error).on(&[200]),
                ],
            ),
        );
        const VARIANTS: &'static [&'static str] = &["Each", "Refused"];
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
            match collector.choose(response, &Self::SHAPE, Self::VARIANTS)? {
                0 => collector.body::<Vec<Answer>>(response),
                1 => {
                    collector.error_body();
                    __bulk::Ok(())
                }
                _ => __bulk::Err(__bulk::DecodeError::undeclared(response.status())),
            }
        }
        fn without_items(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
            match response
                .chosen(
                    &<Self as __bulk::BulkReply>::SHAPE,
                    <Self as __bulk::BulkReply>::VARIANTS,
                )
            {
                __bulk::Ok(0) => {
                    <Vec<Answer> as __bulk::BulkReply>::without_items(response)
                        .map(|body| body.map(Self::Each))
                }
                _ => __bulk::None,
            }
        }
    }
    const _: () = __bulk::reply_type::<Reply>();
    impl __bulk::PerItem for Reply
    where
        for<'any> Reply: __bulk::Shareable,
        Vec<
            Answer,
        >: __bulk::BulkReply<
            Key: __bulk::ReplyKey,
            Success: __bulk::SuccessBody,
            Failure: __bulk::Failure,
        >,
        (): __bulk::BulkReply<
            Key: __bulk::ReplyKey,
            Success: __bulk::SuccessBody,
            Failure: __bulk::Failure,
        >,
    {}
    #[allow(unused_imports)]
    const _: () = {
        use __bulk::Unfit as _;
        __bulk::check_variant(&[200, 400], __bulk::ReplyOf::<Vec<Answer>>::TYPES);
        __bulk::check_variant(&[200], __bulk::ReplyOf::<()>::TYPES);
        __bulk::check_reachable(__bulk::ReplyOf::<Reply>::TYPES, 1, "Refused");
    };
};
