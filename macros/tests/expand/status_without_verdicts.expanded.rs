#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::AsText for Code {
        const CODES: __bulk::Codes = __bulk::Codes::of(
            __bulk::CodeSet::Words(&["Gone", "Busy"]),
        );
        fn text(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                Self::Gone { .. } => __bulk::Some(__bulk::Cow::Borrowed("Gone")),
                Self::Busy { .. } => __bulk::Some(__bulk::Cow::Borrowed("Busy")),
            }
        }
    }
    impl __bulk::IsPresent for Code {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
};
