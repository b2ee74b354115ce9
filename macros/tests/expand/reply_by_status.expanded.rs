#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Reply
    where
        for<'any> Reply: __bulk::Shareable,
        Response: __bulk::BulkReply<
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
        type Key = <<Response as __bulk::BulkReply>::Key as __bulk::ReplyKey>::Or<
            <() as __bulk::BulkReply>::Key,
        >;
        type Success = <<Response as __bulk::BulkReply>::Success as __bulk::SuccessBody>::Or<
            <() as __bulk::BulkReply>::Success,
        >;
        type Failure = <<Response as __bulk::BulkReply>::Failure as __bulk::Failure>::Or<
            <() as __bulk::BulkReply>::Failure,
        >;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(
            __bulk::BodyShape::ByStatus(
                &[
                    <Response as __bulk::BulkReply>::SHAPE.on(&[200]),
                    <() as __bulk::BulkReply>::SHAPE.on(&[204]),
                ],
            ),
        );
        const VARIANTS: &'static [&'static str] = &["Some", "All"];
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
            match response.status() {
                200 => collector.body::<Response>(response),
                204 => collector.body::<()>(response),
                status => __bulk::Err(__bulk::DecodeError::undeclared(status)),
            }
        }
        fn without_items(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
            match response.status() {
                200 => {
                    <Response as __bulk::BulkReply>::without_items(response)
                        .map(|body| body.map(Self::Some))
                }
                _ => __bulk::None,
            }
        }
    }
    const _: () = __bulk::reply_type::<Reply>();
    impl __bulk::PerItem for Reply
    where
        for<'any> Reply: __bulk::Shareable,
        Response: __bulk::BulkReply<
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
        __bulk::check_variant(&[200], __bulk::ReplyOf::<Response>::TYPES);
        __bulk::check_variant(&[204], __bulk::ReplyOf::<()>::TYPES);
    };
};
