#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::Detail for Misplaced
    where
        for<'any> Misplaced: __bulk::Shareable,
    {
        const FROM_ARRAY: bool = false;
        const CODES: __bulk::Codes = __bulk::Codes::NONE;
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            <String as __bulk::AsText>::text(&self.detail)
        }
    }
    impl __bulk::IsPresent for Misplaced {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Failure for Misplaced
    where
        for<'any> Misplaced: __bulk::Shareable,
    {
        type Or<Other: __bulk::Failure> = Self;
    }
    impl __bulk::IntoFailure<Misplaced> for Misplaced {
        fn convert_failure(this: __bulk::Arc<Self>) -> __bulk::Arc<Self> {
            this
        }
    }
    impl __bulk::ItemReply for Misplaced
    where
        for<'any> Misplaced: __bulk::Shareable,
        Option<String>: __bulk::AsText,
        String: __bulk::AsText,
        for<'any> Misplaced: __bulk::Decodes,
    {
        type Key = __bulk::Index<0>;
        type Success = __bulk::Arc<Self>;
        type Failure = Self;
        const SHAPE: __bulk::ElementShape = __bulk::ElementShape::keyed_in(
                &["pointer"],
                "/items/{i}*",
            )
            .group("array");
        fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
            match __bulk::KeyText::of("/items/{i}*")
                .index::<
                    0,
                >(
                    __bulk::Option::as_deref(
                        &<Option<String> as __bulk::AsText>::text(&self.pointer),
                    ),
                )
            {
                __bulk::Some(key) => __bulk::Address::Key(__bulk::Cow::Owned(key)),
                __bulk::None => __bulk::Address::Keys(&[]),
            }
        }
        fn in_group(&self) -> __bulk::Option<__bulk::Cow<'_, ::core::primitive::str>> {
            <String as __bulk::AsText>::text(&self.array)
        }
        fn into_success(self) -> <Self as __bulk::ItemReply>::Success {
            __bulk::Arc::new(self)
        }
        fn into_failure(self, _: &'static str) -> Self {
            self
        }
    }
    const _: () = __bulk::element_type::<Misplaced>();
};
