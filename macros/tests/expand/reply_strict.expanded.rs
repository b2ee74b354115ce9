#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Page
    where
        for<'any> Page: __bulk::Shareable,
        Option<String>: __bulk::AsText,
        u64: __bulk::ItemCount,
        u64: __bulk::ItemCount,
        Vec<Created>: __bulk::ElementList<Element: __bulk::HasVerdict>,
    {
        type Key = <<Vec<
            Created,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Key;
        type Success = <<Vec<
            Created,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Success;
        type Failure = <<Vec<
            Created,
        > as __bulk::ElementList>::Element as __bulk::ItemReply>::Failure;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(
                __bulk::BodyShape::Object(
                    &[
                        __bulk::FieldShape::new("next", __bulk::FieldKind::NextJob),
                        __bulk::FieldShape::new(
                                "failed_count",
                                __bulk::FieldKind::Count(__bulk::Role::Failed),
                            )
                            .required(),
                        __bulk::FieldShape::new(
                                "done_count",
                                __bulk::FieldKind::Count(__bulk::Role::Succeeded),
                            )
                            .required(),
                        __bulk::FieldShape::new(
                                "results",
                                __bulk::FieldKind::List {
                                    role: __bulk::Role::Results,
                                    element: <Vec<Created> as __bulk::ElementList>::SHAPE,
                                },
                            )
                            .required(),
                        __bulk::FieldShape::new("note", __bulk::FieldKind::Plain)
                            .aliases(&["remark"]),
                    ],
                ),
            )
            .deny_unknown();
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
            let fields = &response.fields(&Self::SHAPE)?;
            collector.check_fields(fields);
            collector.next_job::<Option<String>>(fields.at(0));
            collector.results_list::<Vec<Created>>(fields.at(3));
            collector
                .counts(
                    &[
                        (__bulk::Role::Failed, fields.at(1)),
                        (__bulk::Role::Succeeded, fields.at(2)),
                    ],
                );
            let _ = |reply: &Self| {
                let _ = &reply.next;
                let _ = &reply.failed_count;
                let _ = &reply.done_count;
                let _ = &reply.results;
                let _ = &reply.note;
            };
            __bulk::Ok(())
        }
        fn without_items(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
            __bulk::Some(response.without_items(&Self::SHAPE))
        }
    }
    const _: () = __bulk::reply_type::<Page>();
    #[automatically_derived]
    impl __bulk::Nested for Page
    where
        for<'any> Page: __bulk::Shareable,
        Option<String>: __bulk::AsText,
        u64: __bulk::ItemCount,
        u64: __bulk::ItemCount,
        Vec<Created>: __bulk::ElementList<Element: __bulk::HasVerdict>,
    {
        type Reply = Self;
        const IS_LIST: bool = false;
    }
    impl __bulk::PerItem for Page
    where
        for<'any> Page: __bulk::Shareable,
        Option<String>: __bulk::AsText,
        u64: __bulk::ItemCount,
        u64: __bulk::ItemCount,
        Vec<Created>: __bulk::ElementList<Element: __bulk::HasVerdict>,
    {}
};
