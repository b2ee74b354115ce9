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
#[allow(dead_code, deprecated, unused_qualifications)]
impl WritesClient {
    /// The endpoint of [`Writes::patch`].
    const PATCH: ::bulk_endpoint::Endpoint<Bulk<Patch>> = ::bulk_endpoint::Endpoint::new(
            ::bulk_endpoint::__private::EndpointSpec::new(
                    "patch",
                    ::bulk_endpoint::__private::Method::Put,
                    "/patches",
                    5,
                )
                .items(::bulk_endpoint::__private::ItemsAt::Map("/patches")),
        )
        .with_plug_ins(|binder| ::bulk_endpoint::__private::finish::<
            Bulk<Patch>,
        >(::bulk_endpoint::__private::in_map::<Bulk<Patch>>(binder)));
    /// The endpoint of [`Writes::write`].
    const WRITE: ::bulk_endpoint::Endpoint<Bulk<Write, Unprocessed>> = ::bulk_endpoint::Endpoint::new(
            ::bulk_endpoint::__private::EndpointSpec::new(
                    "write",
                    ::bulk_endpoint::__private::Method::Post,
                    "/writes",
                    25,
                )
                .items(::bulk_endpoint::__private::ItemsAt::Groups("/RequestItems"))
                .partial(),
        )
        .with_plug_ins(|binder| ::bulk_endpoint::__private::finish_partial::<
            Bulk<Write, Unprocessed>,
        >(::bulk_endpoint::__private::in_groups::<Bulk<Write, Unprocessed>>(binder)));
    /// The endpoint of [`Writes::delete`].
    const DELETE: ::bulk_endpoint::Endpoint<Bulk<Key>> = ::bulk_endpoint::Endpoint::new(
            ::bulk_endpoint::__private::EndpointSpec::new(
                    "delete",
                    ::bulk_endpoint::__private::Method::Post,
                    "/delete",
                    1000,
                )
                .items(::bulk_endpoint::__private::ItemsAt::Codec)
                .arguments(&[::bulk_endpoint::__private::ArgumentAt::Field("/quiet")]),
        )
        .with_plug_ins(|binder| ::bulk_endpoint::__private::finish_already::<
            Bulk<Key>,
        >(
            ::bulk_endpoint::__private::by_codec::<
                Bulk<Key>,
                xml::DeleteObjects<V1>,
            >(binder),
            gone,
        ));
    /// All endpoints, as data.
    const ENDPOINTS: &'static [::bulk_endpoint::__private::EndpointSpec] = &[
        *::bulk_endpoint::Endpoint::spec(&Self::PATCH),
        *::bulk_endpoint::Endpoint::spec(&Self::WRITE),
        *::bulk_endpoint::Endpoint::spec(&Self::DELETE),
    ];
    /// A client of these endpoints.
    #[must_use]
    const fn new(client: ::bulk_endpoint::Client) -> Self {
        Self { client }
    }
}
#[allow(deprecated, non_snake_case, unused_qualifications)]
impl Writes for WritesClient {
    fn patch(&self) -> Bulk<Patch> {
        ::bulk_endpoint::__private::finish_with_plug_ins(
            Self::PATCH,
            ::bulk_endpoint::__private::bind(&self.client, Self::PATCH),
        )
    }
    fn write(&self) -> Bulk<Write, Unprocessed> {
        ::bulk_endpoint::__private::finish_with_plug_ins(
            Self::WRITE,
            ::bulk_endpoint::__private::bind(&self.client, Self::WRITE),
        )
    }
    fn delete(&self, quiet: bool) -> Bulk<Key> {
        ::bulk_endpoint::__private::finish_with_plug_ins(
            Self::DELETE,
            ::bulk_endpoint::__private::bind(&self.client, Self::DELETE)
                .field("/quiet", &quiet),
        )
    }
}
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private::Unfit as _;
    ::bulk_endpoint::__private::check(
        ::bulk_endpoint::Endpoint::spec(&WritesClient::PATCH),
        ::bulk_endpoint::__private::TypesOf::<Bulk<Patch>>::TYPES,
    );
};
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private::Unfit as _;
    ::bulk_endpoint::__private::check(
        ::bulk_endpoint::Endpoint::spec(&WritesClient::WRITE),
        ::bulk_endpoint::__private::TypesOf::<Bulk<Write, Unprocessed>>::TYPES,
    );
};
#[allow(deprecated, unused_imports, unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private::Unfit as _;
    ::bulk_endpoint::__private::check(
        ::bulk_endpoint::Endpoint::spec(&WritesClient::DELETE),
        ::bulk_endpoint::__private::TypesOf::<Bulk<Key>>::TYPES,
    );
};
