//! Access tokens that a vendor gives for a longer-lived secret, fetched again before they expire.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use url::Url;

use crate::local::is_local;

/// How a vendor gives access tokens: a form is posted to a path of its host, and the response has `access_token` and `expires_in` (RFC 6749,
/// section 5.1).
#[derive(Debug, Clone, Copy)]
pub struct Login {
    path: &'static str,
    /// The fields of the form, each with its value.
    fields: &'static [(&'static str, LoginField)],
}

/// The value of a field of the form.
#[derive(Debug, Clone, Copy)]
pub enum LoginField {
    /// This text.
    Fixed(&'static str),
    /// The environment variable whose name is that of the vendor, and this: `API_TOKEN` for `CSP_API_TOKEN`.
    Variable(&'static str),
}

impl Login {
    /// A form that is posted to this path. The path is from the root of the vendor's host, whatever path its base URL has.
    pub const fn new(path: &'static str, fields: &'static [(&'static str, LoginField)]) -> Self {
        Login { path, fields }
    }

    /// The client credentials of OAuth 2 (RFC 6749, section 4.4), from the variables `CLIENT_ID` and `CLIENT_SECRET` of the vendor.
    pub const fn client_credentials(path: &'static str) -> Self {
        Login::new(
            path,
            &[
                ("grant_type", LoginField::Fixed("client_credentials")),
                ("client_id", LoginField::Variable("CLIENT_ID")),
                ("client_secret", LoginField::Variable("CLIENT_SECRET")),
            ],
        )
    }

    /// The environment variables that it needs.
    pub(crate) fn variables(&self, name: impl Fn(&str) -> String) -> Vec<String> {
        let variables = self.fields.iter().filter_map(|(_, value)| match value {
            LoginField::Variable(variable) => Some(name(variable)),
            LoginField::Fixed(_) => None,
        });
        variables.collect()
    }

    /// The form, with the values of the environment; `None` if one of them is not set.
    pub(crate) fn form(&self, name: impl Fn(&str) -> String) -> Option<LoginForm> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (field, value) in self.fields {
            match value {
                LoginField::Fixed(text) => body.append_pair(field, text),
                LoginField::Variable(variable) => {
                    let value = std::env::var(name(variable)).ok()?;
                    body.append_pair(field, Some(value.trim()).filter(|value| !value.is_empty())?)
                }
            };
        }
        Some(LoginForm { path: self.path, body: body.finish() })
    }
}

/// A form with its secrets.
#[derive(Clone)]
pub(crate) struct LoginForm {
    path: &'static str,
    body: String,
}

impl fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginForm").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The response to a form.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// A bearer token, and when the next one is fetched.
pub(crate) struct AccessToken {
    pub(crate) value: String,
    /// `None`: when the server refuses this one.
    pub(crate) renew: Option<Instant>,
}

/// The time that a fetch takes at most, and how often it is tried.
const TIMEOUT: Duration = Duration::from_secs(20);
const TRIES: u32 = 3;

impl LoginForm {
    /// What fetches access tokens at the host of this base URL.
    pub(crate) fn at(self, base: &Url) -> Result<Fetcher> {
        let url = base.join(self.path).context("the path of the login is no URL")?;
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        // A proxy has another loopback, and would get the secret unencrypted.
        let http = if is_local(&url) { http.no_proxy() } else { http }.build()?;
        Ok(Fetcher { http, url, body: self.body })
    }
}

/// What fetches access tokens.
pub(crate) struct Fetcher {
    http: reqwest::Client,
    url: Url,
    body: String,
}

impl Fetcher {
    /// Fetches a token.
    pub(crate) async fn token(&self) -> Result<AccessToken> {
        let mut tries = 1;
        loop {
            match self.fetch().await {
                Ok(next) => return Ok(next),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::ForNow(error)) if tries == TRIES => return Err(error),
                Err(Failure::ForNow(_)) => tokio::time::sleep(Duration::from_secs(u64::from(tries))).await,
            }
            tries += 1;
        }
    }

    async fn fetch(&self) -> Result<AccessToken, Failure> {
        let asked = Instant::now();
        let request = self.http.post(self.url.clone()).body(self.body.clone());
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").header("accept", "application/json");
        let response = request.send().await.map_err(|error| Failure::ForNow(self.failed(error.without_url())))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| Failure::ForNow(self.failed(error.without_url())))?;
        if !status.is_success() {
            // The body may repeat the secret.
            let error = self.failed(format_args!("{status}; check the secrets in the environment"));
            let is_for_now = status.is_server_error() || status.as_u16() == 429;
            return Err(if is_for_now { Failure::ForNow(error) } else { Failure::Final(error) });
        }
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|_| Failure::Final(self.failed("the response has no `access_token`")))?;
        // A tenth of its time before it expires, so that requests under way still have it.
        let lives = granted.expires_in.map(|seconds| Duration::from_secs(seconds).mul_f64(0.9));
        Ok(AccessToken { value: granted.access_token, renew: lives.and_then(|lives| asked.checked_add(lives)) })
    }

    fn failed(&self, why: impl fmt::Display) -> anyhow::Error {
        anyhow!("no access token from {}: {why}", self.url)
    }
}

enum Failure {
    ForNow(anyhow::Error),
    Final(anyhow::Error),
}
