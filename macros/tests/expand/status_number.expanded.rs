#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl<'de> __bulk::serde::Deserialize<'de> for Number {
        fn deserialize<D: __bulk::serde::Deserializer<'de>>(
            from: D,
        ) -> __bulk::Result<Self, D::Error> {
            match __bulk::status_number(from)? {
                number if number == Self::Ok as ::core::primitive::i128 => {
                    __bulk::Ok(Self::Ok)
                }
                number if number == Self::Gone as ::core::primitive::i128 => {
                    __bulk::Ok(Self::Gone)
                }
                _ => __bulk::Ok(Self::Other),
            }
        }
    }
    impl __bulk::AsText for Number {
        const CODES: __bulk::Codes = __bulk::Codes::of(
            __bulk::CodeSet::Numbers(
                &[
                    Self::Ok as ::core::primitive::i128,
                    Self::Gone as ::core::primitive::i128,
                ],
            ),
        );
        fn text(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                Self::Ok => {
                    __bulk::Some(
                        __bulk::status_word(Self::Ok as ::core::primitive::i128),
                    )
                }
                Self::Gone => {
                    __bulk::Some(
                        __bulk::status_word(Self::Gone as ::core::primitive::i128),
                    )
                }
                Self::Other => __bulk::None,
            }
        }
    }
    impl __bulk::IsPresent for Number {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Status for Number {
        const CODES: __bulk::Codes = <Self as __bulk::AsText>::CODES;
        fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
            match self {
                Self::Ok { .. } => __bulk::Some(__bulk::Verdict::Succeeded),
                Self::Gone { .. } => __bulk::Some(__bulk::Verdict::Failed),
                Self::Other { .. } => __bulk::None,
            }
        }
        fn word(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            __bulk::AsText::text(self)
        }
    }
};
