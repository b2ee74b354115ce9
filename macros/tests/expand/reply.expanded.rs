#[automatically_derived]
#[allow(unused_qualifications)]
impl ::bulk_endpoint::Reply for Answer {
    type Key = <<Vec<
        TokenId,
    > as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::Key;
    type Success = <<Vec<
        TokenId,
    > as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::Success;
    type Failure = <Vec<TokenFailure> as ::bulk_endpoint::__private::Elements>::Element;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape = ::bulk_endpoint::__private::ReplyShape::new(::bulk_endpoint::__private::BodyShape::Object {
            lists: &[
                ::bulk_endpoint::__private::ListShape::new(
                        "done",
                        ::bulk_endpoint::__private::Role::Succeeded,
                        <<Vec<
                            TokenId,
                        > as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::SHAPE,
                    )
                    .aliases(&["ok"]),
                ::bulk_endpoint::__private::ListShape::new(
                        "failed",
                        ::bulk_endpoint::__private::Role::Failed,
                        <<Vec<
                            TokenFailure,
                        > as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::SHAPE,
                    )
                    .required(),
            ],
            required: &["total"],
        })
        .silence(::bulk_endpoint::__private::Silence::Succeeded)
        .on(&[200, 207]);
    fn read(
        answer: &::bulk_endpoint::Answer<'_>,
        says: &mut ::bulk_endpoint::Says<'_, Self::Key, Self::Success, Self::Failure>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::Misfit> {
        let fields = &answer.fields(&Self::SHAPE)?;
        says.check(fields);
        says.succeeded_list::<Vec<TokenId>>(fields.list(0));
        says.failed_list::<Vec<TokenFailure>>(fields.list(1));
        let _ = |reply: &Self| {
            let _ = &reply.done;
            let _ = &reply.failed;
        };
        ::core::result::Result::Ok(())
    }
}
impl ::bulk_endpoint::__private::TellsItems for Answer {}
