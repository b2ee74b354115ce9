impl<'de> ::bulk_endpoint::__private::serde::Deserialize<'de> for Number {
    fn deserialize<D: ::bulk_endpoint::__private::serde::Deserializer<'de>>(
        from: D,
    ) -> ::core::result::Result<Self, D::Error> {
        match ::bulk_endpoint::__private::status_number(from)? {
            number if number == Self::Ok as ::core::primitive::i128 => {
                ::core::result::Result::Ok(Self::Ok)
            }
            number if number == Self::Gone as ::core::primitive::i128 => {
                ::core::result::Result::Ok(Self::Gone)
            }
            _ => ::core::result::Result::Ok(Self::Other),
        }
    }
}
impl ::bulk_endpoint::__private::AsText for Number {
    const CODES: ::bulk_endpoint::__private::Codes = ::bulk_endpoint::__private::Codes::of(
        ::bulk_endpoint::__private::CodeSet::Numbers(
            &[Self::Ok as ::core::primitive::i128, Self::Gone as ::core::primitive::i128],
        ),
    );
    fn text(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        match self {
            Self::Ok => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::status_word(
                        Self::Ok as ::core::primitive::i128,
                    ),
                )
            }
            Self::Gone => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::status_word(
                        Self::Gone as ::core::primitive::i128,
                    ),
                )
            }
            Self::Other => ::core::option::Option::None,
        }
    }
}
impl ::bulk_endpoint::__private::IsPresent for Number {
    fn is_present(&self) -> ::core::primitive::bool {
        true
    }
}
impl ::bulk_endpoint::__private::Status for Number {
    const CODES: ::bulk_endpoint::__private::Codes = <Self as ::bulk_endpoint::__private::AsText>::CODES;
    fn verdict(&self) -> ::core::option::Option<::bulk_endpoint::__private::Verdict> {
        match self {
            Self::Ok { .. } => {
                ::core::option::Option::Some(
                    ::bulk_endpoint::__private::Verdict::Succeeded,
                )
            }
            Self::Gone { .. } => {
                ::core::option::Option::Some(::bulk_endpoint::__private::Verdict::Failed)
            }
            Self::Other { .. } => ::core::option::Option::None,
        }
    }
    fn word(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        ::bulk_endpoint::__private::AsText::text(self)
    }
}
