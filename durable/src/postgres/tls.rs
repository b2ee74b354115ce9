//! TLS to the database: what its address says of it, whom the store trusts, and what to do about a server that it does not trust.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use bulk_endpoint::journal::JournalError;
use percent_encoding::percent_decode_str;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
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

/// An address in libpq's words, as tokio-postgres understands it, and what it does not know: `sslrootcert`, and the mode `verify-full`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    pub(crate) url: Cow<'a, str>,
    pub(crate) trusted: Trusted,
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
            return Ok(Address { url: Cow::Borrowed(url), trusted: Trusted::Platform });
        };
        let (mut parameters, mut mode, mut roots) = (Vec::new(), None, None);
        for parameter in query.split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => roots = Some(value),
                _ => parameters.push(parameter.to_owned()),
            }
        }
        let mode = match mode {
            // Whoever names an authority wants a server that it vouches for.
            None => roots.map(|_| "require"),
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
            Some(file) => Trusted::File(percent_decode_str(file).decode_utf8_lossy().into_owned()),
        };
        Ok(Address { url: Cow::Owned(format!("{start}{}", parameters.join("&"))), trusted })
    }
}

impl Trusted {
    /// TLS to servers whose certificate one of these authorities signed. The name in it is verified, too.
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
        let builder = match self {
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
        Ok(MakeRustlsConnect::new(builder.with_no_client_auth()))
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
        // Such as an alert.
        _ => "see the log of the server",
    };
    Some(format!("{error}; {fix}"))
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
        (address.url.into_owned(), address.trusted)
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
