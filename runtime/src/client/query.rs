//! The query parameters of a client, such as an API key. They are sent with each request, and are in no URL that is shown.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

/// What a URL shows instead of a secret. It has none of the characters that a URL escapes.
const REDACTED: &str = "redacted";

/// The query parameters that a client adds to each request.
#[derive(Clone, Default)]
pub(crate) struct ClientQuery(Vec<SecretPair>);

#[derive(Clone)]
struct SecretPair {
    name: String,
    /// Name and value as they are sent: `sig=a%2Fb`.
    written: SecretString,
}

impl ClientQuery {
    /// Reads the query of a base URL. It is sent as it is written, so that a signature in it stays valid.
    pub(super) fn written(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        ClientQuery(
            pairs
                .map(|pair| {
                    let name = form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned());
                    SecretPair { name: name.unwrap_or_default(), written: pair.to_owned().into() }
                })
                .collect(),
        )
    }

    /// Adds a parameter.
    pub(super) fn push(&mut self, name: &str, value: &SecretString) {
        let mut written = form_urlencoded::Serializer::new(String::new());
        written.append_pair(name, value.expose_secret());
        self.0.push(SecretPair { name: name.to_owned(), written: written.finish().into() });
    }

    /// The parameters with their values redacted, for a URL that is shown. A parameter without a name is a secret as a whole: `?s3cret`.
    pub(crate) fn redacted(&self) -> Self {
        let redacted = self.0.iter().map(|SecretPair { name, written }| {
            let written = match written.expose_secret().split_once('=') {
                Some((name, _)) => format!("{name}={REDACTED}"),
                None => REDACTED.to_owned(),
            };
            SecretPair { name: name.clone(), written: written.into() }
        });
        ClientQuery(redacted.collect())
    }

    /// Adds the parameters to the URL of a request. A parameter that the URL has already replaces one of this name.
    pub(crate) fn add_to(&self, url: &mut Url) {
        if self.0.is_empty() {
            return;
        }
        let own = url.query().unwrap_or_default();
        let names: HashSet<_> = form_urlencoded::parse(own.as_bytes()).map(|(name, _)| name).collect();
        let added = self.0.iter().filter(|parameter| !names.contains(parameter.name.as_str()));
        let parts = Some(own).filter(|own| !own.is_empty()).into_iter();
        let parts: Vec<&str> = parts.chain(added.map(|parameter| parameter.written.expose_secret())).collect();
        let query = parts.join("&");
        url.set_query(Some(&query));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_those_of_the_request() {
        let mut query = ClientQuery::written("sv=2024&sig=a%2Fb%3D&&flag");
        query.push("key", &SecretString::from("a b&c/ü"));
        for (url, want) in [
            ("https://a.example/x", "sv=2024&sig=a%2Fb%3D&flag&key=a+b%26c%2F%C3%BC"),
            ("https://a.example/x?", "sv=2024&sig=a%2Fb%3D&flag&key=a+b%26c%2F%C3%BC"),
            ("https://a.example/x?id=1%2C2", "id=1%2C2&sv=2024&sig=a%2Fb%3D&flag&key=a+b%26c%2F%C3%BC"),
            ("https://a.example/x?key=1&sv", "key=1&sv&sig=a%2Fb%3D&flag"),
        ] {
            let mut url = Url::parse(url).unwrap();
            query.add_to(&mut url);
            assert_eq!(url.query(), Some(want), "{url}");
        }
        let mut url = Url::parse("https://a.example/x?sv=mine").unwrap();
        query.redacted().add_to(&mut url);
        assert_eq!(url.query(), Some("sv=mine&sig=redacted&redacted&key=redacted"));
        let mut url = Url::parse("https://a.example/x").unwrap();
        ClientQuery::default().add_to(&mut url);
        assert_eq!(url.as_str(), "https://a.example/x");
    }
}
