//! Lifetimes, named and left out.
#![deny(warnings, elided_lifetimes_in_paths)]

use std::borrow::Cow;
use std::fmt;

use bulk_endpoint::{Bulk, Client, bulk_api};

/// Borrows what it shows.
pub struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[bulk_api]
pub trait Tokens {
    #[post("/{one}/{two}/{three}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate<'a, 'b: 'a>(
        &'a self,
        one: Name<'b>,
        two: &'a Name<'b>,
        three: &'static str,
        four: Cow<'_, str>,
        five: &'_ [&'b str],
    ) -> Bulk<String>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let bound = {
        let short = String::from("short");
        client.deactivate(Name(&short), &Name(&short), "three", Cow::Borrowed(&short), &[&short])
    };
    // What is bound has taken its arguments in.
    drop(client);
    let _ = bound.clone();
}
