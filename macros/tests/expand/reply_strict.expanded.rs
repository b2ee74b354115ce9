#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::BulkReply for Page
where
    for<'any> Page: ::bulk_endpoint::__private::Shareable,
    Option<String>: ::bulk_endpoint::__private::AsText,
    u64: ::bulk_endpoint::__private::ItemCount,
    u64: ::bulk_endpoint::__private::ItemCount,
    Vec<
        Created,
    >: ::bulk_endpoint::__private::ElementList<
        Element: ::bulk_endpoint::__private::HasVerdict,
    >,
{
    type Key = <<Vec<
        Created,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Key;
    type Success = <<Vec<
        Created,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Success;
    type Failure = <<Vec<
        Created,
    > as ::bulk_endpoint::__private::ElementList>::Element as ::bulk_endpoint::ItemReply>::Failure;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(
            ::bulk_endpoint::__private::BodyShape::Object(
                &[
                    ::bulk_endpoint::__private::FieldShape::new(
                        "next",
                        ::bulk_endpoint::__private::FieldKind::NextJob,
                    ),
                    ::bulk_endpoint::__private::FieldShape::new(
                            "failed_count",
                            ::bulk_endpoint::__private::FieldKind::Count(
                                ::bulk_endpoint::__private::Role::Failed,
                            ),
                        )
                        .required(),
                    ::bulk_endpoint::__private::FieldShape::new(
                            "done_count",
                            ::bulk_endpoint::__private::FieldKind::Count(
                                ::bulk_endpoint::__private::Role::Succeeded,
                            ),
                        )
                        .required(),
                    ::bulk_endpoint::__private::FieldShape::new(
                            "results",
                            ::bulk_endpoint::__private::FieldKind::List {
                                role: ::bulk_endpoint::__private::Role::Results,
                                element: <Vec<
                                    Created,
                                > as ::bulk_endpoint::__private::ElementList>::SHAPE,
                            },
                        )
                        .required(),
                    ::bulk_endpoint::__private::FieldShape::new(
                            "note",
                            ::bulk_endpoint::__private::FieldKind::Plain,
                        )
                        .aliases(&["remark"]),
                ],
            ),
        )
        .deny_unknown();
    fn read(
        response: &::bulk_endpoint::__private::RawResponse<'_>,
        collector: &mut ::bulk_endpoint::__private::CollectorOf<'_, Self>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::__private::DecodeError> {
        let fields = &response.fields(&Self::SHAPE)?;
        collector.check_fields(fields);
        collector.next_job::<Option<String>>(fields.at(0));
        collector.results_list::<Vec<Created>>(fields.at(3));
        collector
            .counts(
                &[
                    (::bulk_endpoint::__private::Role::Failed, fields.at(1)),
                    (::bulk_endpoint::__private::Role::Succeeded, fields.at(2)),
                ],
            );
        let _ = |reply: &Self| {
            let _ = &reply.next;
            let _ = &reply.failed_count;
            let _ = &reply.done_count;
            let _ = &reply.results;
            let _ = &reply.note;
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
const _: () = ::bulk_endpoint::__private::reply_type::<Page>();
#[automatically_derived]
impl ::bulk_endpoint::__private::Nested for Page
where
    for<'any> Page: ::bulk_endpoint::__private::Shareable,
    Option<String>: ::bulk_endpoint::__private::AsText,
    u64: ::bulk_endpoint::__private::ItemCount,
    u64: ::bulk_endpoint::__private::ItemCount,
    Vec<
        Created,
    >: ::bulk_endpoint::__private::ElementList<
        Element: ::bulk_endpoint::__private::HasVerdict,
    >,
{
    type Reply = Self;
    const IS_LIST: bool = false;
}
impl ::bulk_endpoint::__private::PerItem for Page
where
    for<'any> Page: ::bulk_endpoint::__private::Shareable,
    Option<String>: ::bulk_endpoint::__private::AsText,
    u64: ::bulk_endpoint::__private::ItemCount,
    u64: ::bulk_endpoint::__private::ItemCount,
    Vec<
        Created,
    >: ::bulk_endpoint::__private::ElementList<
        Element: ::bulk_endpoint::__private::HasVerdict,
    >,
{}
