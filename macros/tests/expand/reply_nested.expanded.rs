#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    #[automatically_derived]
    impl __bulk::BulkReply for Envelope
    where
        for<'any> Envelope: __bulk::Shareable,
        Word: __bulk::Status,
        Option<String>: __bulk::AsText,
        Option<String>: __bulk::AsText,
        Option<String>: __bulk::AsText,
        Option<Response>: __bulk::Nested,
    {
        type Key = <<Option<
            Response,
        > as __bulk::Nested>::Reply as __bulk::BulkReply>::Key;
        type Success = <<Option<
            Response,
        > as __bulk::Nested>::Reply as __bulk::BulkReply>::Success;
        type Failure = <<Option<
            Response,
        > as __bulk::Nested>::Reply as __bulk::BulkReply>::Failure;
        const SHAPE: __bulk::ReplyShape = __bulk::ReplyShape::new(
            __bulk::BodyShape::Object(
                &[
                    __bulk::FieldShape::new(
                            "status",
                            __bulk::FieldKind::Status {
                                codes: <Word as __bulk::Status>::CODES,
                            },
                        )
                        .required(),
                    __bulk::FieldShape::new(
                        "code",
                        __bulk::FieldKind::Code {
                            codes: <Option<String> as __bulk::AsText>::CODES,
                        },
                    ),
                    __bulk::FieldShape::new("message", __bulk::FieldKind::Message),
                    __bulk::FieldShape::new("job", __bulk::FieldKind::Job),
                    __bulk::FieldShape::new(
                        "result",
                        __bulk::FieldKind::Nested {
                            reply: &<<Option<
                                Response,
                            > as __bulk::Nested>::Reply as __bulk::BulkReply>::SHAPE,
                            is_list: <Option<Response> as __bulk::Nested>::IS_LIST,
                        },
                    ),
                ],
            ),
        );
        fn read(
            response: &__bulk::RawResponse<'_>,
            collector: &mut __bulk::CollectorOf<'_, Self>,
        ) -> __bulk::Result<(), __bulk::DecodeError> {
            let fields = &response.fields(&Self::SHAPE)?;
            collector.check_fields(fields);
            collector.status::<Word>(fields.at(0));
            collector.code::<Option<String>>(fields.at(1));
            collector.message::<Option<String>>(fields.at(2));
            collector.job::<Option<String>>(fields.at(3));
            collector.nested::<Option<Response>>(fields.at(4), response);
            let _ = |reply: &Self| {
                let _ = &reply.status;
                let _ = &reply.code;
                let _ = &reply.message;
                let _ = &reply.job;
                let _ = &reply.result;
            };
            __bulk::Ok(())
        }
        fn without_items(
            response: &__bulk::RawResponse<'_>,
        ) -> __bulk::Option<__bulk::Result<Self, __bulk::DecodeError>> {
            __bulk::Some(response.without_items(&Self::SHAPE))
        }
    }
    const _: () = __bulk::reply_type::<Envelope>();
    #[automatically_derived]
    impl __bulk::Nested for Envelope
    where
        for<'any> Envelope: __bulk::Shareable,
        Word: __bulk::Status,
        Option<String>: __bulk::AsText,
        Option<String>: __bulk::AsText,
        Option<String>: __bulk::AsText,
        Option<Response>: __bulk::Nested,
    {
        type Reply = Self;
        const IS_LIST: bool = false;
    }
    impl __bulk::PerItem for Envelope
    where
        for<'any> Envelope: __bulk::Shareable,
        Word: __bulk::Status,
        Option<String>: __bulk::AsText,
        Option<String>: __bulk::AsText,
        Option<String>: __bulk::AsText,
        Option<Response>: __bulk::Nested,
    {}
};
