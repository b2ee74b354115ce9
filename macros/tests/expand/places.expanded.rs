trait Writes {
    fn patch(&self) -> Bulk<Patch>;
    fn write(&self) -> Bulk<Write, Unprocessed>;
    fn delete(&self, quiet: bool) -> Bulk<Key>;
}
/// Sends the requests of [`Writes`].
#[allow(dead_code)]
#[::core::prelude::v1::derive(::core::clone::Clone, ::core::fmt::Debug)]
struct WritesClient {
    client: ::bulk_endpoint::Client,
}
#[allow(dead_code, deprecated, non_snake_case, unused_imports)]
#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    use __bulk::Unfit as _;
    impl WritesClient {
        /// The endpoint of [`Writes::patch`].
        const PATCH: __bulk::Endpoint<Bulk<Patch>> = __bulk::Endpoint::new(
                __bulk::EndpointSpec::new("patch", __bulk::Method::Put, "/patches", 5)
                    .items(__bulk::ItemsAt::Map("/patches")),
            )
            .with_plug_ins(|binder| __bulk::finish::<
                Bulk<Patch>,
            >(__bulk::in_map::<Bulk<Patch>>(binder)));
        /// The endpoint of [`Writes::write`].
        const WRITE: __bulk::Endpoint<Bulk<Write, Unprocessed>> = __bulk::Endpoint::new(
                __bulk::EndpointSpec::new("write", __bulk::Method::Post, "/writes", 25)
                    .items(__bulk::ItemsAt::Groups("/RequestItems"))
                    .partial(),
            )
            .with_plug_ins(|binder| __bulk::finish_partial::<
                Bulk<Write, Unprocessed>,
            >(__bulk::in_groups::<Bulk<Write, Unprocessed>>(binder)));
        /// The endpoint of [`Writes::delete`].
        const DELETE: __bulk::Endpoint<Bulk<Key>> = __bulk::Endpoint::new(
                __bulk::EndpointSpec::new(
                        "delete",
                        __bulk::Method::Post,
                        "/delete",
                        1000,
                    )
                    .items(__bulk::ItemsAt::Codec)
                    .arguments(&[__bulk::ArgumentAt::Field("/quiet")]),
            )
            .with_plug_ins(|binder| __bulk::finish_already::<
                Bulk<Key>,
            >(__bulk::by_codec::<Bulk<Key>, xml::DeleteObjects<V1>>(binder), gone));
        /// All endpoints, as data.
        const ENDPOINTS: &'static [__bulk::EndpointSpec] = &[
            *__bulk::Endpoint::spec(&Self::PATCH),
            *__bulk::Endpoint::spec(&Self::WRITE),
            *__bulk::Endpoint::spec(&Self::DELETE),
        ];
        /// A client of these endpoints.
        #[must_use]
        const fn new(client: __bulk::Client) -> Self {
            Self { client }
        }
    }
    impl Writes for WritesClient {
        fn patch(&self) -> Bulk<Patch> {
            __bulk::finish_with_plug_ins(
                Self::PATCH,
                __bulk::bind(&self.client, Self::PATCH),
            )
        }
        fn write(&self) -> Bulk<Write, Unprocessed> {
            __bulk::finish_with_plug_ins(
                Self::WRITE,
                __bulk::bind(&self.client, Self::WRITE),
            )
        }
        fn delete(&self, quiet: bool) -> Bulk<Key> {
            __bulk::finish_with_plug_ins(
                Self::DELETE,
                __bulk::bind(&self.client, Self::DELETE).field("/quiet", &quiet),
            )
        }
    }
    const _: () = {
        __bulk::check(
            __bulk::Endpoint::spec(&WritesClient::PATCH),
            __bulk::TypesOf::<Bulk<Patch>>::TYPES,
        );
    };
    const _: () = {
        __bulk::check(
            __bulk::Endpoint::spec(&WritesClient::WRITE),
            __bulk::TypesOf::<Bulk<Write, Unprocessed>>::TYPES,
        );
    };
    const _: () = {
        __bulk::check(
            __bulk::Endpoint::spec(&WritesClient::DELETE),
            __bulk::TypesOf::<Bulk<Key>>::TYPES,
        );
    };
};
