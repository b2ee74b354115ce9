//! Bearer tokens: from the environment, a file or a command, and never from the command line.

use std::env::VarError;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use bulk_endpoint::{Client, ClientBuilder};
use url::Url;

use crate::local::is_local;
use crate::lock::lock;
use crate::login::{AccessToken, LoginForm};
use crate::options::AuthOptions;
use crate::vendor::Vendor;

/// Where the token of a vendor comes from.
#[derive(Debug, Clone)]
pub(crate) enum TokenSource {
    /// An environment variable, and the secrets of a login that can be set instead.
    Variable(String, Option<String>),
    File(PathBuf),
    Command(String),
    /// Access tokens for the secrets in a form.
    Login(LoginForm),
}

impl TokenSource {
    pub(crate) fn of(vendor: &Vendor, options: &AuthOptions) -> Self {
        match (&options.token_file, &options.token_command) {
            (Some(file), _) => TokenSource::File(file.clone()),
            (None, Some(command)) => TokenSource::Command(command.clone()),
            (None, None) => TokenSource::of_environment(vendor),
        }
    }

    /// What the environment has: a token, or the secrets of a login.
    pub(crate) fn of_environment(vendor: &Vendor) -> Self {
        let variable = vendor.variable("TOKEN");
        let form = || vendor.login?.form(|name| vendor.variable(name));
        let secrets = || Some(vendor.login?.variables(|name| vendor.variable(name)).join(" and "));
        match std::env::var_os(&variable) {
            None => form().map_or_else(|| TokenSource::Variable(variable, secrets()), TokenSource::Login),
            Some(_) => TokenSource::Variable(variable, None),
        }
    }

    /// Adds it to a client. It is got once now, so that a mistake is found before the first request.
    pub(crate) async fn add_to(self, builder: ClientBuilder, base: &Url) -> Result<ClientBuilder> {
        match self {
            TokenSource::Variable(name, secrets) => Ok(builder.bearer(variable_token(&name, secrets.as_deref())?)),
            TokenSource::File(path) => {
                let path = Arc::new(path);
                add(builder, move || of_file(path.clone())).await
            }
            TokenSource::Command(command) => {
                let command: Arc<str> = command.into();
                add(builder, move || of_command(command.clone())).await
            }
            TokenSource::Login(form) => {
                let login = Arc::new(form.at(base)?);
                let next = move || {
                    let login = login.clone();
                    async move { login.token().await }
                };
                add(builder, next).await
            }
        }
    }
}

/// Adds what gets the next token: when the time of the one before is over, or when the server refuses it.
async fn add<F>(builder: ClientBuilder, next: impl Fn() -> F + Send + Sync + 'static) -> Result<ClientBuilder>
where
    F: Future<Output = Result<AccessToken>> + Send + 'static,
{
    let first = Mutex::new(Some(next().await?));
    Ok(builder.bearer_with_expiry(move || {
        // The question on the terminal may have taken longer than its time.
        let first = lock(&first).take().filter(|first| first.renew.is_none_or(|at| Instant::now() < at));
        let next = next();
        async move {
            let token = match first {
                Some(token) => token,
                None => next.await.map_err(|error| format!("{error:#}"))?,
            };
            let left = token.renew.map(|at| at.saturating_duration_since(Instant::now()));
            Ok::<_, String>((token.value, left))
        }
    }))
}

/// The token in a file, which may have a newer one when the server refuses it.
async fn of_file(path: Arc<PathBuf>) -> Result<AccessToken> {
    let text = fs::read_to_string(&*path).with_context(|| format!("cannot read --token-file {path:?}"))?;
    Ok(AccessToken { value: one_token(&text, &format!("the file {path:?}"))?, renew: None })
}

/// The token that a command prints.
async fn of_command(command: Arc<str>) -> Result<AccessToken> {
    let text = output_of(&command).await?;
    Ok(AccessToken { value: one_token(&text, "the output of --token-command")?, renew: None })
}

/// Runs a command in a shell, and returns its standard output. Its standard input is the terminal, so that it can ask for a password.
async fn output_of(command: &str) -> Result<String> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut process = tokio::process::Command::new(shell);
    process.args([flag, command]).stderr(std::process::Stdio::inherit());
    let output = process.output().await.context("cannot run --token-command")?;
    if !output.status.success() {
        bail!("--token-command failed ({})", output.status);
    }
    String::from_utf8(output.stdout).ok().context("the output of --token-command is not UTF-8")
}

/// The token in an environment variable. Without it, these secrets can be set.
pub(crate) fn variable_token(name: &str, secrets: Option<&str>) -> Result<String> {
    environment_token(name).map_err(|error| match secrets {
        Some(secrets) => anyhow!("{error}, or set {secrets}"),
        None => error,
    })
}

/// Returns a bearer token from an environment variable.
///
/// # Errors
///
/// The variable is not set, or has no token in it.
pub fn environment_token(name: &str) -> Result<String> {
    match std::env::var(name) {
        Ok(text) => one_token(&text, &format!("the environment variable {name}")),
        Err(VarError::NotPresent) => bail!("the environment variable {name} is not set; set it to the bearer token"),
        // The value is a secret, so the message does not contain it.
        Err(VarError::NotUnicode(_)) => {
            bail!("the environment variable {name} is not valid Unicode; set it to the bearer token, which is ASCII")
        }
    }
}

/// The token in a text. It may be given as the header has it, with `Bearer`, and end with a line break.
fn one_token(text: &str, place: &str) -> Result<String> {
    let mut words = text.split_whitespace().peekable();
    words.next_if(|word| word.eq_ignore_ascii_case("bearer"));
    let token = words.next().with_context(|| format!("{place} is empty; set it to the bearer token"))?;
    if words.next().is_some() {
        bail!("{place} contains a space or a line break; set it to the bearer token alone");
    }
    Ok(token.to_owned())
}

/// Checks that the token of a client leaves this machine encrypted, unless the flag `--insecure-http` of the program says otherwise.
///
/// # Errors
///
/// It would be sent over `http://` to another machine.
pub fn check_encryption(client: &Client, insecure_http: bool) -> Result<()> {
    if insecure_http || is_private(client.base_url()) {
        return Ok(());
    }
    let host = client.base_url().host_str().unwrap_or_default();
    bail!("the token would be sent unencrypted to {host}; use https, or add --insecure-http (nothing was sent)")
}

/// Whether what is sent to a URL is encrypted, or does not leave this machine.
fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || is_local(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word() {
        for (text, want) in [
            ("abc", Some("abc")),
            ("Bearer abc\n", Some("abc")),
            (" bearer  abc ", Some("abc")),
            ("", None),
            ("Bearer", None),
            ("a b", None),
        ] {
            assert_eq!(one_token(text, "it").ok().as_deref(), want, "{text:?}");
        }
    }

    #[test]
    fn a_token_leaves_the_machine_encrypted() {
        for (url, want) in [
            ("https://a.example", true),
            ("http://a.example", false),
            ("http://127.0.0.1:1", true),
            ("http://localhost", true),
            ("http://[::1]:8", true),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_private(&Url::parse(url).unwrap()), want, "{url}");
        }
    }
}
