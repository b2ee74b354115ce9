//! TLS to the database: what its address says of it, whom the store trusts, and what to do about a server that it does not trust.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use bulk_endpoint::journal::JournalError;
use percent_encoding::percent_decode_str;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::fault::store_error;

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trusted {
    /// The authorities that this machine knows.
    Platform,
    /// The authorities in a file, as PEM, and no others.
    File(String),
}

/// The certificate that a worker shows the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The files of the certificate, with those of the authorities between it and one that the server knows, and of its private key, as PEM. One
    /// file may have all of them.
    certificate: String,
    key: String,
}

/// Both ends of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) trusted: Trusted,
    pub(crate) identity: Option<Identity>,
}

/// An address in libpq's words, as tokio-postgres understands it, and what it does not know: `sslrootcert`, `sslcert`, `sslkey`, and the mode
/// `verify-full`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    pub(crate) url: Cow<'a, str>,
    pub(crate) tls: Tls,
}

impl<'a> Address<'a> {
    /// Reads the parameters of TLS. `Err` is what was found instead.
    pub(crate) fn read(url: &'a str) -> Result<Self, String> {
        // A secret that was made of a file ends with a line break.
        let url = url.trim();
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        // A password may have a question mark, as tokio-postgres reads it.
        let credentials = url.find('@').unwrap_or(0);
        let query = url.get(credentials..).and_then(|rest| rest.find('?')).map(|at| credentials + at);
        let Some((start, query)) = query.filter(|_| is_url).and_then(|at| url.split_at_checked(at + 1)) else {
            return Ok(Address { url: Cow::Borrowed(url), tls: Tls { trusted: Trusted::Platform, identity: None } });
        };
        let (mut parameters, mut mode, mut roots, mut certificate, mut key) = (Vec::new(), None, None, None, None);
        for parameter in query.split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => roots = Some(value),
                Some(("sslcert", value)) => certificate = Some(path(value)),
                Some(("sslkey", value)) => key = Some(path(value)),
                _ => parameters.push(parameter.to_owned()),
            }
        }
        let mode = match mode {
            // Whoever names an authority wants a server that it vouches for, and a certificate is shown only in TLS.
            None => roots.map(|_| "require").or(certificate.as_ref().map(|_| "require")),
            // The name in the certificate is verified in each mode.
            Some("verify-full") => Some("require"),
            Some(mode @ ("disable" | "prefer" | "require")) => Some(mode),
            Some(other) => {
                return Err(format!(
                    "`sslmode={other}`; the modes are `disable`, `prefer`, `require` and `verify-full`"
                ));
            }
        };
        parameters.extend(mode.map(|mode| format!("sslmode={mode}")));
        let trusted = match roots {
            None | Some("system") => Trusted::Platform,
            Some(file) => Trusted::File(path(file)),
        };
        let identity = match (certificate, key) {
            (None, None) => None,
            (None, Some(_)) => {
                return Err("`sslkey` without `sslcert`; name the file of the certificate, too".to_owned());
            }
            (Some(certificate), key) => Some(Identity { key: key.unwrap_or_else(|| certificate.clone()), certificate }),
        };
        let url = Cow::Owned(format!("{start}{}", parameters.join("&")));
        Ok(Address { url, tls: Tls { trusted, identity } })
    }
}

/// A path in an address.
fn path(encoded: &str) -> String {
    percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}

impl Tls {
    /// TLS to servers whose certificate one of the trusted authorities signed. The name in it is verified, too.
    pub(crate) fn connector(&self, name: &str) -> Result<MakeRustlsConnect, JournalError> {
        let provider =
            CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
        let cannot = |error: rustls::Error| {
            store_error(format!(
                "cannot prepare TLS to the database {name}: {error}; install the root certificates of this machine, name the file of the \
                 database's authority (`sslrootcert=/path/ca.pem`), or use `sslmode=disable` in a network that you trust"
            ))
        };
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(cannot)?;
        let builder = match &self.trusted {
            Trusted::Platform => builder.with_platform_verifier().map_err(cannot)?,
            Trusted::File(file) => {
                let roots = authorities(file).map_err(|found| {
                    store_error(format!(
                        "expected the certificate of an authority (PEM) in the file {file:?}, which `sslrootcert` names for the database \
                         {name}, found: {found}; correct the path, or the file"
                    ))
                })?;
                builder.with_root_certificates(roots)
            }
        };
        let config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let parts = identity.read().map_err(|(word, file, found)| {
                    let expected = if word == "sslcert" { "a certificate" } else { "a private key that is not encrypted" };
                    store_error(format!(
                        "expected {expected} (PEM) in the file {file:?}, which `{word}` names for the database {name}, found: {found}; correct the \
                         path, or the file"
                    ))
                });
                let (chain, key) = parts?;
                builder.with_client_auth_cert(chain, key).map_err(|error| {
                    store_error(format!(
                        "expected the private key of the certificate in the file {:?}, which the address of the database {name} names, found \
                         another one: {error}; correct `sslcert` or `sslkey`",
                        identity.key
                    ))
                })?
            }
        };
        Ok(MakeRustlsConnect::new(config))
    }
}

