#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Failures
    where
        for<'any> Failures: __bulk::Shareable,
        Vec<TokenFailure>: __bulk::ElementList,
    {
        type Key = <<Vec<
            TokenFailure,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Key;
        type Success = ();
        type Failure = <<Vec<
            TokenFailure,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Failure;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(__bulk::BodyShape::List {
                role: __bulk::Role::Failed,
                element: <Vec<TokenFailure> as __bulk::ElementList>::SHAPE,
            })
            .unlisted(__bulk::Unlisted::StopsAtFailure);
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
            collector.failed_list::<Vec<TokenFailure>>(__bulk::Some(response.list()?));
            let _ = |reply: &Self| {
                let _ = &reply.0;
            };
            __bulk::Ok(())
        }
    }
    const _: () = __bulk::reply_type::<Failures>();
    #[automatically_derived]
    impl __bulk::Nested for Failures
    where
        for<'any> Failures: __bulk::Shareable,
        Vec<TokenFailure>: __bulk::ElementList,
    {
        type Reply = Self;
        const IS_LIST: bool = false;
    }
    impl __bulk::PerItem for Failures
    where
        for<'any> Failures: __bulk::Shareable,
        Vec<TokenFailure>: __bulk::ElementList,
    {}
};
