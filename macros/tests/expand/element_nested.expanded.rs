#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::Detail for Row
    where
        Item: __bulk::Detail,
        Option<Problem>: __bulk::Detail,
        for<'any> Row: __bulk::Shareable,
    {
        const FROM_ARRAY: bool = false;
        const CODES: __bulk::Codes = <Item as __bulk::Detail>::CODES
            .or(<Option<Problem> as __bulk::Detail>::CODES);
        fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
            __bulk::by_presence(
                __bulk::Some(
                    <Option<Problem> as __bulk::IsPresent>::is_present(&self.error),
                ),
                __bulk::None,
            )
        }
        fn code(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            __bulk::Option::or_else(
                <Item as __bulk::Detail>::code(&self.item),
                || <Option<Problem> as __bulk::Detail>::code(&self.error),
            )
        }
        fn message(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            __bulk::Option::or_else(
                <Item as __bulk::Detail>::message(&self.item),
                || <Option<Problem> as __bulk::Detail>::message(&self.error),
            )
        }
        fn retry_after(&self) -> __bulk::Option<::core::time::Duration> {
            __bulk::Option::or_else(
                <Item as __bulk::Detail>::retry_after(&self.item),
                || <Option<Problem> as __bulk::Detail>::retry_after(&self.error),
            )
        }
        fn retries(&self) -> __bulk::Option<::core::primitive::bool> {
            __bulk::Option::or_else(
                <Item as __bulk::Detail>::retries(&self.item),
                || <Option<Problem> as __bulk::Detail>::retries(&self.error),
            )
        }
        fn codes() -> &'static [__bulk::CodeAt] {
            const {
                &[
                    __bulk::CodeAt::Nested {
                        names: &["item"],
                        codes: <Item as __bulk::Detail>::codes,
                    },
                    __bulk::CodeAt::Nested {
                        names: &["error", "err"],
                        codes: <Option<Problem> as __bulk::Detail>::codes,
                    },
                ]
            }
        }
    }
    impl __bulk::IsPresent for Row {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Failure for Row
    where
        Item: __bulk::Detail,
        Option<Problem>: __bulk::Detail,
        for<'any> Row: __bulk::Shareable,
    {
        type Or<Other: __bulk::Failure> = Self;
    }
    impl __bulk::IntoFailure<Row> for Row {
        fn convert_failure(this: __bulk::Arc<Self>) -> __bulk::Arc<Self> {
            this
        }
    }
    impl __bulk::HasVerdict for Row
    where
        Item: __bulk::Detail,
        Option<Problem>: __bulk::Detail,
        for<'any> Row: __bulk::Shareable,
    {}
    impl __bulk::ItemReply for Row
    where
        Item: __bulk::Detail,
        Option<Problem>: __bulk::Detail,
        for<'any> Row: __bulk::Shareable,
        Item: __bulk::ItemReply,
        for<'any> Row: __bulk::Decodes,
    {
        type Key = <Item as __bulk::ItemReply>::Key;
        type Success = __bulk::Arc<Self>;
        type Failure = Self;
        const SHAPE: __bulk::ElementShape = __bulk::ElementShape::nested_in(
            &<Item as __bulk::ItemReply>::SHAPE,
        );
        fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
            <Item as __bulk::ItemReply>::address(&self.item)
        }
        fn in_group(&self) -> __bulk::Option<__bulk::Cow<'_, ::core::primitive::str>> {
            <Item as __bulk::ItemReply>::in_group(&self.item)
        }
        fn into_success(self) -> <Self as __bulk::ItemReply>::Success {
            __bulk::Arc::new(self)
        }
        fn into_failure(self, _: &'static str) -> Self {
            self
        }
    }
    const _: () = __bulk::element_type::<Row>();
};
