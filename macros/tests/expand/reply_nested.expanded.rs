#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Envelope
where
    for<'any> Envelope: ::bulk_endpoint::__private::Shareable,
    Word: ::bulk_endpoint::__private::Status,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<Response>: ::bulk_endpoint::__private::Nested,
{
    type Key = <<Option<
        Response,
    > as ::bulk_endpoint::__private::Nested>::Reply as ::bulk_endpoint::BulkReply>::Key;
    type Success = <<Option<
        Response,
    > as ::bulk_endpoint::__private::Nested>::Reply as ::bulk_endpoint::BulkReply>::Success;
    type Failure = <<Option<
        Response,
    > as ::bulk_endpoint::__private::Nested>::Reply as ::bulk_endpoint::BulkReply>::Failure;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(
        ::bulk_endpoint::__private::BodyShape::Object(
            &[
                ::bulk_endpoint::__private::FieldShape::new(
                        "status",
                        ::bulk_endpoint::__private::FieldKind::Status {
                            codes: <Word as ::bulk_endpoint::__private::Status>::CODES,
                        },
                    )
                    .required(),
                ::bulk_endpoint::__private::FieldShape::new(
                    "code",
                    ::bulk_endpoint::__private::FieldKind::Code {
                        codes: <Option<
                            String,
                        > as ::bulk_endpoint::__private::AsText>::CODES,
                    },
                ),
                ::bulk_endpoint::__private::FieldShape::new(
                    "message",
                    ::bulk_endpoint::__private::FieldKind::Message,
                ),
                ::bulk_endpoint::__private::FieldShape::new(
                    "job",
                    ::bulk_endpoint::__private::FieldKind::Job,
                ),
                ::bulk_endpoint::__private::FieldShape::new(
                    "result",
                    ::bulk_endpoint::__private::FieldKind::Nested {
                        reply: &<<Option<
                            Response,
                        > as ::bulk_endpoint::__private::Nested>::Reply as ::bulk_endpoint::BulkReply>::SHAPE,
                        is_list: <Option<
                            Response,
                        > as ::bulk_endpoint::__private::Nested>::IS_LIST,
                    },
                ),
            ],
        ),
    );
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
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
        ::core::result::Result::Ok(())
    }
    fn without_items(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::bulk_endpoint::__private::DecodeError>,
    > {
        ::core::option::Option::Some(response.without_items(&Self::SHAPE))
    }
}
const _: () = ::bulk_endpoint::__private::reply_type::<Envelope>();
#[automatically_derived]
impl ::bulk_endpoint::__private::Nested for Envelope
where
    for<'any> Envelope: ::bulk_endpoint::__private::Shareable,
    Word: ::bulk_endpoint::__private::Status,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<Response>: ::bulk_endpoint::__private::Nested,
{
    type Reply = Self;
    const IS_LIST: bool = false;
}
impl ::bulk_endpoint::__private::PerItem for Envelope
where
    for<'any> Envelope: ::bulk_endpoint::__private::Shareable,
    Word: ::bulk_endpoint::__private::Status,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<String>: ::bulk_endpoint::__private::AsText,
    Option<Response>: ::bulk_endpoint::__private::Nested,
{}
