#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Response
    where
        for<'any> Response: __bulk::Shareable,
        Vec<TokenId>: __bulk::ElementList,
        Vec<TokenFailure>: __bulk::ElementList,
    {
        type Key = <<<Vec<
            TokenId,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Key as __bulk::ReplyKey>::Or<
            <<Vec<
                TokenFailure,
            > as __bulk::ElementList>::Element as __bulk::ItemReply>::Key,
        >;
        type Success = <<Vec<
            TokenId,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Success;
        type Failure = <<Vec<
            TokenFailure,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Failure;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(
                __bulk::BodyShape::Object(
                    &[
                        __bulk::FieldShape::new(
                                "done",
                                __bulk::FieldKind::List {
                                    role: __bulk::Role::Succeeded,
                                    element: <Vec<TokenId> as __bulk::ElementList>::SHAPE,
                                },
                            )
                            .aliases(&["ok"]),
                        __bulk::FieldShape::new(
                                "failed",
                                __bulk::FieldKind::List {
                                    role: __bulk::Role::Failed,
                                    element: <Vec<TokenFailure> as __bulk::ElementList>::SHAPE,
                                },
                            )
                            .required(),
                        __bulk::FieldShape::new("total", __bulk::FieldKind::Plain)
                            .required(),
                    ],
                ),
            )
            .unlisted(__bulk::Unlisted::Succeeded)
            .on(&[200, 207]);
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
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
            __bulk::Ok(())
        }
        fn without_items(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
            __bulk::Some(response.without_items(&Self::SHAPE))
        }
    }
    const _: () = __bulk::reply_type::<Response>();
    #[automatically_derived]
    impl __bulk::Nested for Response
    where
        for<'any> Response: __bulk::Shareable,
        Vec<TokenId>: __bulk::ElementList,
        Vec<TokenFailure>: __bulk::ElementList,
    {
        type Reply = Self;
        const IS_LIST: bool = false;
    }
    impl __bulk::PerItem for Response
    where
        for<'any> Response: __bulk::Shareable,
        Vec<TokenId>: __bulk::ElementList,
        Vec<TokenFailure>: __bulk::ElementList,
    {}
};
