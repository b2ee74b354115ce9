//! Generated code names everything from the root.
#![no_implicit_prelude]

type Result<T> = ::core::option::Option<T>;

/// A token.
#[::core::prelude::v1::derive(
    ::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash,
    ::serde::Serialize, ::serde::Deserialize, ::bulk_endpoint::BulkItem,
)]
struct TokenId(::std::string::String);

#[::core::prelude::v1::derive(::serde::Deserialize, ::bulk_endpoint::ItemReply)]
struct Element {
    #[bulk(key)]
    id: TokenId,
    #[bulk(status)]
    status: u16,
    #[bulk(message)]
    message: ::core::option::Option<::std::string::String>,
    extra: u8,
}

#[::core::prelude::v1::derive(::serde::Deserialize, ::bulk_endpoint::BulkReply)]
#[bulk(unlisted = succeeded)]
struct Answer {
    #[bulk(results)]
    results: ::std::vec::Vec<Element>,
}

#[::core::prelude::v1::derive(::core::fmt::Debug, ::bulk_endpoint::ApiError)]
enum Refused {
    #[bulk(on(400))]
    Bad {
        #[bulk(code)]
        code: ::std::string::String,
    },
    #[bulk(on(404))]
    Missing,
}

#[::bulk_endpoint::bulk_api]
trait Tokens {
    #[post("/orgs/{id}/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self, id: u8) -> ::bulk_endpoint::Bulk<TokenId, Answer, Refused>;
}

fn main() {
    let _: Result<u8> = ::core::option::Option::None;
}
