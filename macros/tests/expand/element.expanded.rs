#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::Detail for Created
    where
        for<'any> Created: __bulk::Shareable,
    {
        const FROM_ARRAY: bool = false;
        const CODES: __bulk::Codes = <u16 as __bulk::Status>::CODES;
        fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
            <u16 as __bulk::Status>::verdict(&self.status_code)
        }
        fn code(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <u16 as __bulk::Status>::word(&self.status_code)
        }
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <Option<String> as __bulk::AsText>::text(&self.message)
        }
    }
    impl __bulk::IsPresent for Created {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Failure for Created
    where
        for<'any> Created: __bulk::Shareable,
    {
        type Or<Other: __bulk::Failure> = Self;
    }
    impl __bulk::IntoFailure<Created> for Created {
        fn convert_failure(this: __bulk::Arc<Self>) -> __bulk::Arc<Self> {
            this
        }
    }
    impl __bulk::HasVerdict for Created
    where
        for<'any> Created: __bulk::Shareable,
    {}
    impl __bulk::ItemReply for Created
    where
        for<'any> Created: __bulk::Shareable,
        String: __bulk::ReplyKey,
        for<'any> Created: __bulk::Decodes,
    {
        type Key = String;
        type Success = __bulk::Arc<Self>;
        type Failure = Self;
        const SHAPE: __bulk::ElementShape = __bulk::ElementShape::keyed(&["externalId"])
            .status("statusCode");
        fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
            __bulk::Address::Key(__bulk::Cow::Borrowed(&self.external_id))
        }
        fn into_success(self) -> <Self as __bulk::ItemReply>::Success {
            __bulk::Arc::new(self)
        }
        fn into_failure(self, _: &'static str) -> Self {
            self
        }
    }
    const _: () = __bulk::element_type::<Created>();
};
