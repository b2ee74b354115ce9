#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::Detail for Queued
    where
        for<'any> Queued: __bulk::Shareable,
    {
        const FROM_ARRAY: bool = false;
        const CODES: __bulk::Codes = __bulk::Codes::NONE;
        fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
            __bulk::by_presence_of(
                __bulk::Some(
                    <Option<String> as __bulk::IsPresent>::is_present(&self.why),
                ),
                __bulk::None,
                <Option<String> as __bulk::IsPresent>::is_present(&self.ticket),
            )
        }
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <Option<String> as __bulk::AsText>::text(&self.why)
        }
    }
    impl __bulk::IsPresent for Queued {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Failure for Queued
    where
        for<'any> Queued: __bulk::Shareable,
    {
        type Or<Other: __bulk::Failure> = Self;
    }
    impl __bulk::IntoFailure<Queued> for Queued {
        fn convert_failure(this: __bulk::Arc<Self>) -> __bulk::Arc<Self> {
            this
        }
    }
    impl __bulk::HasVerdict for Queued
    where
        for<'any> Queued: __bulk::Shareable,
    {}
    impl __bulk::ItemReply for Queued
    where
        for<'any> Queued: __bulk::Shareable,
        String: __bulk::ReplyKey,
        for<'any> Queued: __bulk::Decodes,
    {
        type Key = String;
        type Success = __bulk::Arc<Self>;
        type Failure = Self;
        const SHAPE: __bulk::ElementShape = __bulk::ElementShape::keyed(&["id"]);
        fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
            __bulk::Address::Key(__bulk::Cow::Borrowed(&self.id))
        }
        fn into_success(self) -> <Self as __bulk::ItemReply>::Success {
            __bulk::Arc::new(self)
        }
        fn into_failure(self, _: &'static str) -> Self {
            self
        }
    }
    const _: () = __bulk::element_type::<Queued>();
};
