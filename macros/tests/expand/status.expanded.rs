impl ::bulk_endpoint::__private::AsText for Word {
    const CODES: ::bulk_endpoint::__private::Codes = ::bulk_endpoint::__private::Codes::of(
            ::bulk_endpoint::__private::CodeSet::Words(&["all-done", "gone"]),
        )
        .or(<String as ::bulk_endpoint::__private::AsText>::CODES);
    fn text(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            Self::AllDone { .. } => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::Cow::Borrowed("all-done"),
                )
            }
            Self::NotFound { .. } => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::Cow::Borrowed("gone"),
                )
            }
            Self::Other(word) => {
                <String as ::bulk_endpoint::__private::AsText>::text(word)
            }
        }
    }
}
impl ::bulk_endpoint::__private::IsPresent for Word {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Status for Word {
    const CODES: ::bulk_endpoint::__private::Codes = <Self as ::bulk_endpoint::__private::AsText>::CODES;
    fn verdict(&self) -> ::core::option::Option<::bulk_endpoint::__private::Verdict> {
        match self {
            Self::AllDone { .. } => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::Verdict::Succeeded,
                )
            }
            Self::NotFound { .. } => {
                ::core::option::Option::Some(::bulk_endpoint::__private::Verdict::Failed)
            }
            Self::Other { .. } => ::core::option::Option::None,
        }
    }
    fn word(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        ::bulk_endpoint::__private::AsText::text(self)
    }
}
