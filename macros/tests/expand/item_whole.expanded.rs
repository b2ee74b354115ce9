#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::BulkItem for Event
    where
        Event: __bulk::ItemKey,
    {
        type Key = Event;
        const OWN_KEY: bool = true;
        const IS_OBJECT: ::core::primitive::bool = true;
        const HAS_ASSIGNED_ID: ::core::primitive::bool = false;
        fn key(&self) -> __bulk::Cow<'_, <Self as __bulk::BulkItem>::Key> {
            __bulk::Cow::Borrowed(self)
        }
    }
    impl __bulk::Keyed for Event
    where
        Event: __bulk::ItemKey,
    {}
    impl __bulk::ItemReply for Event
    where
        Event: __bulk::ItemKey,
    {
        type Key = Event;
        type Success = ();
        type Failure = __bulk::Listed;
        const SHAPE: __bulk::ElementShape = __bulk::ElementShape::bare();
        fn address(&self) -> __bulk::Address<'_, <Self as __bulk::ItemReply>::Key> {
            __bulk::Address::Key(__bulk::Cow::Borrowed(self))
        }
        fn into_success(self) {}
        fn into_failure(self, list: &'static str) -> __bulk::Listed {
            __bulk::Listed { list }
        }
    }
    impl __bulk::Detail for Event
    where
        Event: __bulk::ItemKey,
    {}
    impl __bulk::Grouped for Event {
        fn group(&self) -> __bulk::Cow<'_, ::core::primitive::str> {
            __bulk::group_name(&self.list)
        }
    }
    const _: () = __bulk::item_type::<Event>();
};
