#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::Detail for Unsent
    where
        bool: __bulk::RetryFlag,
        for<'any> Unsent: __bulk::Shareable,
    {
        const FROM_ARRAY: bool = false;
        const CODES: __bulk::Codes = <String as __bulk::AsText>::CODES;
        fn code(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <String as __bulk::AsText>::text(&self.code)
        }
        fn retries(&self) -> __bulk::Option<::core::primitive::bool> {
            __bulk::Option::map(
                <bool as __bulk::RetryFlag>::flag(&self.sender_fault),
                |flag| !flag,
            )
        }
        fn codes() -> &'static [__bulk::CodeAt] {
            const {
                &[
                    __bulk::CodeAt::Field {
                        names: &["code"],
                        read: __bulk::code_text::<String>,
                    },
                ]
            }
        }
    }
    impl __bulk::IsPresent for Unsent {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Failure for Unsent
    where
        bool: __bulk::RetryFlag,
        for<'any> Unsent: __bulk::Shareable,
    {
        type Or<Other: __bulk::Failure> = Self;
    }
    impl __bulk::IntoFailure<Unsent> for Unsent {
        fn convert_failure(this: __bulk::Arc<Self>) -> __bulk::Arc<Self> {
            this
        }
    }
    impl __bulk::ItemReply for Unsent
    where
        bool: __bulk::RetryFlag,
        for<'any> Unsent: __bulk::Shareable,
        String: __bulk::ReplyKey,
        for<'any> Unsent: __bulk::Decodes,
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
    const _: () = __bulk::element_type::<Unsent>();
};
