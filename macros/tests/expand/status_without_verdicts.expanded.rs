impl ::bulk_endpoint::__private::AsText for Code {
    const CODES: ::bulk_endpoint::__private::Codes = ::bulk_endpoint::__private::Codes::of(
        ::bulk_endpoint::__private::CodeSet::Words(&["Gone", "Busy"]),
    );
    fn text(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            Self::Gone { .. } => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::Cow::Borrowed("Gone"),
                )
            }
            Self::Busy { .. } => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::Cow::Borrowed("Busy"),
                )
            }
        }
    }
}
impl ::bulk_endpoint::__private::IsPresent for Code {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
