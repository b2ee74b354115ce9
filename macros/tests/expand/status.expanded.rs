#[allow(unused_qualifications)]
const _: () = {
    use ::bulk_endpoint::__private as __bulk;
    impl __bulk::AsText for Word {
        const CODES: __bulk::Codes = __bulk::Codes::of(
                __bulk::CodeSet::Words(&["all-done", "gone"]),
            )
            .or(<String as __bulk::AsText>::CODES);
        fn text(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            match self {
                Self::AllDone { .. } => __bulk::Some(__bulk::Cow::Borrowed("all-done")),
                Self::NotFound { .. } => __bulk::Some(__bulk::Cow::Borrowed("gone")),
                Self::Other(word) => <String as __bulk::AsText>::text(word),
            }
        }
    }
    impl __bulk::IsPresent for Word {
        fn is_present(&self) -> ::core::primitive::bool {
            true
        }
    }
    impl __bulk::Status for Word {
        const CODES: __bulk::Codes = <Self as __bulk::AsText>::CODES;
        fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
            match self {
                Self::AllDone { .. } => __bulk::Some(__bulk::Verdict::Succeeded),
                Self::NotFound { .. } => __bulk::Some(__bulk::Verdict::Failed),
                Self::Other { .. } => __bulk::None,
            }
        }
        fn word(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
            __bulk::AsText::text(self)
        }
    }
};