impl Identity {
    /// Reads both files. `Err` is the word of the address that names the file, the file, and what was found.
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), (&'static str, &str, String)> {
        let of_certificate = |found: String| ("sslcert", self.certificate.as_str(), found);
        let chain = CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| of_certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(of_certificate("no certificate".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key);
        let key = key.map_err(|error| match error {
            pem::Error::NoItemsFound => ("sslkey", self.key.as_str(), "none".to_owned()),
            error => ("sslkey", self.key.as_str(), error.to_string()),
        })?;
        Ok((chain, key))
    }
}

fn authorities(file: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| error.to_string())? {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() { Err("no certificate".to_owned()) } else { Ok(roots) }
}

/// Why no connection that is protected could be made, with what to do about it; `None` if TLS is not the reason.
pub(crate) fn refusal(error: &tokio_postgres::Error) -> Option<String> {
    let cause = std::error::Error::source(error)?;
    let Some(error) = cause.downcast_ref::<io::Error>() else {
        // tokio-postgres has no other word for it.
        let has_none = cause.to_string() == "server does not support TLS";
        return has_none.then(|| {
            "expected a server with TLS, found one without it; set `ssl = on` and `ssl_cert_file` in its postgresql.conf, or use \
             `sslmode=disable` in a network that you trust"
                .to_owned()
        });
    };
    let error: &rustls::Error = error.get_ref()?.downcast_ref()?;
    let fix = match error {
        rustls::Error::InvalidCertificate(why) => fix(why),
        rustls::Error::AlertReceived(alert) if is_about_identity(*alert) => {
            "name a certificate (`sslcert`) that is valid and that an authority in the server's `ssl_ca_file` signed, or see the log of the server"
        }
        // Such as another alert.
        _ => "see the log of the server",
    };
    Some(format!("{error}; {fix}"))
}

/// Whether the server refuses the certificate of the client, or the lack of one.
fn is_about_identity(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::UnknownCA
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::CertificateRequired
            | Alert::AccessDenied
    )
}

/// What to do about a certificate that is refused.
fn fix(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::UnknownIssuer => {
            "name the file of the authority that signed it (`sslrootcert=/path/ca.pem`), make that authority known to this machine, or use \
             `sslmode=disable` in a network that you trust"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "name the host as the certificate does (with `hostaddr=` for its IP address), or give the server a certificate with this name in \
             its `subjectAltName`"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => "renew it, or set the clock of this machine",
        // Such as `CaUsedAsEndEntity`.
        _ => {
            "give the server a certificate that is not an authority itself (`CA:FALSE`), with its name in the `subjectAltName`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> (String, Trusted) {
        let address = Address::read(url).unwrap();
        (address.url.into_owned(), address.tls.trusted)
    }

    #[test]
    fn an_address_names_the_certificate_that_is_shown() {
        let identity = |url: &str| {
            let Address { url, tls } = Address::read(url).unwrap();
            (url.into_owned(), tls.identity.map(|identity| (identity.certificate, identity.key)))
        };
        let both = identity("postgres://host/db?sslcert=/a%20b.pem&user=me&sslkey=/k.pem");
        let files = |certificate: &str, key: &str| Some((certificate.to_owned(), key.to_owned()));
        assert_eq!(both, ("postgres://host/db?user=me&sslmode=require".to_owned(), files("/a b.pem", "/k.pem")));
        let one = identity("postgres://host/db?sslmode=verify-full&sslcert=/a.pem");
        assert_eq!(one, ("postgres://host/db?sslmode=require".to_owned(), files("/a.pem", "/a.pem")));
        assert_eq!(identity("postgres://host/db?user=me").1, None);
        let found = Address::read("postgres://host/db?sslkey=/k.pem").unwrap_err();
        assert_eq!(found, "`sslkey` without `sslcert`; name the file of the certificate, too");
    }

    #[test]
    fn what_an_address_says_of_tls() {
        let file = |path: &str| Trusted::File(path.to_owned());
        for (url, expected, trusted) in [
            ("postgres://me@host/db", "postgres://me@host/db", Trusted::Platform),
            ("postgres://me@host/db?sslmode=verify-full", "postgres://me@host/db?sslmode=require", Trusted::Platform),
            (
                "postgres://me:a?b@host?port=1&sslmode=prefer",
                "postgres://me:a?b@host?port=1&sslmode=prefer",
                Trusted::Platform,
            ),
            (
                "postgresql://host/db?sslrootcert=/ca%20of%20db.pem&user=me",
                "postgresql://host/db?user=me&sslmode=require",
                file("/ca of db.pem"),
            ),
            ("postgres://host/db?sslrootcert=system", "postgres://host/db?sslmode=require", Trusted::Platform),
            ("postgres://host/db?sslmode=prefer&sslrootcert=a", "postgres://host/db?sslmode=prefer", file("a")),
            ("postgres://host/db?sslrootcert=a\n", "postgres://host/db?sslmode=require", file("a")),
            ("host=a?sslmode=x", "host=a?sslmode=x", Trusted::Platform),
        ] {
            assert_eq!(read(url), (expected.to_owned(), trusted), "{url}");
        }
        let found = Address::read("postgres://host/db?sslmode=verify-ca").unwrap_err();
        assert!(found.starts_with("`sslmode=verify-ca`; the modes are") && found.contains("`verify-full`"), "{found}");
    }
}
